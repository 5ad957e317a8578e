package metrics

import (
	"maps"
	"strings"
	"testing"
	"time"

	"callprobe/probe"
)

// storyOf is a call as it ends for a reason, in its commonest form.
func storyOf(reason probe.Reason) *probe.Report {
	switch reason {
	case probe.Answered, probe.STTWrong, probe.STTMissing, probe.ReplyWrong:
		return callOf(reason, turns(replied(reason, 700*time.Millisecond)))
	case probe.ReplyLate:
		return callOf(reason, turns(replied(reason, 4*time.Second)))
	case probe.AgentSilent, probe.AgentLeft:
		return callOf(reason, turns(unanswered(reason)))
	case probe.NoAgent:
		return callOf(reason)
	default: // What spoilt the call came after a turn that was answered.
		return callOf(reason, turns(replied(probe.Answered, 700*time.Millisecond), unanswered(reason)), func(r *probe.Report) {
			r.Join, r.AgentJoin, r.Greeting = measuredAs(20*time.Millisecond), measuredAs(300*time.Millisecond), measuredAs(time.Second)
		})
	}
}

// What a call that ends for each reason counts as: a request answered or not,
// and an observation of a reply.
func TestEveryReasonIsCountedAsItIsDefined(t *testing.T) {
	type row struct{ success, failure, replies float64 }
	none := row{}
	rows := map[probe.Reason]row{
		probe.Answered:         {success: 1, replies: 1},
		probe.NoAgent:          {failure: 1},
		probe.AgentSilent:      {failure: 1},
		probe.AgentLeft:        {failure: 1},
		probe.ReplyLate:        {failure: 1, replies: 1},
		probe.ReplyWrong:       {failure: 1, replies: 1},
		probe.STTWrong:         {success: 1, replies: 1},
		probe.STTMissing:       {success: 1, replies: 1},
		probe.Unreachable:      none,
		probe.Unauthorized:     none,
		probe.RateLimited:      none,
		probe.MediaFailed:      none,
		probe.RoomLost:         none,
		probe.ProberOverloaded: none,
		probe.Canceled:         none,
	}
	if len(rows) != len(probe.Reasons()) {
		t.Fatalf("%d reasons in the table, there are %d", len(rows), len(probe.Reasons()))
	}
	for _, reason := range probe.Reasons() {
		t.Run(string(reason), func(t *testing.T) {
			want, ok := rows[reason]
			if !ok {
				t.Fatal("this reason is not in the table")
			}
			m := withPair()
			before := read(t, m.scheduled())
			m.Observe(storyOf(reason))
			after := read(t, m.scheduled())
			after.want(t, figures{
				`agent_requests_total{status="success"}`: want.success,
				`agent_requests_total{status="error"}`:   want.failure,
				`agent_response_seconds_count`:           want.replies,
				`callprobe_calls_total{outcome="` + string(reason.Verdict()) + `",reason="` + string(reason) + `"}`: 1,
				`callprobe_calls_total`:                      1,
				`callprobe_call_minutes_total`:               0.5,
				`callprobe_last_call_timestamp_seconds`:      1030,
				`agent_requests_total{target="shop"}`:        want.success + want.failure,
				`agent_requests_total{scenario="hours"}`:     want.success + want.failure,
				`callprobe_rtp_packets_total`:                0,
				`callprobe_pacing_lateness_seconds_count`:    0,
				`callprobe_skipped_total`:                    0,
				`callprobe_stt_words_total`:                  6 * want.replies,
				`stt_transcription_requests_total`:           want.replies,
				`stt_transcription_errors_total`:             0,
				`callprobe_call_phase_seconds_count`:         want.replies,
				`callprobe_barge_in_stop_seconds_count`:      0,
				`callprobe_talk_over_total`:                  0,
				`callprobe_greeting_seconds_count`:           0,
				`callprobe_probe_interval_seconds`:           60,
				`callprobe_rtp_packets_lost_total`:           0,
				`callprobe_rooms_swept_total{target="shop"}`: 0,
			})
			if reason.Verdict() != probe.Inconclusive {
				return
			}
			for series := range after.grown(before) {
				if !strings.HasPrefix(series, "callprobe_calls_total") && !strings.HasPrefix(series, "callprobe_call_minutes_total") && !strings.HasPrefix(series, "callprobe_last_call_") && !strings.HasPrefix(series, "go_") && !strings.HasPrefix(series, "process_") {
					t.Errorf("a call that says nothing about the agent changed %s", series)
				}
			}
		})
	}
}

