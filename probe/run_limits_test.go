package probe_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"callprobe/audio"
	"callprobe/probe"
)

// phases are moments in a call of two turns with a brief agent, from the start
// of the call: the greeting is heard from 0.5 to 1.4 s, each utterance takes
// about 2 s.
func phases() map[string]time.Duration {
	return map[string]time.Duration{
		"dialing":                     100 * time.Millisecond,
		"waiting for the agent":       300 * time.Millisecond,
		"waiting for the greeting":    600 * time.Millisecond,
		"waiting to speak":            1800 * time.Millisecond,
		"speaking":                    3 * time.Second,
		"waiting for the reply":       5300 * time.Millisecond,
		"waiting for the reply's end": 6300 * time.Millisecond,
	}
}

func TestAnInterruptEndsACallInEveryPhase(t *testing.T) {
	p := plan(t, "opening-hours", again(2))
	a := brief(t, p)
	a.DialAfter, a.ReplyAfter = 200*time.Millisecond, 1500*time.Millisecond
	for phase, when := range phases() {
		t.Run(phase, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), when)
				defer cancel()
				d := a.Dialer(p)
				rec := probe.Run(ctx, p, d, probe.Options{})
				if rec.Ended.Reason != probe.Canceled || rec.Ended.At != when {
					t.Errorf("got %s at %v, want canceled at %v", rec.Ended.Reason, rec.Ended.At, when)
				}
				if dialed := when > a.DialAfter; d.Closed != dialed {
					t.Errorf("closed %v, dialed %v", d.Closed, dialed)
				}
			})
		})
	}
}

func TestTheCallLimitHoldsInEveryPhase(t *testing.T) {
	base := plan(t, "opening-hours", again(2))
	a := brief(t, base)
	a.DialAfter, a.ReplyAfter = 200*time.Millisecond, 1500*time.Millisecond
	want := map[string]struct {
		reason probe.Reason
		stage  probe.Stage
	}{
		"dialing":                     {probe.Unreachable, probe.StageJoin},
		"waiting for the agent":       {probe.NoAgent, probe.StageAgent},
		"waiting for the greeting":    {probe.AgentSilent, probe.StageGreeting},
		"waiting to speak":            {probe.ReplyWrong, probe.StageTurn},
		"speaking":                    {probe.ReplyWrong, probe.StageTurn},
		"waiting for the reply":       {probe.AgentSilent, probe.StageTurn},
		"waiting for the reply's end": {probe.ReplyWrong, probe.StageTurn},
	}
	for phase, when := range phases() {
		t.Run(phase, func(t *testing.T) {
			p := base
			p.Limits.Call = when
			synctest.Test(t, func(t *testing.T) {
				rec := probe.Run(t.Context(), p, a.Dialer(p), probe.Options{})
				end := rec.Ended
				if w := want[phase]; end.Reason != w.reason || end.Stage != w.stage || end.Detail == "" {
					t.Errorf("got %s at %q (%s), want %s at %q", end.Reason, end.Stage, end.Detail, w.reason, w.stage)
				}
				if end.At != when {
					t.Errorf("ended at %v, want %v", end.At, when)
				}
			})
		})
	}
}

func TestACallThatCannotBeHeldIsStillHungUp(t *testing.T) {
	p := plan(t, "opening-hours", nil)
	t.Run("when sending fails", func(t *testing.T) {
		a := brief(t, p)
		a.SendFailsAfter = time.Second
		synctest.Test(t, func(t *testing.T) { ending(t, t.Context(), p, a, probe.MediaFailed, "as scripted", 0) })
	})
	t.Run("when sending fails because the room is gone", func(t *testing.T) {
		a := brief(t, p)
		a.SendFailsAfter, a.DisconnectsAfter = 1400*time.Millisecond, 1500*time.Millisecond
		synctest.Test(t, func(t *testing.T) { ending(t, t.Context(), p, a, probe.RoomLost, "ROOM_DELETED", 0) })
	})
	t.Run("when hanging up fails, and says so", func(t *testing.T) {
		a := brief(t, p)
		a.CloseError = errors.New("no answer")
		synctest.Test(t, func(t *testing.T) {
			r := ending(t, t.Context(), p, a, probe.Answered, "", 1)
			if len(r.Warnings) != 1 || !strings.Contains(string(r.Warnings[0]), "no answer") {
				t.Errorf("warnings %q", r.Warnings)
			}
		})
	})
	t.Run("when the prober panics", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			d := brief(t, p).Dialer(p)
			defer func() {
				if recover() == nil || !d.Closed {
					t.Errorf("closed %v", d.Closed)
				}
			}()
			probe.Run(t.Context(), p, d, probe.Options{Progress: func(s probe.Progress) {
				if s.Step == probe.StepAgentJoined {
					panic("as told")
				}
			}})
		})
	})
	t.Run("when an error says nothing", func(t *testing.T) {
		a := brief(t, p)
		a.DialError = &probe.CallError{Reason: probe.Unauthorized, Stage: probe.StageJoin}
		synctest.Test(t, func(t *testing.T) { ending(t, t.Context(), p, a, probe.Unauthorized, "", 0) })
	})
}

func TestJoiningHasALimitOfItsOwn(t *testing.T) {
	p := plan(t, "opening-hours", func(p *probe.Plan) { p.Limits.Join = time.Second })
	a := brief(t, p)
	a.DialAfter = 5 * time.Second
	synctest.Test(t, func(t *testing.T) {
		rec := probe.Run(t.Context(), p, a.Dialer(p), probe.Options{})
		if rec.Ended.Reason != probe.Unreachable || rec.Ended.At != time.Second {
			t.Errorf("got %s at %v, want unreachable after 1 s", rec.Ended.Reason, rec.Ended.At)
		}
	})
}

func TestTheCallerWaitsForAGreetingUpToItsLimit(t *testing.T) {
	p := plan(t, "opening-hours", nil)
	for name, tc := range map[string]struct{ joins, from, to time.Duration }{
		"from our join":                   {300 * time.Millisecond, 5 * time.Second, 6200 * time.Millisecond},
		"a late agent has 3 s of its own": {8 * time.Second, 11 * time.Second, 12200 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			a := brief(t, p)
			a.Greeting, a.JoinAfter = audio.Clip{}, tc.joins
			synctest.Test(t, func(t *testing.T) {
				rec, _ := makeCall(t, t.Context(), p, a)
				if began := rec.Sent[rec.Turns[0].FirstFrame]; began < tc.from || began > tc.to {
					t.Errorf("the caller began at %v, want %v to %v", began, tc.from, tc.to)
				}
			})
		})
	}
}
