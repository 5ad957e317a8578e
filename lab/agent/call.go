package agent

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/livekit/protocol/livekit"
	"github.com/livekit/protocol/livekit/agent"
	"github.com/livekit/protocol/logger"
	lksdk "github.com/livekit/server-sdk-go/v2"
	"github.com/pion/webrtc/v4"

	"callprobe/lab/fault"
	"callprobe/lab/truth"
	"callprobe/lab/worker"
)

// longestCall bounds a call: an agent that nobody hangs up on leaves.
const longestCall = 30 * time.Minute

// joinTimeout bounds the time from the start of the join to the moment the
// room is entered.
const joinTimeout = 5 * time.Second

// eventQueue is how many events of one kind may wait for the call's loop.
const eventQueue = 256

// call is one call. One goroutine, that of run, owns it.
type call struct {
	opts     *Options
	job      worker.Job
	fault    fault.Fault
	roomName string

	room     *lksdk.Room
	line     *line // The connection that can be cut; nil without a fault.
	trackID  string
	mouth    *mouth
	wire     *wire
	reporter *reporter
	agenda   agenda
	helpers  sync.WaitGroup

	happened chan roomEvent
	spoke    chan spokeEvent
	heard    chan hearEvent
	requests chan []byte

	state     agent.AgentState
	userState agent.UserState
	caller    string
	callerMic string // The track's id.
	greeted   bool
	turn      int
	dialog    dialog
	segment   *segment // Of what the caller is saying; nil until guessed.
	over      bool
	hung      bool // Never to be heard from again, though connected.
}

// roomEvent is something that happened in the room.
type roomEvent struct {
	kind   roomEventKind
	who    string
	mic    string
	remote *webrtc.TrackRemote
}

type roomEventKind int

const (
	subscribed roomEventKind = iota // The caller hears our track.
	micUp
	wentAway
	disconnected
)

func newCall(opts *Options, job worker.Job, f fault.Fault) *call {
	return &call{
		opts:     opts,
		job:      job,
		fault:    f,
		roomName: job.GetRoom().GetName(),
		happened: make(chan roomEvent, eventQueue),
		spoke:    make(chan spokeEvent, eventQueue),
		heard:    make(chan hearEvent, eventQueue),
		requests: make(chan []byte, eventQueue),
	}
}

// run joins, talks, and returns when the call is over and nothing of it runs
// any more.
func (c *call) run(ctx context.Context) (err error) {
	ctx, cancel := context.WithTimeout(ctx, longestCall)
	defer c.helpers.Wait()
	defer cancel()
	if err := c.join(ctx); err != nil {
		return err
	}
	defer c.leave()
	if err := c.publish(ctx); err != nil {
		return err
	}
	c.schedule(ctx)
	c.loop(ctx)
	return nil
}

// join enters the room.
func (c *call) join(ctx context.Context) error {
	url := c.job.URL
	if c.fault.DieAfter != nil {
		l, err := newLine(ctx, url)
		if err != nil {
			return fmt.Errorf("join room: %w", err)
		}
		c.line, url = l, l.url
	}
	c.room = lksdk.NewRoom(c.callbacks(ctx))
	if err := c.room.RegisterByteStreamHandler(sessionTopic, c.takeRequest(ctx)); err != nil {
		return fmt.Errorf("join room: %w", err)
	}
	err := c.room.JoinWithContextAndToken(ctx, url, c.job.Token,
		lksdk.WithConnectTimeout(joinTimeout), lksdk.WithLogger(logger.GetDiscardLogger()),
		lksdk.WithDisableRegionDiscovery())
	if err != nil {
		if c.line != nil {
			c.line.cut()
		}
		return fmt.Errorf("join room %q: %w", c.roomName, err)
	}
	c.note("joined", "")
	c.wire = newWire(c.room)
	c.helpers.Go(func() {
		c.wire.run(ctx, func(err error) { c.opts.Log.Debug("data lost", "room", c.roomName, "err", err) })
	})
	c.reporter = &reporter{wire: c.wire, off: c.fault.NoSession}
	c.room.LocalParticipant.SetAttributes(map[string]string{attrName: c.opts.Name, attrState: "initializing"})
	return nil
}

