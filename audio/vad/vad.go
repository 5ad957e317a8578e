// Package vad finds speech in audio and says at which sample each talkspurt
// begins and ends.
package vad

import "callprobe/audio"

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
