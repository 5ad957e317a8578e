package probe

import (
	"fmt"
	"regexp"
	"testing"
	"time"

	"callprobe/audio"
	"callprobe/audio/playout"
	"callprobe/audio/vad"
	"callprobe/probe/wer"
)

// A story is a call that was never made: what was sent, said and seen is put
// down by hand, so that a rule of the evaluation can be tested without sound.
// Times are in milliseconds since the start of the call. Each utterance is one
// second of speech in a clip of 1.2 s, 100 ms after its first frame.
type story struct {
	rec    *Recording
	spurts []heardSpurt
	// lastPacket is when the agent's last packet came; 0 for the end of the
	// call.
	lastPacket int
	stats      playout.Stats
}

const (
	leadMS   = 100
	speechMS = 1000
)

func ms(n int) time.Duration { return time.Duration(n) * time.Millisecond }

// tell begins the story of a call with an agent that joined after 300 ms and
// greeted from 500 to 1500 ms. It ends at endMS.
func tell(endMS int, turns ...Turn) *story {
	rec := &Recording{
		Version: recordingVersion,
		Plan:    Plan{Name: "story", Language: "en", Greeting: Greeting{Mode: GreetingOptional, Within: 2 * time.Second}, Turns: turns, Limits: Limits{Transcript: 5 * time.Second}},
		Tracks:  []Track{{ID: "TR", Name: AgentTrackName, Participant: "agent"}},
		Ended:   Ending{At: ms(endMS)},
	}
	for at := 0; at <= endMS; at += 20 {
		rec.Sent = append(rec.Sent, ms(at))
	}
	s := &story{rec: rec}
	s.sees(0, Event{Kind: RoomCreated})
	s.sees(100, Event{Kind: Joined})
	s.sees(300, Event{Kind: AgentJoined, Participant: "agent"})
	return s.hears(500, 1500)
}

// asks is a turn that says "red green blue black" and wants a reply within 2 s.
func asks(change ...func(*Turn)) Turn {
	lead, end := audio.Rate48k.Samples(ms(leadMS)), audio.Rate48k.Samples(ms(leadMS+speechMS))
	t := Turn{
		Say:   Utterance{Name: "question", Reference: "red green blue black", Speech: audio.Span{Start: audio.Pos(lead), End: audio.Pos(end)}},
		When:  Trigger{Kind: AfterAgent, Hold: ms(700)},
		Reply: Reply{Within: 2 * time.Second, Timeout: 5 * time.Second},
		STT:   STT{MaxWER: 0.25},
	}
	for _, c := range change {
		c(&t)
	}
	return t
}

func bargingIn(t *Turn)     { t.When = Trigger{Kind: BargeIn, After: time.Second} }
func requiringText(t *Turn) { t.STT.Required = true }
func mustHear(phrases ...string) func(*Turn) {
	return func(t *Turn) { t.STT.Phrases = phrases }
}
func expecting(expr string) func(*Turn) {
	return func(t *Turn) { t.Reply.Matches = regexp.MustCompile(expr) }
}

// quiet is a turn in which the caller says nothing for a second.
func quiet() Turn {
	return Turn{Silence: time.Second, When: Trigger{Kind: AfterAgent}}
}

// says begins the next turn with the frame at atMS, a multiple of 20.
func (s *story) says(atMS int) *story {
	s.rec.Turns = append(s.rec.Turns, TurnTrace{Turn: len(s.rec.Turns), FirstFrame: atMS / 20})
	return s
}

// hears adds a talkspurt of the agent.
func (s *story) hears(onsetMS, offsetMS int) *story {
	s.spurts = append(s.spurts, heardSpurt{
		Talkspurt:   vad.Talkspurt{LevelDBFS: -20, NoiseDBFS: -70},
		onset:       playout.Instant{At: ms(onsetMS)},
		offset:      ms(offsetMS),
		uncertainty: time.Millisecond,
	})
	return s
}

func (s *story) sees(atMS int, e Event) *story {
	e.At = ms(atMS)
	s.rec.Events = append(s.rec.Events, e)
	return s
}

func (s *story) state(atMS int, state string) *story {
	return s.sees(atMS, Event{Kind: AgentState, Participant: "agent", Text: state})
}

// heard adds a transcript of the caller's words on the stream channel.
func (s *story) heard(atMS int, segment, text string, final bool) *story {
	return s.reads(atMS, Transcript{Speaker: CallerSpeaks, Channel: StreamChannel, Segment: segment, Text: text, Final: final})
}

// legacy adds one on the legacy channel.
func (s *story) legacy(atMS int, segment, text string, final bool) *story {
	return s.reads(atMS, Transcript{Speaker: CallerSpeaks, Channel: LegacyChannel, Segment: segment, Text: text, Final: final})
}

// agentSays adds the agent's own words: a stream that was opened at openedMS.
func (s *story) agentSays(openedMS, atMS int, text string) *story {
	return s.reads(atMS, Transcript{Speaker: AgentSpeaks, Channel: StreamChannel, Segment: fmt.Sprint("A", openedMS), Text: text, Final: true, Opened: ms(openedMS)})
}

func (s *story) reads(atMS int, t Transcript) *story {
	who := "agent"
	if t.Speaker == CallerSpeaks {
		who = "caller"
	}
	return s.sees(atMS, Event{Kind: TranscriptHeard, Participant: who, Transcript: &t})
}

func (s *story) tellsOfItself(atMS int, e2e float64) *story {
	return s.sees(atMS, Event{Kind: SessionReport, Participant: "agent", Session: &SessionMessage{
		Type: "conversation_item_added", Role: "assistant", Metrics: map[string]float64{"e2e_latency": e2e},
	}})
}

func (s *story) ends(reason Reason) *story {
	s.rec.Ended.Stage, s.rec.Ended.Reason, s.rec.Ended.Detail = StageTurn, reason, "as told"
	return s
}

// gaveUp says that the caller stopped waiting at the end of the call.
func (s *story) gaveUp() *story {
	s.rec.Turns[len(s.rec.Turns)-1].GaveUp = s.rec.Ended.At
	return s
}

func (s *story) report() *Report {
	last := s.rec.Ended.At
	if s.lastPacket > 0 {
		last = ms(s.lastPacket)
	}
	s.rec.Tracks[0].Packets = []playout.Packet{{At: ms(400)}, {At: last}}
	timeline := playout.Steady(ms(400), make([]int16, audio.Rate48k.Samples(s.rec.Ended.At-ms(400))))
	timeline.Stats = s.stats
	return evaluate(s.rec, &hearing{track: s.rec.Tracks[0], timeline: timeline, spurts: s.spurts})
}

func wantCounts(t *testing.T, r *Report, i int, want wer.Counts) {
	t.Helper()
	if s := r.Turns[i].STT.Score; s == nil || s.Counts != want {
		t.Errorf("turn %d: score %+v, want %+v", i+1, s, want)
	}
}
