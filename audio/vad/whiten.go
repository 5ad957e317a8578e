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
	for lag := range min(len(corr), len(noise)) {
		late := noise[lag:]
		var sum float64
		for i, v := range late {
			sum += v * noise[i]
		}
		corr[lag] = sum
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

// apply filters x. The first whitenOrder samples, of which the past is unknown,
// come out as silence.
func (w whitener) apply(x []float64) []float64 {
	out := make([]float64, len(x))
	for i := whitenOrder; i < len(x); i++ {
		past := x[i-whitenOrder : i+1]
		var sum float64
		for lag, t := range w.taps {
			sum += t * past[whitenOrder-lag]
		}
		out[i] = sum
	}
	return out
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
