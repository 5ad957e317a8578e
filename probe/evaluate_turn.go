package probe

import (
	"fmt"
	"time"

	"callprobe/audio"
	"callprobe/audio/vad"
)

// turn measures and judges the i-th turn that was begun.
func (e *evaluation) turn(i int) TurnReport {
	trace := e.rec.Turns[i]
	plan := e.rec.Plan.Turns[trace.Turn]
	w := e.window(i)
	out := TurnReport{
		Utterance: plan.Say.Name, Reference: plan.Say.Reference,
		Transcript: joinFinals(e.transcripts(CallerSpeaks, w)), AgentText: joinFinals(e.transcripts(AgentSpeaks, w)),
		Outcome: Answered,
	}
	if plan.Silent() {
		return e.silentTurn(plan, w, out)
	}
	onset, started := e.rec.sampleTime(trace, plan.Say.Speech.Start)
	offset, ended := e.rec.endTime(trace, plan.Say.Speech.End)
	if !started || !ended {
		out.Outcome, out.Detail = e.endedAs(trace)
		out.TTFA = Measured{Missing: "the call ended while the caller was speaking"}
		return out
	}
	out.Said = Interval{onset, offset}
	e.measureReply(&out, plan, w, trace)
	e.measureSTT(&out, plan, w)
	out.Warnings = append(out.Warnings, e.latePackets(trace, plan)...)
	return out
}

// window is the part of the call that belongs to the i-th turn: from its first
// frame to that of the next, or to the end of the call.
func (e *evaluation) window(i int) Interval {
	w := Interval{e.begins(i), e.rec.Ended.At + time.Nanosecond}
	if i+1 < len(e.rec.Turns) {
		w.End = e.begins(i + 1)
	}
	return w
}

// begins returns when the i-th turn began, or the end of the call when it did
// not.
func (e *evaluation) begins(i int) time.Duration {
	if i < len(e.rec.Turns) {
		if f := e.rec.Turns[i].FirstFrame; f < len(e.rec.Sent) {
			return e.rec.Sent[f]
		}
	}
	return e.rec.Ended.At
}

func (w Interval) contains(t time.Duration) bool { return w.Start <= t && t < w.End }

func (e *evaluation) measureReply(out *TurnReport, plan Turn, w Interval, trace TurnTrace) {
	out.FirstEnergy = e.firstEnergy(out.Said.End, w)
	if plan.When.Kind == BargeIn {
		out.BargeInStop = e.bargeInStop(out.Said.Start)
	}
	reply, ok := e.reply(out.Said, plan, w)
	if !ok {
		out.TTFA = Measured{Missing: "no reply was heard"}
		out.Outcome, out.Detail = e.endedAs(trace)
		return
	}
	out.Reply = Interval{reply.onset.At, reply.offset}
	out.TTFA = Measured{
		Value: reply.onset.At - out.Said.End, OK: true,
		Uncertainty: reply.uncertainty + e.rec.heldUp(trace, plan.Say.Speech.End),
	}
	out.TalkOver = out.TTFA.Value < 0
	out.Warnings = append(out.Warnings, e.onsetWarnings(reply)...)
	switch {
	case out.TTFA.Value > plan.Reply.Within:
		out.Outcome = ReplyLate
		out.Detail = fmt.Sprintf("replied %v after the caller's last word, the limit is %v", out.TTFA.Value.Round(time.Millisecond), plan.Reply.Within)
	case plan.Reply.Matches != nil && out.AgentText == "":
		out.Outcome, out.Detail = ReplyWrong, fmt.Sprintf("the agent published no text of its reply, so %q could not be found in it", plan.Reply.Matches)
	case plan.Reply.Matches != nil && !plan.Reply.Matches.MatchString(out.AgentText):
		out.Outcome, out.Detail = ReplyWrong, fmt.Sprintf("the reply %s does not match %q", quoted(out.AgentText), plan.Reply.Matches)
	}
}

// reply returns the first talkspurt whose onset follows the utterance's onset
// and that is not what the agent was already saying.
func (e *evaluation) reply(said Interval, plan Turn, w Interval) (heardSpurt, bool) {
	from, ok := e.rec.replyFrom(plan.When.Kind, said)
	if e.heard == nil || !ok {
		return heardSpurt{}, false
	}
	for _, s := range e.heard.spurts {
		if s.onset.At > from && s.onset.At < w.End {
			return s, true
		}
		if leaked := s.onset.At > said.Start && s.offset > from && e.rec.publishesStates(); leaked {
			if later, ok := e.heard.after(from, s); ok {
				return later, true
			}
		}
	}
	return heardSpurt{}, false
}

