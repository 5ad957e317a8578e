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

	"callprobe/internal/calltest"
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
