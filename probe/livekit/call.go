package livekit

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/livekit/protocol/livekit"
	lksdk "github.com/livekit/server-sdk-go/v2"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"callprobe/audio"
	"callprobe/probe"
)

const microphone = livekit.TrackSource_MICROPHONE

// opusChannels is what RTP says of every Opus stream, mono ones too (RFC 7587,
// section 4.1).
const opusChannels = 2

// opusPayloadType is replaced by the negotiated one when the packet is sent.
const opusPayloadType = 111

// call is one call in a LiveKit room.
type call struct {
	server   *api
	room     string
	identity string
	start    time.Time
	lk       *lksdk.Room
	mic      *webrtc.TrackLocalStaticRTP
	cancel   context.CancelFunc
	events   chan probe.Event
	done     chan struct{}
	readers  sync.WaitGroup
	packet   rtp.Packet
	// agents holds those that are in the room and states the last state of
	// each: both may be told twice.
	mu     sync.Mutex
	agents map[string]bool
	states map[string]string
	hungUp bool
	// dialed is set, and entered closed, when the SDK has finished joining,
	// well or not. entered is nil before it begins.
	dialed  bool
	entered chan struct{}
}

func newCall(server *api, room string, start time.Time) *call {
	return &call{
		server: server, room: room, start: start,
		events: make(chan probe.Event, 4096),
		done:   make(chan struct{}),
		agents: map[string]bool{},
		states: map[string]string{},
		packet: rtp.Packet{Header: rtp.Header{Version: 2, PayloadType: opusPayloadType}},
	}
}

// Room returns the room's name.
func (c *call) Room() string { return c.room }

// Events returns what happens in the room.
func (c *call) Events() <-chan probe.Event { return c.events }

// emit hands on an event unless the call is over.
func (c *call) emit(e probe.Event) {
	select {
	case c.events <- e:
	case <-c.done:
	}
}

// Send puts the next 20 ms on the wire.
func (c *call) Send(packet []byte) (before, after time.Duration, err error) {
	c.packet.Payload = packet
	before = time.Since(c.start)
	err = c.mic.WriteRTP(&c.packet)
	after = time.Since(c.start)
	c.packet.SequenceNumber++
	c.packet.Timestamp += audio.FrameSamples
	if err != nil {
		return 0, 0, fmt.Errorf("write packet: %w", err)
	}
	return before, after, nil
}

// joinGrace is how long a join under way may go on when the call is over: left
// well, it leaves nothing behind.
const joinGrace = time.Second

// How often, and with which pauses, a room is looked for that was deleted
// before its agent came.
const (
	lateAgentLooks = 5
	lateAgentPause = 200 * time.Millisecond
)

// Close leaves the room, deletes it and waits for the readers.
func (c *call) Close(ctx context.Context) error {
	c.mu.Lock()
	c.hungUp = true
	dialed, joining := c.dialed, c.entered != nil && !c.dialed
	c.mu.Unlock()
	close(c.done)
	switch {
	case dialed:
		c.lk.Disconnect()
	case joining:
		joining = !c.awaitJoin(ctx)
	}
	if c.cancel != nil {
		c.cancel()
	}
	err := c.deleteRoom(ctx)
	if !c.awaitReaders(ctx) {
		return errors.Join(err, fmt.Errorf("wait for media to stop: %w", ctx.Err()))
	}
	if joining {
		// The join may have come to the server after the room was deleted,
		// and made it anew.
		return c.deleteRoom(ctx)
	}
	if err == nil && !c.sawAgent() {
		return c.outlastAgent(ctx)
	}
	return err
}

func (c *call) sawAgent() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.agents) > 0
}

// outlastAgent watches a room that was deleted before its agent came: the
// agent's join may be under way and make the room anew, without our marks and
// with an agent in it that waits for nobody.
func (c *call) outlastAgent(ctx context.Context) error {
	for range lateAgentLooks {
		select {
		case <-time.After(lateAgentPause):
		case <-ctx.Done():
			return nil
		}
		there, err := c.server.roomExists(ctx, c.room)
		if err != nil {
			return nil //nolint:nilerr // The room was deleted; this is for good measure.
		}
		if there {
			return c.deleteRoom(ctx)
		}
	}
	return nil
}

func (c *call) deleteRoom(ctx context.Context) error {
	if err := c.server.deleteRoom(ctx, c.room); err != nil {
		return fmt.Errorf("delete room %s: %w", c.room, c.server.redact(err))
	}
	return nil
}

// awaitJoin gives a join under way a moment and reports whether it ended.
func (c *call) awaitJoin(ctx context.Context) bool {
	grace := time.NewTimer(joinGrace)
	defer grace.Stop()
	select {
	case <-c.entered:
		return true
	case <-grace.C:
	case <-ctx.Done():
	}
	return false
}

// awaitReaders reports whether all readers ended before ctx did.
func (c *call) awaitReaders(ctx context.Context) bool {
	ended := make(chan struct{})
	go func() {
		c.readers.Wait()
		close(ended)
	}()
	select {
	case <-ended:
		return true
	case <-ctx.Done():
	}
	select {
	case <-ended:
		return true
	default:
		return false
	}
}

// enter joins the room, and leaves it at once when the call was over meanwhile:
// the SDK must not be told to leave while it joins.
func (c *call) enter(join func() error) error {
	defer close(c.entered)
	err := join()
	c.mu.Lock()
	c.dialed = true
	over := c.hungUp
	c.mu.Unlock()
	if over {
		c.lk.Disconnect()
	}
	return err
}

// within waits for fn until ctx ends: the SDK heeds no context in all that it
// waits for. Close waits for what is left of fn.
func (c *call) within(ctx context.Context, fn func() error) error {
	done := make(chan error, 1)
	c.startReader(func() { done <- fn() })
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// startReader starts fn unless the call is over, and lets Close wait for it.
func (c *call) startReader(fn func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.hungUp {
		c.readers.Go(fn)
	}
}
