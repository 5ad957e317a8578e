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
	// states remembers each agent's last state, for the attribute may be
	// told twice.
	mu     sync.Mutex
	states map[string]string
	hungUp bool
}

func newCall(server *api, room string, start time.Time) *call {
	return &call{
		server: server, room: room, start: start,
		events: make(chan probe.Event, 4096),
		done:   make(chan struct{}),
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
func (c *call) Send(packet []byte) (time.Duration, error) {
	c.packet.Payload = packet
	at := time.Since(c.start)
	err := c.mic.WriteRTP(&c.packet)
	c.packet.SequenceNumber++
	c.packet.Timestamp += audio.FrameSamples
	if err != nil {
		return 0, fmt.Errorf("write packet: %w", err)
	}
	return at, nil
}

// Close leaves the room, deletes it and waits for the readers.
func (c *call) Close(ctx context.Context) error {
	c.mu.Lock()
	c.hungUp = true
	c.mu.Unlock()
	close(c.done)
	if c.lk != nil {
		c.lk.Disconnect()
	}
	if c.cancel != nil {
		c.cancel()
	}
	err := c.server.deleteRoom(ctx, c.room)
	if err != nil {
		err = fmt.Errorf("delete room %s: %w", c.room, c.server.redact(err))
	}
	ended := make(chan struct{})
	go func() {
		c.readers.Wait()
		close(ended)
	}()
	select {
	case <-ended:
	case <-ctx.Done():
		err = errors.Join(err, fmt.Errorf("wait for media to stop: %w", ctx.Err()))
	}
	return err
}

// startReader starts fn unless the call is over, and lets Close wait for it.
func (c *call) startReader(fn func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.hungUp {
		c.readers.Go(fn)
	}
}
