package agent

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"callprobe/audio"
	"callprobe/lab/voice"
)

// opusPayloadType is what WebRTC stacks give to Opus by custom; the track
// replaces it by what was negotiated.
const opusPayloadType = 111

// mouth sends the agent's audio: frame k leaves at start + k*20 ms, and speech
// is laid onto that grid of samples. Its methods may be called by any
// goroutine; run is called once.
type mouth struct {
	track  *webrtc.TrackLocalStaticRTP
	takes  *voice.Takes
	source source
	// spoke receives what becomes of each speech; it is never blocked on for
	// long, because its reader does nothing slow.
	spoke chan<- spokeEvent

	mu      sync.Mutex
	start   time.Time     // Zero until the first frame is due.
	next    int64         // The first frame that is not yet made.
	written time.Time     // When the frame before it was written.
	least   time.Duration // The least lateness of a frame so far.
	current *speech
}

// speech is one take on the mouth's timeline.
type speech struct {
	take  *voice.Take
	turn  int
	first int64 // The frame at which the take's first packet leaves.
	// planned is when the first voiced sample is meant to leave.
	planned time.Time
	// click is the sample at which a click is heard, negative for none.
	click          int64
	started, ended bool
	// sent is one past the last sample of the take that was sent.
	sent int64
}

// spokeEvent says that a speech began or ended. At is when its first voiced
// sample left, or one past the last that did.
type spokeEvent struct {
	speech      *speech
	at          time.Time
	ended       bool
	interrupted bool
	// silent says that the speech was cut before its first voiced sample.
	silent bool
}

// newTrack returns the track that a mouth writes to.
func newTrack(id string) (*webrtc.TrackLocalStaticRTP, error) {
	capability := webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus, ClockRate: uint32(audio.Rate48k), Channels: 2}
	track, err := webrtc.NewTrackLocalStaticRTP(capability, id, "roomio_audio")
	if err != nil {
		return nil, fmt.Errorf("make track: %w", err)
	}
	return track, nil
}

// run sends frames until ctx ends. A frame that is due is never skipped: after
// a stall the late ones leave together, as from any sender with a clock of
// samples.
func (m *mouth) run(ctx context.Context, seq uint16, ts uint32) error {
	m.mu.Lock()
	m.start = time.Now()
	m.mu.Unlock()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for k := int64(0); ; k++ {
		timer.Reset(time.Until(m.start.Add(time.Duration(k) * audio.FrameDuration)))
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
		}
		payload, event, err := m.frame(k)
		if err != nil {
			return err
		}
		at := time.Now()
		if payload != nil {
			packet := &rtp.Packet{
				Header: rtp.Header{
					Version:        2,
					PayloadType:    opusPayloadType,
					SequenceNumber: seq,
					Timestamp:      ts + uint32(k*audio.FrameSamples),
				},
				Payload: payload,
			}
			if err := m.track.WriteRTP(packet); err != nil && ctx.Err() == nil {
				return fmt.Errorf("send audio: %w", err)
			}
			seq++
		}
		m.mu.Lock()
		late := at.Sub(m.start) - time.Duration(k)*audio.FrameDuration
		if k == 0 || late < m.least {
			m.least = late
		}
		m.written = at
		m.mu.Unlock()
		m.report(ctx, event, at)
	}
}

// frame makes frame k and says what begins or ends in it. The event's time is
// still relative to the frame's write.
func (m *mouth) frame(k int64) ([]byte, spokeEvent, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.next = k + 1
	s := m.current
	if s == nil || k < s.first {
		payload, err := m.source.silence(k, s)
		return payload, spokeEvent{}, err
	}
	payload, err := m.source.speech(k, s, k-s.first)
	if err != nil {
		return nil, spokeEvent{}, err
	}
	return payload, m.advance(s, k-s.first), nil
}

// advance notes that packet i of s is about to leave.
func (m *mouth) advance(s *speech, i int64) spokeEvent {
	from, to := i*audio.FrameSamples, (i+1)*audio.FrameSamples
	s.sent = to
	if i == s.take.Frames-1 {
		m.current = nil
	}
	switch {
	case !s.started && s.take.Onset < to:
		s.started = true
		return spokeEvent{speech: s, at: time.Time{}.Add(audio.Rate48k.Duration(s.take.Onset - from))}
	case !s.ended && s.take.Offset <= to:
		s.ended = true
		return spokeEvent{speech: s, ended: true, at: time.Time{}.Add(audio.Rate48k.Duration(s.take.Offset - from))}
	}
	return spokeEvent{}
}

// report hands on an event whose frame was written at the given time.
func (m *mouth) report(ctx context.Context, e spokeEvent, written time.Time) {
	if e.speech == nil {
		return
	}
	e.at = written.Add(e.at.Sub(time.Time{}))
	select {
	case m.spoke <- e:
	case <-ctx.Done():
	}
}

// say plans rec so that its first voiced sample leaves at the given time, or
// as soon after it as can be. What is being said is replaced. It reports false
// when the mouth does not yet run.
func (m *mouth) say(rec *voice.Recording, turn int, at time.Time, clickBefore time.Duration) (*speech, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.start.IsZero() {
		return nil, false
	}
	m.cut()
	onset := audio.Rate48k.Samples(at.Sub(m.start))
	head := int64(rec.Speech.Start) + lookahead
	// The take's packets must not begin before the next frame.
	pos := max(onset-head, m.next*audio.FrameSamples)
	first := pos / audio.FrameSamples
	take := m.takes.Get(rec, pos-first*audio.FrameSamples)
	s := &speech{take: take, turn: turn, first: first, click: -1}
	voiced := first*audio.FrameSamples + take.Onset
	s.planned = m.start.Add(audio.Rate48k.Duration(voiced))
	if clickBefore > 0 {
		s.click = max(0, voiced-lookahead-audio.Rate48k.Samples(clickBefore))
	}
	m.current = s
	return s, true
}

// stop falls silent before the next frame.
func (m *mouth) stop() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.cut()
}

// cut drops what is being said or planned. If it is cut short before its last
// voiced sample, it ends here. The caller holds the lock.
func (m *mouth) cut() {
	s := m.current
	m.current = nil
	if s == nil || s.ended {
		return
	}
	s.ended = true
	at := m.written
	if s.started {
		at = at.Add(audio.FrameDuration)
	}
	select {
	case m.spoke <- spokeEvent{speech: s, at: at, ended: true, interrupted: true, silent: !s.started}:
	default: // The call's loop has stood still for hundreds of events.
	}
}

// smooth is when what was planned for a time leaves by RTP time, for a listener
// without jitter: by the frame that was least late.
func (m *mouth) smooth(planned time.Time) time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return planned.Add(m.least)
}

// speaking reports whether anything is being said or planned.
func (m *mouth) speaking() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.current != nil
}
