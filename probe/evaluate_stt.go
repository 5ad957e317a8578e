package probe

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"callprobe/probe/wer"
)

// measureSTT compares what the agent understood with what was said.
func (e *evaluation) measureSTT(out *TurnReport, plan Turn, w Interval) {
	heard := e.transcripts(CallerSpeaks, w)
	out.STT.Interim, out.STT.Final = whenHeard(heard, out.Said.End)
	inTime, late := splitLate(heard, e.transcriptLimit(out))
	transcript := joinFinals(inTime)
	var verdict Reason
	var detail string
	switch {
	case transcript != "":
		out.Transcript = transcript
		verdict, detail = e.score(out, plan)
		if joinFinals(heard) != transcript {
			out.Warnings = append(out.Warnings, Warning("a part of the transcript was not counted: "+e.lateDetail(out)))
		}
	case joinFinals(late) != "":
		out.STT.Outcome, verdict, detail = STTNotThere, STTMissing, e.lateDetail(out)
	case e.publishesTranscripts():
		out.STT.Outcome, verdict, detail = STTNotThere, STTMissing, "the agent published no final transcript of this turn"
	case len(e.report.Agents) == 0:
		return
	default:
		out.STT.Outcome = STTUnsupported
		if plan.STT.Required {
			verdict, detail = STTMissing, "the agent publishes no transcripts and the scenario requires one"
		}
	}
	if verdict != "" && out.Outcome == Answered {
		out.Outcome, out.Detail = verdict, detail
	}
}

// score compares the transcript with the reference, and returns what is wrong
// with it, if anything.
func (e *evaluation) score(out *TurnReport, plan Turn) (Reason, string) {
	score := wer.Compare(plan.Say.Reference, out.Transcript, e.rec.Plan.Language)
	out.STT.Score, out.STT.Outcome = &score, STTCorrect
	for _, phrase := range plan.STT.Phrases {
		heard := wer.ContainsPhrase(out.Transcript, phrase, e.rec.Plan.Language)
		out.STT.Phrases = append(out.STT.Phrases, KeyPhrase{phrase, heard})
	}
	var wrong []string
	if rate, ok := score.WER(); !ok || rate > plan.STT.MaxWER {
		wrong = append(wrong, fmt.Sprintf("%.0f %% of the words wrong, the limit is %.0f %%", 100*rate, 100*plan.STT.MaxWER))
	}
	for _, phrase := range out.STT.MissedPhrases() {
		wrong = append(wrong, fmt.Sprintf("the key phrase %q is not in it", phrase))
	}
	if len(wrong) == 0 {
		return "", ""
	}
	out.STT.Outcome = STTIncorrect
	return STTWrong, fmt.Sprintf("understood %s, %s", quoted(out.Transcript), strings.Join(wrong, "; "))
}

// quoted shows a text in a sentence, the beginning of it when it is long.
func quoted(text string) string {
	const most = 300
	if len(text) > most {
		text = cut(text, most) + "…"
	}
	return strconv.Quote(text)
}

// transcriptLimit is when the time for a final transcript ends. Without a reply
// the caller listened to the end.
func (e *evaluation) transcriptLimit(out *TurnReport) time.Duration {
	if out.Reply == (Interval{}) {
		return e.rec.Ended.At
	}
	return max(out.Reply.Start, out.Said.End) + e.rec.Plan.Limits.Transcript
}

func (e *evaluation) lateDetail(out *TurnReport) string {
	after := out.Said.End + out.STT.Final.Value - max(out.Reply.Start, out.Said.End)
	return fmt.Sprintf("the last final transcript came %v after the reply began, the limit is %v", after.Round(time.Millisecond), e.rec.Plan.Limits.Transcript)
}

// silentTurn judges a turn in which the caller said nothing: no words may be
// heard in it.
func (e *evaluation) silentTurn(plan Turn, w Interval, out TurnReport) TurnReport {
	out.Said = Interval{w.Start, min(w.Start+plan.Silence, w.End)}
	out.TTFA = Measured{Missing: "the caller said nothing"}
	if e.rec.Ended.Reason != "" && e.rec.Ended.At < w.Start+plan.Silence {
		out.Outcome, out.Detail = e.rec.Ended.Reason, e.rec.Ended.Detail
		return out
	}
	if out.Transcript == "" {
		return out
	}
	score := wer.Compare("", out.Transcript, e.rec.Plan.Language)
	if score.Counts.Insertions == 0 {
		return out // Punctuation is no word.
	}
	out.STT.Score, out.STT.Outcome = &score, STTIncorrect
	out.Outcome, out.Detail = STTWrong, fmt.Sprintf("the caller said nothing and the agent heard %s", quoted(out.Transcript))
	return out
}

// agentFigures adds to each turn what the agent says of its own latency. It
// tells when it has finished a reply or was interrupted in it, so what belongs
// to a turn comes between its reply and the next turn's.
func (e *evaluation) agentFigures() {
	turns := e.report.Turns
	for i := range turns {
		if turns[i].Reply == (Interval{}) {
			continue
		}
		w := Interval{turns[i].Reply.Start, e.rec.Ended.At + time.Nanosecond}
		for _, next := range turns[i+1:] {
			if next.Reply != (Interval{}) {
				w.End = next.Reply.Start
				break
			}
		}
		turns[i].AgentE2E = e.agentE2E(w)
	}
}

// maxE2E bounds a latency that is believed; no call is longer.
const maxE2E = time.Hour

func (e *evaluation) agentE2E(w Interval) Measured {
	for _, ev := range e.rec.Events {
		if ev.Kind != SessionReport || !w.contains(ev.At) || ev.Session.Role != "assistant" {
			continue
		}
		if s, ok := ev.Session.Metrics["e2e_latency"]; ok && math.Abs(s) <= maxE2E.Seconds() {
			return Measured{Value: time.Duration(s * float64(time.Second)), OK: true}
		}
	}
	return Measured{Missing: "the agent did not report it"}
}
