package main

import (
	"os"
	"strings"
	"testing"
)

func TestRulesPrintsTheFile(t *testing.T) {
	want, err := os.ReadFile("../../deploy/prometheus/callprobe.rules.yml")
	if err != nil {
		t.Fatal(err)
	}
	if got := runHere(t, "rules"); got.code != exitPassed || got.out != string(want) || got.errOut != "" {
		t.Errorf("exit %d, %q; stdout differs from the file: %v", got.code, got.errOut, got.out != string(want))
	}
}

func TestRulesHeedsItsFlags(t *testing.T) {
	got := runHere(t, "rules", "--output=prometheusrule", "--target-label=agent", "--error-rate=0.1", "--stt-failure-rate=0.03", "--latency=800ms",
		"--objective=0.995", "--service-url=https://probe.example", "--grafana-url=https://g.example/", "--runbook-url=https://wiki.example/runbooks", "--job=callprobe.*")
	if got.code != exitPassed {
		t.Fatalf("exit %d: %s", got.code, got.errOut)
	}
	for _, want := range []string{
		"kind: PrometheusRule\n", " max by (agent) (agent_workers_active{job=~\"callprobe.*\"})\n", "agent:agent_requests_errors:ratio_lower95_30m > 0.1\n",
		"agent:stt_transcription_errors:ratio_lower95_30m > 0.03\n", `le="0.8"`, "14.4 * 0.005\n", "call_url: https://probe.example/calls?target={{ $labels.agent | urlquery }}",
		"dashboard_url: https://g.example/d/callprobe/callprobe?var-target={{ $labels.agent | urlquery }}", "runbook_url: https://wiki.example/runbooks/STTFailureRate\n",
	} {
		if !strings.Contains(got.out, want) {
			t.Errorf("stdout lacks %q", want)
		}
	}
}

func TestRulesSaysWhatIsWrongWithAFlag(t *testing.T) {
	got := runHere(t, "rules", "--latency=1.4s", "--error-rate=5")
	if got.code != exitUsage || got.out != "" || !strings.Contains(got.errOut, "--latency=1.4s is no bucket") || !strings.Contains(got.errOut, "--error-rate=5 is no share") {
		t.Errorf("exit %d, stdout %q, stderr %q", got.code, got.out, got.errOut)
	}
}
