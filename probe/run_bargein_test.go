package probe_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"callprobe/audio"
	"callprobe/internal/calltest"
	"callprobe/probe"
)

func TestBargingIn(t *testing.T) {
	bargeIn := func(p *probe.Plan) {
		again(2)(p)
		p.Turns[1].When = probe.Trigger{Kind: probe.BargeIn, After: 2 * time.Second}
	}
	p := plan(t, "opening-hours", bargeIn)
	clip := p.Turns[0].Say.Clip
	length, spoken := clip.Duration(), audio.Rate48k.Duration(int64(p.Turns[0].Say.Speech.End))
	speaks := short(t, p)
	long := joined(50*time.Millisecond, speaks, speaks, speaks, speaks, speaks)
	answer := func(change func(*calltest.Answer)) calltest.Answer {
		out := calltest.Answer{Reply: speaks, ReplyAfter: 700 * time.Millisecond, Hears: p.Turns[0].Say.Reference, TranscriptAfter: 400 * time.Millisecond}
		change(&out)
		return out
	}
	for _, tc := range sample(t, []struct {
		name          string
		first, second calltest.Answer
		reason        probe.Reason
		detail        string
		turns         int
		stops, tfta   bool
	}{
		{
			"an agent that stops and answers passes",
			answer(func(a *calltest.Answer) { a.Reply = long }),
			answer(func(a *calltest.Answer) { a.Yields = time.Second }), probe.Answered, "", 2, true, true,
		},
		{
			"one leaked frame after the stop is no reply",
			answer(func(a *calltest.Answer) { a.Reply = long }),
			answer(func(a *calltest.Answer) {
				a.Yields, a.ReplyAfter = time.Second, 550*time.Millisecond
				a.Lines = []calltest.Line{{After: spoken + 360*time.Millisecond, Clip: audio.Clip{Rate: audio.Rate48k, Samples: speaks.Samples[9600:10560]}}}
			}), probe.Answered, "", 2, true, true,
		},
		{
			"an agent that resumes its talk without thinking did not answer",
			answer(func(a *calltest.Answer) { a.Reply = long }),
			calltest.Answer{
				Yields: time.Second, TranscriptAfter: time.Hour,
				Lines: []calltest.Line{{After: length + 2*time.Second, Clip: speaks}},
				Cues:  []calltest.Cue{calltest.State(time.Second, "listening"), calltest.State(length+2*time.Second, "speaking")},
			}, probe.AgentSilent, "turn 2", 2, true, false,
		},
		{
			"pauses between sentences do not begin the talk anew",
			answer(func(a *calltest.Answer) { a.Reply = joined(400*time.Millisecond, speaks, speaks, speaks, speaks) }),
			answer(func(a *calltest.Answer) { a.Yields = time.Second }), probe.Answered, "", 2, true, true,
		},
		{
			"without states, the tail of the talk is no reply",
			answer(func(a *calltest.Answer) { a.Reply = joined(400*time.Millisecond, speaks, speaks, speaks, speaks) }),
			answer(func(a *calltest.Answer) { a.Yields = 1500 * time.Millisecond }), probe.Answered, "", 2, true, true,
		},
		{
			"an agent that is done before is not silent but brief",
			answer(func(*calltest.Answer) {}), answer(func(*calltest.Answer) {}), probe.ReplyWrong, "fell silent before", 1, false, false,
		},
	}) {
		t.Run(tc.name, func(t *testing.T) {
			a := brief(t, p)
			a.Answers = []calltest.Answer{tc.first, tc.second}
			a.States = !strings.HasPrefix(tc.name, "without states")
			synctest.Test(t, func(t *testing.T) {
				r := ending(t, t.Context(), p, a, tc.reason, tc.detail, tc.turns)
				last := r.Turns[len(r.Turns)-1]
				if tc.turns == 2 && (last.BargeInStop.OK != tc.stops || last.TTFA.OK != tc.tfta) {
					t.Errorf("stop %+v, TTFA %+v", last.BargeInStop, last.TTFA)
				}
				if tc.tfta && (last.TTFA.Value < 500*time.Millisecond || last.TTFA.Value > 900*time.Millisecond) {
					t.Errorf("TTFA %v, want 550 to 700 ms", last.TTFA.Value)
				}
			})
		})
	}
}
