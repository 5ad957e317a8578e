package deploy_test

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

const alertmanagerPath = "alertmanager/alertmanager.yml"

func TestAmtoolAcceptsTheConfiguration(t *testing.T) {
	if out, err := invoke(t, amtool(t), "check-config", alertmanagerPath); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestEveryAlertIsRoutedByItsSeverity(t *testing.T) {
	path := amtool(t)
	receivers := map[string]string{"critical": "pagerduty", "warning": "slack", "none": "nobody"}
	for _, r := range shippedAlerts(t) {
		t.Run(r.Alert, func(t *testing.T) {
			want := receivers[r.Labels["severity"]]
			if r.Alert == "Watchdog" {
				want = "heartbeat"
			}
			out, err := invoke(t, path, "config", "routes", "test", "--config.file="+alertmanagerPath, "--verify.receivers="+want,
				"alertname="+r.Alert, "severity="+r.Labels["severity"], "target=support")
			if err != nil {
				t.Errorf("want %s: %v\n%s", want, err, out)
			}
		})
	}
	t.Run("an alert without a severity is seen by somebody", func(t *testing.T) {
		if out, err := invoke(t, path, "config", "routes", "test", "--config.file="+alertmanagerPath, "--verify.receivers=slack", "alertname=Another"); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
	})
}

// inhibition is one rule of Alertmanager's.
type inhibition struct {
	Source []string `yaml:"source_matchers"`
	Target []string `yaml:"target_matchers"`
	Equal  []string
}

// alertsOf returns the alerts that matchers of names take.
func alertsOf(t *testing.T, matchers []string) []string {
	t.Helper()
	if len(matchers) != 1 {
		t.Fatalf("matchers %q: want one, of alertname", matchers)
	}
	m := regexp.MustCompile(`^alertname =~? "?([A-Za-z|]+)"?$`).FindStringSubmatch(matchers[0])
	if m == nil {
		t.Fatalf("matcher %q is none of alertname", matchers[0])
	}
	return strings.Split(m[1], "|")
}

func TestWhatMutesWhat(t *testing.T) {
	var config struct {
		Inhibit []inhibition `yaml:"inhibit_rules"`
	}
	if err := yaml.Unmarshal([]byte(read(t, alertmanagerPath)), &config); err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, r := range shippedAlerts(t) {
		known[r.Alert] = true
	}
	mutes := map[[2]string]bool{}
	for _, rule := range config.Inhibit {
		for _, source := range alertsOf(t, rule.Source) {
			for _, target := range alertsOf(t, rule.Target) {
				if !known[source] || !known[target] {
					t.Errorf("%s mutes %s: no such alert", source, target)
				}
				want := "target,region"
				if source == "ProberDown" {
					want = "region"
				}
				if got := strings.Join(rule.Equal, ","); got != want {
					t.Errorf("%s mutes %s of other targets or regions: equal are %q", source, target, got)
				}
				mutes[[2]string{source, target}] = true
			}
		}
	}
	for pair := range mutes {
		if mutes[[2]string{pair[1], pair[0]}] {
			t.Errorf("%s and %s mute each other: nobody would be paged", pair[0], pair[1])
		}
	}
	for _, want := range [][2]string{
		{"RoomServerUnreachable", "NoActiveAgents"}, {"RoomServerUnreachable", "AgentHighErrorRate"}, {"RoomServerUnreachable", "ProbeStale"},
		{"NoActiveAgents", "AgentHighErrorRate"}, {"NoActiveAgentsRecently", "AgentHighErrorRate"}, {"NoActiveAgentsRecently", "STTFailureRate"},
		{"NoActiveAgentsRecently", "AgentHighLatency"}, {"AgentHighErrorRate", "AnswerSLOBurnFast"}, {"ProberDown", "ProbeTargetVanished"},
	} {
		if !mutes[want] {
			t.Errorf("%s does not mute %s", want[0], want[1])
		}
	}
	for _, never := range []string{"RoomServerUnreachable", "ProberDown", "Watchdog"} {
		for pair := range mutes {
			if pair[1] == never {
				t.Errorf("%s mutes %s, which is a cause of its own", pair[0], never)
			}
		}
	}
}

// TestKeysStandInFiles looks for what must not be in a configuration that people
// put into a repository.
func TestKeysStandInFiles(t *testing.T) {
	text := read(t, alertmanagerPath)
	for _, key := range []string{"routing_key:", "service_key:", "api_url:", "slack_api_url:", "service_key_file:"} {
		if regexp.MustCompile(`(?m)^\s*(- )?` + key).MatchString(text) {
			t.Errorf("%s has %s", filepath.Base(alertmanagerPath), key)
		}
	}
	for _, key := range []string{"routing_key_file:", "api_url_file:"} {
		if !strings.Contains(text, key) {
			t.Errorf("%s lacks %s", filepath.Base(alertmanagerPath), key)
		}
	}
}
