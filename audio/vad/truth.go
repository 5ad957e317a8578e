package vad

import (
	"slices"

	"callprobe/audio"
)

// SpeechByDefinition returns the speech in a clean, anechoic clip by the
// definition alone: from the first sample at which |x| and the RMS of the 1 ms
// that starts there both reach 35 dB below the active speech level, to one past
// the last sample at which |x| and the RMS of the 1 ms that ends there do. It
// shares nothing with the detector and serves as the truth that the detector is
// measured against. It reports false for a clip without sound; it does not ask
// whether the sound is speech.
func SpeechByDefinition(c audio.Clip) (audio.Span, bool) {
	win := max(1, int(c.Rate)/1000)
	level := activeLevelDBFS(c.Samples, c.Rate)
	if level <= silenceDBFS {
		return audio.Span{}, false
	}
	floor := amplitude(level - onsetBelowActiveDB)
	first := firstReaching(c.Samples, floor, win)
	if first < 0 {
		return audio.Span{}, false
	}
	reversed := slices.Clone(c.Samples)
	slices.Reverse(reversed)
	last := firstReaching(reversed, floor, win)
	return audio.Span{Start: audio.Pos(first), End: audio.Pos(len(reversed) - last)}, true
}

// firstReaching returns the first index at which |x| and the RMS of the win
// samples from there both reach floor, or -1. Samples past the end are silence.
func firstReaching(x []int16, floor float64, win int) int {
	need := floor * floor * float64(win)
	var sum float64
	for i := range min(win, len(x)) {
		sum += float64(x[i]) * float64(x[i])
	}
	for i, s := range x {
		v := float64(s)
		if v*v >= floor*floor && sum >= need {
			return i
		}
		sum -= v * v
		if i+win < len(x) {
			n := float64(x[i+win])
			sum += n * n
		}
	}
	return -1
}
