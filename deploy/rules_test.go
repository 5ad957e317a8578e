package deploy_test

import (
	"math"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"callprobe/deploy"
)

func printed(t *testing.T, change func(*deploy.Rules)) string {
	t.Helper()
	rules := deploy.DefaultRules()
	if change != nil {
		change(&rules)
	}
	text, err := rules.Print()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestDefaultRulesAreTheFileItself(t *testing.T) {
	if printed(t, nil) != read(t, rulesPath) {
		t.Error("printed with defaults, the rules differ from the file")
	}
}

func TestAPrometheusRuleHoldsTheSameGroups(t *testing.T) {
	rules := deploy.DefaultRules()
	object, err := rules.PrometheusRule()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"apiVersion: monitoring.coreos.com/v1\n", "kind: PrometheusRule\n", "name: callprobe\n"} {
		if !strings.Contains(object, want) {
			t.Errorf("the object lacks %q", want)
		}
	}
	if got, want := decodeRules(t, object), decodeRules(t, read(t, rulesPath)); !reflect.DeepEqual(got, want) {
		t.Error("the rules of the object differ from those of the file")
	}
}

func TestTheChartHasTheSamePrometheusRule(t *testing.T) {
	object, err := deploy.DefaultRules().PrometheusRule()
	if err != nil {
		t.Fatal(err)
	}
	if read(t, "kubernetes/callprobe/rules/prometheusrule.yaml") != object {
		t.Error("the rules of the chart are old: make chart-rules writes them anew")
	}
}

// changedLines returns the lines of a text that the shipped rules do not have in
// the same place, without their indentation.
func changedLines(t *testing.T, text string) []string {
	t.Helper()
	before, after := strings.Split(read(t, rulesPath), "\n"), strings.Split(text, "\n")
	if len(before) != len(after) {
		t.Fatalf("%d lines became %d", len(before), len(after))
	}
	var changed []string
	for i := range before {
		if before[i] != after[i] {
			changed = append(changed, strings.TrimSpace(after[i]))
		}
	}
	return changed
}

func TestAnOptionChangesAllThatItMeans(t *testing.T) {
	for _, tc := range []struct {
		name   string
		change func(*deploy.Rules)
		lines  int
		has    string
	}{
		{"error rate", func(r *deploy.Rules) { r.ErrorRate = 0.1 }, 5, "summary: Agent error rate above 10%"},
		{"STT failure rate", func(r *deploy.Rules) { r.STTFailureRate = 0.055 }, 5, "summary: STT failure rate above 5.5%"},
		{"latency", func(r *deploy.Rules) { r.LatencySeconds = 0.8 }, 7, "summary: Agent p95 latency above 0.8s"},
		{"a latency of whole seconds", func(r *deploy.Rules) { r.LatencySeconds = 2 }, 7, `1 - sum by (target) (increase(agent_response_seconds_bucket{le=~"2(\\.0)?"}[30m]))`},
		{"objective", func(r *deploy.Rules) { r.Objective = 0.999 }, 8, "target:agent_requests_errors:ratio_1h > 14.4 * 0.001"},
		{"service", func(r *deploy.Rules) { r.ServiceURL = "https://probe.example/p/" }, 22, "runbook_url: https://probe.example/p/runbooks/NoActiveAgents"},
		{"runbooks", func(r *deploy.Rules) { r.RunbookURL = "https://wiki.example/r" }, 12, "runbook_url: https://wiki.example/r/NoActiveAgents"},
		{"Grafana", func(r *deploy.Rules) { r.GrafanaURL = "https://g.example" }, 12, "dashboard_url: https://g.example/d/callprobe/callprobe?var-target={{ $labels.target | urlquery }}"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := changedLines(t, printed(t, tc.change))
			if len(got) != tc.lines || !strings.Contains(strings.Join(got, "\n")+"\n", tc.has+"\n") {
				t.Errorf("%d lines changed, want %d with %q:\n%s", len(got), tc.lines, tc.has, strings.Join(got, "\n"))
			}
		})
	}
}

