package probe

import (
	"slices"
	"strings"
	"testing"
	"time"

	"callprobe/audio"
	"callprobe/audio/playout"
	"callprobe/audio/vad"
)

// reconnects lets the story's connection be interrupted for a second.
func (s *story) reconnects(atMS int) *story {
	return s.sees(atMS, Event{Kind: Reconnecting}).sees(atMS+1000, Event{Kind: Reconnected})
}

func (s *story) mustGreet(within time.Duration) *story {
	s.rec.Plan.Greeting = Greeting{Mode: GreetingRequired, Within: within}
	return s
}

// ungreeted is a story without the greeting.
func (s *story) ungreeted() *story {
	s.spurts = s.spurts[1:]
	return s
}

func (s *story) ended(stage Stage, reason Reason) *story {
	s.ends(reason)
	s.rec.Ended.Stage = stage
	return s
}

func (s *story) late(d time.Duration, from int) *story {
	for k := from; k < len(s.rec.Sent); k++ {
		s.rec.Sent[k] += d
	}
	return s
}

func TestTheVerdictOfACall(t *testing.T) {
	one := func() *story { return replies(asks()) }
	silent := func() *story { return tell(9000, asks()).says(2000).gaveUp() }
	half := func() *story { return tell(7000, asks(), asks()).says(2000).hears(3600, 5000) }
	for _, tc := range []struct {
		name   string
		story  *story
		reason Reason
	}{
		{"all turns answered pass", one(), Answered},
		{"the first turn that fails decides", tell(12000, asks(), asks()).says(2000).hears(5200, 6000).says(8000).gaveUp(), ReplyLate},
		{"an agent that leaves after its last reply has answered", one().ends(AgentLeft), Answered},
		{"a room that is deleted after the last reply was a call that was answered", one().ended(StageTranscript, RoomLost), Answered},
		{"a room that is lost before the reply says nothing of the agent", tell(4000, asks()).says(2000).ends(RoomLost), RoomLost},
		{"a room that is lost with turns to come says nothing of the agent", half().ends(RoomLost), RoomLost},
		{"a room that is lost after a late reply says nothing of the agent", tell(6000, asks()).says(2000).hears(5200, 6000).ends(RoomLost), RoomLost},
		{"an interrupted call is canceled even after the last reply", one().ends(Canceled), Canceled},
		{"an agent that leaves with turns to come has left", half().ends(AgentLeft), AgentLeft},
		{"a call limit with turns to come is the reason it is given", half().ends(ReplyWrong), ReplyWrong},
		{"turns that were not played for no reason are the prober's fault", half(), ProberOverloaded},
		{"a reply that was given up on although it was there is the prober's fault", half().gaveUp(), ProberOverloaded},
		{"no reply is agent_silent", silent(), AgentSilent},
		{"no reply after our connection broke says nothing of the agent", silent().reconnects(2500), RoomLost},
		{"a connection that broke and came back spoils no answered call", one().reconnects(2500), Answered},
		{"a connection that broke after the turn does not excuse it", tell(14000, asks(), asks()).says(2000).hears(5200, 6000).says(8000).hears(9600, 11000).reconnects(12000), ReplyLate},
		{"no greeting after our connection broke says nothing of the agent", one().ungreeted().mustGreet(time.Second).reconnects(500), RoomLost},
		{"no greeting where one is required", one().ungreeted().mustGreet(time.Second), AgentSilent},
		{"a greeting at its limit", one().mustGreet(ms(400)), Answered},
		{"a greeting after its limit", one().mustGreet(ms(399)), ReplyLate},
		{"a greeting that is not required may be late", tell(6000, asks()).ungreeted().hears(2050, 2090).says(2000).hears(3600, 5000), Answered},
		{"a greeting that is not required may be missing", one().ungreeted(), Answered},
		{"a late greeting comes before what ended the call later", half().mustGreet(ms(399)).ends(AgentLeft), ReplyLate},
		{"a greeting is judged before the turns", silent().ungreeted().mustGreet(time.Second), AgentSilent},
		{"without an agent there is no greeting to judge", tell(6000, asks()).ungreeted().mustGreet(time.Second).noAgent().ended(StageAgent, NoAgent), NoAgent},
		{"an agent that left before it greeted has left", tell(2000, asks()).ungreeted().mustGreet(5*time.Second).ended(StageGreeting, AgentLeft), AgentLeft},
		{"frames late in one of a hundred cases are no reason", one().late(101*time.Millisecond, 299), Answered},
		{"frames late more often spoil the call", silent().late(101*time.Millisecond, 300), ProberOverloaded},
		{"frames not quite late enough do not", silent().late(100*time.Millisecond, 300), AgentSilent},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := tc.story.report()
			if r.Reason != tc.reason || r.Verdict != tc.reason.Verdict() {
				t.Errorf("got %s, %s (%s), want %s", r.Verdict, r.Reason, r.Detail, tc.reason)
			}
			if (r.Detail == "") != (tc.reason == Answered) {
				t.Errorf("detail %q", r.Detail)
			}
		})
	}
}

