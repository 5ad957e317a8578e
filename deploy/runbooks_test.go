package deploy_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"callprobe/deploy"
)

// reviewEvery is how often a runbook is to be read again. Past it the test says
// so, and does not fail: a build must not break by the calendar.
const reviewEvery = 31 * 24 * time.Hour

func runbook(t *testing.T, alert string) string {
	t.Helper()
	text, found := deploy.Runbook(alert)
	if !found {
		t.Fatalf("%s has no runbook", alert)
	}
	return text
}

func TestEveryAlertHasItsRunbookAndNoOther(t *testing.T) {
	var alerts []string
	for _, r := range shippedAlerts(t) {
		alerts = append(alerts, r.Alert)
	}
	slices.Sort(alerts)
	if got := deploy.RunbookNames(); !slices.Equal(got, alerts) {
		t.Errorf("runbooks %q, alerts %q", got, alerts)
	}
}

func TestEveryRunbookHasItsParts(t *testing.T) {
	severities := map[string]string{}
	for _, r := range shippedAlerts(t) {
		severities[r.Alert] = r.Labels["severity"]
	}
	for _, alert := range deploy.RunbookNames() {
		t.Run(alert, func(t *testing.T) {
			text := runbook(t, alert)
			parts := regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(regexp.MustCompile("(?s)```.*?```").ReplaceAllString(text, ""), -1)
			var got []string
			for _, p := range parts {
				got = append(got, p[1])
			}
			if want := []string{alert, "Symptom", "Diagnostic commands", "Common fixes", "Escalation", "Silence", "Confirm recovery"}; !slices.Equal(got, want) {
				t.Errorf("parts %q, want %q", got, want)
			}
			if !strings.Contains(text, "\nSeverity: "+severities[alert]) {
				t.Errorf("the severity is not %s", severities[alert])
			}
			if n := len(regexp.MustCompile(`(?m)^\d\. \*\*`).FindAllString(text, -1)); n != 3 {
				t.Errorf("%d common fixes, want the top three", n)
			}
			for _, want := range []string{"**10 minutes**", "| 10 min |", "alertname=" + alert, "amtool silence add", "callprobe "} {
				if !strings.Contains(text, want) {
					t.Errorf("it does not say %q", want)
				}
			}
			for _, m := range regexp.MustCompile(`\]\(([^)]+)\)`).FindAllStringSubmatch(text, -1) {
				if _, found := deploy.Runbook(strings.TrimSuffix(m[1], ".md")); !found || !strings.HasSuffix(m[1], ".md") {
					t.Errorf("the link to %s is dead", m[1])
				}
			}
		})
	}
}

// reviewed returns the date on top of a runbook, and what is to be said of it on
// a day.
func reviewed(text string, now time.Time) (warning string, err error) {
	m := regexp.MustCompile(`\A# \S+\n\nLast reviewed: (\S+)\n`).FindStringSubmatch(text)
	if m == nil {
		return "", errors.New(`the third line is not "Last reviewed: YYYY-MM-DD"`)
	}
	date, err := time.Parse(time.DateOnly, m[1])
	switch age := now.Sub(date); {
	case err != nil:
		return "", err
	case age < -24*time.Hour:
		return "it was reviewed in the future, on " + m[1] + ", by this machine's clock", nil
	case age > reviewEvery:
		return "it was last reviewed on " + m[1] + ": read it, mend it, and set the date", nil
	}
	return "", nil
}

// TestRunbooksWereReviewed skips what is out of date, for skips are shown with
// their reasons wherever tests run.
func TestRunbooksWereReviewed(t *testing.T) {
	for _, alert := range deploy.RunbookNames() {
		t.Run(alert, func(t *testing.T) {
			warning, err := reviewed(runbook(t, alert), time.Now())
			if err != nil {
				t.Error(err)
			}
			if warning != "" {
				t.Skipf("WARNING: %s", warning)
			}
		})
	}
}

