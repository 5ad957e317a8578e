package opus

import (
	"errors"
	"fmt"

	"github.com/thesyncim/gopus"

	"callprobe/audio"
)

const (
	// DefaultBitrate is the bit rate when EncoderConfig names none: what
	// WebRTC clients commonly send for one microphone.
	DefaultBitrate = 32000
	// DefaultComplexity is the encoder complexity when EncoderConfig names
	// none: libopus's own default.
	DefaultComplexity = 9

	minBitrate, maxBitrate = 6000, 510000 // RFC 6716, section 2.1.1.
	maxComplexity          = 10
)

// EncoderConfig says how speech is encoded. Its zero value is valid: 32 kbit/s,
// complexity 9, a packet every 20 ms.
type EncoderConfig struct {
	// Bitrate is the target in bit/s, 6000 to 510000; 0 means DefaultBitrate.
	Bitrate int
	// Complexity trades CPU time for quality, 1 to 10; 0 means
	// DefaultComplexity.
	Complexity int
	// DTX replaces silence by packets of one or two bytes, which a sender may
	// leave out (RFC 6716, section 2.1.9).
	DTX bool
	// FEC adds a coarse copy of the previous frame to packets of speech and
	// tunes the encoder for 10 % loss (RFC 6716, section 2.1.7).
	FEC bool
}

func (c EncoderConfig) withDefaults() EncoderConfig {
	if c.Bitrate == 0 {
		c.Bitrate = DefaultBitrate
	}
	if c.Complexity == 0 {
		c.Complexity = DefaultComplexity
	}
	return c
}

// Validate reports what the encoder would not accept.
func (c EncoderConfig) Validate() error {
	c = c.withDefaults()
	var errs []error
	if c.Bitrate < minBitrate || c.Bitrate > maxBitrate {
		errs = append(errs, fmt.Errorf("opus encoder: bitrate %d bit/s is not within %d to %d", c.Bitrate, minBitrate, maxBitrate))
	}
	if c.Complexity < 1 || c.Complexity > maxComplexity {
		errs = append(errs, fmt.Errorf("opus encoder: complexity %d is not within 1 to %d", c.Complexity, maxComplexity))
	}
	return errors.Join(errs...)
}

// pcmEncoder is what Encoder needs of a codec library.
type pcmEncoder interface {
	EncodeInt16(pcm []int16, packet []byte) (int, error)
}

// Encoder turns frames of 20 ms into packets. It is not safe for concurrent use.
type Encoder struct {
	codec  pcmEncoder
	fresh  func() (pcmEncoder, error)
	packet [MaxPacketBytes]byte
}

// NewEncoder returns an encoder at the beginning of a stream.
func NewEncoder(cfg EncoderConfig) (*Encoder, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	return newEncoder(func() (pcmEncoder, error) { return newGopusEncoder(cfg) })
}

func newEncoder(fresh func() (pcmEncoder, error)) (*Encoder, error) {
	e := &Encoder{fresh: fresh}
	if err := e.ensure(); err != nil {
		return nil, err
	}
	return e, nil
}

func newGopusEncoder(cfg EncoderConfig) (pcmEncoder, error) {
	enc, err := gopus.NewEncoder(gopus.EncoderConfig{
		SampleRate:  int(audio.Rate48k),
		Channels:    1,
		Application: gopus.ApplicationVoIP,
	})
	if err != nil {
		return nil, err
	}
	if err := enc.SetBitrate(cfg.Bitrate); err != nil {
		return nil, err
	}
	if err := enc.SetComplexity(cfg.Complexity); err != nil {
		return nil, err
	}
	enc.SetDTX(cfg.DTX)
	if cfg.FEC {
		enc.SetFEC(true)
		if err := enc.SetPacketLoss(10); err != nil {
			return nil, err
		}
	}
	return enc, nil
}

// Encode encodes one frame of FrameSamples samples and returns the packet, which
// is the caller's to keep. The sound comes out of a decoder Lookahead samples
// later than it went in.
func (e *Encoder) Encode(frame []int16) ([]byte, error) {
	if len(frame) != FrameSamples {
		return nil, fmt.Errorf("encode opus frame: it has %d samples, not %d", len(frame), FrameSamples)
	}
	if err := e.ensure(); err != nil {
		return nil, err
	}
	var n int
	err := guard(func() error {
		var err error
		n, err = e.codec.EncodeInt16(frame, e.packet[:])
		return err
	})
	if errors.Is(err, ErrCodecPanic) {
		e.codec = nil
	}
	if err != nil {
		return nil, fmt.Errorf("encode opus frame: %w", err)
	}
	if n <= 0 || n > len(e.packet) {
		return nil, fmt.Errorf("encode opus frame: the codec returned a packet of %d bytes", n)
	}
	packet := make([]byte, n)
	copy(packet, e.packet[:n])
	return packet, nil
}

func (e *Encoder) ensure() error {
	if e.codec != nil {
		return nil
	}
	codec, err := e.fresh()
	if err != nil {
		return fmt.Errorf("create opus encoder: %w", err)
	}
	e.codec = codec
	return nil
}

// EncodeClip encodes a clip at 48 kHz from its first sample to its last. Silence
// follows the last sample up to the end of its frame and, where that leaves less
// than Lookahead, for one more frame: so a decoder delivers the whole clip,
// clip sample t as decoded sample t + Lookahead. An empty clip has no packets.
func EncodeClip(c audio.Clip, cfg EncoderConfig) ([][]byte, error) {
	if c.Rate != audio.Rate48k {
		return nil, fmt.Errorf("encode clip: its rate is %d Hz, not %d: resample it first", c.Rate, audio.Rate48k)
	}
	enc, err := NewEncoder(cfg)
	if err != nil {
		return nil, fmt.Errorf("encode clip: %w", err)
	}
	if len(c.Samples) == 0 {
		return nil, nil
	}
	count := (len(c.Samples) + Lookahead + FrameSamples - 1) / FrameSamples
	packets := make([][]byte, 0, count)
	var frame [FrameSamples]int16
	for i := range count {
		rest := c.Samples[min(i*FrameSamples, len(c.Samples)):]
		clear(frame[copy(frame[:], rest):])
		packet, err := enc.Encode(frame[:])
		if err != nil {
			return nil, fmt.Errorf("encode clip: frame %d: %w", i, err)
		}
		packets = append(packets, packet)
	}
	return packets, nil
}
