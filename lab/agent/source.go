package agent

import (
	"fmt"
	"math"
	"math/rand/v2"

	"callprobe/audio"
	"callprobe/audio/opus"
	"callprobe/lab/voice"
)

const lookahead = opus.Lookahead

// source makes the payloads of the mouth's frames. A nil payload is a frame
// that is not sent.
type source interface {
	// silence makes frame k when nothing is said; s is what will be said
	// next, if anything.
	silence(k int64, s *speech) ([]byte, error)
	// speech makes frame k, which is packet i of s.
	speech(k int64, s *speech, i int64) ([]byte, error)
}

// DTX as libopus does it under WebRTC, in frames: after speech the encoder
// goes on for a while, then a packet of one byte says that silence begins;
// while it lasts, a real packet refreshes it every 400 ms.
const (
	dtxHangover = 10
	dtxPeriod   = 21
)

// readySource sends packets that were encoded before. It is what lets fifty
// agents speak on one core.
type readySource struct {
	packet, dtx []byte
	useDTX      bool
	mute        bool
	quiet       int64 // Frames of silence so far.
}

func newReadySource(useDTX, mute bool) (*readySource, error) {
	packet, dtx, err := voice.Silence()
	if err != nil {
		return nil, err
	}
	return &readySource{packet: packet, dtx: dtx, useDTX: useDTX, mute: mute}, nil
}

func (r *readySource) silence(int64, *speech) ([]byte, error) {
	r.quiet++
	n := r.quiet - dtxHangover - 1
	if !r.useDTX || n < 0 {
		return r.packet, nil
	}
	switch n % dtxPeriod {
	case 0:
		return r.dtx, nil
	case dtxPeriod - 1:
		return r.packet, nil
	}
	return nil, nil
}

func (r *readySource) speech(_ int64, s *speech, i int64) ([]byte, error) {
	r.quiet = 0
	if r.mute {
		return r.packet, nil
	}
	return s.take.Packet(i)
}

// liveSource mixes noise and clicks with speech and encodes the sum as it
// goes.
type liveSource struct {
	enc *opus.Encoder
	// comfort and background are amplitudes, as the standard deviation of
	// 16-bit samples.
	comfort, background float64
	useDTX              bool
	mute                bool
	dtxSent             bool
	random              *rand.Rand
}

func newLiveSource(comfortDBFS, backgroundDBFS *float64, useDTX, mute bool, seed uint64) (*liveSource, error) {
	enc, err := opus.NewEncoder(opus.EncoderConfig{DTX: useDTX})
	if err != nil {
		return nil, fmt.Errorf("make noise: %w", err)
	}
	return &liveSource{
		enc:        enc,
		comfort:    amplitude(comfortDBFS),
		background: amplitude(backgroundDBFS),
		useDTX:     useDTX,
		mute:       mute,
		random:     rand.New(rand.NewPCG(seed, 0)),
	}, nil
}

// amplitude turns a level of RMS dBFS into the standard deviation of samples.
func amplitude(dbfs *float64) float64 {
	if dbfs == nil {
		return 0
	}
	return 32768 * math.Pow(10, min(*dbfs, 0)/20)
}

func (l *liveSource) silence(k int64, s *speech) ([]byte, error) {
	return l.encode(k, s, make([]int16, audio.FrameSamples), math.Hypot(l.comfort, l.background))
}

func (l *liveSource) speech(k int64, s *speech, i int64) ([]byte, error) {
	frame := make([]int16, audio.FrameSamples)
	if !l.mute {
		frame = s.take.Frame(i)
	}
	return l.encode(k, s, frame, l.background)
}

// clickSamples is the length of a click: 1 ms.
const clickSamples = 48

func (l *liveSource) encode(k int64, s *speech, frame []int16, noise float64) ([]byte, error) {
	for j := range frame {
		x := float64(frame[j]) + noise*l.random.NormFloat64()
		if s != nil && s.click >= 0 {
			if at := k*audio.FrameSamples + int64(j) - s.click; 0 <= at && at < clickSamples {
				x += 12000 * (1 - 2*float64(at&1))
			}
		}
		frame[j] = int16(max(math.MinInt16, min(math.MaxInt16, math.Round(x))))
	}
	packet, err := l.enc.Encode(frame)
	if err != nil {
		return nil, fmt.Errorf("encode audio: %w", err)
	}
	const dtxLength = 2 // Packets this short carry no audio.
	silent := l.useDTX && len(packet) <= dtxLength
	skip := silent && l.dtxSent
	l.dtxSent = silent
	if skip {
		return nil, nil
	}
	return packet, nil
}
