package livekit

import (
	"context"
	"fmt"
	"time"

	protologger "github.com/livekit/protocol/logger"
	lksdk "github.com/livekit/server-sdk-go/v2"
	"github.com/pion/webrtc/v4"

	"callprobe/audio"
	"callprobe/probe"
)

// Dialer makes one call to a target. Its CallID is part of the room's and the
// caller's name.
type Dialer struct {
	Target Target
	CallID string
}

// Dial creates the room, joins it and publishes a microphone.
func (d Dialer) Dial(ctx context.Context, start time.Time) (probe.Call, error) {
	server := newAPI(d.Target)
	room := d.Target.RoomPrefix + d.CallID
	c := newCall(server, room, start)

	created := time.Since(start)
	if err := server.createRoom(ctx, room, d.CallID); err != nil {
		return nil, c.abandon(ctx, server.classify(probe.StageCreateRoom, err))
	}
	c.emit(probe.Event{At: created, Kind: probe.RoomCreated, Text: room})
	if err := c.join(ctx, d); err != nil {
		return nil, c.abandon(ctx, err)
	}
	return c, nil
}

// abandon cleans up after a failed dial and returns why it failed.
func (c *call) abandon(ctx context.Context, cause *probe.CallError) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanUpLimit)
	defer cancel()
	if !mayHaveRoom(cause) {
		return cause
	}
	// What fails for the same cause once more is said once.
	if err := c.Close(ctx); err != nil && unreachableRemedy(err) != cause.Remedy {
		cause.Err = fmt.Errorf("%w (and cleaning up failed: %w)", cause.Err, err)
	}
	return cause
}

// mayHaveRoom reports whether there may be a room to delete: not when the server
// refused to make one or was never reached, but when its answer did not come, and
// when it failed on the way: it asks for the agent after the room is made.
func mayHaveRoom(cause *probe.CallError) bool {
	return cause.Stage != probe.StageCreateRoom || !refused(cause.Err) && !unreached(cause.Err)
}

// cleanUpLimit bounds deleting the room after a failed dial.
const cleanUpLimit = 3 * time.Second

func (c *call) join(ctx context.Context, d Dialer) *probe.CallError {
	identity := d.Target.IdentityPrefix + d.CallID
	token, err := c.server.joinToken(c.room, identity, d.CallID)
	if err != nil {
		return &probe.CallError{Reason: probe.Unauthorized, Stage: probe.StageJoin, Err: err, Remedy: "check the API key and secret"}
	}
	c.identity = identity
	c.lk = lksdk.NewRoom(c.callbacks())
	c.lk.SetLogger(protologger.GetDiscardLogger())
	if err := c.handleStreams(); err != nil {
		return &probe.CallError{Reason: probe.MediaFailed, Stage: probe.StageJoin, Err: err}
	}
	// The SDK keeps the context for reconnecting, so it must outlive Dial.
	joinCtx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	c.cancel = cancel
	c.entered = make(chan struct{})
	opts := []lksdk.ConnectOption{
		lksdk.WithAutoSubscribe(true),
		lksdk.WithDisableRegionDiscovery(),
		lksdk.WithLogger(protologger.GetDiscardLogger()),
		lksdk.WithConnectTimeout(timeLeft(ctx)),
	}
	err = c.within(ctx, func() error {
		return c.enter(func() error { return c.lk.JoinWithContextAndToken(joinCtx, d.Target.URL, token, opts...) })
	})
	if ctx.Err() != nil {
		err = fmt.Errorf("join room: %w", context.Cause(ctx))
	}
	if err != nil {
		return c.server.classifyJoin(err, token)
	}
	c.emit(probe.Event{At: time.Since(c.start), Kind: probe.Joined, Participant: identity})
	c.alreadyHere()
	return c.publish(ctx)
}

func timeLeft(ctx context.Context) time.Duration {
	deadline, ok := ctx.Deadline()
	if !ok {
		return 10 * time.Second
	}
	// A little less, so that the SDK names the phase that was too slow.
	return max(time.Until(deadline)-200*time.Millisecond, time.Millisecond)
}

// publish puts up the caller's microphone. What is sent before the agent has
// subscribed to it is lost.
func (c *call) publish(ctx context.Context) *probe.CallError {
	track, err := webrtc.NewTrackLocalStaticRTP(webrtc.RTPCodecCapability{
		MimeType: webrtc.MimeTypeOpus, ClockRate: uint32(audio.Rate48k), Channels: opusChannels,
		SDPFmtpLine: "minptime=10;useinbandfec=1",
	}, "microphone", "callprobe")
	if err != nil {
		return &probe.CallError{Reason: probe.MediaFailed, Stage: probe.StagePublish, Err: fmt.Errorf("make track: %w", err)}
	}
	if err := c.within(ctx, func() error {
		_, err := c.lk.LocalParticipant.PublishTrack(track, &lksdk.TrackPublicationOptions{Name: "microphone", Source: microphone})
		return err
	}); err != nil {
		return &probe.CallError{Reason: probe.MediaFailed, Stage: probe.StagePublish, Err: fmt.Errorf("publish track: %w", err), Remedy: "look at the room server's log for this room"}
	}
	c.mic = track
	return nil
}