func TestBadOptionsAreToldAllAtOnce(t *testing.T) {
	_, err := deploy.Rules{
		TargetLabel: "my-label", ErrorRate: 5, STTFailureRate: 0, LatencySeconds: 1.4, Objective: 1,
		ServiceURL: "localhost:9877", GrafanaURL: "https://admin:s3cr3t@grafana.example", RunbookURL: "https://wiki.example/{{ x }}",
	}.Print()
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		"--target-label=my-label is no name of a label", "--error-rate=5 is no share", "--stt-failure-rate=0 is no share", "--objective=1 is no share",
		"--latency=1.4s is no bucket of agent_response_seconds: use one of 0.3s, 0.5s", "--service-url is no web address", "--grafana-url holds a user or a password", "--runbook-url holds quotes, braces",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not say %q:\n%v", want, err)
		}
	}
	if strings.Contains(err.Error(), "s3cr3t") {
		t.Errorf("the error shows a password:\n%v", err)
	}
	for flag, change := range map[string]func(*deploy.Rules){
		"--error-rate=NaN is no share":                 func(r *deploy.Rules) { r.ErrorRate = math.NaN() },
		"--error-rate=-0.1 is no share":                func(r *deploy.Rules) { r.ErrorRate = -0.1 },
		"--stt-failure-rate=1 is no share":             func(r *deploy.Rules) { r.STTFailureRate = 1 },
		"--latency=-1.5s is no bucket":                 func(r *deploy.Rules) { r.LatencySeconds = -1.5 },
		"--objective=0.9999999999 leaves nothing":      func(r *deploy.Rules) { r.Objective = 0.9999999999 },
		"--service-url holds a query":                  func(r *deploy.Rules) { r.ServiceURL = "https://probe.example/?a=b" },
		"--grafana-url holds a query":                  func(r *deploy.Rules) { r.GrafanaURL = "https://g.example/#x" },
		"--service-url holds quotes, braces, brackets": func(r *deploy.Rules) { r.ServiceURL = "https://probe.example/a|b" },
		"--target-label=région is no name":             func(r *deploy.Rules) { r.TargetLabel = "région" },
		"--target-label= is no name":                   func(r *deploy.Rules) { r.TargetLabel = "" },
		"--target-label=__name__ is no name":           func(r *deploy.Rules) { r.TargetLabel = "__name__" },
		"--target-label=NaN means something else":      func(r *deploy.Rules) { r.TargetLabel = "NaN" },
		`--job=a"b is no pattern of jobs`:              func(r *deploy.Rules) { r.Job = `a"b` },
		"--job=a( is no pattern of jobs":               func(r *deploy.Rules) { r.Job = "a(" },
	} {
		rules := deploy.DefaultRules()
		change(&rules)
		if text, err := rules.Print(); err == nil || text != "" || !strings.HasPrefix(err.Error(), flag) {
			t.Errorf("want %q, got %v", flag, err)
		}
	}
	if _, err := (deploy.Rules{TargetLabel: "le"}).Print(); err == nil || !strings.Contains(err.Error(), "means something else already") {
		t.Errorf("a label that is taken: %v", err)
	}
}

// TestRulesForAnotherLabelDoTheSame runs unit tests with the label renamed in
// rules and tests alike.
func TestRulesForAnotherLabelDoTheSame(t *testing.T) {
	path := promtool(t)
	text := printed(t, func(r *deploy.Rules) { r.TargetLabel = "agent" })
	for _, alert := range []string{"NoActiveAgents", "NoActiveAgentsRecently", "ProbeTargetVanished"} {
		t.Run(alert, func(t *testing.T) {
			tests := read(t, filepath.Join(testsFolder, alert+".yml"))
			for _, place := range []string{"by (alertname, %)", "by (%)", "{%=", " %: ", ", %="} {
				tests = strings.ReplaceAll(tests, strings.ReplaceAll(place, "%", "target"), strings.ReplaceAll(place, "%", "agent"))
			}
			folder := folderOf(t, map[string]string{"callprobe.rules.yml": cutRules(text).String(), "tests/test.yml": tests})
			if out, err := invoke(t, path, "test", "rules", filepath.Join(folder, "tests/test.yml")); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
	for _, r := range decodeRules(t, text) {
		if strings.Contains(r.Expr+r.Record, "target") || strings.Contains(r.Annotations["description"], "labels.target") {
			t.Errorf("%s%s still knows the old label:\n%s", r.Alert, r.Record, r.Expr)
		}
	}
}

func TestChangedRulesAreStillRules(t *testing.T) {
	text := printed(t, func(r *deploy.Rules) {
		r.TargetLabel, r.ErrorRate, r.STTFailureRate, r.LatencySeconds, r.Objective, r.Job = "agent", 0.1, 0.1, 2, 0.999, "callprobe.*|node"
	})
	files := map[string]string{"changed.yml": text}
	// Words of PromQL and of templates are names of labels, too.
	for _, label := range []string{"by", "on", "and", "offset", "sum", "if", "range", "_", "A1"} {
		files[label+".yml"] = printed(t, func(r *deploy.Rules) { r.TargetLabel = label })
	}
	folder := folderOf(t, files)
	args := []string{"check", "rules", "--lint=all", "--lint-fatal"}
	for name := range files {
		args = append(args, filepath.Join(folder, name))
	}
	if out, err := invoke(t, promtool(t), args...); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestRulesOfAJobHearNoOther gives both views of an agent one target, which
// hides an outage from the rules as they are.
func TestRulesOfAJobHearNoOther(t *testing.T) {
	text := printed(t, func(r *deploy.Rules) { r.Job = "callprobe.*" })
	family := regexp.MustCompile(`(?:agent_workers_active|agent_requests_total|agent_response_seconds_\w+|stt_transcription_\w+_total)(.{19})`)
	count := 0
	for _, r := range decodeRules(t, text) {
		for _, m := range family.FindAllStringSubmatch(regexp.MustCompile(`\w+:\w+:\w+`).ReplaceAllString(r.Expr, ""), -1) {
			if count++; m[1] != `{job=~"callprobe.*"` {
				t.Errorf("%s%s looks at all jobs: %s", r.Alert, r.Record, m[0])
			}
		}
	}
	if count < 50 {
		t.Errorf("only %d series are looked at", count)
	}
	before, after, _ := strings.Cut(read(t, "agents/test/rules.yml"), "  - name: with one label target for both it would")
	head, _, _ := strings.Cut(before, "  - name:")
	one, _, found := strings.Cut(after, "  - name:")
	tests := strings.Replace(head+"  - name: with one label target for both it would"+one, "exp_samples: []", `exp_samples: [{labels: '{target="shop"}', value: 1}]`, 1)
	if !found || !strings.Contains(tests, "value: 1") {
		t.Fatal("agents/test/rules.yml has no test with one target for both")
	}
	folder := folderOf(t, map[string]string{"prometheus/callprobe.rules.yml": text, "agents/test/rules.yml": tests})
	if out, err := invoke(t, promtool(t), "test", "rules", filepath.Join(folder, "agents/test/rules.yml")); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
