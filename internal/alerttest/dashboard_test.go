package alerttest

import (
	"encoding/json"
	"math"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// panel is one of the dashboard, with its queries.
type panel struct {
	Title   string
	Targets []struct{ Expr string }
}

// readPanels reads the shipped dashboard. Its annotations are one more panel,
// and so are the lists that its variables are chosen from.
func readPanels(t *testing.T) []panel {
	t.Helper()
	text, err := os.ReadFile("../../deploy/grafana/callprobe.json")
	if err != nil {
		t.Fatal(err)
	}
	var dashboard struct {
		Panels      []panel
		Annotations struct {
			List []struct{ Name, Expr string }
		}
		Templating struct {
			List []struct{ Name, Definition string }
		}
	}
	if err := json.Unmarshal(text, &dashboard); err != nil {
		t.Fatal(err)
	}
	panels := dashboard.Panels
	for _, a := range dashboard.Annotations.List {
		panels = append(panels, panel{"annotations " + a.Name, []struct{ Expr string }{{a.Expr}}})
	}
	for _, v := range dashboard.Templating.List {
		// label_values(SERIES, LABEL) is Grafana's own.
		if list, ok := strings.CutPrefix(v.Definition, "label_values("); ok {
			at := strings.LastIndex(list, ", ")
			panels = append(panels, panel{"variable " + v.Name, []struct{ Expr string }{{"group by (" + strings.TrimSuffix(list[at+2:], ")") + ") (" + list[:at] + ")"}}})
		}
	}
	return panels
}

// showDashboard asks Prometheus what every panel asks, with the variables as they
// are when the dashboard is opened.
func (l *live) showDashboard(t *testing.T) {
	t.Helper()
	count := 0
	for _, p := range readPanels(t) {
		if len(p.Targets) == 0 {
			continue // A row.
		}
		t.Run(strings.ReplaceAll(p.Title, "/", "-"), func(t *testing.T) {
			for _, q := range p.Targets {
				count++
				expr := strings.NewReplacer("$target", ".*", "$scenario", ".*", "$window", "15m", "$__rate_interval", "20s").Replace(q.Expr)
				eventually(t, time.Minute, func() string {
					if l.points(t, expr) == 0 {
						return "no data: " + expr
					}
					return ""
				})
			}
		})
	}
	if count < 30 {
		t.Errorf("only %d queries were asked", count)
	}
	t.Logf("%d queries have data", count)
}

// points counts the numbers that a graph of an expression shows of the last
// minutes.
func (l *live) points(t *testing.T, expr string) int {
	t.Helper()
	now := time.Now()
	values := url.Values{"query": {expr}, "start": {strconv.FormatInt(now.Add(-2*time.Minute).Unix(), 10)}, "end": {strconv.FormatInt(now.Unix(), 10)}, "step": {"5"}}
	var answer struct {
		Data struct {
			Result []struct{ Values [][2]any }
		}
	}
	if err := json.Unmarshal([]byte(get(t, l.Prometheus+"/api/v1/query_range?"+values.Encode())), &answer); err != nil {
		t.Fatal(err)
	}
	count := 0
	for _, series := range answer.Data.Result {
		for _, point := range series.Values {
			text, _ := point[1].(string)
			if v, err := strconv.ParseFloat(text, 64); err == nil && !math.IsNaN(v) && !math.IsInf(v, 0) {
				count++
			}
		}
	}
	return count
}
