package probe

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// The reply of these calls begins at 3600 ms, and a final may come 5 s after it.
const lastMoment = 3600 + 5000

// longReply is a call whose reply takes so long that finals may come late.
func longReply(turn Turn) *story { return tell(12000, turn).says(2000).hears(3600, 11000) }

func TestATranscriptHasItsOwnBound(t *testing.T) {
	talkOver := func() *story { return tell(12000, asks()).says(2000).hears(2600, 11000) }
	for _, tc := range []struct {
		name    string
		story   *story
		outcome STTOutcome
		reason  Reason
		heard   string
		warns   bool
	}{
		{"in the last moment it counts", longReply(asks()).heard(lastMoment, "S", question, true), STTCorrect, Answered, question, false},
		{"after it, it is missing, and shown", longReply(asks()).heard(lastMoment+1, "S", question, true), STTNotThere, STTMissing, question, false},
		{"a late legacy packet is missing, too", longReply(asks()).legacy(lastMoment+1, "L", question, true), STTNotThere, STTMissing, question, false},
		{
			"a late segment leaves the others", longReply(asks()).heard(3400, "S1", "red green blue", true).heard(lastMoment+1, "S2", "black", true),
			STTCorrect, Answered, "red green blue", true,
		},
		{
			"a late correction comes too late", longReply(asks()).heard(3400, "S", question, true).heard(lastMoment+1, "S", "else", true),
			STTCorrect, Answered, question, true,
		},
		{
			"the same words again on the other channel are not late", longReply(asks()).heard(lastMoment, "S", question, true).legacy(lastMoment+1, "L", question, true),
			STTCorrect, Answered, question, false,
		},
		{"talked over, the time begins with the last word", talkOver().heard(3100+5000, "S", question, true), STTCorrect, Answered, question, false},
		{"and ends as well", talkOver().heard(3100+5001, "S", question, true), STTNotThere, STTMissing, question, false},
		{"without a reply the caller listens to the end", tell(12000, asks()).says(2000).heard(11900, "S", question, true).gaveUp(), STTCorrect, AgentSilent, question, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := tc.story.report()
			got := r.Turns[0]
			if got.STT.Outcome != tc.outcome || got.Outcome != tc.reason || got.Transcript != tc.heard {
				t.Errorf("got %q, %s (%s), heard %q; want %q, %s, %q", got.STT.Outcome, got.Outcome, got.Detail, got.Transcript, tc.outcome, tc.reason, tc.heard)
			}
			warned := slices.ContainsFunc(got.Warnings, func(w Warning) bool { return strings.Contains(string(w), "transcript was not counted") })
			if warned != tc.warns {
				t.Errorf("warnings %q", got.Warnings)
			}
			if (got.STT.Score != nil) != (tc.outcome == STTCorrect) {
				t.Errorf("outcome %q with score %+v", got.STT.Outcome, got.STT.Score)
			}
			if tc.outcome == STTNotThere && !strings.Contains(got.Detail, "5.001s after") {
				t.Errorf("detail %q does not say how late", got.Detail)
			}
		})
	}
}

