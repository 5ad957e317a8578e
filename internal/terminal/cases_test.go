package terminal

import (
	"math"
	"strings"
	"testing"
	"time"

	"callprobe/audio"
	"callprobe/probe"
	"callprobe/probe/wer"
)

const ms = time.Millisecond

func is(n int, uncertainty ...int) probe.Measured {
	m := probe.Measured{Value: time.Duration(n) * ms, OK: true}
	for _, u := range uncertainty {
		m.Uncertainty = time.Duration(u) * time.Microsecond
	}
	return m
}

func not(why string) probe.Measured { return probe.Measured{Missing: why} }

func between(from, to int) probe.Interval {
	return probe.Interval{Start: time.Duration(from) * ms, End: time.Duration(to) * ms}
}

func talk(from, to int) probe.Talk {
	return probe.Talk{Interval: between(from, to), LevelDBFS: -22}
}

func score(t *testing.T, reference, hypothesis, language string) *wer.Result {
	t.Helper()
	r := wer.Compare(reference, hypothesis, language)
	return &r
}

// goodCall is a call with one turn in which everything was measured.
func goodCall(t *testing.T) *probe.Report {
	t.Helper()
	const said = "I want a refund for my last order."
	return &probe.Report{
		Scenario: "refund", Target: "staging", CallID: "c-0001", Room: "callprobe-c-0001",
		Started: time.Date(2026, 8, 3, 14, 2, 11, 0, time.UTC),
		Verdict: probe.Passed, Reason: probe.Answered,
		Duration: 12400 * ms,
		Join:     is(112), AgentJoin: is(480), Greeting: is(912, 1800),
		Agents: []string{"agent-AJ_x7Kd"},
		Turns: []probe.TurnReport{{
			Utterance: "refund-please", Reference: said, Transcript: said,
			AgentText: "Of course. Could you tell me your order number?",
			Outcome:   probe.Answered,
			Said:      between(3900, 6210), Reply: between(7034, 10100),
			TTFA: is(824, 2100), FirstEnergy: is(811),
			STT: probe.STTReport{
				Outcome: probe.STTCorrect, Score: score(t, said, said, "en"),
				Interim: is(-350), Final: is(210),
			},
			AgentE2E: is(790),
		}},
		Network: probe.Network{Packets: 620, Jitter: 1234 * time.Microsecond, SkewPPM: 12.4, Known: true},
		Pacing:  probe.Pacing{Frames: 610, LateP99: 400 * time.Microsecond, LateMax: 1100 * time.Microsecond},
		Talk:    []probe.Talk{talk(1024, 3300), talk(7034, 8200), talk(8500, 10100)},
	}
}

func talkOverCall(t *testing.T) *probe.Report {
	t.Helper()
	r := goodCall(t)
	turn := &r.Turns[0]
	turn.TTFA, turn.TalkOver, turn.Reply = is(-640, 2100), true, between(5570, 8100)
	turn.FirstEnergy, turn.AgentE2E = is(0), not("the agent did not report it")
	turn.Warnings = []probe.Warning{"40 ms of audio around the reply's onset were not received"}
	r.Talk = []probe.Talk{talk(1024, 3300), talk(5570, 8100)}
	r.Network.Lost = 3
	r.Warnings = []probe.Warning{"3 of 623 audio packets of the agent were lost"}
	return r
}

func slowCall(t *testing.T) *probe.Report {
	t.Helper()
	r := goodCall(t)
	turn := &r.Turns[0]
	turn.TTFA, turn.Reply, turn.AgentE2E = is(4210, 2100), between(10420, 12100), is(4020)
	turn.Outcome = probe.ReplyLate
	turn.Detail = "replied 4.21s after the caller's last word, the limit is 3s"
	r.Talk = []probe.Talk{talk(1024, 3300), talk(10420, 12100)}
	r.Verdict, r.Reason, r.Stage, r.Detail = probe.Failed, probe.ReplyLate, probe.StageTurn, turn.Detail
	r.Remedy = "compare with the agent's own latency figures; the difference is endpointing and network"
	return r
}

func noAgentCall(t *testing.T) *probe.Report {
	t.Helper()
	r := goodCall(t)
	r.Verdict, r.Reason, r.Stage = probe.Failed, probe.NoAgent, probe.StageAgent
	r.Detail = "no agent joined the room within 10s of our join"
	r.Remedy = "check that a worker runs for this agent name, is connected to this room server, and has capacity"
	r.Duration, r.Agents, r.Turns, r.Talk = 10200*ms, nil, nil, nil
	r.AgentJoin, r.Greeting = not("no agent joined"), not("the agent said nothing")
	r.Network, r.Pacing = probe.Network{}, probe.Pacing{Frames: 500, LateP99: 300 * time.Microsecond, LateMax: 900 * time.Microsecond}
	return r
}