// noAgent takes the agent out of the story.
func (s *story) noAgent() *story {
	s.rec.Events = slices.DeleteFunc(s.rec.Events, func(e Event) bool { return e.Kind == AgentJoined })
	return s
}

func TestAnAgentThatIsDeafIsNotSaidToBeRude(t *testing.T) {
	r := tell(2000, asks()).ungreeted().mustGreet(time.Second).ended(StageAgent, AgentSilent).report()
	if r.Reason != AgentSilent || r.Stage != StageAgent || r.Detail != "as told" {
		t.Errorf("got %s at %q: %s", r.Reason, r.Stage, r.Detail)
	}
}

func TestWhatLiesBeforeTheFirstTurn(t *testing.T) {
	s := tell(6000, asks())
	s.rec.Events[0].At = ms(40)
	r := s.sees(900, Event{Kind: AgentJoined, Participant: "other"}).report()
	if r.Join.Value != ms(100) || r.AgentJoin.Value != ms(260) || len(r.Agents) != 2 {
		t.Errorf("join %+v, agent join %+v, agents %v; want that of the first agent", r.Join, r.AgentJoin, r.Agents)
	}
	if r := tell(6000, asks()).noAgent().report(); r.AgentJoin.OK || r.AgentJoin.Missing == "" {
		t.Errorf("without an agent: %+v", r.AgentJoin)
	}
	alone := &Recording{Version: recordingVersion}
	if r := evaluate(alone, nil); r.Join.OK || r.Join.Missing == "" || r.Network.Known {
		t.Errorf("without a room: %+v", r.Join)
	}
}

func TestTheUncertaintyOfAnOnsetIsTheWiderSide(t *testing.T) {
	tl := playout.Steady(time.Second, make([]int16, audio.Rate48k))
	for _, span := range []audio.Span{{Start: 9600 - 480, End: 9600 + 960}, {Start: 9600 - 960, End: 9600 + 480}} {
		got := place(tl, vad.Talkspurt{Onset: 9600, Offset: 19200, OnsetRange: span})
		if got.onset.At != ms(1200) || got.offset != ms(1400) || got.uncertainty != ms(20) {
			t.Errorf("%v: onset %v, offset %v, uncertainty %v", span, got.onset.At, got.offset, got.uncertainty)
		}
	}
}

func TestTheWallClockMaySlewButNotJump(t *testing.T) {
	for drift, want := range map[time.Duration]Reason{
		time.Second: AgentSilent, time.Second + 1: ProberOverloaded, -time.Second - 1: ProberOverloaded,
	} {
		s := tell(9000, asks()).says(2000).gaveUp()
		s.rec.WallDrift = drift
		if r := s.report(); r.Reason != want {
			t.Errorf("drift %v: %s, want %s", drift, r.Reason, want)
		}
	}
}

func TestADeadAgentIsToldFromASilentOne(t *testing.T) {
	for _, tc := range []struct {
		name   string
		story  *story
		stops  int
		reason Reason
	}{
		{"packets to the end are an agent that is silent", tell(9000, asks()).says(2000).gaveUp(), 0, AgentSilent},
		{"packets that stop are an agent that has died", tell(9000, asks()).says(2000).gaveUp(), 6000, AgentLeft},
		{"a pause that DTX explains is no death", tell(9000, asks()).says(2000).gaveUp(), 7000, AgentSilent},
		{"a call limit while we wait finds the dead, too", tell(9000, asks()).says(2000).ends(AgentSilent), 6000, AgentLeft},
		{"a track that was muted explains it", tell(9000, asks()).says(2000).gaveUp().sees(6000, Event{Kind: TrackMuted, Track: "TR"}), 6000, AgentSilent},
		{"a track that was taken down explains it", tell(9000, asks()).says(2000).gaveUp().sees(6000, Event{Kind: TrackDown, Track: "TR"}), 6000, AgentSilent},
		{
			"one that was muted for a while does not",
			tell(9000, asks()).says(2000).gaveUp().sees(1000, Event{Kind: TrackMuted, Track: "TR"}).sees(1500, Event{Kind: TrackUnmuted, Track: "TR"}), 6000, AgentLeft,
		},
		{
			"one that came up again does not",
			tell(9000, asks()).says(2000).gaveUp().sees(1000, Event{Kind: TrackDown, Track: "TR"}).sees(1500, Event{Kind: TrackUp, Track: "TR"}), 6000, AgentLeft,
		},
		{"another track that was taken down does not", tell(9000, asks()).says(2000).gaveUp().sees(6000, Event{Kind: TrackDown, Track: "BG"}), 6000, AgentLeft},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tc.story.lastPacket = tc.stops
			if r := tc.story.report(); r.Reason != tc.reason {
				t.Errorf("got %s (%s), want %s", r.Reason, r.Detail, tc.reason)
			}
		})
	}
}