func TestAReviewHoldsForAMonth(t *testing.T) {
	now := time.Date(2026, 12, 27, 12, 0, 0, 0, time.UTC)
	for date, want := range map[string]string{
		"2026-12-27": "", "2026-12-28": "", "2026-11-27": "", "2026-11-26": "last reviewed on 2026-11-26", "2026-12-30": "in the future",
		"soon": "error", "2026-13-01": "error",
	} {
		warning, err := reviewed("# Alert\n\nLast reviewed: "+date+"\n", now)
		if err != nil {
			warning = "error"
		}
		if (warning == "") != (want == "") || !strings.Contains(warning, want) {
			t.Errorf("%s: %q, want %q", date, warning, want)
		}
	}
	if _, err := reviewed("# Alert\n\nSeverity: critical\n", now); err == nil {
		t.Error("a runbook without a date passes")
	}
}

// TestQueriesOfRunbooksAreQueries gives every query in a command to promtool, as
// a rule.
func TestQueriesOfRunbooksAreQueries(t *testing.T) {
	path := promtool(t)
	var rules strings.Builder
	rules.WriteString("groups:\n  - name: runbooks\n    rules:\n")
	count := 0
	for _, alert := range deploy.RunbookNames() {
		for line := range strings.Lines(runbook(t, alert)) {
			m := regexp.MustCompile(`promtool query instant "\$PROMETHEUS" (?:'(.*)'|"(.*)")$`).FindStringSubmatch(strings.TrimSpace(line))
			if m == nil {
				continue
			}
			count++
			query := m[1] + strings.NewReplacer(`\"`, `"`, "$TARGET", "support").Replace(m[2])
			rules.WriteString("      - record: x:y\n        expr: |\n          " + query + "\n        labels: {n: \"" + strings.Repeat("n", count) + "\"}\n")
		}
	}
	if count < 20 {
		t.Errorf("only %d queries were found", count)
	}
	folder := folderOf(t, map[string]string{"rules.yml": rules.String()})
	if out, err := invoke(t, path, "check", "rules", filepath.Join(folder, "rules.yml")); err != nil {
		t.Errorf("%v\n%s\n%s", err, out, rules.String())
	}
}

func TestRunbooksAreServed(t *testing.T) {
	handler := deploy.RunbookHandler("/runbooks/")
	ask := func(method, path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest(method, path, nil))
		return w
	}
	for _, alert := range deploy.RunbookNames() {
		w := ask(http.MethodGet, "/runbooks/"+alert)
		if body := w.Body.String(); w.Code != http.StatusOK || !strings.Contains(body, "<h1>"+alert+"</h1>") || !strings.Contains(body, "<td>10 min</td>") || strings.Contains(body, "```") {
			t.Errorf("%s: status %d\n%s", alert, w.Code, body)
		}
		for _, m := range regexp.MustCompile(`href="([^"]+)"`).FindAllStringSubmatch(w.Body.String(), -1) {
			if m[1] == "../" || m[1] == "../calls" { // Pages of the service.
				continue
			}
			if linked := ask(http.MethodGet, "/runbooks/"+strings.TrimPrefix(m[1], "./")); linked.Code != http.StatusOK {
				t.Errorf("%s: the link to %s is dead: status %d", alert, m[1], linked.Code)
			}
		}
		if list := ask(http.MethodGet, "/runbooks/"); !strings.Contains(list.Body.String(), `<a href="`+alert+`">`) {
			t.Errorf("the list lacks %s", alert)
		}
	}
	for path, want := range map[string]int{"/runbooks/Nope": 404, "/runbooks/../deploy.go": 404, "/runbooks/a/b": 404, "/runbooks/<script>": 404} {
		if w := ask(http.MethodGet, "http://h"+strings.ReplaceAll(strings.ReplaceAll(path, "<", "%3C"), ">", "%3E")); w.Code != want || strings.Contains(w.Body.String(), "script") {
			t.Errorf("%s: status %d, %s", path, w.Code, w.Body)
		}
	}
	if w := ask(http.MethodPost, "/runbooks/NoActiveAgents"); w.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST: status %d", w.Code)
	}
}
