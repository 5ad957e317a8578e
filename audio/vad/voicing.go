package vad

import (
	"math"

	"gonum.org/v1/gonum/dsp/fourier"
)

// Constants of voicing and tones.
const (
	pitchLowHz, pitchHighHz = 75, 400
	// voicedAt is the least autocorrelation at the pitch period.
	voicedAt = 0.6
	// overSubtract times the noise is taken off before the autocorrelation.
	overSubtract = 1.5
	// A tone begins when toneShare of the energy is in two lines whose centre
	// moves by no more than toneDriftHz over each of toneFrames frames. It goes
	// on, through a codec's noise, while toneKeepShare is in two lines and the
	// centre stays within toneWanderHz of where it was.
	toneShare     = 0.97
	toneDriftHz   = 3
	toneFrames    = 2
	toneKeepShare = 0.90
	toneWanderHz  = 5
	// lineHalfWidth is how many bins a line spreads to either side.
	lineHalfWidth = 2
)

// voicing tells voiced speech from other sounds in a power spectrum.
type voicing struct {
	low, high int
	binHz     float64
	lagLow    int
	lagHigh   int
	fft       *fourier.FFT
	shape     []float64 // autocorrelation of the window, 1 at lag 0
	clean     []float64 // power less noise
	coeffs    []complex128
	corr      []float64
	centreHz  float64 // of the energy of the frame before, or of the tone
	inTone    bool
	steady    int // frames for which the centre has stayed
}

func newVoicing(f *frontEnd) *voicing {
	coarse := f.binHz * float64(f.win)
	v := &voicing{
		low: f.low, high: f.high, binHz: f.binHz, fft: f.fft,
		lagLow: int(coarse / pitchHighHz), lagHigh: int(coarse / pitchLowHz),
		shape:  make([]float64, f.win),
		clean:  make([]float64, len(f.power)),
		coeffs: make([]complex128, len(f.power)),
		corr:   make([]float64, f.win),
	}
	for lag := range v.shape {
		for i, w := range f.window {
			v.shape[lag] += w * f.window[(i+lag)%f.win]
		}
	}
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
	for k := range v.coeffs {
		v.coeffs[k] = complex(v.clean[k], 0)
	}
	v.fft.Sequence(v.corr, v.coeffs)
	best := 0.0
	for lag := v.lagLow; lag <= v.lagHigh; lag++ {
		if v.corr[lag] >= v.corr[lag-1] && v.corr[lag] >= v.corr[lag+1] {
			best = max(best, v.corr[lag]/v.shape[lag])
		}
	}
	return best / v.corr[0], tone
}

// isTone reports whether two lines hold nearly all the energy and their centre
// has stayed where it was. (The lines of a pair beat, so which of them is the
// stronger changes; where their centre lies does not.)
func (v *voicing) isTone(total float64) bool {
	first := v.strongest(-1)
	second := v.strongest(first)
	held, moment := v.lines(first, second)
	centre := v.binHz * moment / held
	drift := math.Abs(centre - v.centreHz)
	if v.inTone && drift < toneWanderHz && held > toneKeepShare*total {
		return true
	}
	v.steady++
	if drift > toneDriftHz || held < toneShare*total {
		v.steady = 0
	}
	v.centreHz = centre
	v.inTone = v.steady >= toneFrames
	return v.inTone
}

// lines returns the energy of the lines at two bins (the second may be -1) and
// its sum weighted by bin. Bins that both cover count once.
func (v *voicing) lines(first, second int) (energy, moment float64) {
	for k := v.low; k < v.high; k++ {
		if abs(k-first) > lineHalfWidth && (second < 0 || abs(k-second) > lineHalfWidth) {
			continue
		}
		energy += v.clean[k]
		moment += float64(k) * v.clean[k]
	}
	return energy, moment
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
