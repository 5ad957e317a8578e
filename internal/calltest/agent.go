// Package calltest stands in for a room with an agent in it: calls without a
// network, in the virtual time of testing/synctest, with an agent that does
// exactly what its script says. It is for what reality cannot be asked for, and
// for laws that want exact times.
package calltest

import (
	"context"
	"fmt"
	"sync"
	"time"

	"callprobe/audio"
	"callprobe/audio/opus"
	"callprobe/audio/playout"
	"callprobe/probe"
)

// Agent is a scripted agent. Its zero value joins at once, says nothing and
// hears nothing.
type Agent struct {
	// DialError makes Dial fail.
	DialError error
	// NeverJoins leaves the room without an agent.
	NeverJoins bool
	// NeverSubscribes joins an agent that does not listen.
	NeverSubscribes bool
	// JoinAfter is from our join to the agent's.
	JoinAfter time.Duration
	// Greeting is played GreetAfter the agent's join.
	Greeting   audio.Clip
	GreetAfter time.Duration
	// Reply is played for each utterance, its first sample ReplyAfter the
	// caller's last frame of speech was sent.
	Reply      audio.Clip
	ReplyAfter time.Duration
	// Hears is the final transcript published for each utterance, Says the
	// agent's own words.
	Hears, Says string
	// TranscriptAfter delays the transcript, from the caller's last frame.
	TranscriptAfter time.Duration
	// States publishes lk.agent.state.
	States bool
	// StopsAfter ends the agent's packets this long after its join, without a
	// word; LeavesAfter makes it leave the room; DisconnectsAfter cuts the
	// caller off.
	StopsAfter, LeavesAfter, DisconnectsAfter time.Duration
	// Transit is how long each packet of the agent is under way.
	Transit func(sequence uint16) time.Duration
	// Gain shifts the level of all that the agent says, in dB.
	Gain float64
}

// Dialer returns a dialer whose calls are answered by a, for the utterances of
// plan.
func (a Agent) Dialer(plan probe.Plan) *Dialer {
	ends := map[*byte]time.Duration{}
	for _, t := range plan.Turns {
		if t.Silent() {
			continue
		}
		last := int(t.Say.Speech.End-1) / audio.FrameSamples
		into := audio.Rate48k.Duration(int64(t.Say.Speech.End) - int64(last)*audio.FrameSamples)
		ends[&t.Say.Packets[last][0]] = into
	}
	return &Dialer{agent: a, ends: ends}
}

// Dialer makes calls to an Agent.
type Dialer struct {
	agent Agent
	ends  map[*byte]time.Duration
	// Truth holds, after the call, the true TTFA of each reply: from the
	// caller's last voiced sample sent to the first sample of the agent's
	// clip arriving, without the transit.
	Truth []time.Duration
	// Closed reports whether the call was closed.
	Closed bool
}

// Dial opens the call.
func (d *Dialer) Dial(_ context.Context, start time.Time) (probe.Call, error) {
	if d.agent.DialError != nil {
		return nil, d.agent.DialError
	}
	ctx, cancel := context.WithCancel(context.Background())
	c := &call{dialer: d, start: start, ctx: ctx, cancel: cancel, events: make(chan probe.Event, 4096), say: make(chan line, 16)}
	c.emit(probe.Event{At: c.now(), Kind: probe.RoomCreated})
	c.emit(probe.Event{At: c.now(), Kind: probe.Joined})
	if !d.agent.NeverJoins {
		c.running.Go(c.agent)
	}
	return c, nil
}

// line is something to say at a time.
type line struct {
	at   time.Time
	clip audio.Clip
}

type call struct {
	dialer  *Dialer
	start   time.Time
	ctx     context.Context //nolint:containedctx // Its end is the end of the call.
	cancel  context.CancelFunc
	events  chan probe.Event
	say     chan line
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
	return nil
}

