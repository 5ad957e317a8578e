package app

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"callprobe/audio/playout"
	"callprobe/internal/calltest"
	"callprobe/internal/history"
	"callprobe/internal/schedule"
	"callprobe/metrics"
	"callprobe/probe"
)

func TestAnAgentIsAwayOnlyWhenThatIsConfirmed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := metrics.New(metrics.Options{})
		m.Configure([]metrics.Probe{{Pair: metrics.Pair{Target: "a", Scenario: "quiet"}}})
		a := &agents{of: map[string]calltest.Agent{}}
		c := newCaller(m, nil, a.dialer, slog.New(slog.DiscardHandler))
		p := pair{key: schedule.Key{Target: "a", Scenario: "quiet"}, plan: silent("quiet")}
		p.plan.Limits.AgentJoin = time.Second
		for i, step := range []struct {
			agent   calltest.Agent
			attempt schedule.Attempt
			answer  schedule.Answer
			want    string
		}{
			{calltest.Agent{}, schedule.Attempt{Provisional: true}, schedule.Answered, "1"},
			{calltest.Agent{NeverJoins: true}, schedule.Attempt{Provisional: true}, schedule.Unanswered, "1"},
			{calltest.Agent{NeverJoins: true}, schedule.Attempt{Confirms: true}, schedule.Unanswered, "0"},
			{calltest.Agent{DialError: &probe.CallError{Reason: probe.Unreachable}}, schedule.Attempt{}, schedule.Unknown, "0"},
			{calltest.Agent{}, schedule.Attempt{}, schedule.Answered, "1"},
		} {
			a.of[""] = step.agent
			result, err := c.call(t.Context(), p, step.attempt)
			if err != nil {
				t.Fatal(err)
			}
			if got := answerOf(result.Report); got != step.answer {
				t.Errorf("call %d answers %v, want %v", i+1, got, step.answer)
			}
			w := httptest.NewRecorder()
			m.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
			if want := `agent_workers_active{target="a"} ` + step.want + "\n"; !strings.Contains(w.Body.String(), want) {
				t.Errorf("after call %d, /metrics lacks %s", i+1, want)
			}
			if last, ok := c.last(p.key); !ok || last.Report.CallID != result.Report.CallID || c.isRunning(p.key) {
				t.Errorf("call %d is not the latest, or still goes on", i+1)
			}
		}
	})
}

// unmeasurable is an agent whose audio cannot have been heard in a call.
func unmeasurable() calltest.Agent {
	return calltest.Agent{Cues: []calltest.Cue{
		{Event: probe.Event{Kind: probe.TrackUp, Track: "TR", TrackName: probe.AgentTrackName, Participant: "agent"}},
		{After: time.Millisecond, Event: probe.Event{Kind: probe.PacketIn, Track: "TR", Packet: &playout.Packet{At: 25 * time.Hour, Payload: []byte{0xf8}}}},
	}}
}

func TestACallThatCannotBeMeasuredCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := metrics.New(metrics.Options{})
		m.Configure([]metrics.Probe{{Pair: metrics.Pair{Target: "a", Scenario: "quiet"}}})
		kept, err := history.Open("", history.DefaultLimits(), slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		a := &agents{of: map[string]calltest.Agent{"": unmeasurable()}}
		c := newCaller(m, kept, a.dialer, slog.New(slog.DiscardHandler))
		p := pair{key: schedule.Key{Target: "a", Scenario: "quiet"}, plan: silent("quiet")}
		result, err := c.call(t.Context(), p, schedule.Attempt{})
		if err == nil {
			t.Fatal("it was evaluated")
		}
		if r := result.Report; r == nil || answerOf(r) != schedule.Unknown || r.Reason != probe.MediaFailed || !strings.Contains(r.Detail, "25h") {
			t.Fatalf("its report is %+v", r)
		}
		w := httptest.NewRecorder()
		m.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
		for _, want := range []string{
			`callprobe_calls_total{outcome="inconclusive",reason="media_failed",scenario="quiet",target="a"} 1`,
			`callprobe_last_call_timestamp_seconds{`,
			`agent_requests_total{scenario="quiet",status="error",target="a"} 0`,
		} {
			if !strings.Contains(w.Body.String(), want) {
				t.Errorf("/metrics lacks %s", want)
			}
		}
		if n := len(kept.List(history.Filter{})); n != 1 {
			t.Errorf("%d calls are kept, want 1", n)
		}
	})
}

func TestAnAgentThatTalksWithoutEndDoesNotFillTheLog(t *testing.T) {
	var cues []calltest.Cue
	for i := range 50 {
		text := fmt.Sprint(i, strings.Repeat(" word", 5000))
		cues = append(cues, calltest.Heard(300*time.Millisecond, probe.Transcript{Text: text, Final: true, Channel: probe.StreamChannel}))
	}
	synctest.Test(t, func(t *testing.T) {
		m := metrics.New(metrics.Options{})
		a := &agents{of: map[string]calltest.Agent{"": {Cues: cues}}}
		c := newCaller(m, nil, a.dialer, slog.New(slog.DiscardHandler))
		p := pair{key: schedule.Key{Target: "a", Scenario: "quiet"}, plan: silent("quiet")}
		p.plan.Turns[0].Silence = time.Second
		result, err := c.call(t.Context(), p, schedule.Attempt{})
		if err != nil {
			t.Fatal(err)
		}
		if n := len(result.Log); n < maxStory || n > 2*maxStory {
			t.Errorf("the log has %d bytes", n)
		}
		if !strings.Contains(string(result.Log), callFinished) {
			t.Error("the log lacks its end")
		}
	})
}

func TestARunTellsOfACallThatCannotBeMeasured(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := once(t, &agents{of: map[string]calltest.Agent{"a": unmeasurable()}}, "probes: [{scenario: quiet.yaml, targets: [a]}]")
		told := 0
		o.Done = func(*probe.Report) { told++ }
		reports, _, err := o.Run(t.Context())
		if err == nil || told != 1 || len(reports) != 1 || reports[0].Reason != probe.MediaFailed {
			t.Errorf("told %d times, %d reports, error %v", told, len(reports), err)
		}
	})
}

func TestTheLineOfACallTellsNothingOfWhatWasSaid(t *testing.T) {
	for reason, told := range map[probe.Reason]bool{
		probe.NoAgent: true, probe.ReplyLate: true, probe.Unreachable: true,
		probe.ReplyWrong: false, probe.STTWrong: false, probe.STTMissing: false,
	} {
		r := &probe.Report{
			Verdict: reason.Verdict(), Reason: reason, Detail: "what it is about",
			Turns: []probe.TurnReport{{Reference: "my number", Transcript: "my number", AgentText: "my number"}},
		}
		line := fmt.Sprint(wideLine(r, schedule.Attempt{}))
		if strings.Contains(line, "my number") || strings.Contains(line, "what it is about") != told {
			t.Errorf("%s: %s", reason, line)
		}
	}
}
