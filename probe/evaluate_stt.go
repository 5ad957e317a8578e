package probe

import (
	"fmt"
	"strings"
	"time"

	"callprobe/probe/wer"
)

// transcript joins the final segments of one speaker in a window, in order of
// arrival. Text streams and legacy packets carry the same words under other
// ids: the streams are taken where there are any. A doubled final counts once.
func (e *evaluation) transcript(who Speaker, w Interval) string {
	for _, channel := range []Channel{StreamChannel, LegacyChannel} {
		if text := e.transcriptOn(channel, who, w); text != "" {
			return text
		}
	}
	return ""
}

func (e *evaluation) transcriptOn(channel Channel, who Speaker, w Interval) string {
	var order []string
	texts := map[string]string{}
	for _, t := range e.transcripts(who, w) {
		if t.Channel != channel || !t.Final {
			continue
		}
		text := strings.TrimSpace(t.Text)
		segment := t.Segment
		if segment == "" {
			segment = text
		}
		if _, seen := texts[segment]; !seen {
			order = append(order, segment)
		}
		texts[segment] = text
	}
	parts := make([]string, 0, len(order))
	for _, id := range order {
		if texts[id] != "" {
			parts = append(parts, texts[id])
		}
	}
	return strings.Join(parts, " ")
}

// publishesTranscripts reports whether the agent published any text at all in
// this call.
func (e *evaluation) publishesTranscripts() bool { return len(e.texts) > 0 }

func (e *evaluation) measureSTT(out *TurnReport, plan Turn, w Interval) {
	for _, text := range e.transcripts(CallerSpeaks, w) {
		since := Measured{Value: text.at - out.Said.End, OK: true}
		switch {
		case text.Final:
			out.STT.Final = since
		case !out.STT.Interim.OK:
			out.STT.Interim = since
		}
	}
	var verdict Reason
	var detail string
	switch {
	case out.Transcript != "":
		score := wer.Compare(plan.Say.Reference, out.Transcript, e.rec.Plan.Language)
		out.STT.Score = &score
		out.STT.Outcome = STTCorrect
		if rate, ok := score.WER(); !ok || rate > plan.STT.MaxWER {
			out.STT.Outcome = STTIncorrect
			verdict = STTWrong
			detail = fmt.Sprintf("understood %q, %.0f %% of the words wrong, the limit is %.0f %%", out.Transcript, 100*rate, 100*plan.STT.MaxWER)
		}
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
	out.Outcome, out.Detail = STTWrong, fmt.Sprintf("the caller said nothing and the agent heard %q", out.Transcript)
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

func (e *evaluation) agentE2E(w Interval) Measured {
	for _, ev := range e.rec.Events {
		if ev.Kind != SessionReport || !w.contains(ev.At) || ev.Session.Role != "assistant" {
			continue
		}
		if s, ok := ev.Session.Metrics["e2e_latency"]; ok {
			return Measured{Value: time.Duration(s * float64(time.Second)), OK: true}
		}
	}
	return Measured{Missing: "the agent did not report it"}
}