// One story each of what counts where.
func TestWhatATurnCountsAs(t *testing.T) {
	wrong := replied(probe.STTWrong, time.Second)
	wrong.STT.Outcome = probe.STTIncorrect
	missing := replied(probe.STTMissing, time.Second)
	missing.STT = probe.STTReport{Outcome: probe.STTNotThere}
	unsupported := replied(probe.Answered, time.Second)
	unsupported.STT = probe.STTReport{Outcome: probe.STTUnsupported}
	required := replied(probe.STTMissing, time.Second)
	required.STT = probe.STTReport{Outcome: probe.STTUnsupported}
	heardNothing := probe.TurnReport{Outcome: probe.Answered, TTFA: probe.Measured{Missing: "the caller said nothing"}}
	heardWords, leftInIt := heardNothing, heardNothing
	heardWords.Outcome, heardWords.STT.Outcome = probe.STTWrong, probe.STTIncorrect
	leftInIt.Outcome = probe.AgentLeft
	barge := replied(probe.Answered, time.Second)
	barge.BargeInStop = measuredAs(200 * time.Millisecond)

	const ok, bad = `agent_requests_total{status="success"}`, `agent_requests_total{status="error"}`
	const stt, sttBad, words = `stt_transcription_requests_total`, `stt_transcription_errors_total`, `callprobe_stt_words_total`
	const replies, sum = `agent_response_seconds_count`, `agent_response_seconds_sum`
	for _, tc := range []struct {
		name string
		call *probe.Report
		want figures
	}{
		{"answered in time but misheard is a success and an error of speech recognition", callOf(probe.STTWrong, turns(wrong)), figures{ok: 1, bad: 0, stt: 1, sttBad: 1, replies: 1}},
		{"a missing transcript is an error of speech recognition without words", callOf(probe.STTMissing, turns(missing)), figures{ok: 1, bad: 0, stt: 1, sttBad: 1, words: 0}},
		{"an agent that publishes no transcripts is not asked for them", callOf(probe.Answered, turns(unsupported)), figures{ok: 1, stt: 0, sttBad: 0}},
		{"unless the scenario requires one", callOf(probe.STTMissing, turns(required)), figures{ok: 1, stt: 1, sttBad: 1}},
		{"a late reply is observed and is an error", callOf(probe.ReplyLate, turns(replied(probe.ReplyLate, 4*time.Second))), figures{ok: 0, bad: 1, replies: 1, sum: 4, `agent_response_seconds_bucket{le="3"}`: 0, `agent_response_seconds_bucket{le="4"}`: 1}},
		{"a reply over the caller is counted apart and not observed", callOf(probe.Answered, turns(replied(probe.Answered, -300*time.Millisecond))), figures{ok: 1, bad: 0, replies: 0, `callprobe_talk_over_total`: 1}},
		{"an absent agent is one error for the call, whatever the number of turns", callOf(probe.NoAgent), figures{ok: 0, bad: 1, replies: 0}},
		{"a call that failed between its turns counts one error more", callOf(probe.AgentLeft, turns(replied(probe.Answered, time.Second))), figures{ok: 1, bad: 1}},
		{"a missing greeting too, though the turns after it were answered", callOf(probe.AgentSilent, turns(replied(probe.Answered, time.Second))), figures{ok: 1, bad: 1}},
		{"each failed turn counts", callOf(probe.ReplyLate, turns(replied(probe.Answered, time.Second), replied(probe.ReplyLate, 4*time.Second), replied(probe.ReplyWrong, time.Second))), figures{ok: 1, bad: 2, replies: 3}},
		{"a silent turn asks for no answer", callOf(probe.Answered, turns(heardNothing)), figures{ok: 0, bad: 0, stt: 0, replies: 0}},
		{"words heard in it are an error of speech recognition only", callOf(probe.STTWrong, turns(heardWords)), figures{ok: 0, bad: 0, stt: 1, sttBad: 1}},
		{"an agent that leaves in it is an error", callOf(probe.AgentLeft, turns(leftInIt)), figures{ok: 0, bad: 1}},
		{"words are summed, never averaged", callOf(probe.Answered, turns(replied(probe.Answered, time.Second), replied(probe.Answered, time.Second))), figures{
			`callprobe_stt_words_total{result="hit"}`: 6, `callprobe_stt_words_total{result="substitution"}`: 2,
			`callprobe_stt_words_total{result="deletion"}`: 0, `callprobe_stt_words_total{result="insertion"}`: 4, stt: 2,
		}},
		{"a barge-in is observed", callOf(probe.Answered, turns(barge)), figures{`callprobe_barge_in_stop_seconds_count`: 1, `callprobe_barge_in_stop_seconds_sum`: 0.2}},
		{"a turn cut off by our own trouble does not count even in a failed call", callOf(probe.ReplyLate, turns(replied(probe.ReplyLate, 4*time.Second), unanswered(probe.Canceled))), figures{ok: 0, bad: 1}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			m := withPair()
			m.Observe(tc.call)
			read(t, m.scheduled()).want(t, tc.want)
		})
	}
}

func TestThePhasesOfACallAreObserved(t *testing.T) {
	m := withPair()
	m.Observe(callOf(probe.Answered, turns(replied(probe.Answered, time.Second)), func(r *probe.Report) {
		r.Join, r.AgentJoin, r.Greeting = measuredAs(20*time.Millisecond), measuredAs(300*time.Millisecond), measuredAs(1500*time.Millisecond)
	}))
	read(t, m.scheduled()).want(t, figures{
		`callprobe_call_phase_seconds_sum{phase="join"}`:       0.02,
		`callprobe_call_phase_seconds_sum{phase="agent_join"}`: 0.3,
		`callprobe_call_phase_seconds_sum{phase="transcript"}`: 0.4,
		`callprobe_call_phase_seconds_count`:                   3,
		`callprobe_greeting_seconds_sum`:                       1.5,
	})
}

