package deploy_test

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"callprobe/deploy"
)

// exported returns the metric families of callprobe, as its own golden file has
// them, with the series that histograms have.
func exported(t *testing.T) map[string]bool {
	t.Helper()
	series := map[string]bool{"callprobe_build_info": true}
	for line := range strings.Lines(read(t, "../metrics/testdata/families.txt")) {
		name, kind, found := strings.Cut(strings.TrimRight(line, "\n"), " ")
		if !found || name == "" {
			continue
		}
		series[name] = true
		if strings.HasPrefix(kind, "histogram") {
			for _, part := range []string{"_bucket", "_count", "_sum"} {
				series[name+part] = true
			}
		}
	}
	return series
}

// askedFor returns the names of callprobe's series in queries, each once. What
// stands in quotes is a label's value.
func askedFor(queries string) []string {
	queries = regexp.MustCompile(`"[^"]*"`).ReplaceAllString(strings.ReplaceAll(queries, `\"`, `"`), `""`)
	found := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?:^|[^\w:])((?:agent|stt|callprobe)_\w+)`).FindAllStringSubmatch(queries, -1) {
		found[m[1]] = true
	}
	return slices.Sorted(maps.Keys(found))
}

// queriesIn returns the lines of a runbook that ask Prometheus.
func queriesIn(markdown string) string {
	var found []string
	for line := range strings.Lines(markdown) {
		if _, query, ok := strings.Cut(line, `promtool query instant "$PROMETHEUS" `); ok {
			found = append(found, strings.Trim(strings.TrimSpace(query), `'"`))
		}
	}
	return strings.Join(found, "\n")
}

func TestWhatIsAskedForIsExported(t *testing.T) {
	known := exported(t)
	texts := map[string]string{"the dashboard": strings.Join(readDashboard(t).queries(), "\n")}
	for _, r := range decodeRules(t, read(t, rulesPath)) {
		texts["rule "+r.Alert+r.Record] = r.Expr
	}
	for _, name := range deploy.RunbookNames() {
		texts["runbook "+name] = queriesIn(runbook(t, name))
	}
	total := map[string]bool{}
	for where, text := range texts {
		for _, name := range askedFor(text) {
			total[name] = true
			if !known[name] {
				t.Errorf("%s asks for %s, which callprobe does not export", where, name)
			}
		}
	}
	if len(total) < 15 {
		t.Errorf("only %d names were found: %q", len(total), slices.Sorted(maps.Keys(total)))
	}
}

// TestTheNameOfARecordSaysWhatItLooksAt holds the windows of a record, and of the
// records that it is made of, against the one in its name.
func TestTheNameOfARecordSaysWhatItLooksAt(t *testing.T) {
	for _, r := range decodeRules(t, read(t, rulesPath)) {
		if r.Record == "" {
			continue
		}
		name := regexp.MustCompile(`^target:\w+:[a-z]+(?:_lower95_|95_|_)?(\d+[mhd])$`).FindStringSubmatch(r.Record)
		windows := regexp.MustCompile(`\[(\w+)\]|target:\w+_(\d+[mhd])\b`).FindAllStringSubmatch(r.Expr, -1)
		if name == nil || len(windows) == 0 {
			t.Errorf("%s: no window in its name or in %s", r.Record, r.Expr)
			continue
		}
		for _, w := range windows {
			if w[1]+w[2] != name[1] {
				t.Errorf("%s looks at %s", r.Record, w[0])
			}
		}
	}
}
