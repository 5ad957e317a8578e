package deploy_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestTheAgreedAlertsKeepTheirNamesAndLimits(t *testing.T) {
	alerts := map[string]rule{}
	for _, r := range shippedAlerts(t) {
		alerts[r.Alert] = r
	}
	for _, want := range []struct{ name, lasts, severity, summary string }{
		{"AgentHighErrorRate", "2m", "critical", "Agent error rate above 5%"},
		{"AgentHighLatency", "3m", "warning", "Agent p95 latency above 1.5s"},
		{"STTFailureRate", "2m", "critical", "STT failure rate above 2%"},
		{"NoActiveAgents", "1m", "critical", "No active agent workers detected"},
	} {
		got := alerts[want.name]
		if got.For != want.lasts || got.Labels["severity"] != want.severity || got.Annotations["summary"] != want.summary {
			t.Errorf("%s: for %s, severity %s, %q", want.name, got.For, got.Labels["severity"], got.Annotations["summary"])
		}
	}
}

func TestEveryAlertLeadsOn(t *testing.T) {
	for _, r := range shippedAlerts(t) {
		t.Run(r.Alert, func(t *testing.T) {
			if !slices.Contains([]string{"critical", "warning", "none"}, r.Labels["severity"]) {
				t.Errorf("severity is %q", r.Labels["severity"])
			}
			for _, a := range []string{"summary", "description", "runbook_url", "dashboard_url"} {
				if r.Annotations[a] == "" {
					t.Errorf("annotation %s is missing", a)
				}
			}
			if s := r.Annotations["summary"]; strings.Contains(s, "{{") {
				t.Errorf("summary %q differs between the alerts of a group, and what they have in common is blank then", s)
			}
			if d := r.Annotations["description"]; strings.Contains(d, ": ") {
				t.Errorf("description %q holds a colon and a space: Alertmanager reads that as YAML in the details of a page", d)
			}
			if !strings.HasSuffix(r.Annotations["runbook_url"], "/runbooks/"+r.Alert) {
				t.Errorf("runbook_url is %s", r.Annotations["runbook_url"])
			}
			if strings.Contains(r.Annotations["description"], "$labels.target") {
				for _, a := range []string{"call_url", "dashboard_url"} {
					if !strings.Contains(r.Annotations[a], "target={{ $labels.target | urlquery }}") {
						t.Errorf("%s does not lead to the target: %q", a, r.Annotations[a])
					}
				}
			}
		})
	}
}

func TestPromtoolAcceptsTheRules(t *testing.T) {
	if out, err := invoke(t, promtool(t), "check", "rules", "--lint=all", "--lint-fatal", rulesPath); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestPromtoolAcceptsTheScrapeConfiguration(t *testing.T) {
	if out, err := invoke(t, promtool(t), "check", "config", "prometheus/prometheus.yml"); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestEveryAlertHasUnitTests(t *testing.T) {
	var alerts []string
	for _, r := range shippedAlerts(t) {
		alerts = append(alerts, r.Alert)
	}
	files, err := filepath.Glob(testsFolder + "/*.yml")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if alert := strings.TrimSuffix(filepath.Base(file), ".yml"); !slices.Contains(alerts, alert) {
			t.Errorf("%s tests an alert that is not there", file)
		}
	}
	for _, alert := range alerts {
		text, err := os.ReadFile(filepath.Join(testsFolder, alert+".yml"))
		if err != nil {
			t.Error(err)
			continue
		}
		for what, pattern := range map[string]string{
			"does not fire":      `exp_samples: \[\]`,
			"fires":              `labels: '\{.*\}', value: 1`,
			"with all it says":   `exp_annotations:`,
			"leads to a runbook": `runbook_url: \S+/runbooks/` + alert,
		} {
			if alert == "Watchdog" && what == "does not fire" {
				continue // It never ends: that is its purpose.
			}
			if !regexp.MustCompile(pattern).Match(text) {
				t.Errorf("%s.yml has no test that it %s", alert, what)
			}
		}
	}
}

func TestRulesDoAsTheirUnitTestsSay(t *testing.T) {
	path := promtool(t)
	rules := cutRules(read(t, rulesPath))
	room := newTurns()
	for _, r := range shippedAlerts(t) {
		t.Run(r.Alert, func(t *testing.T) {
			t.Parallel()
			defer room.take()()
			folder := folderOf(t, map[string]string{
				"callprobe.rules.yml": rules.needed(r.Alert).String(),
				"tests/test.yml":      read(t, filepath.Join(testsFolder, r.Alert+".yml")),
			})
			if out, err := invoke(t, path, "test", "rules", filepath.Join(folder, "tests/test.yml")); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}
