package vad

import (
	"math"

	"callprobe/audio/spectrum"
)

// Constants of voicing and tones.
const (
	pitchLowHz, pitchHighHz = 75, 400
	// voicedAt is the least autocorrelation at the pitch period.
	voicedAt = 0.6
	// stillVoicedAt is the same while somebody speaks.
	stillVoicedAt = 0.45
	// overSubtract times the noise is taken off before the autocorrelation.
	overSubtract = 1.5
	// A tone begins when toneShare of the energy is in two lines that move by
	// no more than toneDriftHz over each of toneFrames frames. It goes on,
	// through a codec's noise, while toneKeepShare is in two lines and they
	// stay within toneWanderHz of where they were.
	toneShare     = 0.97
	toneDriftHz   = 4
	toneFrames    = 2
	toneKeepShare = 0.90
	toneWanderHz  = 8
	// toneLeastHz is the lowest tone: below are the pitches of voices.
	toneLeastHz = 300
	// secondLineShare of the stronger line's energy makes a second line.
	secondLineShare = 0.03
	// harmonicSlack is how far, in parts of the pitch, a line may lie from a
	// harmonic to be taken for it.
	harmonicSlack = 0.12
	// lineHalfWidth is how many bins a line spreads to either side.
	lineHalfWidth = 2
)

// voicing tells voiced speech from other sounds in a power spectrum.
type voicing struct {
	low, high     int
	binHz         float64
	lagLow        int
	lagHigh       int
	fft           *spectrum.FFT
	shape         []float64 // autocorrelation of the window, 1 at lag 0
	clean         []float64 // power less noise
	corr          []float64
	lowHz, highHz float64 // the lines of the frame before, or of the tone
	inTone        bool
	steady        int // frames for which the lines have stayed
}

func newVoicing(f *frontEnd) *voicing {
	coarse := f.binHz * float64(f.win)
	v := &voicing{
		low: f.low, high: f.high, binHz: f.binHz, fft: f.fft,
		lagLow: int(coarse / pitchHighHz), lagHigh: int(coarse / pitchLowHz),
		shape: make([]float64, f.win),
		clean: make([]float64, len(f.power)),
		corr:  make([]float64, f.win),
	}
	power := make([]float64, len(f.power))
	v.fft.Power(power, f.window, 0, len(power))
	v.fft.Autocorrelation(v.shape, power)
	for lag := f.win - 1; lag >= 0; lag-- {
		v.shape[lag] /= v.shape[0]
	}
	return v
}

// judge returns how periodic the frame is once the noise is taken off, from 0 to
// about 1, and whether it is a tone.
func (v *voicing) judge(power, noise []float64) (periodicity float64, tone bool) {
	var total float64
	for k := v.low; k < v.high; k++ {
		v.clean[k] = max(0, power[k]-overSubtract*noise[k])
		total += v.clean[k]
	}
	if total <= 0 {
		return 0, false
	}
	tone = v.isTone(total)
	v.fft.Autocorrelation(v.corr, v.clean)
	best := 0.0
	for lag := v.lagLow; lag <= v.lagHigh; lag++ {
		if v.corr[lag] >= v.corr[lag-1] && v.corr[lag] >= v.corr[lag+1] {
			best = max(best, v.corr[lag]/v.shape[lag])
		}
	}
	return best / v.corr[0], tone
}

// isTone reports whether two lines hold nearly all the energy and have stayed
// where they were, whatever a codec does to their levels.
func (v *voicing) isTone(total float64) bool {
	first := v.strongest(-1)
	second := v.strongest(first)
	energy, hz := v.line(first)
	rest, restHz := v.line(second)
	near := second >= 0 && abs(first-second) <= 2*lineHalfWidth
	if near {
		// Lines so close beat with one another: only their centre stays.
		energy, hz = v.between(min(first, second)-lineHalfWidth, max(first, second)+lineHalfWidth)
		rest = 0
	}
	held := energy + rest
	if near || rest < secondLineShare*energy {
		restHz = 0
	}
	low, high := min(hz, restHz), max(hz, restHz)
	drift := max(math.Abs(low-v.lowHz), math.Abs(high-v.highHz))
	if v.inTone && drift < toneWanderHz && held > toneKeepShare*total {
		return true
	}
	v.steady++
	if drift > toneDriftHz || held < toneShare*total || ofVoice(low, high) {
		v.steady = 0
	}
	v.lowHz, v.highHz = low, high
	v.inTone = v.steady >= toneFrames
	return v.inTone
}

// ofVoice reports whether lines may be the pitch of a voice alone or with one of
// its harmonics: no tone of a phone is so low, and no pair of them harmonic.
func ofVoice(lowHz, highHz float64) bool {
	if lowHz <= 0 {
		return highHz < toneLeastHz
	}
	beside := math.Abs(highHz - math.Round(highHz/lowHz)*lowHz)
	return lowHz < toneLeastHz || lowHz < pitchHighHz && beside < harmonicSlack*lowHz
}

// line returns the energy of the line at bin k and its frequency, 0 for k < 0.
func (v *voicing) line(k int) (energy, hz float64) {
	if k < 0 {
		return 0, 0
	}
	return v.between(k-lineHalfWidth, k+lineHalfWidth)
}

// between returns the energy of bins from to to, both included, and the
// frequency of its centre.
func (v *voicing) between(from, to int) (energy, hz float64) {
	var moment float64
	for k := max(from, v.low); k <= min(to, v.high-1); k++ {
		energy += v.clean[k]
		moment += float64(k) * v.clean[k]
	}
	if energy <= 0 {
		return 0, 0
	}
	return energy, v.binHz * moment / energy
}

// strongest returns the bin with the most energy that is not part of the line
// at except, or -1.
func (v *voicing) strongest(except int) int {
	best, at := 0.0, -1
	for k := v.low; k < v.high; k++ {
		if except >= 0 && abs(k-except) <= lineHalfWidth {
			continue
		}
		if v.clean[k] > best {
			best, at = v.clean[k], k
		}
	}
	return at
}

func abs(n int) int { return max(n, -n) }