func misheardCall(t *testing.T) *probe.Report {
	t.Helper()
	r := goodCall(t)
	turn := &r.Turns[0]
	turn.Transcript = "I want a fund for last order now please."
	turn.STT.Outcome, turn.STT.Score = probe.STTIncorrect, score(t, turn.Reference, turn.Transcript, "en")
	turn.Outcome = probe.STTWrong
	turn.Detail = `understood "I want a fund for last order now please.", 50 % of the words wrong, the limit is 20 %`
	r.Verdict, r.Reason, r.Stage, r.Detail = probe.Failed, probe.STTWrong, probe.StageTurn, turn.Detail
	r.Remedy = "listen to the recording, then look at the speech recognizer's errors and quota"
	return r
}

// lostPhraseCall misses one of two key phrases at a rate that passes, and hears
// another turn too late.
func lostPhraseCall(t *testing.T) *probe.Report {
	t.Helper()
	r := goodCall(t)
	turn := &r.Turns[0]
	turn.Reference = "I would like to know when order 4711 will be delivered to me."
	turn.Transcript = "I'd like to know when order 4717 will be delivered to me."
	turn.STT.Outcome, turn.STT.Score = probe.STTIncorrect, score(t, turn.Reference, turn.Transcript, "en")
	turn.STT.Phrases = []probe.KeyPhrase{{Phrase: "delivered to me", Heard: true}, {Phrase: "order 4 7 1 1"}}
	turn.Outcome = probe.STTWrong
	turn.Detail = `understood "I'd like to know when order 4717 will be delivered to me.", the key phrase "order 4 7 1 1" is not in it`
	r.Turns = append(r.Turns, probe.TurnReport{
		Utterance: "late", Reference: "Hello?", Transcript: "Hello?", Outcome: probe.STTMissing,
		Detail: "the last final transcript came 5.001s after the reply began, the limit is 2s",
		Said:   between(11200, 11900), Reply: between(12000, 12300), TTFA: is(100, 1500),
		STT: probe.STTReport{Outcome: probe.STTNotThere, Final: is(5101)},
	})
	r.Verdict, r.Reason, r.Stage, r.Detail = probe.Failed, probe.STTWrong, probe.StageTurn, turn.Detail
	r.Remedy = "listen to the recording, then look at the speech recognizer's errors and quota"
	return r
}

func multiTurnCall(t *testing.T) *probe.Report {
	t.Helper()
	r := goodCall(t)
	r.Duration = 31500 * ms
	const number, interrupt, bye = "It is four seven one one.", "Stop, wait a moment.", "Thank you, goodbye."
	r.Turns = append(r.Turns,
		probe.TurnReport{
			Utterance: "order-number", Reference: number, Transcript: number, Outcome: probe.Answered,
			Said: between(11200, 12900), Reply: between(13300, 17650), TTFA: is(400, 1500),
			STT:      probe.STTReport{Outcome: probe.STTCorrect, Score: score(t, number, number, "en")},
			AgentE2E: not("the agent did not report it"),
		},
		probe.TurnReport{
			Utterance: "wait", Reference: interrupt, Outcome: probe.Answered,
			Said: between(17100, 18300), Reply: between(19300, 21000), TTFA: is(1000, 1500),
			STT: probe.STTReport{Outcome: probe.STTNotThere}, BargeInStop: is(550),
		},
		probe.TurnReport{
			Outcome: probe.Answered, Said: between(21200, 24200), TTFA: not("the caller said nothing"),
		},
		probe.TurnReport{
			Utterance: "goodbye", Reference: bye, Outcome: probe.AgentSilent,
			Detail: "no reply within 5s of the caller's last word",
			Said:   between(24900, 26100), TTFA: not("no reply was heard"), FirstEnergy: not("no sound followed"),
			STT: probe.STTReport{Outcome: probe.STTUnsupported},
		},
	)
	r.Talk = append(r.Talk, talk(13300, 17650), talk(19300, 21000))
	r.Verdict, r.Reason, r.Stage = probe.Failed, probe.AgentSilent, probe.StageTurn
	r.Detail = "turn 5: " + r.Turns[4].Detail
	r.Remedy = "look at the agent's log for this room: speech recognition, language model and synthesis, in this order"
	return r
}

func unreachableCall(t *testing.T) *probe.Report {
	t.Helper()
	return &probe.Report{
		Scenario: "refund", Target: "staging", CallID: "c-0002",
		Started: time.Date(2026, 8, 3, 14, 3, 0, 0, time.UTC), Duration: 10000 * ms,
		Verdict: probe.Inconclusive, Reason: probe.Unreachable, Stage: probe.StageJoin,
		Detail: "create room: dial tcp 192.0.2.7:7880: connect: connection refused",
		Remedy: "check that the room server is up and reachable from here",
		Join:   not("the room was not joined"),
	}
}

func silentCallerCall(t *testing.T) *probe.Report {
	t.Helper()
	r := goodCall(t)
	const heard = "Thanks for watching."
	r.Scenario, r.Duration = "silence", 9000*ms
	r.Turns = []probe.TurnReport{{
		Transcript: heard, Outcome: probe.STTWrong,
		Detail: `the caller said nothing and the agent heard "Thanks for watching."`,
		Said:   between(3500, 8500), TTFA: not("the caller said nothing"),
		STT: probe.STTReport{Outcome: probe.STTIncorrect, Score: score(t, "", heard, "en")},
	}}
	r.Talk = []probe.Talk{talk(1024, 3300)}
	r.Verdict, r.Reason, r.Stage, r.Detail = probe.Failed, probe.STTWrong, probe.StageTurn, r.Turns[0].Detail
	r.Remedy = "listen to the recording, then look at the speech recognizer's errors and quota"
	return r
}

