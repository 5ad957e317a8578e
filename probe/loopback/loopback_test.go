package loopback

import (
	"testing"
	"testing/synctest"
	"time"

	"callprobe/audio"
	"callprobe/probe"
	"callprobe/scenarios"
)

// plan asks the questions of some built-in scenarios.
func plan(t *testing.T, names ...string) probe.Plan {
	t.Helper()
	var plan probe.Plan
	for i, name := range names {
		p, err := scenarios.Builtin(name)
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			plan = p
			plan.Turns = nil
		}
		plan.Turns = append(plan.Turns, p.Turns...)
	}
	plan.Greeting = probe.Greeting{Mode: probe.GreetingNone}
	return plan
}

// TestACallOverTheVirtualNetworkAgreesWithItsAgent makes real WebRTC calls in
// virtual time: nothing is late, so what is left of the error is that of placing
// the reply's onset after the codec.
func TestACallOverTheVirtualNetworkAgreesWithItsAgent(t *testing.T) {
	p := plan(t, "opening-hours", "short-answer")
	for _, delay := range []time.Duration{300 * time.Millisecond, 700 * time.Millisecond, 1500 * time.Millisecond} {
		t.Run(delay.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				rec := probe.Run(t.Context(), p, Dialer{Plan: p, Reply: p.Turns[0].Say, Delay: delay}, probe.Options{CallID: "test"})
				r, err := probe.Evaluate(rec)
				if err != nil {
					t.Fatal(err)
				}
				if r.Verdict != probe.Passed || len(r.Turns) != len(p.Turns) {
					t.Fatalf("%s: %s: %s: %s, %d turns; hang up: %q", r.Verdict, r.Reason, r.Stage, r.Detail, len(r.Turns), rec.HangUpError)
				}
				for i, turn := range r.Turns {
					truth := turn.AgentE2E.Value
					if !turn.AgentE2E.OK || truth < delay || truth >= delay+audio.FrameDuration {
						t.Errorf("turn %d: the agent took %v (%s), was to take %v and up to a frame", i+1, truth, turn.AgentE2E.Missing, delay)
					}
					if off := turn.TTFA.Value - truth; off.Abs() > 2*time.Millisecond || off.Abs() > turn.TTFA.Uncertainty {
						t.Errorf("turn %d: measured %v ± %v, truly %v", i+1, turn.TTFA.Value, turn.TTFA.Uncertainty, truth)
					}
				}
			})
		})
	}
}

func TestACallThatIsClosedLeavesNothingRunning(t *testing.T) {
	p := plan(t, "opening-hours")
	synctest.Test(t, func(t *testing.T) { // It fails when a goroutine of the call stays.
		c, err := Dialer{Plan: p, Reply: p.Turns[0].Say}.Dial(t.Context(), time.Now())
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Close(t.Context()); err != nil {
			t.Error(err)
		}
		if err := c.Close(t.Context()); err != nil {
			t.Errorf("closing it twice: %v", err)
		}
	})
}
