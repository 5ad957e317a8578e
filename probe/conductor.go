package probe

import (
	"context"
	"errors"
	"fmt"
	"time"

	"callprobe/audio"
)

// How long the conductor waits beyond a limit, because speech is recognized as
// such only some time after its onset. The limits themselves are judged later,
// on the recording.
const decisionMargin = 800 * time.Millisecond

// How long a signal connection may be gone before the room counts as lost.
const reconnectLimit = 5 * time.Second

// stuckState is how long an agent may stay silent while it says it is speaking
// or thinking before the caller stops believing it.
const stuckState = 4 * time.Second

type phase int

const (
	waitAgent phase = iota
	waitGreeting
	waitTrigger
	speaking
	waitReply
	waitEnd
	silentTurn
	finished
)

// conductor decides what the caller does next. One goroutine owns it: it sees
// every event and every frame sent, in order, and after each takes at most one
// step.
type conductor struct {
	plan     Plan
	rec      *Recording
	start    time.Time
	progress func(Progress)

	phase    phase
	since    time.Duration // when the phase began
	turn     int           // index of the turn under way or next
	ears     map[string]*ear
	tracks   map[string]string // the track that another one goes on with
	speak    chan<- int
	frame    int // newest frame sent
	pending  bool
	agents   map[string]bool
	ready    bool // the agent has subscribed to our microphone
	state    string
	stateAt  time.Duration
	lostAt   time.Duration // when the connection was lost, 0 when it is up
	onset    time.Duration // of the utterance under way
	offset   time.Duration
	replyAt  time.Duration // onset of the reply, 0 when none was heard
	talkFrom time.Duration // when the last silent turn began
	texts    awaitedTexts
	wasAloud bool
}

func newConductor(plan Plan, rec *Recording, start time.Time, progress func(Progress)) *conductor {
	return &conductor{
		plan: plan, rec: rec, start: start, progress: progress,
		ears: map[string]*ear{}, tracks: map[string]string{}, agents: map[string]bool{}, frame: -1,
	}
}

// conduct runs the call until it is over. callCtx is bounded by the call
// limit, ctx ends when somebody interrupts.
func (c *conductor) conduct(callCtx, ctx context.Context, call Call) {
	s, err := newSender(call, c.start, c.plan.Turns)
	if err != nil {
		c.end(Ending{Stage: StagePublish, Reason: MediaFailed, Detail: err.Error()})
		return
	}
	c.speak = s.speak
	sendCtx, stop := context.WithCancel(callCtx)
	failed := make(chan error, 1)
	go func() { failed <- s.run(sendCtx) }()
	stopped := false
	defer func() {
		stop()
		if !stopped {
			<-failed
		}
	}()
	for c.phase != finished {
		select {
		case e := <-call.Events():
			c.see(e)
		case f := <-s.sent:
			c.noteSent(f)
			c.step()
		case err := <-failed:
			stopped = true
			if callCtx.Err() == nil {
				c.hearOut(call, err)
				c.end(c.sendEnding(err))
				return
			}
		case <-callCtx.Done():
			c.timeUp(ctx)
		}
	}
}

// hearOutLimit is how long the room may take to say why sending failed.
const hearOutLimit = 500 * time.Millisecond

// hearOut takes what the room has to say after sending failed: the media of a
// call that was cut off may be gone before the word that it was.
func (c *conductor) hearOut(call Call, err error) {
	if errors.Is(err, errBehind) {
		return
	}
	limit := time.NewTimer(hearOutLimit)
	defer limit.Stop()
	for c.phase != finished {
		select {
		case e := <-call.Events():
			c.see(e)
		case <-limit.C:
			return
		}
	}
}

func (c *conductor) sendEnding(err error) Ending {
	if c.lostAt > 0 {
		return roomLost()
	}
	if errors.Is(err, errBehind) {
		return Ending{Stage: StageTurn, Reason: ProberOverloaded, Detail: err.Error(), Remedy: "give the prober more CPU or fewer calls at once; a suspended machine shows the same"}
	}
	return Ending{Stage: StageTurn, Reason: MediaFailed, Detail: fmt.Sprint(err), Remedy: "look at the room server's log for this room"}
}

func roomLost() Ending {
	return Ending{
		Stage: StageTurn, Reason: RoomLost,
		Detail: fmt.Sprintf("connection to the room server lost for %v", reconnectLimit),
		Remedy: "check that the room server is up and reachable from here",
	}
}

func (c *conductor) now() time.Duration { return time.Since(c.start) }

func (c *conductor) end(e Ending) {
	if c.phase == finished {
		return
	}
	e.At = c.now()
	c.rec.Ended = e
	c.phase = finished
}

func (c *conductor) enter(p phase) { c.phase, c.since = p, c.now() }

func (c *conductor) report(step Step, text string) {
	turn := c.turn
	if c.phase < waitTrigger {
		turn = -1
	}
	c.progress(Progress{At: c.now(), Step: step, Turn: turn, Text: text})
}

