package audio

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

const wavHeaderBytes = 44

// WriteWAV writes 16-bit PCM WAV with one channel per slice. Shorter channels
// are followed by silence up to the length of the longest.
func WriteWAV(w io.Writer, rate Rate, channels ...[]int16) error {
	if len(channels) == 0 || len(channels) > maxChannels {
		return fmt.Errorf("write wav: %d channels are not within 1 to %d", len(channels), maxChannels)
	}
	if !rate.Valid() {
		return fmt.Errorf("write wav: sample rate %d Hz is not within %d to %d", rate, MinRate, MaxRate)
	}
	frames := 0
	for _, c := range channels {
		frames = max(frames, len(c))
	}
	block := 2 * len(channels)
	if int64(frames)*int64(block) > math.MaxUint32-wavHeaderBytes {
		return errors.New("write wav: the audio is too long for one file (4 GiB)")
	}
	if _, err := w.Write(wavHeader(rate, len(channels), uint32(frames*block))); err != nil {
		return fmt.Errorf("write wav: %w", err)
	}
	const framesAtOnce = 4096
	buf := make([]byte, 0, framesAtOnce*block)
	for from := 0; from < frames; from += framesAtOnce {
		buf = appendFrames(buf[:0], channels, from, min(from+framesAtOnce, frames))
		if _, err := w.Write(buf); err != nil {
			return fmt.Errorf("write wav: %w", err)
		}
	}
	return nil
}

// appendFrames interleaves the channels' samples from..to.
func appendFrames(buf []byte, channels [][]int16, from, to int) []byte {
	for i := from; i < to; i++ {
		for _, c := range channels {
			s := int16(0)
			if i < len(c) {
				s = c[i]
			}
			buf = binary.LittleEndian.AppendUint16(buf, uint16(s))
		}
	}
	return buf
}

func wavHeader(rate Rate, channels int, size uint32) []byte {
	block := uint16(2 * channels)
	le := binary.LittleEndian
	b := make([]byte, 0, wavHeaderBytes)
	b = append(b, "RIFF"...)
	b = le.AppendUint32(b, wavHeaderBytes-8+size)
	b = append(b, "WAVEfmt "...)
	b = le.AppendUint32(b, 16)
	b = le.AppendUint16(b, wavPCM)
	b = le.AppendUint16(b, uint16(channels))
	b = le.AppendUint32(b, uint32(rate))
	b = le.AppendUint32(b, uint32(rate)*uint32(block))
	b = le.AppendUint16(b, block)
	b = le.AppendUint16(b, 16)
	b = append(b, "data"...)
	return le.AppendUint32(b, size)
}
