package probe_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"callprobe/audio"
	"callprobe/audio/opus"
	"callprobe/audio/playout"
	"callprobe/audio/vad"
	"callprobe/internal/calltest"
	"callprobe/probe"
	"callprobe/scenarios"
)

// builtins remembers the built-in scenarios: their recordings take long to
// encode.
var builtins sync.Map //nolint:gochecknoglobals // It only saves time.

// plan returns a built-in scenario that is quick to play.
func plan(t *testing.T, name string, change func(*probe.Plan)) probe.Plan {
	t.Helper()
	known, ok := builtins.Load(name)
	if !ok {
		p, err := scenarios.Builtin(name)
		if err != nil {
			t.Fatal(err)
		}
		known, _ = builtins.LoadOrStore(name, p)
	}
	p := known.(probe.Plan)
	p.Turns = slices.Clone(p.Turns)
	if change != nil {
		change(&p)
	}
	return p
}

// speech returns a recording and how far into it the first voiced sample
// lies.
func speech(t *testing.T, p probe.Plan) (audio.Clip, time.Duration) {
	t.Helper()
	clip := p.Turns[0].Say.Clip
	span, ok := vad.SpeechByDefinition(clip)
	if !ok {
		t.Fatal("the recording holds no speech")
	}
	return clip, audio.Rate48k.Duration(int64(span.Start))
}

// good returns an agent that does everything right.
func good(t *testing.T, p probe.Plan) calltest.Agent {
	t.Helper()
	clip, _ := speech(t, p)
	return calltest.Agent{
		JoinAfter: 300 * time.Millisecond,
		Greeting:  clip, GreetAfter: 200 * time.Millisecond,
		Reply: clip, ReplyAfter: 700 * time.Millisecond,
		Hears: p.Turns[0].Say.Reference, Says: "we open at nine",
		TranscriptAfter: 400 * time.Millisecond,
		States:          true,
	}
}

// makeCall runs a plan against an agent in virtual time.
func makeCall(t *testing.T, ctx context.Context, p probe.Plan, a calltest.Agent) (*probe.Recording, *probe.Report) {
	t.Helper()
	d := a.Dialer(p)
	rec := probe.Run(ctx, p, d, probe.Options{CallID: "test"})
	if !d.Closed && a.DialError == nil {
		t.Error("the call was not closed")
	}
	report, err := probe.Evaluate(rec)
	if err != nil {
		t.Fatal(err)
	}
	return rec, report
}

func TestAGoodCallIsMeasured(t *testing.T) {
	p := plan(t, "opening-hours", nil)
	_, lead := speech(t, p)
	synctest.Test(t, func(t *testing.T) {
		_, r := makeCall(t, t.Context(), p, good(t, p))
		if r.Verdict != probe.Passed || r.Reason != probe.Answered {
			t.Fatalf("verdict %s, %s: %s", r.Verdict, r.Reason, r.Detail)
		}
		turn := r.Turns[0]
		want := 700*time.Millisecond + lead + audio.Rate48k.Duration(opus.Lookahead)
		if err := (turn.TTFA.Value - want).Abs(); err > 2*time.Millisecond {
			t.Errorf("TTFA %v, want %v: off by %v", turn.TTFA.Value, want, err)
		}
		if turn.STT.Outcome != probe.STTCorrect {
			t.Errorf("STT %q, want correct", turn.STT.Outcome)
		}
		if !r.Greeting.OK {
			t.Errorf("no greeting: %s", r.Greeting.Missing)
		}
	})
}