// timeUp ends a call whose limit has passed or that was interrupted.
func (c *conductor) timeUp(ctx context.Context) {
	if ctx.Err() != nil {
		c.end(Ending{Stage: c.stage(), Reason: Canceled, Detail: "interrupted"})
		return
	}
	limit := fmt.Sprintf("call limit of %v reached", c.plan.Limits.Call)
	const raise = "raise limits.call, or listen to what takes the agent so long"
	switch c.phase {
	case waitEnd:
		if c.turn+1 == len(c.plan.Turns) {
			c.end(Ending{Detail: limit + " before the agent's last reply was over"})
			return
		}
		c.end(Ending{Stage: StageTurn, Reason: ReplyWrong, Detail: limit + " before the agent's reply was over", Remedy: raise})
	case speaking, silentTurn:
		c.end(Ending{Stage: StageTurn, Reason: ReplyWrong, Detail: limit + " during the caller's turn: the agent left it too little time", Remedy: raise})
	case waitTrigger:
		c.end(Ending{Stage: StageTurn, Reason: ReplyWrong, Detail: limit + ": the agent never fell silent", Remedy: raise})
	case waitAgent:
		c.end(c.noAgent())
	case waitGreeting, waitReply, finished:
		c.end(Ending{Stage: c.stage(), Reason: AgentSilent, Detail: limit, Remedy: "raise limits.call if the scenario needs longer"})
	}
}

func (c *conductor) stage() Stage {
	switch c.phase {
	case waitAgent:
		return StageAgent
	case waitGreeting:
		return StageGreeting
	case waitTrigger, speaking, waitReply, silentTurn, finished:
	case waitEnd:
		return StageTranscript
	}
	return StageTurn
}

// noteSent books a frame that has left.
func (c *conductor) noteSent(f sentFrame) {
	if len(c.rec.Sent) == 0 {
		c.rec.Due = f.due
	}
	c.rec.Sent = append(c.rec.Sent, f.at)
	if f.held > heldUp {
		c.rec.Held = append(c.rec.Held, Hold{Frame: f.frame, For: f.held})
	}
	c.frame = f.frame
	if f.starts >= 0 {
		c.pending = false
		say := c.plan.Turns[f.starts].Say
		c.rec.Turns = append(c.rec.Turns, TurnTrace{Turn: f.starts, FirstFrame: f.frame})
		c.onset = f.at + audio.Rate48k.Duration(int64(say.Speech.Start))
		c.offset = f.at + audio.Rate48k.Duration(int64(say.Speech.End))
		c.enter(speaking)
		c.report(StepCallerSpeaks, say.Reference)
	}
	if f.ends >= 0 {
		c.enter(waitReply)
		c.report(StepWaiting, "")
	}
}

// see books an event and what follows from it at once.
func (c *conductor) see(e Event) {
	e = e.bounded()
	e.Track = c.trackOf(e)
	c.rec.keep(e)
	switch e.Kind {
	case PacketIn:
		c.hear(e)
	case TrackUp:
		c.listenTo(e.Track)
	case Joined:
		c.report(StepJoined, c.rec.Room)
	case AgentJoined:
		c.agents[e.Participant] = true
		c.report(StepAgentJoined, e.Participant)
	case AgentWentAway:
		delete(c.agents, e.Participant)
		switch {
		case len(c.agents) > 0 || c.lostAt > 0:
			// While our own connection is set up anew, everybody seems to leave.
		case roomEnded(e.Text):
			c.end(Ending{Stage: c.stage(), Reason: RoomLost, Detail: "the room ended under the agent: " + e.Text, Remedy: roomEndedRemedy})
		default:
			c.end(Ending{Stage: c.stage(), Reason: AgentLeft, Detail: "agent left: " + e.Text, Remedy: remedyFor(AgentLeft)})
		}
	case MicSubscribed:
		c.ready = true
	case AgentState:
		c.state, c.stateAt = e.Text, e.At
	case TranscriptHeard:
		c.noteTranscript(e)
	case Reconnecting:
		if c.lostAt == 0 {
			c.lostAt = e.At
		}
	case Reconnected:
		c.lostAt = 0
	case Disconnected:
		c.end(Ending{Stage: c.stage(), Reason: RoomLost, Detail: "disconnected: " + e.Text, Remedy: roomEndedRemedy})
	case RoomCreated, TrackDown, TrackRefused, TrackMuted, TrackUnmuted, SessionReport:
	}
}

const roomEndedRemedy = "see the room server's log; somebody may have deleted the room"

// roomEnded reports whether a participant left because the room ended, by the
// server's name of the reason. We are told of it as well, but maybe later.
func roomEnded(reason string) bool {
	return reason == "ROOM_DELETED" || reason == "ROOM_CLOSED" || reason == "SERVER_SHUTDOWN"
}

func (c *conductor) hear(e Event) {
	ear, ok := c.ears[e.Track]
	if !ok {
		return
	}
	ear.listen(*e.Packet)
	if main := c.ear(); main == ear {
		aloud := ear.speaking()
		if aloud && !c.wasAloud {
			c.report(StepAgentSpeaking, "")
		}
		c.wasAloud = aloud
	}
}

// ear returns the ear on the agent's voice, nil while there is none.
func (c *conductor) ear() *ear {
	if t, ok := c.rec.agentTrack(); ok {
		return c.ears[t.ID]
	}
	return nil
}
