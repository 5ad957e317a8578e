package main

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"callprobe/internal/alerttest"
	"callprobe/internal/labproc"
)

// envAlertmanager names an Alertmanager other than the one of this machine.
const envAlertmanager = "CALLPROBE_ALERTMANAGER"

// stackForDrills starts a real Alertmanager with stand-ins of the receivers.
func stackForDrills(t *testing.T) (s *alerttest.Stack, folder string) {
	t.Helper()
	path := os.Getenv(envAlertmanager)
	for _, name := range []string{"prometheus-alertmanager", "alertmanager"} {
		if found, err := exec.LookPath(name); path == "" && err == nil {
			path = found
		}
	}
	if path == "" {
		t.Skipf("there is no Alertmanager: install Debian's package prometheus-alertmanager, or name another with %s", envAlertmanager)
	}
	folder = t.TempDir()
	s, err := alerttest.Start(t.Context(), alerttest.Options{Alertmanager: path, Folder: folder, Deploy: "../../deploy", Service: "localhost:1", GroupInterval: 4 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("Alertmanager said:\n%s", s.Logs())
		}
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	return s, folder
}

func silenced(t *testing.T, address string) {
	t.Helper()
	body := `{"matchers":[{"name":"alertname","value":"ProberDown","isRegex":false,"isEqual":true}],"createdBy":"bob","comment":"planned work","startsAt":"` +
		time.Now().UTC().Format(time.RFC3339) + `","endsAt":"` + time.Now().Add(time.Hour).UTC().Format(time.RFC3339) + `"}`
	resp, err := http.Post(address+"/api/v2/silences", "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("silence: %s", resp.Status)
	}
}

// unbroken is a text without the spaces at which, or in place of which, it may
// have been broken into lines.
func unbroken(text string) string { return strings.Join(strings.Fields(text), "") }

func TestADrillThroughARealAlertmanager(t *testing.T) {
	s, folder := stackForDrills(t)
	silenced(t, s.Alertmanager)
	muting := alerttest.Posted{Labels: map[string]string{"alertname": "NoActiveAgentsRecently", "severity": "none", "target": "other"}, StartsAt: time.Now()}
	if err := s.Post(t.Context(), muting); err != nil {
		t.Fatal(err)
	}
	promise := filepath.Join(inFolder(t, map[string]string{"mine.yml": "route: {receiver: elsewhere}\nreceivers: [{name: elsewhere}]\n"}), "mine.yml")
	t.Run("together", func(t *testing.T) {
		for name, tc := range map[string]struct {
			args []string
			code int
			says string
		}{
			"a page arrives and is resolved":       {[]string{"NoActiveAgents", "--alertmanager.config.file=../../deploy/alertmanager/alertmanager.yml"}, exitPassed, "resolved pagerduty was told that it is over"},
			"a message arrives and is resolved":    {[]string{"AgentHighLatency", "--target=slow"}, exitPassed, "resolved slack was told that it is over"},
			"the heartbeat is called":              {[]string{"Watchdog"}, exitPassed, "delivered webhook took it"},
			"a silence is named":                   {[]string{"ProberDown"}, exitFailed, `of bob until`},
			"what mutes it is named":               {[]string{"AgentHighErrorRate", "--target=other"}, exitFailed, "another alert mutes it: NoActiveAgentsRecently of other"},
			"an alert for nobody is delivered not": {[]string{"NoActiveAgentsRecently"}, exitFailed, "its severity is none"},
			"another promise is not kept":          {[]string{"STTFailureRate", "--alertmanager.config.file=" + promise}, exitFailed, `mine.yml promises "elsewhere"`},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				got := runHere(t, append([]string{"drill", "--alertmanager.url=" + s.Alertmanager}, tc.args...)...)
				if got.code != tc.code || !strings.Contains(unbroken(got.out), unbroken(tc.says)) {
					t.Errorf("exit %d, want %d with %q:\n%s%s", got.code, tc.code, tc.says, got.out, got.errOut)
				}
			})
		}
	})
	if all := s.PagerDuty.Incidents(); len(all) != 1 || all[0].Resolved.IsZero() || !strings.HasPrefix(all[0].First.Payload.Summary, "NoActiveAgents drill – DRILL, nothing is wrong – ") {
		t.Errorf("incidents %+v", all)
	}
	messages := s.Slack.Messages()
	if len(messages) != 2 || !strings.Contains(messages[0].String(), "Firing – AgentHighLatency slow – DRILL") || !strings.Contains(messages[1].String(), "Resolved – AgentHighLatency slow – DRILL") {
		t.Errorf("messages %v", messages)
	}
	if refused := append(s.PagerDuty.Refused(), s.Slack.Refused()...); len(refused) > 0 {
		t.Errorf("refused: %q", refused)
	}
	t.Run("a wrong key is found", func(t *testing.T) {
		if err := os.WriteFile(filepath.Join(folder, "pagerduty-key"), []byte("another\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		got := runHere(t, "drill", "STTFailureRate", "--alertmanager.url="+s.Alertmanager)
		if got.code != exitFailed || !strings.Contains(got.out, "pagerduty gave up after 1 refused request") || !strings.Contains(got.out, "the alert was taken back") {
			t.Errorf("exit %d:\n%s%s", got.code, got.out, got.errOut)
		}
	})
}

// TestADrillTimesAnOutage plays it end to end: an agent that dies and comes back.
func TestADrillTimesAnOutage(t *testing.T) {
	if os.Getenv("CALLPROBE_TEST_ALERTS") == "" {
		t.Skip("an outage takes some three minutes: make test-alerts plays it, or CALLPROBE_TEST_ALERTS=1")
	}
	if os.Getenv(labproc.EnvPath) == "" || os.Getenv(envProgram) == "" {
		t.Skipf("there is no lab or no callprobe: name them with %s and %s; make test-alerts does", labproc.EnvPath, envProgram)
	}
	s, _ := stackForDrills(t)
	cmd := exec.CommandContext(t.Context(), program(t), "drill", "NoActiveAgents", "--end-to-end", "--interval=10s", "--alertmanager.url="+s.Alertmanager)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	moments := []string{"the agent dies", "the first call gets no answer", "a second call confirms it", "the alert is pending", "it fires", "it is at Alertmanager", "pagerduty took the page",
		"the agent is back", "a call is answered", "no longer fires", "pagerduty was told that it is over", "DELIVERED"}
	for at, rest := 0, string(out); at < len(moments); at++ {
		_, after, found := strings.Cut(rest, moments[at])
		if !found {
			t.Fatalf("%q did not come in its turn:\n%s", moments[at], out)
		}
		rest = after
	}
	all := s.PagerDuty.Incidents()
	if len(all) != 1 || all[0].Resolved.IsZero() || !strings.Contains(all[0].First.Payload.Summary, "DRILL") {
		t.Errorf("incidents %+v", all)
	}
	if s.Heartbeats() > 0 {
		t.Error("the Watchdog of the drill called the heartbeat in place of the real one")
	}
	if m := regexp.MustCompile(`DELIVERED\s+(\d+)\.\d s from`).FindSubmatch(out); m == nil {
		t.Errorf("no time from death to page:\n%s", out)
	} else {
		t.Logf("%s s from death to page", m[1])
	}
}