func TestEveryWayToFailHasItsReason(t *testing.T) {
	for _, tc := range sample(t, []struct {
		name   string
		change func(*calltest.Agent)
		plan   func(*probe.Plan)
		reason probe.Reason
	}{
		{"an agent that never comes is no_agent", func(a *calltest.Agent) { a.NeverJoins = true }, nil, probe.NoAgent},
		{"an agent that never subscribes is agent_silent", func(a *calltest.Agent) { a.NeverSubscribes = true }, nil, probe.AgentSilent},
		{"an agent that does not reply is agent_silent", func(a *calltest.Agent) { a.Reply = audio.Clip{} }, nil, probe.AgentSilent},
		{"an agent that does not greet is agent_silent", func(a *calltest.Agent) { a.Greeting = audio.Clip{} },
			func(p *probe.Plan) { p.Greeting.Mode = probe.GreetingRequired }, probe.AgentSilent},
		{"an agent that leaves is agent_left", func(a *calltest.Agent) { a.LeavesAfter = 3 * time.Second }, nil, probe.AgentLeft},
		{"an agent whose packets stop is agent_left", func(a *calltest.Agent) { a.StopsAfter = 4 * time.Second }, nil, probe.AgentLeft},
		{"a greeting after the limit is reply_late", func(a *calltest.Agent) { a.GreetAfter = 3 * time.Second },
			func(p *probe.Plan) { p.Greeting = probe.Greeting{Mode: probe.GreetingRequired, Within: time.Second} }, probe.ReplyLate},
		{"a reply after the limit is reply_late", func(a *calltest.Agent) { a.ReplyAfter = 6 * time.Second }, nil, probe.ReplyLate},
		{"a reply without the expected words is reply_wrong", func(a *calltest.Agent) { a.Says = "good bye" },
			func(p *probe.Plan) { p.Turns[0].Reply.Matches = matches("nine") }, probe.ReplyWrong},
		{"wrong words are stt_wrong", func(a *calltest.Agent) { a.Hears = "something else entirely" }, nil, probe.STTWrong},
		{"no words where others are published are stt_missing", func(a *calltest.Agent) { a.Hears = "" }, nil, probe.STTMissing},
		{"a room that is deleted is room_lost", func(a *calltest.Agent) { a.DisconnectsAfter = 3 * time.Second }, nil, probe.RoomLost},
		{"a refused connection is unreachable", func(a *calltest.Agent) {
			a.DialError = &probe.CallError{Reason: probe.Unreachable, Stage: probe.StageCreateRoom, Err: errors.New("refused")}
		}, nil, probe.Unreachable},
	}) {
		t.Run(tc.name, func(t *testing.T) {
			p := plan(t, "opening-hours", tc.plan)
			a := brief(t, p)
			tc.change(&a)
			synctest.Test(t, func(t *testing.T) {
				_, r := makeCall(t, t.Context(), p, a)
				if r.Reason != tc.reason || r.Verdict != tc.reason.Verdict() {
					t.Errorf("got %s, %s (%s), want %s", r.Verdict, r.Reason, r.Detail, tc.reason)
				}
				if r.Reason != probe.Answered && r.Detail == "" {
					t.Error("the reason has no detail")
				}
			})
		})
	}
}

func TestAnInterruptedCallIsCanceled(t *testing.T) {
	p := plan(t, "opening-hours", nil)
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		_, r := makeCall(t, ctx, p, brief(t, p))
		if r.Reason != probe.Canceled || r.Verdict != probe.Inconclusive {
			t.Errorf("got %s, %s, want canceled", r.Verdict, r.Reason)
		}
	})
}

func TestTalkOverIsANegativeTTFA(t *testing.T) {
	p := plan(t, "opening-hours", nil)
	a := brief(t, p)
	_, lead := speech(t, p)
	synctest.Test(t, func(t *testing.T) {
		rec, r := makeCall(t, t.Context(), p, a)
		before := r.Turns[0].TTFA.Value
		shift(rec, -before-lead-400*time.Millisecond)
		r, err := probe.Evaluate(rec)
		if err != nil {
			t.Fatal(err)
		}
		if turn := r.Turns[0]; !turn.TalkOver || turn.TTFA.Value >= 0 {
			t.Errorf("TTFA %v, talk over %v; want a negative TTFA", turn.TTFA.Value, turn.TalkOver)
		}
	})
}

// shift moves everything that the agent says after its greeting by d.
func shift(rec *probe.Recording, d time.Duration) {
	for i := range rec.Tracks {
		for k := range rec.Tracks[i].Packets {
			rec.Tracks[i].Packets[k].At += d
		}
	}
}

