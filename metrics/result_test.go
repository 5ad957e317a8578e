package metrics

import (
	"testing"
	"time"

	"callprobe/probe"
)

func TestOnlyACallThatPassedIsASuccess(t *testing.T) {
	for _, reason := range probe.Reasons() {
		want := 0.0
		if reason == probe.Answered {
			want = 1
		}
		f := read(t, results(callOf(reason), thePair()))
		f.want(t, figures{"probe_success": want, `callprobe_result_info{outcome="` + string(reason.Verdict()) + `",reason="` + string(reason) + `"}`: 1})
	}
}

func TestAFigureThatWasNotMeasuredIsAbsentAndATalkOverIsNegative(t *testing.T) {
	f := read(t, results(callOf(probe.AgentSilent, turns(replied(probe.Answered, -300*time.Millisecond), unanswered(probe.AgentSilent))), thePair()))
	f.want(t, figures{
		"callprobe_result_response_seconds":                       -0.3,
		`callprobe_result_response_seconds{turn="1"}`:             -0.3,
		`callprobe_result_response_uncertainty_seconds{turn="1"}`: 0.003,
		`callprobe_result_word_error_ratio{turn="1"}`:             0.75,
	})
	f.wantAbsent(t, "callprobe_result_join_seconds", "callprobe_result_agent_join_seconds", "callprobe_result_greeting_seconds",
		"callprobe_result_barge_in_stop_seconds", "callprobe_result_jitter_seconds", "callprobe_result_pacing_lateness_seconds")
}