// The prober's and the network's own troubles are seen in every call, the more
// so in those that they spoil.
func TestPacingAndNetworkCountWhateverTheOutcome(t *testing.T) {
	for _, reason := range []probe.Reason{probe.Answered, probe.ProberOverloaded} {
		t.Run(string(reason), func(t *testing.T) {
			m := withPair()
			m.Observe(callOf(reason, func(r *probe.Report) {
				r.Pacing = probe.Pacing{Frames: 700, LateP99: 150 * time.Millisecond}
				r.Network = probe.Network{Packets: 400, Lost: 7, Known: true}
			}))
			read(t, m.scheduled()).want(t, figures{
				`callprobe_pacing_lateness_seconds_sum`:             0.15,
				`callprobe_rtp_packets_total{direction="sent"}`:     700,
				`callprobe_rtp_packets_total{direction="received"}`: 400,
				`callprobe_rtp_packets_lost_total`:                  7,
			})
		})
	}
}

func TestACallOfAnUnknownPairIsDropped(t *testing.T) {
	m := withPair()
	before := read(t, m.counted())
	for _, p := range []Pair{{"shop", "other"}, {"other", "hours"}, {"", ""}} {
		r := callOf(probe.Answered)
		r.Target, r.Scenario = p.Target, p.Scenario
		m.Observe(r)
		m.Skipped(p, SkipOverlap)
		m.Swept("other", 3)
	}
	if after := read(t, m.counted()); !maps.Equal(before, after) {
		t.Errorf("it changed %v", after.grown(before))
	}
}

func TestSkipsAndSweepsAreCounted(t *testing.T) {
	m := withPair()
	for _, reason := range append(SkipReasons(), "something new", "") {
		m.Skipped(thePair(), reason)
	}
	m.Swept("shop", 3)
	f := read(t, m.scheduled())
	f.want(t, figures{`callprobe_rooms_swept_total`: 3, `callprobe_skipped_total{reason="overlap"}`: 1, `callprobe_skipped_total{reason="other"}`: 3})
	if _, n := f.of("callprobe_skipped_total"); n != len(SkipReasons()) {
		t.Errorf("%d series of skips, there are %d reasons", n, len(SkipReasons()))
	}
}

// Labels come from closed sets and the configuration: nothing that a room or an
// agent says makes a series.
func TestNoCallMakesASeries(t *testing.T) {
	m := withPair()
	m.Observe(storyOf(probe.Answered))
	series := len(read(t, m.counted()))
	for i := range 50 {
		r := callOf(probe.Reasons()[i%len(probe.Reasons())], turns(replied(probe.Answered, time.Duration(i)*time.Second)))
		r.CallID, r.Room, r.Agents = strings.Repeat("x", i*10), strings.Repeat("r", i), []string{strings.Repeat("a", i)}
		r.Turns[0].Transcript, r.Turns[0].Utterance = strings.Repeat("w ", i), strings.Repeat("u", i)
		m.Observe(r)
	}
	if got := len(read(t, m.counted())); got != series {
		t.Errorf("%d series after 50 calls, %d before", got, series)
	}
}

func TestTheErrorIsMeasuredOnAReferenceOnly(t *testing.T) {
	const name = "callprobe_reference_error_seconds"
	call := func(ttfa, truth time.Duration) probe.TurnReport {
		turn := replied(probe.Answered, ttfa)
		if truth > 0 {
			turn.AgentE2E = measuredAs(truth)
		}
		return turn
	}
	m := New(Options{})
	configure := func(reference bool) {
		m.Configure([]Probe{{Pair: thePair(), Interval: time.Minute, Reference: reference}})
	}
	configure(false)
	m.Observe(callOf(probe.Answered, turns(call(time.Second, 900*time.Millisecond))))
	if text := get(m.Handler(), "/metrics").Body.String(); strings.Contains(text, name) {
		t.Errorf("it is there for a target that is none:\n%s", text)
	}
	configure(true)
	if text := get(m.Handler(), "/metrics").Body.String(); strings.Contains(text, name+"{") {
		t.Errorf("it is there before the first call:\n%s", text)
	}
	m.Observe(callOf(probe.Answered, turns(
		call(time.Second, 999*time.Millisecond), call(time.Second, 1004*time.Millisecond), call(5*time.Second, 0))))
	want := name + `{scenario="hours",target="shop"} -0.004`
	if text := get(m.Handler(), "/metrics").Body.String(); !strings.Contains(text, want) {
		t.Errorf("no %s in\n%s", want, text)
	}
	m.Observe(callOf(probe.ProberOverloaded, turns(call(time.Second, time.Millisecond))))
	if text := get(m.Handler(), "/metrics").Body.String(); !strings.Contains(text, want) {
		t.Error("a call that says nothing about the agent moved it")
	}
	configure(false)
	if text := get(m.Handler(), "/metrics").Body.String(); strings.Contains(text, name) {
		t.Error("it stays when the target is no reference any more")
	}
}