// Send hears the caller. The packet that carries the last voiced sample sets
// off the reply.
func (c *call) Send(packet []byte) (time.Duration, error) {
	sent := time.Now()
	a := c.dialer.agent
	into, last := c.dialer.ends[&packet[0]]
	if last && !a.NeverJoins {
		spoke := sent.Add(into)
		c.running.Go(func() { c.understand(a) })
		if len(a.Reply.Samples) > 0 {
			at := spoke.Add(a.ReplyAfter)
			c.say <- line{at, a.Reply}
			c.dialer.Truth = append(c.dialer.Truth, a.ReplyAfter)
		}
	}
	return sent.Sub(c.start), nil
}

func (c *call) understand(a Agent) {
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
	if a.States {
		c.emit(probe.Event{At: c.now(), Kind: probe.AgentState, Text: "thinking"})
	}
	tell(probe.AgentSpeaks, a.Says)
}

// agent joins, publishes a track and plays what it is told to, in packets of
// 20 ms that never stop.
func (c *call) agent() {
	a := c.dialer.agent
	if !c.wait(a.JoinAfter) {
		return
	}
	joined := time.Now()
	c.emit(probe.Event{At: c.now(), Kind: probe.AgentJoined, Participant: "agent"})
	if a.NeverSubscribes {
		return
	}
	c.emit(probe.Event{At: c.now(), Kind: probe.MicSubscribed})
	c.emit(probe.Event{At: c.now(), Kind: probe.TrackUp, Participant: "agent", Track: "TR", TrackName: probe.AgentTrackName})
	if len(a.Greeting.Samples) > 0 {
		c.say <- line{joined.Add(a.GreetAfter), a.Greeting}
	}
	after := func(d time.Duration, e probe.Event) {
		if d > 0 {
			c.running.Go(func() {
				if c.wait(d) {
					e.At = c.now()
					c.emit(e)
				}
			})
		}
	}
	after(a.LeavesAfter, probe.Event{Kind: probe.AgentWentAway, Participant: "agent", Text: "CLIENT_INITIATED"})
	after(a.DisconnectsAfter, probe.Event{Kind: probe.Disconnected, Text: "ROOM_DELETED"})
	c.speak(joined)
}

func (c *call) speak(joined time.Time) {
	a := c.dialer.agent
	enc, err := opus.NewEncoder(opus.EncoderConfig{Bitrate: 32000})
	if err != nil {
		panic(err)
	}
	var lines []line
	frame := make([]int16, audio.FrameSamples)
	for k := 0; ; k++ {
		at := joined.Add(time.Duration(k) * audio.FrameDuration)
		if !c.wait(time.Until(at)) {
			return
		}
		for len(c.say) > 0 {
			lines = append(lines, <-c.say)
		}
		fill(frame, lines, at, a.Gain)
		packet, err := enc.Encode(frame)
		if err != nil {
			panic(err)
		}
		if a.StopsAfter > 0 && time.Since(joined) > a.StopsAfter {
			return
		}
		c.deliver(uint16(k), packet) //nolint:gosec // Sequence numbers wrap.
	}
}

// fill mixes what is to be said in the 20 ms from at into frame.
func fill(frame []int16, lines []line, at time.Time, gain float64) {
	clear(frame)
	factor := amplitude(gain)
	for _, l := range lines {
		first := audio.Rate48k.Samples(at.Sub(l.at))
		for i := range frame {
			if j := first + int64(i); j >= 0 && j < int64(len(l.clip.Samples)) {
				frame[i] += int16(factor * float64(l.clip.Samples[j]))
			}
		}
	}
}

func (c *call) deliver(seq uint16, packet []byte) {
	p := playout.Packet{SSRC: 7, Sequence: seq, Timestamp: uint32(seq) * audio.FrameSamples, Payload: packet}
	arrive := func() {
		p.At = c.now()
		c.emit(probe.Event{At: p.At, Kind: probe.PacketIn, Participant: "agent", Track: "TR", Packet: &p})
	}
	transit := time.Duration(0)
	if c.dialer.agent.Transit != nil {
		transit = c.dialer.agent.Transit(seq)
	}
	if transit == 0 {
		arrive()
		return
	}
	c.running.Go(func() {
		if c.wait(transit) {
			arrive()
		}
	})
}
