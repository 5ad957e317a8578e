package corpus

import (
	"math/rand/v2"

	"callprobe/audio"
	"callprobe/audio/opus"
)

// throughOpus encodes pcm, loses packets as the condition says, and decodes it.
// It takes the encoder's look-ahead off again, so that positions stay what they
// were, and returns what was concealed.
func throughOpus(rng *rand.Rand, pcm []int16, c Condition) ([]int16, []audio.Span, error) {
	packets, err := opus.EncodeClip(audio.Clip{Rate: audio.Rate48k, Samples: pcm}, opus.EncoderConfig{Bitrate: c.OpusBitrate, DTX: c.DTX})
	if err != nil {
		return nil, nil, err
	}
	dec, err := opus.NewDecoder()
	if err != nil {
		return nil, nil, err
	}
	out := make([]int16, 0, len(pcm)+opus.FrameSamples)
	buf := make([]int16, opus.MaxPacketSamples)
	var concealed []audio.Span
	for _, p := range packets {
		if c.Loss > 0 && rng.Float64() < c.Loss {
			if err := dec.Conceal(buf[:opus.FrameSamples]); err != nil {
				return nil, nil, err
			}
			start := audio.Pos(len(out) - opus.Lookahead)
			concealed = append(concealed, audio.Span{Start: max(0, start), End: start + opus.FrameSamples})
			out = append(out, buf[:opus.FrameSamples]...)
			continue
		}
		n, err := dec.Decode(p, buf)
		if err != nil {
			return nil, nil, err
		}
		out = append(out, buf[:n]...)
	}
	out = out[min(opus.Lookahead, len(out)):]
	out = out[:min(len(pcm), len(out))]
	for i := range concealed {
		concealed[i].End = min(concealed[i].End, audio.Pos(len(out)))
		concealed[i].Start = min(concealed[i].Start, concealed[i].End)
	}
	return out, concealed, nil
}
