package metrics

import (
	"fmt"
	"os"
	"strings"
	"testing"

	dto "github.com/prometheus/client_model/go"
)

const (
	docsPath  = "../docs/metrics.md"
	tableHead = "<!-- The table is written by: go test ./metrics -run Docs -update -->\n"
	tableEnd  = "<!-- End of the table. -->\n"
)

func TestTheDocsHoldEveryFamily(t *testing.T) {
	text, err := os.ReadFile(docsPath)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), tableHead)
	table, after, ended := strings.Cut(rest, tableEnd)
	if !ok || !ended {
		t.Fatalf("%s has no place for the table", docsPath)
	}
	want := familyTable(allFamilies(t))
	if *update {
		if err := os.WriteFile(docsPath, []byte(before+tableHead+want+tableEnd+after), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if table != want {
		t.Errorf("the table in %s is not that of the code: run go test ./metrics -run Docs -update", docsPath)
	}
}

// familyTable describes families in Markdown.
func familyTable(families []*dto.MetricFamily) string {
	var b strings.Builder
	b.WriteString("| name | type | unit | labels | what it says, from which event to which |\n|---|---|---|---|---|\n")
	for _, f := range families {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", f.GetName(), strings.ToLower(f.GetType().String()), unitOf(f.GetName()), strings.Join(labelsOf(f), ", "), f.GetHelp())
	}
	return b.String()
}

// unitOf reads the unit off a name, by the conventions that promtool checks.
func unitOf(name string) string {
	switch name = strings.TrimSuffix(name, "_total"); {
	case strings.HasSuffix(name, "_timestamp_seconds"):
		return "seconds since 1970"
	case strings.HasSuffix(name, "_seconds"):
		return "seconds"
	case strings.HasSuffix(name, "_minutes"):
		return "minutes"
	case strings.HasSuffix(name, "_ratio"):
		return "ratio"
	case strings.HasSuffix(name, "_info"), name == "probe_success", strings.HasSuffix(name, "_successful"):
		return "-"
	}
	return "count"
}
