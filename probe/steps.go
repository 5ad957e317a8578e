package probe

import (
	"fmt"
	"time"
)

// step looks at what is known and goes on when it is time to. It is called
// once for every frame sent, so every 20 ms.
func (c *conductor) step() {
	now := c.now()
	for _, e := range c.ears {
		e.wait(now)
	}
	if c.lostAt > 0 && now-c.lostAt > reconnectLimit {
		c.end(roomLost())
		return
	}
	switch c.phase {
	case waitAgent:
		c.stepAgent(now)
	case waitGreeting:
		c.stepGreeting(now)
	case waitTrigger:
		c.stepTrigger(now)
	case waitReply:
		c.stepReply(now)
	case waitEnd:
		c.stepEnd(now)
	case silentTurn:
		if now-c.since >= c.plan.Turns[c.turn].Silence {
			c.nextTurn()
		}
	case speaking, finished:
	}
}

func (c *conductor) stepAgent(now time.Duration) {
	joined, _ := c.rec.event(Joined)
	switch {
	case len(c.agents) > 0 && (c.ready || c.attentive(now)):
		if c.plan.Greeting.Mode == GreetingNone {
			c.enter(waitTrigger)
		} else {
			c.enter(waitGreeting)
		}
	case now-joined.At > c.plan.Limits.AgentJoin:
		c.end(c.noAgent())
	}
}

// attentive reports whether the agent says that it has been listening or
// speaking for a while: then it hears us, even if the server's word that it
// subscribed got lost.
func (c *conductor) attentive(now time.Duration) bool {
	return (c.state == stateListening || c.state == stateSpeaking) && now-c.stateAt > 2*time.Second
}

// noAgent tells an agent that never came from one that came and is deaf.
func (c *conductor) noAgent() Ending {
	if len(c.agents) == 0 {
		return Ending{
			Stage: StageAgent, Reason: NoAgent,
			Detail: fmt.Sprintf("no agent joined within %v", c.plan.Limits.AgentJoin),
			Remedy: "check that a worker runs for this agent name, is connected to this room server, and has capacity",
		}
	}
	return Ending{
		Stage: StageAgent, Reason: AgentSilent,
		Detail: fmt.Sprintf("the agent joined but did not subscribe to the caller's microphone within %v", c.plan.Limits.AgentJoin),
		Remedy: "look at the agent's log: its session did not start",
	}
}

func (c *conductor) stepGreeting(now time.Duration) {
	e := c.ear()
	heard := e != nil && len(e.spurts) > 0
	joined, _ := c.rec.event(Joined)
	limit := max(joined.At+c.plan.Greeting.Within, c.since+greetingGrace)
	if heard || now > limit+decisionMargin {
		c.enter(waitTrigger)
	}
}

// greetingGrace is how long an agent that joined late may still take to greet
// before the caller speaks, from when it can hear us.
const greetingGrace = 3 * time.Second

func (c *conductor) stepTrigger(now time.Duration) {
	if c.pending {
		return
	}
	t := c.plan.Turns[c.turn]
	if t.When.Kind == BargeIn {
		c.stepBargeIn(now, t)
		return
	}
	if c.quietFor(now) >= t.When.Hold {
		c.begin(t)
	}
}

// quietFor is how long the agent has been silent. An agent that says it is
// speaking or thinking is believed for a while.
func (c *conductor) quietFor(now time.Duration) time.Duration {
	e := c.ear()
	if e == nil {
		return now - c.since
	}
	if e.speaking() {
		return 0
	}
	since := max(e.quietSince(), c.since-c.plan.Turns[c.turn].When.Hold)
	if (c.state == stateSpeaking || c.state == stateThinking) && now-max(since, c.stateAt) < stuckState {
		return 0
	}
	return now - since
}

// States of the attribute lk.agent.state. The first two announce speech.
const (
	stateSpeaking  = "speaking"
	stateThinking  = "thinking"
	stateListening = "listening"
)

func (c *conductor) begin(t Turn) {
	c.replyAt = 0
	c.texts = awaitedTexts{}
	if !t.Silent() {
		c.pending = true
		c.speak <- c.turn
		return
	}
	c.rec.Turns = append(c.rec.Turns, TurnTrace{Turn: c.turn, FirstFrame: c.frame + 1})
	c.talkFrom = c.now()
	c.enter(silentTurn)
	c.report(StepCallerSpeaks, "(says nothing)")
}

func (c *conductor) stepReply(now time.Duration) {
	if onset, ok := c.replyOnset(); ok {
		c.replyAt = onset
		c.enter(waitEnd)
		return
	}
	if now-c.offset > c.plan.Turns[c.turn].Reply.Timeout+decisionMargin {
		c.rec.Turns[len(c.rec.Turns)-1].GaveUp = now
		c.end(Ending{Stage: StageTurn})
	}
}

// replyOnset returns the onset of the first talkspurt that may be the reply.
func (c *conductor) replyOnset() (time.Duration, bool) {
	from, ok := c.rec.replyFrom(c.plan.Turns[c.turn].When.Kind, Interval{c.onset, c.offset})
	e := c.ear()
	if e == nil || !ok {
		return 0, false
	}
	if c.rec.publishesStates() {
		return e.past(c.onset, from)
	}
	return e.after(from)
}

// stateAfter returns when the agent first said after t that it is in state.
func (r *Recording) stateAfter(state string, t time.Duration) (time.Duration, bool) {
	for _, e := range r.Events {
		if e.Kind == AgentState && e.Text == state && e.At > t {
			return e.At, true
		}
	}
	return 0, false
}

// stepEnd waits for the end of the reply and for the transcripts, each within
// its bound, then goes on to the next turn.
func (c *conductor) stepEnd(now time.Duration) {
	if _, ok := c.replyOnset(); !ok {
		c.enter(waitReply) // What was taken for the reply was no speech.
		return
	}
	if next := c.turn + 1; next < len(c.plan.Turns) && c.plan.Turns[next].When.Kind == BargeIn {
		c.nextTurn()
		return
	}
	if e := c.ear(); e != nil {
		if e.speaking() {
			return
		}
		if c.quietFor(now) == 0 {
			return
		}
	}
	if !c.texts.complete() && now-max(c.replyAt, c.offset) < c.plan.Limits.Transcript {
		return
	}
	if c.plan.Turns[c.turn].Reply.Matches != nil && !c.texts.agent && now-c.ear().quietSince() < c.plan.Limits.Transcript {
		return
	}
	c.nextTurn()
}

func (c *conductor) nextTurn() {
	c.turn++
	if c.turn == len(c.plan.Turns) {
		c.turn--
		c.end(Ending{})
		return
	}
	c.enter(waitTrigger)
}
