package probe

import (
	"strings"
	"testing"
	"time"

	"callprobe/probe/wer"
)

const question = "red green blue black"

// replies is a call of one turn that goes well: the utterance lasts from 2100 to
// 3100 ms and is answered at 3600.
func replies(turn Turn) *story {
	return tell(6000, turn).says(2000).hears(3600, 5000)
}

func TestWhichWordsBelongToATurn(t *testing.T) {
	for _, tc := range []struct {
		name  string
		story *story
		want  string
	}{
		{"a final before thinking counts", replies(asks()).heard(3400, "S", question, true).state(3450, stateThinking), question},
		{"a final after thinking counts", replies(asks()).state(3350, stateThinking).heard(3400, "S", question, true), question},
		{"a final after first audio counts", replies(asks()).heard(4100, "S", question, true), question},
		{"a doubled final counts once", replies(asks()).heard(3400, "S", question, true).heard(3402, "S", question, true), question},
		{"the final that comes first as an interim counts once", replies(asks()).heard(3400, "S", question, false).heard(3402, "S", question, true), question},
		{"a doubled final without a segment id counts once", replies(asks()).heard(3400, "", question, true).heard(3402, "", question, true), question},
		{"several segments are joined in order", replies(asks()).heard(2700, "S1", "red green ", true).heard(3400, "S2", " blue black", true), question},
		{"several segments without ids are joined in order", replies(asks()).heard(2700, "", "red green", true).heard(3400, "", "blue black", true), question},
		{"a segment that is corrected counts as it was last", replies(asks()).heard(3400, "S", "red green blue back", true).heard(3500, "S", question, true), question},
		{"interims do not count", replies(asks()).heard(2500, "S", "one", false).heard(2900, "S", "one two", false).heard(3400, "S", question, true), question},
		{"interims alone are no transcript", replies(asks()).heard(2500, "S", "one", false), ""},
		{"an agent that only speaks the legacy protocol is read", replies(asks()).legacy(2500, "L", "one", false).legacy(3400, "L", question, true), question},
		{"the same words on both channels count once", replies(asks()).heard(3400, "S", question, true).legacy(3401, "L", question, true), question},
		{"where the channels differ, the streams are right", replies(asks()).legacy(3399, "L", "red", true).heard(3400, "S", question, true), question},
		{"words before the turn do not count", replies(asks()).heard(1800, "S0", "hello", true).heard(3400, "S", question, true), question},
		{"the agent's own words do not count", replies(asks()).agentSays(3600, 4900, "we open at nine"), ""},
		{"an empty final counts for nothing", replies(asks()).heard(3300, "S0", " ", true).heard(3400, "S", question, true), question},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := tc.story.report()
			if got := r.Turns[0].Transcript; got != tc.want {
				t.Errorf("heard %q, want %q", got, tc.want)
			}
		})
	}
}

// twoTurns says at 2000 and at 8000 ms and is answered each time.
func twoTurns(second Turn) *story {
	return tell(14000, asks(), second).says(2000).hears(3600, 5000).says(8000).hears(9600, 11000)
}

func TestWhichTurnWordsBelongTo(t *testing.T) {
	text := func(s Speaker, c Channel, segment, words string, final bool) Transcript {
		return Transcript{Speaker: s, Channel: c, Segment: segment, Text: words, Final: final}
	}
	for _, tc := range []struct {
		name          string
		story         *story
		first, second string
	}{
		{"each turn has its own", twoTurns(asks()).heard(3400, "S1", "one", true).heard(9400, "S2", "two", true), "one", "two"},
		{"a final belongs to where its interims began", twoTurns(asks()).heard(3000, "S1", "on", false).heard(8100, "S1", "one", true).heard(9400, "S2", "two", true), "one", "two"},
		{"a legacy final belongs to where its interims began", twoTurns(asks()).legacy(3000, "S1", "on", false).legacy(8100, "S1", "one", true).legacy(9400, "S2", "two", true), "one", "two"},
		{"an interim without words begins nothing", twoTurns(asks()).heard(3400, "S1", "one", true).heard(5000, "S2", " ", false).heard(9400, "S2", "two", true), "one", "two"},
		{"an id that comes again is another segment", twoTurns(asks()).heard(3400, "S", "one", true).heard(9400, "S", "two", true), "one", "two"},
		{
			"a doubled final whose halves come in the wrong order is one segment",
			twoTurns(asks()).heard(3400, "S", "one", true).heard(3401, "S", "one", false).heard(9400, "S", "two", true), "one", "two",
		},
		{"interims without an id are not joined to a final", twoTurns(asks()).heard(3000, "", "on", false).heard(3400, "", "one", true).heard(5000, "", "x", false).heard(9400, "", "two", true), "one", "two"},
		{
			"one participant's segment is not another's",
			twoTurns(asks()).heard(3400, "S1", "one", true).reads(5000, text(AgentSpeaks, StreamChannel, "S2", "nine", false)).heard(9400, "S2", "two", true),
			"one", "two",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := tc.story.report()
			if a, b := r.Turns[0].Transcript, r.Turns[1].Transcript; a != tc.first || b != tc.second {
				t.Errorf("heard %q and %q, want %q and %q", a, b, tc.first, tc.second)
			}
		})
	}
}

