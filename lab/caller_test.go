package main

import (
	"context"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/livekit/protocol/auth"
	"github.com/livekit/protocol/livekit"
	"github.com/livekit/protocol/logger"
	lksdk "github.com/livekit/server-sdk-go/v2"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"callprobe/audio"
	"callprobe/audio/opus"
	"callprobe/audio/vad"
	"callprobe/lab/truth"
)

// caller is a caller of the test's own, so that the lab is not tested by what
// it is there to test. Its clock is that of the test.
type caller struct {
	t     testing.TB
	ready truth.Ready
	room  *lksdk.Room
	name  string
	track *webrtc.TrackLocalStaticRTP
	mic   string

	silent chan struct{} // Closed to hang up.
	sender sync.WaitGroup
	say    chan spoken

	mu          sync.Mutex
	changed     *sync.Cond
	subscribed  bool
	packets     []received
	transcripts []transcript
	attributes  []map[string]string
	gone        []string
	reason      livekit.DisconnectReason
	over, lost  bool
}

// spoken is an utterance to play and where to say when it was played.
type spoken struct {
	packets [][]byte
	at      chan time.Time // The send time of packet 0.
}

type received struct {
	at  time.Time
	rtp *rtp.Packet
}

type transcript struct {
	at           time.Time
	sender, text string
	attributes   map[string]string
}

// dial makes a room, asks for the agent with the given metadata, joins and
// publishes a microphone that sends silence.
func dial(t testing.TB, lab *running, metadata string) (*caller, of) {
	t.Helper()
	ready := lab.ready
	c := &caller{
		t: t, ready: ready, name: "room-" + strings.ToLower(t.Name()) + time.Now().Format("-150405.000000"),
		silent: make(chan struct{}), say: make(chan spoken),
	}
	c.changed = sync.NewCond(&c.mu)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	rooms := lksdk.NewRoomServiceClient(ready.URL, ready.APIKey, ready.APISecret)
	if _, err := rooms.CreateRoom(ctx, &livekit.CreateRoomRequest{Name: c.name, EmptyTimeout: 10, DepartureTimeout: 1}); err != nil {
		t.Fatal(err)
	}
	dispatches := lksdk.NewAgentDispatchServiceClient(ready.URL, ready.APIKey, ready.APISecret)
	if _, err := dispatches.CreateDispatch(ctx, &livekit.CreateAgentDispatchRequest{
		Room: c.name, AgentName: "reference", Metadata: metadata,
	}); err != nil {
		t.Fatal(err)
	}
	c.join(ctx)
	t.Cleanup(c.hangUp)
	return c, of{t, lab, c.name}
}

func (c *caller) join(ctx context.Context) {
	c.t.Helper()
	token, err := auth.NewAccessToken(c.ready.APIKey, c.ready.APISecret).SetIdentity("caller").
		SetVideoGrant(&auth.VideoGrant{RoomJoin: true, Room: c.name}).ToJWT()
	if err != nil {
		c.t.Fatal(err)
	}
	c.room = lksdk.NewRoom(c.callbacks())
	if err := c.room.RegisterTextStreamHandler("lk.transcription", c.onText); err != nil {
		c.t.Fatal(err)
	}
	if err := c.room.JoinWithContextAndToken(ctx, c.ready.URL, token, lksdk.WithLogger(logger.GetDiscardLogger())); err != nil {
		c.t.Fatal(err)
	}
	c.track, err = webrtc.NewTrackLocalStaticRTP(webrtc.RTPCodecCapability{
		MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2,
	}, "mic", "mic")
	if err != nil {
		c.t.Fatal(err)
	}
	pub, err := c.room.LocalParticipant.PublishTrack(c.track, &lksdk.TrackPublicationOptions{Source: livekit.TrackSource_MICROPHONE})
	if err != nil {
		c.t.Fatal(err)
	}
	c.mic = pub.SID()
	c.sender.Go(c.send)
}

func (c *caller) callbacks() *lksdk.RoomCallback {
	update := func(f func()) {
		c.mu.Lock()
		f()
		c.changed.Broadcast()
		c.mu.Unlock()
	}
	return &lksdk.RoomCallback{
		OnDisconnected: func() {
			update(func() { c.over, c.reason = true, c.room.DisconnectReason() })
		},
		OnReconnecting: func() { update(func() { c.lost = true }) },
		OnParticipantDisconnected: func(p *lksdk.RemoteParticipant) {
			update(func() { c.gone = append(c.gone, p.Identity()) })
		},
		OnLocalTrackSubscribed: func(*lksdk.LocalTrackPublication, *lksdk.LocalParticipant) {
			update(func() { c.subscribed = true })
		},
		ParticipantCallback: lksdk.ParticipantCallback{
			OnAttributesChanged: func(changed map[string]string, _ lksdk.Participant) {
				update(func() { c.attributes = append(c.attributes, changed) })
			},
			OnTrackSubscribed: func(track *webrtc.TrackRemote, _ *lksdk.RemoteTrackPublication, _ *lksdk.RemoteParticipant) {
				go func() {
					for {
						p, _, err := track.ReadRTP()
						if err != nil {
							return
						}
						at := time.Now()
						update(func() { c.packets = append(c.packets, received{at, p}) })
					}
				}()
			},
		},
	}
}

