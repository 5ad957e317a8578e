package vad

import "math"

// whitenOrder is the order of the linear prediction that whitens noise.
const whitenOrder = 16

// whitenFloor is the share of the noise's power that is added as white noise
// before the prediction is solved, so that a band the noise leaves empty is not
// amplified without bound.
const whitenFloor = 1e-4

// whitener is the prediction error filter of a noise.
type whitener struct{ taps [whitenOrder + 1]float64 }

// newWhitener solves the linear prediction of noise by the Levinson-Durbin
// recursion on its autocorrelation.
func newWhitener(noise []float64) whitener {
	var corr [whitenOrder + 1]float64
	for lag := range corr {
		for i := lag; i < len(noise); i++ {
			corr[lag] += noise[i] * noise[i-lag]
		}
	}
	corr[0] = corr[0]*(1+whitenFloor) + 1e-9
	var w whitener
	w.taps[0] = 1
	err := corr[0]
	for order := 1; order <= whitenOrder; order++ {
		acc := corr[order]
		for i := 1; i < order; i++ {
			acc += w.taps[i] * corr[order-i]
		}
		reflection := -acc / err
		next := w.taps
		for i := 1; i < order; i++ {
			next[i] += reflection * w.taps[order-i]
		}
		next[order] = reflection
		w.taps = next
		err *= 1 - reflection*reflection
	}
	return w
}

// apply filters x; the first whitenOrder samples see silence before them.
func (w whitener) apply(x []float64) []float64 {
	out := make([]float64, len(x))
	for i := range x {
		sum := x[i]
		for lag := 1; lag <= min(whitenOrder, i); lag++ {
			sum += w.taps[lag] * x[i-lag]
		}
		out[i] = sum
	}
	return out
}

// noiseExtreme returns the mean square that w samples of the noise do not reach:
// what chance gives white Gaussian noise once in 10^5 windows (by the
// Wilson-Hilferty approximation of the chi-square distribution), or a little
// over what this noise was seen to reach, whichever is more.
func noiseExtreme(noise []float64, w, step int) float64 {
	power := meanSquareF(noise)
	const sigmas = 4.27
	spread := 2 / (9 * float64(w))
	limit := power * math.Pow(1-spread+sigmas*math.Sqrt(spread), 3)
	var seen float64
	for from := 0; from+w <= len(noise); from += step {
		seen = max(seen, meanSquareF(noise[from:from+w]))
	}
	return max(limit, 1.05*seen)
}

// changePoint returns the index in [from, to) at which the power of white noise
// most likely changes from before to that of the rest of the interval.
func changePoint(x []float64, from, to int, before float64) int {
	from, to = max(from, 0), min(to, len(x))
	if from >= to || before <= 0 {
		return max(from, 0)
	}
	after := max(meanSquareF(x[(from+to)/2:to]), 2*before)
	// The log likelihood of a sample under "after" over that under "before".
	constant := 0.5 * math.Log(before/after)
	slope := 0.5 * (1/before - 1/after)
	best, at, sum := math.Inf(-1), from, 0.0
	for i := to - 1; i >= from; i-- {
		sum += constant + slope*x[i]*x[i]
		if sum > best {
			best, at = sum, i
		}
	}
	return at
}