func TestWhichTurnTheAgentsWordsBelongTo(t *testing.T) {
	for _, tc := range []struct {
		name          string
		story         *story
		first, second string
	}{
		{"a talk that is cut short belongs to the turn that it answers", twoTurns(asks(bargingIn)).agentSays(3500, 8900, "long").agentSays(9500, 11100, "short"), "long", "short"},
		{
			"the same on the legacy channel",
			twoTurns(asks(bargingIn)).
				reads(3700, Transcript{Speaker: AgentSpeaks, Channel: LegacyChannel, Segment: "A", Text: "lo"}).
				reads(8900, Transcript{Speaker: AgentSpeaks, Channel: LegacyChannel, Segment: "A", Text: "long", Final: true}),
			"long", "",
		},
		{"the greeting belongs to no turn", twoTurns(asks()).agentSays(500, 2100, "welcome").agentSays(9500, 11100, "short"), "", "short"},
		{"words of others in the room are left out", twoTurns(asks()).sees(3700, Event{
			Kind: TranscriptHeard, Participant: "supervisor",
			Transcript: &Transcript{Speaker: AgentSpeaks, Channel: StreamChannel, Segment: "X", Text: "I listen", Final: true},
		}), "", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := tc.story.report()
			if a, b := r.Turns[0].AgentText, r.Turns[1].AgentText; a != tc.first || b != tc.second {
				t.Errorf("said %q and %q, want %q and %q", a, b, tc.first, tc.second)
			}
		})
	}
}

func TestHowRecognitionIsJudged(t *testing.T) {
	hit := func(hits, subs, dels, ins int) *wer.Counts {
		return &wer.Counts{Hits: hits, Substitutions: subs, Deletions: dels, Insertions: ins}
	}
	for _, tc := range []struct {
		name    string
		story   *story
		outcome STTOutcome
		reason  Reason
		counts  *wer.Counts
	}{
		{"all words right are correct", replies(asks()).heard(3400, "S", "Red, green, blue: black!", true), STTCorrect, Answered, hit(4, 0, 0, 0)},
		{"a word error rate at the limit is correct", replies(asks()).heard(3400, "S", "red green blue back", true), STTCorrect, Answered, hit(3, 1, 0, 0)},
		{"one above the limit is wrong", replies(asks()).heard(3400, "S", "red green", true), STTIncorrect, STTWrong, hit(2, 0, 2, 0)},
		{"no transcript where others are published is missing", replies(asks()).agentSays(3600, 4900, "hello"), STTNotThere, STTMissing, nil},
		{"no transcripts at all are unsupported", replies(asks()), STTUnsupported, Answered, nil},
		{"no transcripts at all fail where one is required", replies(asks(requiringText)), STTUnsupported, STTMissing, nil},
		{"words of others in the room support nothing", replies(asks()).sees(3700, Event{
			Kind: TranscriptHeard, Participant: "supervisor",
			Transcript: &Transcript{Speaker: AgentSpeaks, Channel: StreamChannel, Segment: "X", Text: "I listen", Final: true},
		}), STTUnsupported, Answered, nil},
		{"without an agent nobody could hear", replies(asks(requiringText)).noAgent(), STTNotApplicable, Answered, nil},
		{"a turn that got no reply is not misheard as well", tell(9000, asks()).says(2000).heard(3400, "S", "else", true).gaveUp(), STTIncorrect, AgentSilent, hit(0, 1, 3, 0)},
		{"a late reply is late, however it was understood", tell(9000, asks()).says(2000).hears(5200, 6000).heard(3400, "S", "else", true), STTIncorrect, ReplyLate, hit(0, 1, 3, 0)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := tc.story.report()
			if got := r.Turns[0]; got.STT.Outcome != tc.outcome || got.Outcome != tc.reason {
				t.Errorf("got %q and %s (%s), want %q and %s", got.STT.Outcome, got.Outcome, got.Detail, tc.outcome, tc.reason)
			}
			if got := r.Turns[0]; got.Outcome != Answered && got.Detail == "" {
				t.Error("no detail")
			}
			if tc.counts != nil {
				wantCounts(t, r, 0, *tc.counts)
			} else if r.Turns[0].STT.Score != nil {
				t.Errorf("score %+v, want none", r.Turns[0].STT.Score)
			}
		})
	}
}