// publish puts the agent's track up and lets it send silence.
func (c *call) publish(ctx context.Context) error {
	track, err := newTrack("agent-" + c.job.GetId())
	if err != nil {
		return err
	}
	src, err := c.source()
	if err != nil {
		return err
	}
	pub, err := c.room.LocalParticipant.PublishTrack(track, &lksdk.TrackPublicationOptions{
		Name: "roomio_audio", Source: livekit.TrackSource_MICROPHONE,
	})
	if err != nil {
		return fmt.Errorf("publish track: %w", err)
	}
	c.trackID = pub.SID()
	c.note("track_published", c.trackID)
	c.mouth = &mouth{track: track, takes: c.opts.Takes, source: src, spoke: c.spoke}
	c.helpers.Go(func() {
		seq, ts := uint16(rand.Uint32()), rand.Uint32()
		if err := c.mouth.run(ctx, seq, ts); err != nil && !errors.Is(err, io.ErrClosedPipe) {
			c.opts.Log.Warn("stopped sending audio", "room", c.roomName, "err", err)
		}
	})
	c.setState(agent.AgentState_AS_LISTENING)
	return nil
}

// leave ends the connection, with a farewell unless the line was cut.
func (c *call) leave() {
	c.room.Disconnect()
	if c.line != nil {
		c.line.cut()
	}
	for _, s := range c.dialog.unsettled {
		c.writeEnd(s)
	}
	if !c.over {
		c.note("left", "")
	}
}

func (c *call) loop(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for !c.over {
		timer.Reset(c.agenda.next(time.Now()))
		select {
		case <-ctx.Done():
			return
		case e := <-c.happened:
			c.onRoom(ctx, e)
		case e := <-c.heard:
			c.onHeard(e)
		case e := <-c.spoke:
			c.onSpoke(e)
		case data := <-c.requests:
			if !c.hung {
				c.check("answer request", c.reporter.answer(data, c.state))
			}
		case <-timer.C:
			c.agenda.run(time.Now())
		}
	}
}

func (c *call) onRoom(ctx context.Context, e roomEvent) {
	switch e.kind {
	case subscribed:
		c.note("track_subscribed", "")
		c.greet()
	case micUp:
		c.hear(ctx, e)
	case wentAway:
		if e.who == c.caller {
			c.note("caller_left", "")
			c.mouth.stop()
		}
	case disconnected:
		c.note("disconnected", c.room.DisconnectReason().String())
		c.over = true
	}
}

// schedule plans the faults that end a call.
func (c *call) schedule(ctx context.Context) {
	now := time.Now()
	if d := c.fault.LeaveAfter; d != nil {
		c.agenda.add(now.Add(time.Duration(*d)), func() {
			c.note("left", "")
			c.over = true
		})
	}
	if d := c.fault.DieAfter; d != nil {
		c.agenda.add(now.Add(time.Duration(*d)), func() {
			c.note("died", "")
			c.line.cut()
			silence(c.room.LocalParticipant)
			c.over = true
		})
	}
	if d := c.fault.CloseRoomAfter; d != nil {
		c.agenda.add(now.Add(time.Duration(*d)), func() { c.deleteRoom(ctx) })
	}
}

func (c *call) deleteRoom(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, joinTimeout)
	defer cancel()
	c.note("room_deleted", "")
	client := lksdk.NewRoomServiceClient(c.job.URL, c.opts.APIKey, c.opts.APISecret)
	_, err := client.DeleteRoom(ctx, &livekit.DeleteRoomRequest{Room: c.roomName})
	c.check("delete room", err)
}

// setState publishes the agent's state as an attribute and a session event.
func (c *call) setState(s agent.AgentState) {
	if s == c.state {
		return
	}
	names := map[agent.AgentState]string{
		agent.AgentState_AS_LISTENING: "listening",
		agent.AgentState_AS_THINKING:  "thinking",
		agent.AgentState_AS_SPEAKING:  "speaking",
	}
	c.room.LocalParticipant.SetAttributes(map[string]string{attrState: names[s]})
	c.check("report state", c.reporter.agentState(c.state, s))
	c.state = s
}

func (c *call) note(event, text string) {
	c.opts.Truth.Write(truth.Note{
		Event: event, Room: c.roomName, Job: c.job.GetId(), At: c.opts.Truth.Since(time.Now()), Text: text,
	})
}

// check logs what went wrong in a call that goes on.
func (c *call) check(operation string, err error) {
	if err != nil && !c.over {
		c.opts.Log.Warn("agent could not do something", "operation", operation, "room", c.roomName, "err", err)
	}
}

// source chooses how the agent's audio is made: from packets that are ready
// where there is nothing to mix.
func (c *call) source() (source, error) {
	useDTX := c.fault.DTX == nil || *c.fault.DTX
	if c.fault.ComfortNoise != nil || c.fault.BackgroundNoise != nil || c.fault.ClickBeforeReply != nil {
		return newLiveSource(c.fault.ComfortNoise, c.fault.BackgroundNoise, useDTX, c.fault.DigitalSilence, rand.Uint64())
	}
	return newReadySource(useDTX, c.fault.DigitalSilence)
}