func longTextCall(t *testing.T) *probe.Report {
	t.Helper()
	r := misheardCall(t)
	turn := &r.Turns[0]
	turn.Reference = strings.Repeat("every order of mine came late and damaged ", 40)
	turn.Transcript = strings.Repeat("every order of mine came great and managed ", 40)
	turn.STT.Score = score(t, turn.Reference, turn.Transcript, "en")
	turn.AgentText = strings.Repeat("x", 5000)
	r.Scenario = strings.Repeat("a-scenario-with-a-very-long-name-", 10)
	r.Room = strings.Repeat("r", 300)
	r.Agents = []string{strings.Repeat("agent", 30), "b", "c", "d", "e"}
	r.Detail = strings.Repeat("the detail goes on ", 100)
	for range 30 {
		r.Warnings = append(r.Warnings, "one of very many warnings that all say the same and do not fit on one line")
	}
	return r
}

func wideCall(t *testing.T) *probe.Report {
	t.Helper()
	r := goodCall(t)
	turn := &r.Turns[0]
	r.Scenario, r.Target = "退款", "測試環境"
	turn.Utterance = "退款請求"
	turn.Reference = "我想退掉上一張訂單的款項，因為商品到貨的時候已經損壞了，請幫我處理一下，謝謝您的協助。"
	turn.Transcript = "我想退掉上一張訂的款項，因為商品到貨的時候已經損失了，請你幫我處理一下，謝謝您的協助。"
	turn.STT.Score = score(t, turn.Reference, turn.Transcript, "zh")
	turn.AgentText = "Cafe\u0301 \u0928\u092e\u0938\u094d\u0924\u0947 👩‍👩‍👧 하나 둘 \u0301\u0302 שלום"
	return r
}

// hostileCall carries in every text what a terminal would obey.
func hostileCall(t *testing.T) *probe.Report {
	t.Helper()
	const evil = "a\x1b[2J\x1b]0;owned\x07b\r\nc\u009b31m\u202etxt\u2066\u200b\x00\x7f\xff\ufeffz" + "o\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301"
	r := misheardCall(t)
	turn := &r.Turns[0]
	for _, text := range []*string{
		&r.Scenario, &r.Target, &r.CallID, &r.Room, &r.Detail, &r.Remedy, &r.Agents[0],
		&turn.Utterance, &turn.Reference, &turn.Transcript, &turn.AgentText, &turn.Detail,
	} {
		*text = evil
	}
	r.Reason, r.Stage = evil, evil
	turn.Outcome = evil
	r.Warnings, turn.Warnings = []probe.Warning{evil}, []probe.Warning{evil}
	turn.AgentE2E, r.Greeting = not(evil), not(evil)
	turn.STT.Score = &wer.Result{Steps: []wer.Step{
		{Op: wer.Hit, Reference: evil, Hypothesis: evil},
		{Op: wer.Substitution, Reference: evil, Hypothesis: evil},
		{Op: wer.Deletion, Reference: evil},
		{Op: wer.Insertion, Hypothesis: evil},
		{Op: 9, Reference: evil},
	}}
	turn.STT.Score.Substitutions = 1
	turn.STT.Phrases = []probe.KeyPhrase{{Phrase: evil}, {Phrase: evil, Heard: true}}
	return r
}

// calls are the cases of the golden files.
func calls(t *testing.T) map[string]*probe.Report {
	t.Helper()
	return map[string]*probe.Report{
		"good":               goodCall(t),
		"talk-over":          talkOverCall(t),
		"slow":               slowCall(t),
		"no-agent":           noAgentCall(t),
		"misheard":           misheardCall(t),
		"lost-phrase":        lostPhraseCall(t),
		"multi-turn":         multiTurnCall(t),
		"inconclusive":       unreachableCall(t),
		"silent-caller":      silentCallerCall(t),
		"long-texts":         longTextCall(t),
		"wide-unicode":       wideCall(t),
		"hostile-texts":      hostileCall(t),
		"missing-everything": {},
		"absurd-figures": {
			Scenario: "absurd", Verdict: probe.Failed, Duration: math.MaxInt64,
			Join:    probe.Measured{Value: math.MinInt64, OK: true, Uncertainty: math.MaxInt64},
			Turns:   []probe.TurnReport{{Reference: "x", Said: between(-5, -9), TTFA: probe.Measured{Value: math.MaxInt64, OK: true}}},
			Network: probe.Network{Packets: math.MaxInt64, Lost: math.MaxInt64, SkewPPM: math.NaN(), Known: true},
			Talk:    []probe.Talk{{Interval: probe.Interval{Start: math.MinInt64, End: math.MaxInt64}}},
		},
	}
}

func clipOf(d time.Duration) audio.Clip {
	return audio.Clip{Rate: audio.Rate48k, Samples: make([]int16, audio.Rate48k.Samples(d))}
}
