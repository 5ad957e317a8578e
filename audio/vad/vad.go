// Package vad finds speech in audio and says at which sample each talkspurt
// begins and ends.
//
// It works in two stages. The coarse stage decides, every 10 ms, whether there
// is speech at all: the spectrum of the frame against a tracked noise spectrum,
// and voicing, so that clicks, tones, hum, and steps in comfort noise do not
// count. The fine stage then walks back, and forward, from the confirmed speech
// to its first and last sample. Decisions are made late and stamped backwards:
// how long a decision took never moves an onset.
package vad

import (
	"fmt"

	"callprobe/audio"
)

// Talkspurt is one stretch of speech. Positions are in samples of the audio
// that was given to the detector, at its rate, from its first sample.
type Talkspurt struct {
	// Onset is the first sample of speech that reaches 35 dB below the
	// talkspurt's active speech level; Offset is one past the last such sample.
	Onset, Offset audio.Pos
	// OnsetRange and OffsetRange are the intervals that hold the true first
	// and last sample: noise hides weak starts and ends.
	OnsetRange, OffsetRange audio.Span
	// DecidedAt is the number of samples the detector had heard when it was
	// sure of the onset. The time it took to decide never enters a latency.
	DecidedAt audio.Pos
	// LevelDBFS is the active speech level, NoiseDBFS the level of what was
	// heard before the onset.
	LevelDBFS, NoiseDBFS float64
}

// SNRDB is the active speech level over the noise before it, in dB.
func (t Talkspurt) SNRDB() float64 { return t.LevelDBFS - t.NoiseDBFS }

// Detect returns the talkspurts of a whole clip of any rate from [audio.MinRate] to
// [audio.MaxRate], in order. Positions are at the clip's own rate.
func Detect(c audio.Clip) ([]Talkspurt, error) {
	if !c.Rate.Valid() {
		return nil, fmt.Errorf("detect speech: sample rate %d Hz is outside %d to %d Hz: resample the clip first", c.Rate, audio.MinRate, audio.MaxRate)
	}
	d := newDetector(c.Rate)
	return append(d.Write(c.Samples, true), d.Close()...), nil
}