func TestWhenTheWordsCame(t *testing.T) {
	r := replies(asks()).heard(2900, "S", "one", false).heard(3000, "S", "one two", false).
		heard(3300, "S", "one two", true).heard(3400, "T", "three four", true).report()
	stt := r.Turns[0].STT
	if stt.Interim.Value != ms(2900-3100) || stt.Final.Value != ms(300) {
		t.Errorf("interim %v, final %v after the last word; want the first interim and the last final", stt.Interim, stt.Final)
	}
}

func TestWhichTalkIsTheReply(t *testing.T) {
	barge := func() *story { return tell(20000, asks(), asks(bargingIn)).says(2000).hears(3600, 9800).says(9000) }
	second := func(s *story) TurnReport { return s.report().Turns[len(s.rec.Turns)-1] }
	for _, tc := range []struct {
		name string
		turn TurnReport
		want time.Duration // from the start of the call; 0 for no reply
	}{
		{"the first talk after the words", second(replies(asks())), ms(3600)},
		{"not the greeting", second(tell(6000, asks()).says(2000)), 0},
		{"not the tail of the greeting", second(tell(6000, asks()).hears(1600, 2500).says(2000)), 0},
		{"talk that begins inside the words", second(tell(6000, asks()).says(2000).hears(2600, 4000)), ms(2600)},
		{"talk that begins with the first word is still the tail", second(tell(6000, asks()).says(2000).hears(2100, 4000)), 0},
		{"of a late reply, too", second(tell(9000, asks()).says(2000).hears(6500, 8000)), ms(6500)},
		{"over a barge-in, what follows thinking", second(barge().state(9700, stateListening).state(10500, stateThinking).hears(10900, 12000)), ms(10900)},
		{"over a barge-in, not the rest of what was cut off", second(barge().state(10500, stateThinking).hears(10200, 10400).hears(10900, 12000)), ms(10900)},
		{"a false interruption that resumes the talk is no reply", second(barge().state(9700, stateListening).state(12000, stateSpeaking).hears(12100, 15000)), 0},
		{"thinking before the words is of the turn before", second(barge().state(3500, stateThinking).state(12000, stateSpeaking).hears(12100, 15000)), 0},
		{"without states, over a barge-in, what follows the last word", second(barge().hears(9950, 10050).hears(10900, 12000)), ms(10900)},
		{"talk after the next turn began is the next turn's", tell(9000, asks(), asks()).says(2000).says(5000).hears(6600, 7000).report().Turns[0], 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if tc.turn.Reply.Start != tc.want || tc.turn.TTFA.OK != (tc.want > 0) {
				t.Errorf("reply at %v (TTFA %+v), want %v", tc.turn.Reply.Start, tc.turn.TTFA, tc.want)
			}
			if over := tc.want > 0 && tc.turn.TTFA.Value < 0; tc.turn.TalkOver != over {
				t.Errorf("talk over %v, TTFA %v", tc.turn.TalkOver, tc.turn.TTFA.Value)
			}
		})
	}
}