func TestKeyPhrasesMustBeUnderstoodWhateverTheRate(t *testing.T) {
	for _, tc := range []struct {
		name    string
		heard   string
		phrases []string
		outcome STTOutcome
		reason  Reason
		missed  []string
	}{
		{"a phrase that is there", "red green blue black", []string{"Green, blue"}, STTCorrect, Answered, nil},
		{"one wrong word outside the phrase passes", "red green blue back", []string{"green blue"}, STTCorrect, Answered, nil},
		{"the same wrong word inside it fails", "red green blue back", []string{"blue black"}, STTIncorrect, STTWrong, []string{"blue black"}},
		{"each phrase that is missed is named", "green blue black", []string{"red", "green", "red green"}, STTIncorrect, STTWrong, []string{"red", "red green"}},
		{"a high rate fails beside phrases that are there", "red", []string{"red"}, STTIncorrect, STTWrong, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := replies(asks(mustHear(tc.phrases...))).heard(3400, "S", tc.heard, true).report()
			got := r.Turns[0]
			if got.STT.Outcome != tc.outcome || got.Outcome != tc.reason || !slices.Equal(got.STT.MissedPhrases(), tc.missed) {
				t.Errorf("got %q, %s (%s), missed %q", got.STT.Outcome, got.Outcome, got.Detail, got.STT.MissedPhrases())
			}
			if len(got.STT.Phrases) != len(tc.phrases) {
				t.Errorf("%d phrases in the report, want %d", len(got.STT.Phrases), len(tc.phrases))
			}
			for _, phrase := range tc.missed {
				if !strings.Contains(got.Detail, `the key phrase "`+phrase+`" is not in it`) {
					t.Errorf("detail %q does not name %q", got.Detail, phrase)
				}
			}
		})
	}
	t.Run("where nothing came there is nothing to look in", func(t *testing.T) {
		got := replies(asks(mustHear("red"))).agentSays(3600, 4900, "hello").report().Turns[0]
		if got.Outcome != STTMissing || got.STT.Phrases != nil {
			t.Errorf("got %s, phrases %+v", got.Outcome, got.STT.Phrases)
		}
	})
}

func TestATranscriptWithoutEndIsCut(t *testing.T) {
	got := replies(asks()).heard(3400, "S", "red green "+strings.Repeat("weiß ", 1<<20), true).report().Turns[0]
	if n := len(got.Transcript); n > maxTranscriptBytes || n < maxTranscriptBytes-4 || !utf8.ValidString(got.Transcript) {
		t.Errorf("the transcript has %d bytes", n)
	}
	if got.Outcome != STTWrong || got.STT.Score.Hits != 2 || got.STT.Score.Insertions < 10000 {
		t.Errorf("got %s, %+v", got.Outcome, got.STT.Score.Counts)
	}
	if len(got.Detail) > 500 || !strings.Contains(got.Detail, "…") {
		t.Errorf("the detail has %d bytes", len(got.Detail))
	}
}

func TestPunctuationAloneIsNoTranscriptOfWords(t *testing.T) {
	got := replies(asks()).heard(3400, "S", " ... ", true).report().Turns[0]
	if got.Outcome != STTWrong || got.STT.Score == nil || got.STT.Score.Deletions != 4 {
		t.Errorf("got %s, %+v", got.Outcome, got.STT)
	}
}

func TestWordsWithoutTextHaveNoTime(t *testing.T) {
	stt := replies(asks()).heard(2900, "S", " ", false).heard(3300, "S", "", true).agentSays(3600, 4900, "hello").report().Turns[0].STT
	if stt.Interim.OK || stt.Final.OK {
		t.Errorf("interim %+v, final %+v", stt.Interim, stt.Final)
	}
}

func TestTheJSONReportHoldsBothRatesTheDiffAndThePhrases(t *testing.T) {
	r := replies(asks(mustHear("green blue", "blue black"))).heard(2900, "S", "Red", false).heard(3400, "S", "Red green, blue back.", true).report()
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Turns []struct {
			STT map[string]json.RawMessage `json:"stt"`
		} `json:"turns"`
	}
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"outcome": `"wrong"`, "wer": "0.25", "cer": "0.05", "hits": "3", "substitutions": "1", "deletions": "0", "insertions": "0",
		"raw": `{"hits":1,"substitutions":3,"deletions":0,"insertions":0,"wer":0.75,"cer":0.2}`,
		"alignment": `[{"op":"hit","reference":"red","hypothesis":"red"},{"op":"hit","reference":"green","hypothesis":"green"},` +
			`{"op":"hit","reference":"blue","hypothesis":"blue"},{"op":"substitution","reference":"black","hypothesis":"back"}]`,
		"phrases":         `[{"phrase":"green blue","heard":true},{"phrase":"blue black","heard":false}]`,
		"interim_seconds": "-0.2", "final_seconds": "0.3",
	}
	for key, value := range want {
		if string(got.Turns[0].STT[key]) != value {
			t.Errorf("%s is %s, want %s", key, got.Turns[0].STT[key], value)
		}
	}
	if len(got.Turns[0].STT) != len(want) {
		t.Errorf("keys are %v", got.Turns[0].STT)
	}
}