func TestATurnThatWasCutOffEndsAsTheCall(t *testing.T) {
	for _, reason := range []Reason{AgentLeft, RoomLost, Canceled, ReplyWrong} {
		r := tell(2500, asks()).says(2000).ends(reason).report()
		if turn := r.Turns[0]; turn.Outcome != reason || turn.TTFA.OK || turn.STT.Outcome != STTNotApplicable {
			t.Errorf("%s: outcome %s, TTFA %+v, STT %q", reason, turn.Outcome, turn.TTFA, turn.STT.Outcome)
		}
	}
}

func TestWhatAReaderShouldKnow(t *testing.T) {
	for _, tc := range []struct {
		name  string
		story *story
		want  string
	}{
		{"that the room was not closed", replies(asks()).fails("no answer"), "the room could not be closed: no answer"},
		{"that there were two agents", replies(asks()).sees(400, Event{Kind: AgentJoined, Participant: "other"}), "2 agents joined"},
		{"that the connection was interrupted", replies(asks()).reconnects(5500), "interrupted"},
		{"that the agent left before the end", replies(asks()).ends(AgentLeft), "before the caller hung up"},
		{"that the room was lost before the end", replies(asks()).ends(RoomLost), "before the caller hung up"},
		{"that a track was not listened to", replies(asks()).sees(400, Event{Kind: TrackRefused, Track: "TR2", Text: "audio/PCMU"}), `it is "audio/PCMU", and only Opus`},
		{"that packets were lost", replies(asks()).network(playout.Stats{Packets: 90, Lost: 10}), "10 of 100 audio packets"},
		{"that packets were damaged", replies(asks()).network(playout.Stats{Packets: 90, DecodeErrors: 1}), "1 audio packets of the agent could not be decoded"},
		{"why a call ended that needs no reason", replies(asks()).ends(""), "as told"},
		{"that the agent's packets stopped", replies(asks()).dies(3900), "packets stopped"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := tc.story.report()
			if r.Reason != Answered || len(r.Warnings) != 1 || !strings.Contains(string(r.Warnings[0]), tc.want) {
				t.Errorf("%s (%s), warnings %q; want one with %q", r.Reason, r.Detail, r.Warnings, tc.want)
			}
		})
	}
	t.Run("nothing about a call that went well", func(t *testing.T) {
		if r := replies(asks()).sees(400, Event{Kind: AgentJoined, Participant: "agent"}).report(); len(r.Warnings) > 0 {
			t.Errorf("warnings %q", r.Warnings)
		}
	})
}

func (s *story) fails(hangUp string) *story {
	s.rec.HangUpError = hangUp
	return s
}

func (s *story) network(stats playout.Stats) *story {
	s.stats = stats
	return s
}

func (s *story) dies(atMS int) *story {
	s.lastPacket = atMS
	return s
}

func TestTheGreetingIsTheFirstTalkBeforeTheCaller(t *testing.T) {
	for _, tc := range []struct {
		name  string
		story *story
		want  time.Duration
	}{
		{"from our join to its onset", replies(asks()), ms(400)},
		{"in several talkspurts, the first", replies(asks()).hears(1600, 1900), ms(400)},
		{"none that begins with the caller's first word", tell(6000, asks()).ungreeted().says(2000).hears(2100, 4000), 0},
		{"one that begins just before it", tell(6000, asks()).ungreeted().says(2000).hears(2099, 4000), ms(1999)},
		{"none without talk", tell(6000, asks()).ungreeted().says(2000), 0},
		{"of a call without turns", tell(1800, asks()), ms(400)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			g := tc.story.report().Greeting
			if g.OK != (tc.want > 0) || g.Value != tc.want || !g.OK && g.Missing == "" {
				t.Errorf("got %+v, want %v", g, tc.want)
			}
		})
	}
}

func TestTheProbersLatenessIsToldAtTheTurnThatItTouches(t *testing.T) {
	for _, tc := range []struct {
		name    string
		frame   int
		late    time.Duration
		warning bool
	}{
		{"in the first word", 100, 6 * time.Millisecond, true},
		{"in the last frame of speech", 154, 6 * time.Millisecond, true},
		{"a little", 120, 5 * time.Millisecond, false},
		{"before it", 99, 6 * time.Millisecond, false},
		{"right after it", 155, 6 * time.Millisecond, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := replies(asks())
			s.rec.Sent[tc.frame] += tc.late
			r := s.report()
			if got := len(r.Turns[0].Warnings) > 0; got != tc.warning {
				t.Errorf("warnings %q", r.Turns[0].Warnings)
			}
			if r.Pacing.LateMax != tc.late || r.Pacing.LateP99 != 0 || r.Pacing.Frames != 301 {
				t.Errorf("pacing %+v", r.Pacing)
			}
		})
	}
}
