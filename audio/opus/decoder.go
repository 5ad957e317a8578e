package opus

import (
	"errors"
	"fmt"

	"github.com/thesyncim/gopus"

	"callprobe/audio"
)

// concealStep is the granularity of concealment in the codec: 2.5 ms at 48 kHz.
const concealStep = 120

// pcmDecoder is what Decoder needs of a codec library. An empty packet asks for
// concealment of len(pcm) samples.
type pcmDecoder interface {
	DecodeInt16(packet []byte, pcm []int16) (int, error)
}

// Decoder turns the packets of one stream, in their order, into mono samples at
// 48 kHz. It is not safe for concurrent use.
type Decoder struct {
	codec pcmDecoder
	fresh func() (pcmDecoder, error)
	spare [concealStep]int16
}

// NewDecoder returns a decoder at the beginning of a stream.
func NewDecoder() (*Decoder, error) { return newDecoder(newGopusDecoder) }

func newDecoder(fresh func() (pcmDecoder, error)) (*Decoder, error) {
	d := &Decoder{fresh: fresh}
	if err := d.ensure(); err != nil {
		return nil, err
	}
	return d, nil
}

func newGopusDecoder() (pcmDecoder, error) {
	return gopus.NewDecoder(gopus.DecoderConfig{
		SampleRate:       int(audio.Rate48k),
		Channels:         1,
		MaxPacketSamples: MaxPacketSamples,
		MaxPacketBytes:   MaxPacketBytes,
	})
}

// Decode decodes one packet, mono or stereo, of 2.5 to 120 ms into pcm and
// returns the number of samples. Stereo is mixed down. A pcm of MaxPacketSamples
// has room for every packet.
//
// After an error the stream goes on with the next packet; the samples of the
// damaged one are for [Decoder.Conceal] to fill.
func (d *Decoder) Decode(packet []byte, pcm []int16) (n int, err error) {
	want, err := PacketSamples(packet)
	if err != nil {
		return 0, err
	}
	if len(packet) > MaxPacketBytes {
		return 0, fmt.Errorf("decode opus packet: %d bytes are more than the %d allowed", len(packet), MaxPacketBytes)
	}
	if len(pcm) < want {
		return 0, fmt.Errorf("decode opus packet: it holds %d samples, the buffer has room for %d", want, len(pcm))
	}
	n, err = d.call(packet, pcm[:want:want])
	if err != nil {
		return 0, fmt.Errorf("decode opus packet: %w", err)
	}
	if n != want {
		return 0, fmt.Errorf("decode opus packet: the codec returned %d samples of %d", n, want)
	}
	return n, nil
}

// Conceal fills pcm with what the codec makes up for lost audio: the last sound
// drawn on and faded. Before the first packet that is silence. The codec
// conceals in steps of 2.5 ms, so a length between two steps moves the stream's
// state on to the next step.
func (d *Decoder) Conceal(pcm []int16) error {
	for len(pcm) >= concealStep {
		// One step short of the longest packet: at exactly that length the
		// codec would fill in the last packet's length instead of the buffer's.
		n := min(len(pcm)/concealStep*concealStep, MaxPacketSamples-concealStep)
		if err := d.conceal(pcm[:n:n]); err != nil {
			return err
		}
		pcm = pcm[n:]
	}
	if len(pcm) == 0 {
		return nil
	}
	if err := d.conceal(d.spare[:]); err != nil {
		return err
	}
	copy(pcm, d.spare[:])
	return nil
}

func (d *Decoder) conceal(pcm []int16) error {
	n, err := d.call(nil, pcm)
	if err != nil {
		return fmt.Errorf("conceal lost opus audio: %w", err)
	}
	if n != len(pcm) {
		return fmt.Errorf("conceal lost opus audio: the codec returned %d samples of %d", n, len(pcm))
	}
	return nil
}

// call runs the codec, and drops it when it panics: its state is not to be
// trusted any more.
func (d *Decoder) call(packet []byte, pcm []int16) (n int, err error) {
	if err := d.ensure(); err != nil {
		return 0, err
	}
	err = guard(func() error {
		var err error
		n, err = d.codec.DecodeInt16(packet, pcm)
		return err
	})
	if errors.Is(err, ErrCodecPanic) {
		d.codec = nil
	}
	return n, err
}

func (d *Decoder) ensure() error {
	if d.codec != nil {
		return nil
	}
	codec, err := d.fresh()
	if err != nil {
		return fmt.Errorf("create opus decoder: %w", err)
	}
	d.codec = codec
	return nil
}