func TestBargeInStopIsMeasuredOnTheTalkThatWasInterrupted(t *testing.T) {
	barge := func() *story { return tell(20000, asks(), asks(bargingIn)).says(2000) }
	for _, tc := range []struct {
		name  string
		story *story
		want  time.Duration
	}{
		{"from the first word to the end of the talk", barge().hears(3600, 9900).says(9000), ms(800)},
		{"not to the end of an earlier talk", barge().hears(3600, 7000).hears(7500, 9900).says(9000), ms(800)},
		{"nothing where the agent was silent", barge().hears(3600, 8000).says(9000).hears(10900, 12000), 0},
		{"a talk that ends with the first word was not interrupted", barge().hears(3600, 9100).says(9000), 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := tc.story.report()
			stop := r.Turns[1].BargeInStop
			if stop.OK != (tc.want > 0) || stop.Value != tc.want || !stop.OK && stop.Missing == "" {
				t.Errorf("got %+v, want %v", stop, tc.want)
			}
			if first := r.Turns[0].BargeInStop; first.OK || first.Missing != "" {
				t.Errorf("a turn that does not barge in has %+v", first)
			}
		})
	}
}

func TestTheAgentsOwnFigureGoesToTheTurnOfItsReply(t *testing.T) {
	for _, tc := range []struct {
		name  string
		story *story
		want  [2]float64
	}{
		{"told after each reply", twoTurns(asks()).tellsOfItself(5100, 0.5).tellsOfItself(11100, 0.7), [2]float64{0.5, 0.7}},
		{"told when the reply is interrupted", twoTurns(asks(bargingIn)).tellsOfItself(8800, 0.5).tellsOfItself(11100, 0.7), [2]float64{0.5, 0.7}},
		{"told of the greeting is of no turn", twoTurns(asks()).tellsOfItself(1600, 0.9).tellsOfItself(11100, 0.7), [2]float64{0, 0.7}},
		{"what no wait can be is none", twoTurns(asks()).tellsOfItself(5100, 1e300).tellsOfItself(11100, -1e300), [2]float64{0, 0}},
		{"of two, the first counts", twoTurns(asks()).tellsOfItself(5100, 0.5).tellsOfItself(5200, 0.6), [2]float64{0.5, 0}},
		{
			"a turn without a reply has none",
			tell(14000, asks(), asks()).says(2000).hears(3600, 5000).says(8000).tellsOfItself(9000, 0.5).gaveUp(), [2]float64{0.5, 0},
		},
		{"what the caller said has no latency", twoTurns(asks()).sees(5100, Event{
			Kind: SessionReport, Session: &SessionMessage{Role: "user", Metrics: map[string]float64{"e2e_latency": 3}},
		}), [2]float64{}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := tc.story.report()
			for i, want := range tc.want {
				if got := r.Turns[i].AgentE2E; got.OK != (want > 0) || got.Value.Seconds() != want {
					t.Errorf("turn %d: %+v, want %v s", i+1, got, want)
				}
			}
		})
	}
}

func TestSilentTurnsAreHeardAsSilence(t *testing.T) {
	silent := func() *story { return tell(12000, quiet(), asks()).says(2000).says(8000).hears(9600, 11000) }
	for _, tc := range []struct {
		name    string
		story   *story
		outcome Reason
	}{
		{"nothing heard is right", silent(), Answered},
		{"words heard are wrong", silent().heard(3000, "S", "hello", true), STTWrong},
		{"punctuation is no word", silent().heard(3000, "S", " . ", true), Answered},
		{"words before it are not of it", silent().heard(1900, "S", "hello", true), Answered},
		{"a prompt of the agent is no fault", silent().hears(4000, 5000).agentSays(4000, 5000, "are you there"), Answered},
		{"a call that went down in it did not pass it", tell(2500, quiet()).says(2000).ends(AgentLeft), AgentLeft},
		{"a call that went down after it did", tell(3500, quiet()).says(2000).ends(AgentLeft), Answered},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := tc.story.report().Turns[0]; got.Outcome != tc.outcome || got.TTFA.OK || got.TTFA.Missing == "" {
				t.Errorf("got %s (%s) and TTFA %+v, want %s and none", got.Outcome, got.Detail, got.TTFA, tc.outcome)
			}
		})
	}
}

