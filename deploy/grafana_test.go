package deploy_test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const dashboardPath = "grafana/callprobe.json"

// dashboard is what the tests look at of Grafana's JSON.
type dashboard struct {
	UID        string
	Templating struct {
		List []struct{ Name, Definition string }
	}
	Annotations struct {
		List []struct{ Expr string }
	}
	Panels []struct {
		ID                       int
		Type, Title, Description string
		GridPos                  struct{ H, W, X, Y int }
		Targets                  []struct{ Expr string }
	}
}

func readDashboard(t *testing.T) dashboard {
	t.Helper()
	var d dashboard
	if err := json.Unmarshal([]byte(read(t, dashboardPath)), &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// query puts values into the variables of a dashboard's query.
func query(expr string) string {
	return strings.NewReplacer("$target", "support", "$scenario", ".*", "$window", "15m", "$__rate_interval", "1m").Replace(expr)
}

func (d dashboard) queries() []string {
	var all []string
	for _, p := range d.Panels {
		for _, target := range p.Targets {
			all = append(all, query(target.Expr))
		}
	}
	for _, a := range d.Annotations.List {
		all = append(all, query(a.Expr))
	}
	return all
}

func TestEveryPanelAsksSomethingAndSaysWhat(t *testing.T) {
	d := readDashboard(t)
	ids := map[int]bool{}
	for _, p := range d.Panels {
		if ids[p.ID] {
			t.Errorf("%s: another panel has id %d", p.Title, p.ID)
		}
		ids[p.ID] = true
		if p.Type == "row" {
			continue
		}
		if len(p.Targets) == 0 || p.Title == "" || p.Description == "" {
			t.Errorf("panel %d %q: %d queries, description %q", p.ID, p.Title, len(p.Targets), p.Description)
		}
		if p.GridPos.X+p.GridPos.W > 24 {
			t.Errorf("%s does not fit into the width", p.Title)
		}
	}
	for _, a := range d.Panels {
		for _, b := range d.Panels {
			if a.ID < b.ID && a.GridPos.X < b.GridPos.X+b.GridPos.W && b.GridPos.X < a.GridPos.X+a.GridPos.W &&
				a.GridPos.Y < b.GridPos.Y+b.GridPos.H && b.GridPos.Y < a.GridPos.Y+a.GridPos.H {
				t.Errorf("%s and %s lie on each other", a.Title, b.Title)
			}
		}
	}
}

func TestAlertsLeadToThisDashboard(t *testing.T) {
	d := readDashboard(t)
	if d.UID != "callprobe" {
		t.Errorf("the dashboard's uid is %q, and alerts lead to /d/callprobe", d.UID)
	}
	var variables []string
	for _, v := range d.Templating.List {
		variables = append(variables, v.Name)
	}
	if !slices.Contains(variables, "target") {
		t.Errorf("variables %q: alerts set target", variables)
	}
}

// A gauge may be absent: of pairs that scrapes call there is no interval. Counters
// are there from the start, in every way of running.
func TestTheListsOfTheDashboardAreOfCounters(t *testing.T) {
	families := read(t, "../metrics/testdata/families.txt")
	lists := 0
	for _, v := range readDashboard(t).Templating.List {
		m := regexp.MustCompile(`^label_values\((\w+)(?:\{[^}]*\})?, (\w+)\)$`).FindStringSubmatch(v.Definition)
		if m == nil {
			continue
		}
		lists++
		if !regexp.MustCompile(`(?m)^` + m[1] + ` counter \{.*\b` + m[2] + `\b`).MatchString(families) {
			t.Errorf("the list of %s is of %s", v.Name, v.Definition)
		}
	}
	if lists != 2 {
		t.Errorf("%d lists, want those of targets and scenarios", lists)
	}
}

func TestQueriesOfTheDashboardAreQueries(t *testing.T) {
	path := promtool(t)
	var rules strings.Builder
	rules.WriteString("groups:\n  - name: panels\n    rules:\n")
	queries := readDashboard(t).queries()
	if len(queries) < 25 {
		t.Errorf("only %d queries were found", len(queries))
	}
	for i, q := range queries {
		// label_replace has variables of its own.
		if strings.Contains(strings.ReplaceAll(q, `"$1"`, ""), "$") {
			t.Errorf("a variable is left in %s", q)
		}
		fmt.Fprintf(&rules, "      - record: panel:query:%d\n        expr: |\n          %s\n", i, q)
	}
	folder := folderOf(t, map[string]string{"rules.yml": strings.ReplaceAll(rules.String(), "panel:query:", "panel:query:n")})
	if out, err := invoke(t, path, "check", "rules", filepath.Join(folder, "rules.yml")); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestTheDashboardShowsRecordsThatAreRecorded finds series that were renamed in
// the rules only.
func TestTheDashboardShowsRecordsThatAreRecorded(t *testing.T) {
	records := names(read(t, rulesPath), "record")
	for _, q := range readDashboard(t).queries() {
		for _, name := range regexp.MustCompile(`target:\w+:\w+`).FindAllString(q, -1) {
			if !slices.Contains(records, name) {
				t.Errorf("%s is asked for and not recorded", name)
			}
		}
	}
}
