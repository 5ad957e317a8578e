// Package opus encodes and decodes the Opus audio (RFC 6716) of a call: 48 kHz,
// mono, 16 bit, 20 ms a packet on the way out and any legal packet on the way
// in. It is the only package that knows which codec library is in use, and a
// bug in that library surfaces here as an error of one call, never as the end
// of the process.
//
// Opus limits how exactly an onset survives. Through encoding and decoding at 16
// and 32 kbit/s the onsets of synthetic speech move by less than 0.25 ms in the
// median, single ones by up to about 3 ms.
package opus

import (
	"errors"
	"fmt"

	"callprobe/audio"
)

const (
	// FrameSamples is the number of samples in one encoded frame: 20 ms.
	FrameSamples = audio.FrameSamples
	// MaxPacketSamples is the number of samples in the longest packet that
	// Opus allows: 120 ms (RFC 6716, section 3.2.5).
	MaxPacketSamples = 5760
	// Lookahead is the number of samples by which decoded audio lags behind
	// what was encoded: decoded sample t is source sample t - Lookahead. It is
	// 2.5 ms of CELT overlap plus 4 ms of delay compensation at 48 kHz, and it
	// is the encoder's alone: no decoder adds to it.
	Lookahead = 312
	// MaxPacketBytes is the longest packet that the decoder accepts. It bounds
	// work, not the standard: an RTP packet of audio is far smaller.
	MaxPacketBytes = 4000
)

// ErrCodecPanic reports that the codec library crashed on its input. The codec
// starts anew with its next call, as at the beginning of a stream.
var ErrCodecPanic = errors.New("codec crashed and was restarted")

// guard runs f and turns a panic in it into an error that wraps ErrCodecPanic.
func guard(f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: %v", ErrCodecPanic, r)
		}
	}()
	return f()
}