func TestShiftingTheAgentShiftsTheFigureByExactlyThat(t *testing.T) {
	p := plan(t, "opening-hours", nil)
	synctest.Test(t, func(t *testing.T) {
		rec, r := makeCall(t, t.Context(), p, brief(t, p))
		before := r.Turns[0].TTFA.Value
		for _, samples := range []int64{1, 37, 960, 4801, -480} {
			d := audio.Rate48k.Duration(samples)
			shift(rec, d)
			moved, err := probe.Evaluate(rec)
			if err != nil {
				t.Fatal(err)
			}
			if got := moved.Turns[0].TTFA.Value - before; got != d {
				t.Errorf("shifted by %d samples (%v), TTFA moved by %v", samples, d, got)
			}
			shift(rec, -d)
		}
	})
}

func TestReorderingWithin100msChangesNothing(t *testing.T) {
	p := plan(t, "opening-hours", nil)
	synctest.Test(t, func(t *testing.T) {
		rec, r := makeCall(t, t.Context(), p, brief(t, p))
		packets := rec.Tracks[0].Packets
		for i := 3; i+4 < len(packets); i += 9 {
			packets[i], packets[i+4] = packets[i+4], packets[i]
		}
		moved, err := probe.Evaluate(rec)
		if err != nil {
			t.Fatal(err)
		}
		if a, b := r.Turns[0].TTFA, moved.Turns[0].TTFA; a != b {
			t.Errorf("TTFA was %v, is %v", a, b)
		}
	})
}

func TestALouderOrSofterAgentAnswersAtTheSameTime(t *testing.T) {
	p := plan(t, "opening-hours", nil)
	for _, gain := range []float64{-6, 6} {
		synctest.Test(t, func(t *testing.T) {
			agent := brief(t, p)
			_, before := makeCall(t, t.Context(), p, agent)
			agent.Gain = gain
			_, after := makeCall(t, t.Context(), p, agent)
			// The codec sees other samples, so the onset may move by a few.
			if moved := after.Turns[0].TTFA.Value - before.Turns[0].TTFA.Value; moved.Abs() > 500*time.Microsecond {
				t.Errorf("%+g dB moved TTFA by %v", gain, moved)
			}
		})
	}
}

func TestSilenceThatIsNotSentChangesNothing(t *testing.T) {
	p := plan(t, "opening-hours", nil)
	synctest.Test(t, func(t *testing.T) {
		rec, r := makeCall(t, t.Context(), p, brief(t, p))
		packets := rec.Tracks[0].Packets
		dtx, left := withoutSilence(packets)
		if left < len(packets)/4 {
			t.Fatalf("only %d of %d packets are silence", left, len(packets))
		}
		rec.Tracks[0].Packets = dtx
		again, err := probe.Evaluate(rec)
		if err != nil {
			t.Fatal(err)
		}
		if a, b := r.Turns[0].TTFA.Value, again.Turns[0].TTFA.Value; a != b {
			t.Errorf("TTFA was %v, with DTX it is %v", a, b)
		}
	})
}

// withoutSilence leaves out packets of silence as a sender with DTX does: once four
// in a row are the same, it sends one every 400 ms.
// The sequence numbers run on without a gap, RTP time goes by.
func withoutSilence(packets []playout.Packet) (sent []playout.Packet, left int) {
	run := 0
	for i, p := range packets {
		run++
		if i == 0 || !bytes.Equal(p.Payload, packets[i-1].Payload) {
			run = 0
		}
		if run > 3 && run%20 != 0 {
			left++
			continue
		}
		p.Sequence = uint16(len(sent))
		sent = append(sent, p)
	}
	return sent, left
}

func TestAStoredRecordingGivesTheSameReport(t *testing.T) {
	p := plan(t, "booking", nil)
	synctest.Test(t, func(t *testing.T) {
		rec, r := makeCall(t, t.Context(), p, brief(t, p))
		var stored bytes.Buffer
		if err := rec.Write(&stored); err != nil {
			t.Fatal(err)
		}
		again, err := probe.ReadRecording(&stored)
		if err != nil {
			t.Fatal(err)
		}
		replayed, err := probe.Evaluate(again)
		if err != nil {
			t.Fatal(err)
		}
		want, got := encode(t, r), encode(t, replayed)
		if want != got {
			t.Errorf("replay differs:\n%s\n%s", want, got)
		}
	})
}

func encode(t *testing.T, r *probe.Report) string {
	t.Helper()
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