func TestAReportWithoutAScoreHasNoFigures(t *testing.T) {
	text, err := json.Marshal(replies(asks()).report())
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), `"stt":{"outcome":"unsupported"}`) {
		t.Errorf("got %s", text)
	}
}

// What the caller waits for is decided while the call runs; these are the rules
// by which it does not wait in vain and does not leave too early.
func TestWhatTheCallerWaitsFor(t *testing.T) {
	says := func(atMS int, final bool, segment, words string) Event {
		return Event{At: ms(atMS), Kind: TranscriptHeard, Participant: "caller", Transcript: &Transcript{
			Speaker: CallerSpeaks, Channel: StreamChannel, Segment: segment, Text: words, Final: final,
		}}
	}
	const lastWordMS = 3000
	for _, tc := range []struct {
		name   string
		events []Event
		want   bool
	}{
		{"nothing came", nil, false},
		{"an interim is not the end", []Event{says(3100, false, "S", "red")}, false},
		{"a final is", []Event{says(3100, false, "S", "red"), says(3200, true, "S", "red")}, true},
		{"a final without interims is", []Event{says(3200, true, "S", "red")}, true},
		{"a final before the last word is of an earlier part", []Event{says(2500, true, "S", "red")}, false},
		{"and the next one is the end", []Event{says(2500, true, "S", "red"), says(3200, true, "T", "green")}, true},
		{"a part that goes on is waited for", []Event{says(3100, true, "S", "red"), says(3150, false, "T", "gre")}, false},
		{"until it ends", []Event{says(3100, true, "S", "red"), says(3150, false, "T", "gre"), says(3300, true, "T", "green")}, true},
		{"a part that was taken back is not", []Event{says(3100, true, "S", "red"), says(3150, false, "T", "gre"), says(3300, true, "T", "")}, true},
		{"a final without words ends nothing", []Event{says(3100, true, "S", " ")}, false},
		{"an interim that its final overtook is not", []Event{says(3200, true, "S", "red"), says(3201, false, "S", "red")}, true},
		{"interims without an id are not waited for", []Event{says(3100, false, "", "re"), says(3200, true, "", "red")}, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := newConductor(Plan{}, &Recording{}, time.Now(), func(Progress) {})
			c.offset, c.phase = ms(lastWordMS), waitEnd
			for _, e := range tc.events {
				c.noteTranscript(e)
			}
			if got := c.texts.complete(); got != tc.want {
				t.Errorf("got %v", got)
			}
		})
	}
	t.Run("the words of others in the room are not the agent's", func(t *testing.T) {
		c := newConductor(Plan{}, &Recording{}, time.Now(), func(Progress) {})
		c.agents["agent"] = true
		words := Transcript{Speaker: AgentSpeaks, Channel: StreamChannel, Text: "hello", Final: true}
		c.noteTranscript(Event{Participant: "supervisor", Transcript: &words})
		if c.texts.agent {
			t.Error("a supervisor spoke for the agent")
		}
		c.noteTranscript(Event{Participant: "agent", Transcript: &words})
		if !c.texts.agent {
			t.Error("the agent's words were not booked")
		}
	})
	t.Run("a flood of segments is bounded", func(t *testing.T) {
		c := newConductor(Plan{}, &Recording{}, time.Now(), func(Progress) {})
		for i := range 1000 {
			c.noteTranscript(says(i, false, time.Duration(i).String(), "x"))
		}
		if n := len(c.texts.ended); n > mostSegments {
			t.Errorf("%d segments are waited for", n)
		}
	})
}