func TestAReplyIsHeldAgainstItsExpectations(t *testing.T) {
	for _, tc := range []struct {
		name    string
		story   *story
		outcome Reason
	}{
		{"at the limit it is in time", tell(9000, asks()).says(2000).hears(5100, 6000), Answered},
		{"after the limit it is late", tell(9000, asks()).says(2000).hears(5101, 6000), ReplyLate},
		{"the expected words answer", replies(asks(expecting("nine"))).heard(3400, "S", question, true).agentSays(3600, 5000, "we open at nine"), Answered},
		{"other words do not", replies(asks(expecting("nine"))).agentSays(3600, 5000, "good bye"), ReplyWrong},
		{"no words where some are expected do not", replies(asks(expecting("nine"))), ReplyWrong},
		{"a late reply is late before it is wrong", tell(9000, asks(expecting("nine"))).says(2000).hears(5101, 6000).agentSays(5100, 6000, "good bye"), ReplyLate},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := tc.story.report()
			if got := r.Turns[0]; got.Outcome != tc.outcome || (got.Detail == "") != (tc.outcome == Answered) {
				t.Errorf("got %s (%s), want %s", got.Outcome, got.Detail, tc.outcome)
			}
			if r.Reason != tc.outcome || r.Verdict != tc.outcome.Verdict() {
				t.Errorf("the call is %s, %s; want %s", r.Verdict, r.Reason, tc.outcome)
			}
		})
	}
}

// The speech of a story ends with a frame.
func TestAFrameAfterTheLastWordHasNoPartInTheFigures(t *testing.T) {
	s := replies(asks())
	want := s.report().Turns[0].TTFA
	const last = (2000 + leadMS + speechMS) / 20
	s.rec.Sent[last] += ms(15)
	s.rec.Held = []Hold{{Frame: last, For: ms(15)}}
	turn := s.report().Turns[0]
	if turn.TTFA != want || want.Value != ms(500) || len(turn.Warnings) > 0 {
		t.Errorf("TTFA is %+v, want %+v; warnings %q", turn.TTFA, want, turn.Warnings)
	}
	s.rec.Sent[last-1] += ms(15)
	s.rec.Held = []Hold{{Frame: last - 1, For: ms(15)}}
	turn = s.report().Turns[0]
	if turn.TTFA.Value != want.Value-ms(15) || turn.TTFA.Uncertainty != want.Uncertainty+ms(15) || len(turn.Warnings) == 0 {
		t.Errorf("with the last frame late, TTFA is %+v; warnings %q", turn.TTFA, turn.Warnings)
	}
}

func TestADetailQuotesNoMoreThanPeopleRead(t *testing.T) {
	endless := strings.Repeat("good bye ", 5000)
	for name, s := range map[string]*story{
		"of the agent's words":    replies(asks(expecting("nine"))).agentSays(3600, 5000, endless),
		"of what the agent heard": replies(asks()).heard(3400, "S", endless, true),
	} {
		if got := s.report().Detail; len(got) > 1000 || !strings.Contains(got, "good bye") {
			t.Errorf("%s: the detail has %d bytes: %.200s", name, len(got), got)
		}
	}
}

func TestTheAgentsOwnFigureIsNotThatOfALaterTurn(t *testing.T) {
	r := tell(20000, asks(), asks(), asks()).says(2000).hears(3600, 5000).says(8000).hears(9600, 11000).
		says(13000).hears(14600, 16000).tellsOfItself(11100, 0.7).report()
	if first := r.Turns[0].AgentE2E; first.OK || first.Missing == "" {
		t.Errorf("the first turn has %+v", first)
	}
}

func TestADetailNamesTheTurnWhereThereAreSeveral(t *testing.T) {
	r := tell(9000, asks(), asks()).says(2000).hears(3600, 4000).says(5000).ends(AgentLeft).report()
	if r.Reason != AgentLeft || !strings.HasPrefix(r.Detail, "turn 2: ") {
		t.Errorf("got %s: %s", r.Reason, r.Detail)
	}
	r = tell(9000, asks()).says(2000).gaveUp().report()
	if strings.Contains(r.Detail, "turn 1") {
		t.Errorf("the only turn has a number: %s", r.Detail)
	}
}
