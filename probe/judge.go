package probe

import (
	"fmt"
	"slices"
	"time"

	"callprobe/audio"
)

// Limits on the prober's own behaviour.
const (
	// latenessWarning is worth a word: it is of the order of the figures'
	// own uncertainty.
	latenessWarning = 5 * time.Millisecond
	// latenessOverload spoils the call: an agent's jitter buffer would have
	// run dry.
	latenessOverload = 100 * time.Millisecond
	// driftLimit is how far the wall clock may be stepped or slewed during a
	// call before the call is taken as disturbed.
	driftLimit = time.Second
)

// lateness is how long after its due time frame k was sent.
func (r *Recording) lateness(k int) time.Duration {
	return r.Sent[k] - r.Due - time.Duration(k)*audio.FrameDuration
}

func pacingOf(rec *Recording) Pacing {
	n := len(rec.Sent)
	if n == 0 {
		return Pacing{}
	}
	late := make([]time.Duration, n)
	for k := range rec.Sent {
		late[k] = rec.lateness(k)
	}
	slices.Sort(late)
	return Pacing{Frames: n, LateP99: late[(99*n+99)/100-1], LateMax: late[n-1]}
}

// judge sets the verdict: what spoils the call comes before what the agent did
// wrong, and that in the order in which a caller would have met it.
func (e *evaluation) judge() {
	rep, end := e.report, e.rec.Ended
	set := func(r Reason, stage Stage, detail, remedy string) {
		rep.Reason, rep.Verdict = r, r.Verdict()
		rep.Stage, rep.Detail, rep.Remedy = stage, detail, remedy
	}
	switch {
	case end.Reason != "" && end.Reason.Verdict() == Inconclusive && !(end.Reason == RoomLost && e.complete()):
		set(end.Reason, end.Stage, end.Detail, end.Remedy)
		return
	case rep.Pacing.LateP99 > latenessOverload:
		set(ProberOverloaded, StageTurn, fmt.Sprintf("the caller's audio left %v late (p99)", rep.Pacing.LateP99.Round(time.Millisecond)), "give the prober more CPU or fewer calls at once")
		return
	case e.rec.WallDrift.Abs() > driftLimit:
		set(ProberOverloaded, StageTurn, fmt.Sprintf("the wall clock moved %v against the monotonic clock during the call", e.rec.WallDrift.Round(time.Millisecond)), "the machine was suspended or its clock was set")
		return
	}
	if reason, detail := e.greetingReason(); reason != "" {
		remedy := "look at the agent's log from its join on"
		if e.interruptedBefore(e.begins(0)) {
			reason, detail, remedy = RoomLost, interruptedDetail(detail), remedyFor(RoomLost)
		}
		set(reason, StageGreeting, detail, remedy)
		return
	}
	for i, t := range rep.Turns {
		if t.Outcome != Answered {
			reason, detail := t.Outcome, t.Detail
			if len(e.rec.Plan.Turns) > 1 {
				detail = fmt.Sprintf("turn %d: %s", i+1, detail)
			}
			if e.interruptedBefore(e.window(i).End) {
				reason, detail = RoomLost, interruptedDetail(detail)
			}
			set(reason, StageTurn, detail, remedyFor(reason))
			return
		}
	}
	e.judgeUnplayed(set)
}

// judgeUnplayed judges a call whose turns were all answered, as far as they were
// played.
func (e *evaluation) judgeUnplayed(set func(r Reason, stage Stage, detail, remedy string)) {
	played, planned, end := len(e.report.Turns), len(e.rec.Plan.Turns), e.rec.Ended
	switch {
	case played == planned:
		set(Answered, "", "", "")
	case end.Reason != "":
		set(end.Reason, end.Stage, end.Detail, end.Remedy)
	default:
		set(ProberOverloaded, StageTurn, fmt.Sprintf("only %d of %d turns were played: a reply was there and was not noticed in time", played, planned), "give the prober more CPU or fewer calls at once")
	}
}

// complete reports whether every turn of the plan was answered.
func (e *evaluation) complete() bool {
	return len(e.report.Turns) == len(e.rec.Plan.Turns) &&
		!slices.ContainsFunc(e.report.Turns, func(t TurnReport) bool { return t.Outcome != Answered })
}

// interruptedBefore reports whether our own connection was interrupted before t:
// then what the agent failed to do up to there says nothing about it.
func (e *evaluation) interruptedBefore(t time.Duration) bool {
	lost, ok := e.rec.event(Reconnecting)
	return ok && lost.At < t
}

func interruptedDetail(detail string) string {
	return "the connection to the room server was interrupted, and then: " + detail
}

// greetingReason returns why the greeting fails the call, if it does.
func (e *evaluation) greetingReason() (Reason, string) {
	g := e.rec.Plan.Greeting
	if g.Mode != GreetingRequired || len(e.report.Agents) == 0 {
		return "", ""
	}
	if early := e.rec.Ended; early.Reason != "" && (early.Reason != AgentSilent || early.Stage == StageAgent) && len(e.rec.Turns) == 0 {
		return "", ""
	}
	if !e.report.Greeting.OK {
		return AgentSilent, fmt.Sprintf("no greeting within %v of our join", g.Within)
	}
	if e.report.Greeting.Value > g.Within {
		return ReplyLate, fmt.Sprintf("greeted %v after our join, the limit is %v", e.report.Greeting.Value.Round(time.Millisecond), g.Within)
	}
	return "", ""
}

func remedyFor(r Reason) string {
	switch r { //nolint:exhaustive // The others carry their remedy with them.
	case RoomLost:
		return "check that the room server is up and reachable from here"
	case AgentSilent:
		return "look at the agent's log for this room: speech recognition, language model and synthesis, in this order"
	case AgentLeft:
		return "look at the agent's log for a crash or a shutdown of its job"
	case ReplyLate:
		return "compare with the agent's own latency figures; the difference is endpointing and network"
	case ReplyWrong:
		return "listen to the recording; the agent answered something else"
	case STTWrong, STTMissing:
		return "listen to the recording, then look at the speech recognizer's errors and quota"
	}
	return ""
}

// warn collects what a reader of the whole report should know.
func (e *evaluation) warn() {
	add := func(format string, args ...any) {
		e.report.Warnings = append(e.report.Warnings, Warning(fmt.Sprintf(format, args...)))
	}
	if e.rec.HangUpError != "" {
		add("the room could not be closed: %s", e.rec.HangUpError)
	}
	if n := len(e.report.Agents); n > 1 {
		add("%d agents joined the room", n)
	}
	if ev, ok := e.rec.event(TrackRefused); ok {
		add("a track of the agent was not listened to: it is %s, and only Opus is understood", quoted(ev.Text))
	}
	if _, ok := e.rec.event(Reconnecting); ok {
		add("the connection to the room server was interrupted")
	}
	if n := e.report.Network; n.Known && n.Lost > 0 {
		add("%d of %d audio packets of the agent were lost", n.Lost, n.Lost+n.Packets)
	}
	if n := e.report.Network.DecodeErrors; n > 0 {
		add("%d audio packets of the agent could not be decoded", n)
	}
	if e.rec.Ended.Reason == "" && e.rec.Ended.Detail != "" {
		add("%s", e.rec.Ended.Detail)
	}
	if stopped, ok := e.mediaStopped(e.rec.Ended.At); ok && e.complete() {
		add("the agent's audio packets stopped %.1f s into the call: its process has probably died", stopped.Seconds())
	}
	if r := e.rec.Ended.Reason; (r == AgentLeft || r == RoomLost) && e.complete() {
		add("%s before the caller hung up", e.rec.Ended.Detail)
	}
}
