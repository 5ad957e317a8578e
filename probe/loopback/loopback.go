// Package loopback makes calls over a virtual network inside the process: two
// WebRTC peers with ICE, DTLS and SRTP, real Opus in real RTP, and no socket.
// At the far end is an agent that answers each utterance after a known time and
// tells how long that really took. It is what a prober can prove itself on where
// no room server is at hand; a room server and an SDK are not part of it.
//
//	caller (package probe)                        agent (this package)
//	  Send ── Opus, RTP, SRTP ── vnet ──►  knows the packet with the last
//	                                       voiced sample when it arrives
//	  Events ◄──────────────────── vnet ── says Reply after Delay, and tells
//	                                       the time between the two
package loopback

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/pion/webrtc/v4"

	"callprobe/audio"
	"callprobe/probe"
)

// Identity is the agent's name in events.
const Identity = "loopback-agent"

// Dialer makes calls that are answered by an agent of known delay.
type Dialer struct {
	// Plan is what the caller will say: the agent knows the packets of its
	// utterances.
	Plan probe.Plan
	// Reply is what the agent says to each utterance.
	Reply probe.Utterance
	// Delay is from the arrival of the caller's last voiced sample at the agent
	// to the first voiced sample of its reply written. The reply leaves with
	// the first packet that can carry it; the time it really took is reported
	// in each turn as the agent's own figure.
	Delay time.Duration
}

// connectLimit bounds setting up the two peers.
const connectLimit = 10 * time.Second

// Dial connects the two peers.
func (d Dialer) Dial(ctx context.Context, start time.Time) (probe.Call, error) {
	ctx, cancel := context.WithTimeout(ctx, connectLimit)
	defer cancel()
	c, err := d.dial(ctx, start)
	if err != nil {
		return nil, &probe.CallError{Reason: probe.MediaFailed, Stage: probe.StageJoin, Err: fmt.Errorf("connect over the virtual network: %w", err)}
	}
	return c, nil
}

func (d Dialer) dial(ctx context.Context, start time.Time) (*call, error) {
	agent, err := newAgent(d)
	if err != nil {
		return nil, err
	}
	network, err := newNetwork()
	if err != nil {
		return nil, err
	}
	c := &call{
		start: start, network: network, agent: agent,
		events: make(chan probe.Event, 4096), done: make(chan struct{}),
	}
	agent.call = c
	c.emit(probe.Event{At: time.Since(start), Kind: probe.RoomCreated})
	if err := c.connect(ctx); err != nil {
		return nil, errors.Join(err, c.Close(context.WithoutCancel(ctx)))
	}
	c.emit(probe.Event{At: time.Since(start), Kind: probe.Joined})
	c.emit(probe.Event{At: time.Since(start), Kind: probe.AgentJoined, Participant: Identity})
	c.run(agent.speak)
	return c, nil
}

// call is one call over the virtual network.
type call struct {
	start   time.Time
	network *network
	agent   *agent
	mic     *microphone
	events  chan probe.Event
	done    chan struct{}

	mu      sync.Mutex
	over    bool
	running sync.WaitGroup
}

// connect puts up both tracks and waits until media can flow.
func (c *call) connect(ctx context.Context) error {
	caller, agent := c.network.caller, c.network.agent
	var err error
	if c.mic, err = newMicrophone(caller, "microphone"); err != nil {
		return err
	}
	if c.agent.mouth, err = newMicrophone(agent, probe.AgentTrackName); err != nil {
		return err
	}
	agent.OnTrack(func(track *webrtc.TrackRemote, _ *webrtc.RTPReceiver) {
		c.emit(probe.Event{At: time.Since(c.start), Kind: probe.MicSubscribed})
		c.run(func() { c.agent.listen(track) })
	})
	caller.OnTrack(func(track *webrtc.TrackRemote, _ *webrtc.RTPReceiver) {
		c.emit(probe.Event{At: time.Since(c.start), Kind: probe.TrackUp, Participant: Identity, Track: track.ID(), TrackName: track.StreamID()})
		c.run(func() { c.hear(track) })
	})
	return c.network.connect(ctx)
}

// Room names the call's place for people.
func (c *call) Room() string { return "virtual network" }

// Events returns what happens in the call.
func (c *call) Events() <-chan probe.Event { return c.events }

// Send puts the next 20 ms of the caller on the virtual wire.
func (c *call) Send(packet []byte) (before, after time.Duration, err error) {
	before = time.Since(c.start)
	err = c.mic.write(packet)
	return before, time.Since(c.start), err
}

// Close hangs up and waits for everything that runs.
func (c *call) Close(context.Context) error {
	c.mu.Lock()
	over := c.over
	c.over = true
	c.mu.Unlock()
	if over {
		return nil
	}
	close(c.done)
	err := c.network.close()
	c.running.Wait()
	return err
}

// run starts fn unless the call is over, and lets Close wait for it.
func (c *call) run(fn func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.over {
		c.running.Go(fn)
	}
}

func (c *call) emit(e probe.Event) {
	select {
	case c.events <- e:
	case <-c.done:
	}
}

// hear hands on the agent's packets, each stamped as soon as it is read.
func (c *call) hear(track *webrtc.TrackRemote) {
	for {
		p, _, err := track.ReadRTP()
		at := time.Since(c.start)
		if err != nil {
			c.emit(probe.Event{At: at, Kind: probe.TrackDown, Participant: Identity, Track: track.ID()})
			return
		}
		c.emit(packetEvent(at, track.ID(), p))
	}
}

// frameTime is when frame k of a sender that began at start is due.
func frameTime(start time.Time, k int64) time.Time {
	return start.Add(time.Duration(k) * audio.FrameDuration)
}
