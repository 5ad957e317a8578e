package deploy_test

import (
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

func TestRunbooksWereReviewed(t *testing.T) {
	for _, alert := range deploy.RunbookNames() {
		m := regexp.MustCompile(`\A# \S+\n\nLast reviewed: (\S+)\n`).FindStringSubmatch(runbook(t, alert))
		if m == nil {
			t.Errorf(`%s: the third line is not "Last reviewed: YYYY-MM-DD"`, alert)
			continue
		}
		date, err := time.Parse(time.DateOnly, m[1])
		switch age := time.Since(date); {
		case err != nil:
			t.Errorf("%s: Last reviewed: %v", alert, err)
		case age < -24*time.Hour:
			t.Logf("WARNING: %s was reviewed in the future, on %s, by this machine's clock", alert, m[1])
		case age > reviewEvery:
			t.Logf("WARNING: %s was last reviewed on %s; read it, mend it, and set the date", alert, m[1])
		}
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
			if linked := ask(http.MethodGet, "/runbooks/"+m[1]); linked.Code != http.StatusOK {
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
