package voice

import (
	"fmt"
	"sync"

	"callprobe/audio"
	"callprobe/audio/opus"
)

// leadIn is how many frames of silence an encoder hears before a take, so that
// its first packet continues the silence that was sent before. They are not
// part of the take.
const leadIn = 10

// replyBitrate is what agents send for speech, in bit/s.
const replyBitrate = 32000

// Take is a recording as Opus packets of 20 ms. Shift is the number of zero
// samples before the recording, so that a word can begin anywhere in a packet.
type Take struct {
	Recording *Recording
	Shift     int64
	// Onset and Offset are where the decoded audio carries the first voiced
	// sample and one past the last, in samples from the first packet.
	Onset, Offset int64
	// Frames is the number of packets.
	Frames int64

	mu      sync.Mutex
	ready   *sync.Cond
	packets [][]byte
	err     error
}

// NewTake begins to encode a recording. It returns at once: the packets follow
// much faster than they are spoken.
func NewTake(rec *Recording, shift int64) *Take {
	samples := shift + int64(len(rec.Clip.Samples)) + opus.Lookahead
	t := &Take{
		Recording: rec,
		Shift:     shift,
		Onset:     shift + int64(rec.Speech.Start) + opus.Lookahead,
		Offset:    shift + int64(rec.Speech.End) + opus.Lookahead,
		Frames:    (samples + audio.FrameSamples - 1) / audio.FrameSamples,
	}
	t.ready = sync.NewCond(&t.mu)
	go t.encode()
	return t
}

// Packet returns packet i, which must be less than Frames. It waits until the
// packet is encoded.
func (t *Take) Packet(i int64) ([]byte, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for int64(len(t.packets)) <= i && t.err == nil {
		t.ready.Wait()
	}
	if t.err != nil {
		return nil, t.err
	}
	return t.packets[i], nil
}

// encode always ends: with all packets or with an error.
func (t *Take) encode() {
	enc, err := opus.NewEncoder(opus.EncoderConfig{Bitrate: replyBitrate})
	if err != nil {
		t.add(nil, err)
		return
	}
	for i := int64(-leadIn); i < t.Frames; i++ {
		packet, err := enc.Encode(t.Frame(i))
		if err != nil {
			t.add(nil, fmt.Errorf("encode reply %q: %w", t.Recording.Name, err))
			return
		}
		if i >= 0 {
			t.add(packet, nil)
		}
	}
}

func (t *Take) add(packet []byte, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err != nil {
		t.err = err
	} else {
		t.packets = append(t.packets, packet)
	}
	t.ready.Broadcast()
}

// Frame returns the 960 samples that packet i encodes: zeros outside the
// recording.
func (t *Take) Frame(i int64) []int16 {
	frame := make([]int16, audio.FrameSamples)
	from := i*audio.FrameSamples - t.Shift
	for j := range frame {
		if s := from + int64(j); s >= 0 && s < int64(len(t.Recording.Clip.Samples)) {
			frame[j] = t.Recording.Clip.Samples[s]
		}
	}
	return frame
}

// Takes hands out takes of recordings and keeps them, so that concurrent calls
// share the work of the encoder.
type Takes struct {
	grid int64
	mu   sync.Mutex
	kept map[takeKey]*Take
}

type takeKey struct {
	rec   *Recording
	shift int64
}

// NewTakes returns a store whose takes begin at multiples of grid samples
// within a packet: 1 places a word to the sample, 960 encodes each recording
// once.
func NewTakes(grid int64) *Takes {
	return &Takes{grid: max(1, min(grid, audio.FrameSamples)), kept: map[takeKey]*Take{}}
}

// maxKept bounds the memory of a store: some 20 kB each.
const maxKept = 2000

// Get returns a take of rec with the given shift, rounded up to the grid.
func (ts *Takes) Get(rec *Recording, shift int64) *Take {
	key := takeKey{rec, min((shift+ts.grid-1)/ts.grid*ts.grid, audio.FrameSamples)}
	ts.mu.Lock()
	defer ts.mu.Unlock()
	take, ok := ts.kept[key]
	if !ok {
		if len(ts.kept) >= maxKept {
			clear(ts.kept)
		}
		take = NewTake(rec, key.shift)
		ts.kept[key] = take
	}
	return take
}

// Silence returns the packet that an encoder sends for silence once it has
// settled, and the one-byte packet that stands for silence under DTX
// (RFC 6716, section 3.1: a table of contents and nothing else).
func Silence() (packet, dtx []byte, err error) {
	enc, err := opus.NewEncoder(opus.EncoderConfig{Bitrate: replyBitrate})
	if err != nil {
		return nil, nil, fmt.Errorf("encode silence: %w", err)
	}
	frame := make([]int16, audio.FrameSamples)
	for range 2 * leadIn {
		if packet, err = enc.Encode(frame); err != nil {
			return nil, nil, fmt.Errorf("encode silence: %w", err)
		}
	}
	if len(packet) == 0 {
		return nil, nil, fmt.Errorf("encode silence: empty packet")
	}
	const codeBits = 3 // The frame count code; 0 is one frame.
	return packet, []byte{packet[0] &^ codeBits}, nil
}
