package calltest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"callprobe/probe"
)

const agentIdentity = "agent"

// voiceTrack and backgroundTrack are the server's ids of the agent's tracks.
const (
	voiceTrack      = "TR"
	backgroundTrack = "BG"
)

var errSend = errors.New("as scripted")

// Dialer makes calls to an Agent.
type Dialer struct {
	agent Agent
	// starts and ends know the first packet of each utterance, and the one
	// with its last voiced sample: how far into it that lies.
	starts map[*byte]bool
	ends   map[*byte]time.Duration
	// Truth holds, after the call, the true TTFA of each reply: from the
	// caller's last voiced sample sent to the first sample of the agent's
	// clip arriving, without the transit.
	Truth []time.Duration
	// Closed reports whether the call was closed.
	Closed bool
}

// Dial opens the call.
func (d *Dialer) Dial(ctx context.Context, start time.Time) (probe.Call, error) {
	if d.agent.DialAfter > 0 {
		select {
		case <-time.After(d.agent.DialAfter):
		case <-ctx.Done():
			return nil, &probe.CallError{Reason: probe.Unreachable, Stage: probe.StageJoin, Err: context.Cause(ctx)}
		}
	}
	if d.agent.DialError != nil {
		return nil, d.agent.DialError
	}
	callCtx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	c := &call{dialer: d, start: start, ctx: callCtx, cancel: cancel, joined: time.Now(), events: make(chan probe.Event, 4096), say: make(chan line, 16)}
	c.emit(probe.Event{At: c.now(), Kind: probe.RoomCreated})
	c.emit(probe.Event{At: c.now(), Kind: probe.Joined})
	if !d.agent.NeverJoins {
		c.running.Go(c.agent)
	}
	return c, nil
}

type call struct {
	dialer  *Dialer
	start   time.Time
	joined  time.Time
	ctx     context.Context //nolint:containedctx // Its end is the end of the call.
	cancel  context.CancelFunc
	events  chan probe.Event
	say     chan line
	spoken  int // utterances begun
	running sync.WaitGroup
}

func (c *call) now() time.Duration         { return time.Since(c.start) }
func (c *call) Room() string               { return "calltest" }
func (c *call) Events() <-chan probe.Event { return c.events }
func (c *call) wait(d time.Duration) (ok bool) {
	select {
	case <-time.After(d):
		return true
	case <-c.ctx.Done():
		return false
	}
}

func (c *call) emit(e probe.Event) {
	select {
	case c.events <- e:
	case <-c.ctx.Done():
	}
}

func (c *call) Close(context.Context) error {
	c.cancel()
	c.running.Wait()
	c.dialer.Closed = true
	return c.dialer.agent.CloseError
}

// Send hears the caller. The packet that carries the last voiced sample sets
// off the reply.
func (c *call) Send(packet []byte) (before, after time.Duration, err error) {
	sent := time.Now()
	a := c.dialer.agent
	if a.SendFailsAfter > 0 && time.Since(c.joined) > a.SendFailsAfter {
		return 0, 0, errSend
	}
	if c.dialer.starts[&packet[0]] && !a.NeverJoins {
		c.interrupted(sent, a.answer(c.spoken))
		c.spoken++
	}
	if into, last := c.dialer.ends[&packet[0]]; last && !a.NeverJoins {
		answer := a.answer(c.spoken - 1)
		c.running.Go(func() { c.understand(answer) })
		if len(answer.Reply.Samples) > 0 {
			c.say <- line{at: sent.Add(into + answer.ReplyAfter), clip: answer.Reply}
			c.dialer.Truth = append(c.dialer.Truth, answer.ReplyAfter)
		}
	}
	return sent.Sub(c.start), sent.Add(c.dialer.agent.WriteTakes).Sub(c.start), nil
}

// interrupted does what the agent does from the first frame of an utterance.
func (c *call) interrupted(at time.Time, a Answer) {
	if a.Yields > 0 {
		c.say <- line{at: at.Add(a.Yields), yield: true}
	}
	for _, l := range a.Lines {
		c.say <- line{at: at.Add(l.After), clip: l.Clip}
	}
	c.cue(a.Cues)
}

func (c *call) cue(cues []Cue) {
	for _, cue := range cues {
		c.running.Go(func() {
			if c.wait(cue.After) {
				e := cue.Event
				e.At = c.now()
				c.emit(e)
			}
		})
	}
}

func (c *call) understand(a Answer) {
	if !c.wait(a.TranscriptAfter) {
		return
	}
	tell := func(who probe.Speaker, text string) {
		if text != "" {
			c.emit(probe.Event{At: c.now(), Kind: probe.TranscriptHeard, Transcript: &probe.Transcript{
				Speaker: who, Channel: probe.StreamChannel, Segment: fmt.Sprint(who, c.now()), Text: text, Final: true,
			}})
		}
	}
	tell(probe.CallerSpeaks, a.Hears)
	if c.dialer.agent.States {
		c.emit(probe.Event{At: c.now(), Kind: probe.AgentState, Text: "thinking"})
	}
	tell(probe.AgentSpeaks, a.Says)
}

// agent joins, publishes its tracks and plays what it is told to.
func (c *call) agent() {
	a := c.dialer.agent
	if !c.wait(a.JoinAfter) {
		return
	}
	joined := time.Now()
	c.emit(probe.Event{At: c.now(), Kind: probe.AgentJoined, Participant: agentIdentity})
	if a.NeverSubscribes {
		return
	}
	if !a.LosesSubscribed {
		c.emit(probe.Event{At: c.now(), Kind: probe.MicSubscribed})
	}
	if len(a.Background.Samples) > 0 {
		c.trackUp(backgroundTrack, "background_audio")
		c.running.Go(func() { c.play(joined) })
	}
	if len(a.Greeting.Samples) > 0 {
		c.say <- line{at: joined.Add(a.GreetAfter), clip: a.Greeting}
	}
	for _, l := range a.Lines {
		c.say <- line{at: joined.Add(l.After), clip: l.Clip}
	}
	c.cue(a.Cues)
	if a.LeavesAfter > 0 {
		c.cue([]Cue{{a.LeavesAfter, probe.Event{Kind: probe.AgentWentAway, Participant: agentIdentity, Text: "CLIENT_INITIATED"}}})
	}
	if a.DisconnectsAfter > 0 {
		c.cue([]Cue{{a.DisconnectsAfter, probe.Event{Kind: probe.Disconnected, Text: "ROOM_DELETED"}}})
	}
	c.speak(joined)
}
