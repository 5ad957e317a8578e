// Package audio holds the vocabulary of sound that the rest of callprobe
// speaks: sample rates, sample positions, spans of samples, and clips of mono
// 16-bit PCM. It reads mp3 and WAV files and resamples them.
//
// Three kinds of time never mix. A position counts samples ([Pos]); a
// [time.Duration] since the start of a call is on the prober's monotonic clock;
// the wall clock appears in logs only. [Rate] converts between samples and
// durations, and nothing else does.
package audio

import "time"

// Rate is a sample rate in samples per second and channel (Hz).
type Rate int

// Rate48k is the rate of WebRTC audio: every clip that is played or heard in a
// call has it.
const Rate48k Rate = 48000

// FrameDuration is the length of the audio in one RTP packet that callprobe
// sends.
const FrameDuration = 20 * time.Millisecond

// FrameSamples is FrameDuration at 48 kHz.
const FrameSamples = 960

// Samples returns the number of samples in d, rounded to the nearest.
func (r Rate) Samples(d time.Duration) int64 {
	whole, part := int64(d/time.Second), int64(d%time.Second)
	num := part * int64(r)
	half := int64(time.Second / 2)
	if num < 0 {
		half = -half
	}
	return whole*int64(r) + (num+half)/int64(time.Second)
}

// Duration returns how long n samples last, rounded down to the nanosecond.
func (r Rate) Duration(n int64) time.Duration {
	if r <= 0 {
		return 0
	}
	whole, part := n/int64(r), n%int64(r)
	return time.Duration(whole)*time.Second + time.Duration(part*int64(time.Second)/int64(r))
}

// Pos is the position of a sample on a timeline: the number of samples before
// it.
type Pos int64

// Span is the half-open interval [Start, End) of sample positions.
type Span struct {
	Start Pos `json:"start"`
	End   Pos `json:"end"`
}

// Len returns the number of samples in the span.
func (s Span) Len() int64 { return int64(s.End - s.Start) }

// Empty reports whether the span holds no sample.
func (s Span) Empty() bool { return s.End <= s.Start }

// Contains reports whether p lies in the span.
func (s Span) Contains(p Pos) bool { return s.Start <= p && p < s.End }

// Clip is a piece of mono 16-bit PCM.
type Clip struct {
	Rate    Rate
	Samples []int16
	// CutOff says that the file ended before the audio that its header promised.
	CutOff bool
}

// Duration returns how long the clip lasts.
func (c Clip) Duration() time.Duration { return c.Rate.Duration(int64(len(c.Samples))) }