func (c *caller) onText(r *lksdk.TextStreamReader, sender string) {
	go func() {
		text, err := io.ReadAll(r)
		if err != nil {
			return
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.transcripts = append(c.transcripts, transcript{time.Now(), sender, string(text), r.Info.Attributes})
		c.changed.Broadcast()
	}()
}

// send paces the caller's packets: silence, and utterances as they come.
func (c *caller) send() {
	silence, err := opus.NewEncoder(opus.EncoderConfig{})
	if err != nil {
		return
	}
	quiet, err := silence.Encode(make([]int16, opus.FrameSamples))
	if err != nil {
		return
	}
	start := time.Now()
	timer := time.NewTimer(0)
	defer timer.Stop()
	var queue [][]byte
	var tell chan time.Time
	for k := 0; ; k++ {
		timer.Reset(time.Until(start.Add(time.Duration(k) * audio.FrameDuration)))
		select {
		case <-c.silent:
			return
		case <-timer.C:
		}
		select {
		case s := <-c.say:
			queue, tell = s.packets, s.at
		default:
		}
		payload := quiet
		if len(queue) > 0 {
			payload, queue = queue[0], queue[1:]
		}
		at := time.Now()
		_ = c.track.WriteRTP(&rtp.Packet{
			Header:  rtp.Header{Version: 2, PayloadType: 111, SequenceNumber: uint16(k), Timestamp: uint32(k * audio.FrameSamples)},
			Payload: payload,
		})
		if tell != nil {
			tell <- at
			tell = nil
		}
	}
}

// speak plays an utterance and returns when its last voiced sample left.
func (c *caller) speak(clip audio.Clip) time.Time {
	c.t.Helper()
	span, ok := vad.SpeechByDefinition(clip)
	if !ok {
		c.t.Fatal("the clip holds no speech")
	}
	packets, err := opus.EncodeClip(clip, opus.EncoderConfig{})
	if err != nil {
		c.t.Fatal(err)
	}
	at := make(chan time.Time, 1)
	select {
	case c.say <- spoken{packets, at}:
	case <-time.After(5 * time.Second):
		c.t.Fatal("the caller's pacing stands still")
	}
	return (<-at).Add(audio.Rate48k.Duration(int64(span.End)))
}

// until waits for a condition on what was received.
func (c *caller) until(what string, limit time.Duration, ok func() bool) {
	c.t.Helper()
	stop := time.AfterFunc(limit, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.changed.Broadcast()
	})
	defer stop.Stop()
	deadline := time.Now().Add(limit)
	c.mu.Lock()
	defer c.mu.Unlock()
	for !ok() {
		if !time.Now().Before(deadline) {
			c.t.Fatalf("%s: not within %s", what, limit)
		}
		c.changed.Wait()
	}
}

// state waits until the agent says that it is in a state.
func (c *caller) state(want string, limit time.Duration) {
	c.t.Helper()
	c.until("agent is "+want, limit, func() bool {
		return slices.ContainsFunc(c.attributes, func(a map[string]string) bool { return a["lk.agent.state"] == want })
	})
}

// texts returns the final transcripts of a sender.
func (c *caller) texts(sender, final string) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var texts []string
	for _, t := range c.transcripts {
		if t.sender == sender && t.attributes["lk.transcription_final"] == final {
			texts = append(texts, t.text)
		}
	}
	return texts
}

// audible returns when the agent's speech after a moment began, decoded and
// dated by the test itself: by RTP time over the earliest arrival, as a
// listener without jitter has it.
func (c *caller) audible(after time.Time) (time.Time, bool) {
	c.t.Helper()
	c.mu.Lock()
	packets := slices.Clone(c.packets)
	c.mu.Unlock()
	dec, err := opus.NewDecoder()
	if err != nil {
		c.t.Fatal(err)
	}
	var zero time.Time
	since := func(p received) time.Duration {
		return audio.Rate48k.Duration(int64(int32(p.rtp.Timestamp - packets[0].rtp.Timestamp)))
	}
	for i, p := range packets {
		if at := p.at.Add(-since(p)); i == 0 || at.Before(zero) {
			zero = at
		}
	}
	pcm := make([]int16, opus.MaxPacketSamples)
	for _, p := range packets {
		n, err := dec.Decode(p.rtp.Payload, pcm)
		at := zero.Add(since(p))
		if err != nil || at.Before(after) {
			continue
		}
		for i, s := range pcm[:n] {
			if s > loud || s < -loud {
				return at.Add(audio.Rate48k.Duration(int64(i))), true
			}
		}
	}
	return time.Time{}, false
}

// loud is what the test takes for the first sample of speech.
const loud = 300

// interimsBefore counts the transcripts of the caller's words that came before
// a moment.
func (c *caller) interimsBefore(end time.Time) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for _, t := range c.transcripts {
		if t.sender == "caller" && t.at.Before(end) {
			n++
		}
	}
	return n
}

func (c *caller) hangUp() {
	select {
	case <-c.silent:
		return
	default:
	}
	close(c.silent)
	c.sender.Wait()
	c.room.Disconnect()
}
