package app

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"callprobe/internal/calltest"
	"callprobe/internal/config"
	"callprobe/probe"
)

// once makes a run of quiet on two targets, whose agents are called a and b.
func once(t *testing.T, a *agents, rest string) Once {
	t.Helper()
	folder := t.TempDir()
	text := strings.Replace(strings.Replace(testTargets, "name: a", "name: a, agent_name: a", 1), "name: b", "name: b, agent_name: b", 1) + rest
	for name, content := range map[string]string{"callprobe.yml": text, "quiet.yaml": quiet + "limits: {agent_join: 50ms}\n"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	conf, err := config.Load(filepath.Join(folder, "callprobe.yml"), testEnvironment)
	if err != nil {
		t.Fatal(err)
	}
	return Once{Config: conf, Textfile: filepath.Join(folder, "callprobe.prom"), Log: slog.New(slog.DiscardHandler), dialer: a.dialer}
}

const allQuiet = "probes: [{scenario: quiet.yaml, interval: 1h}]\n"

func TestARunCallsEverythingOnceAndCountersOutliveIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &agents{of: map[string]calltest.Agent{"a": {}, "b": {DialError: &probe.CallError{Reason: probe.Unauthorized, Stage: probe.StageJoin}}}}
		run := once(t, a, allQuiet)
		for n := 1; n <= 3; n++ {
			reports, skipped, err := run.Run(t.Context())
			if err != nil || len(skipped) > 0 || len(reports) != 2 || reports[0].Target != "a" || reports[1].Reason != probe.Unauthorized {
				t.Fatalf("%d reports, skipped %v: %v", len(reports), skipped, err)
			}
			text, err := os.ReadFile(run.Textfile)
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range []string{
				`callprobe_calls_total{outcome="passed",reason="answered",scenario="quiet",target="a"} ` + string(rune('0'+n)),
				`callprobe_calls_total{outcome="inconclusive",reason="unauthorized",scenario="quiet",target="b"} ` + string(rune('0'+n)),
				`probe_success{scenario="quiet",target="b"} 0`,
			} {
				if !strings.Contains(string(text), want+"\n") {
					t.Errorf("run %d: the textfile lacks %s", n, want)
				}
			}
		}
	})
}

func TestARunConfirmsWhatGoesUnanswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &agents{of: map[string]calltest.Agent{"a": {}, "b": {NeverJoins: true}}}
		run := once(t, a, allQuiet)
		run.Config.Probes[0].Plan.Limits.AgentJoin = 50 * time.Millisecond
		told := 0
		run.Done = func(*probe.Report) { told++ }
		reports, _, err := run.Run(t.Context())
		if err != nil || len(reports) != 2 || told != 3 || a.made("a") != 1 || a.made("b") != 2 || reports[1].Reason != probe.NoAgent {
			t.Errorf("%d reports of %d calls, %d and %d made: %v", len(reports), told, a.made("a"), a.made("b"), err)
		}
		text, err := os.ReadFile(run.Textfile)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{`agent_workers_active{target="a"} 1`, `agent_workers_active{target="b"} 0`, `reason="no_agent",scenario="quiet",target="b"} 2`} {
			if !strings.Contains(string(text), want+"\n") {
				t.Errorf("the textfile lacks %s", want)
			}
		}
	})
}

func TestARunLeavesOutTargetsInMaintenance(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &agents{}
		reports, skipped, err := once(t, a, allQuiet+"maintenance: [{starts: '* * * * *', length: 1h, targets: [b]}]\n").Run(t.Context())
		if err != nil || len(reports) != 1 || len(skipped) != 1 || skipped[0].Target != "b" || a.made("b") != 0 {
			t.Errorf("%d reports, skipped %v: %v", len(reports), skipped, err)
		}
	})
}

func TestTwoRunsAtOnceDoNotShareAState(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &agents{of: map[string]calltest.Agent{"a": {DialAfter: time.Second}}}
		run := once(t, a, allQuiet)
		first := make(chan error, 1)
		go func() {
			_, _, err := run.Run(t.Context())
			first <- err
		}()
		for a.made("a") == 0 {
			<-time.After(10 * time.Millisecond)
		}
		if _, _, err := run.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "another process") {
			t.Errorf("the second: %v", err)
		}
		if err := <-first; err != nil {
			t.Errorf("the first: %v", err)
		}
	})
}

func TestARunThatIsKilledLosesTheCallUnderWayOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &agents{of: map[string]calltest.Agent{"a": {}, "b": {DialAfter: 5 * time.Second}}}
		run := once(t, a, allQuiet)
		done := make(chan error, 1)
		go func() {
			_, _, err := run.Run(t.Context())
			done <- err
		}()
		time.Sleep(3 * time.Second) // The call to a has ended, that to b has not.
		state, err := os.ReadFile(run.Textfile + ".state")
		if err != nil || callsIn(string(state), "a") != 1 || callsIn(string(state), "b") != 0 {
			t.Errorf("%v; the state is\n%s", err, state)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}