// replyFrom returns the time after which talk of the agent can be the reply to
// what was said. Over a barge-in, the tail of what the agent was saying comes
// first, and maybe its resumption: only what follows the agent's turn to
// thinking counts, or the caller's last word where the agent publishes no
// states. ok is false when the agent published states and never thought.
func (r *Recording) replyFrom(kind TriggerKind, said Interval) (from time.Duration, ok bool) {
	if kind != BargeIn {
		return said.Start, true
	}
	if !r.publishesStates() {
		return said.End, true
	}
	return r.stateAfter(stateThinking, said.Start)
}

func (r *Recording) publishesStates() bool {
	_, publishes := r.event(AgentState)
	return publishes
}

// bargeInStop is from the interrupting utterance's onset to the end of the
// talk it interrupted.
func (e *evaluation) bargeInStop(onset time.Duration) Measured {
	if e.heard == nil {
		return Measured{Missing: "the agent said nothing"}
	}
	for _, s := range e.heard.spurts {
		if s.onset.At <= onset && s.offset > onset {
			return Measured{Value: s.offset - onset, OK: true}
		}
	}
	return Measured{Missing: "the agent was not talking when the caller barged in"}
}

func (e *evaluation) firstEnergy(from time.Duration, w Interval) Measured {
	if e.heard == nil {
		return Measured{Missing: "the agent published no audio"}
	}
	tl := e.heard.timeline
	pos, ok := vad.FirstEnergy(tl.Samples, tl.PosOf(from))
	if !ok {
		return Measured{Missing: "no sound followed"}
	}
	at := max(from, tl.TimeOf(pos).At) // The sample that is heard at from began before.
	if at >= w.End {
		return Measured{Missing: "no sound followed in this turn"}
	}
	return Measured{Value: at - from, OK: true}
}

// endedAs says why there was no reply.
func (e *evaluation) endedAs(trace TurnTrace) (Reason, string) {
	end, now := e.rec.Ended, trace.GaveUp
	last := trace.Turn == e.rec.Turns[len(e.rec.Turns)-1].Turn
	if last && end.Reason != "" {
		if end.Reason != AgentSilent {
			return end.Reason, end.Detail
		}
		now = end.At
	}
	if stopped, ok := e.mediaStopped(now); ok {
		return AgentLeft, fmt.Sprintf("the agent's audio packets stopped %.1f s into the call and its participant stayed: its process has probably died", stopped.Seconds())
	}
	if last && end.Reason != "" {
		return end.Reason, end.Detail
	}
	limit := e.rec.Plan.Turns[trace.Turn].Reply.Timeout
	return AgentSilent, fmt.Sprintf("no reply within %v of the caller's last word", limit)
}

// mediaStopLimit is the longest pause between packets of a living agent: with
// DTX one comes every 400 ms.
const mediaStopLimit = 2 * time.Second

// mediaStopped returns when the agent's packets stopped for good although its
// track was neither muted nor taken down.
func (e *evaluation) mediaStopped(now time.Duration) (time.Duration, bool) {
	if e.heard == nil || now == 0 {
		return 0, false
	}
	if e.rec.isSilenced(e.heard.track.ID) {
		return 0, false
	}
	packets := e.heard.track.Packets
	last := packets[len(packets)-1].At
	return last, now-last > mediaStopLimit
}

func (e *evaluation) onsetWarnings(s heardSpurt) []Warning {
	var out []Warning
	around := audio.Span{Start: s.Onset - 2*audio.FrameSamples, End: s.Onset + 2*audio.FrameSamples}
	if n := e.heard.timeline.Concealed(around); n > 0 {
		out = append(out, Warning(fmt.Sprintf("%d ms of audio around the reply's onset were not received", audio.Rate48k.Duration(n).Milliseconds())))
	}
	if s.SNRDB() < 15 {
		out = append(out, Warning(fmt.Sprintf("the reply is only %.0f dB above the noise before it", s.SNRDB())))
	}
	return out
}

// latePackets warns when the prober's own lateness touches the utterance.
func (e *evaluation) latePackets(trace TurnTrace, plan Turn) []Warning {
	var worst time.Duration
	last := min(trace.lastFrame(plan.Say.Speech.End)+1, len(e.rec.Sent))
	for k := trace.FirstFrame; k < last; k++ {
		worst = max(worst, e.rec.lateness(k))
	}
	if worst <= latenessWarning {
		return nil
	}
	return []Warning{Warning(fmt.Sprintf("the caller's audio left up to %v late", worst.Round(100*time.Microsecond)))}
}
