package vad

import "math"

// whitenOrder is the order of the linear prediction that whitens noise.
const whitenOrder = 16

// whitenFloor is the share of the noise's power that is added as white noise
// before the prediction is solved, so that a band the noise leaves empty is not
// amplified without bound.
const whitenFloor = 1e-4

// changeTimes the power of the noise is where speech is taken to begin: low, for
// it begins softly.
const changeTimes = 1.6

// whitener is the prediction error filter of a noise.
type whitener struct{ taps [whitenOrder + 1]float64 }

// newWhitener solves the linear prediction of noise by the Levinson-Durbin
// recursion on its autocorrelation.
func newWhitener(noise []float64) whitener {
	var corr [whitenOrder + 1]float64
	for lag := range min(len(corr), len(noise)) {
		late := noise[lag:]
		var even, odd float64
		i := 0
		for ; i+1 < len(late); i += 2 {
			even += late[i] * noise[i]
			odd += late[i+1] * noise[i+1]
		}
		if i < len(late) {
			even += late[i] * noise[i]
		}
		corr[lag] = even + odd
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
	t := &w.taps
	for i := whitenOrder; i < len(x); i++ {
		p := (*[whitenOrder + 1]float64)(x[i-whitenOrder:])
		// Four sums at once: one alone would wait for itself.
		out[i] = t[0]*p[16] + t[4]*p[12] + t[8]*p[8] + t[12]*p[4] +
			(t[1]*p[15] + t[5]*p[11] + t[9]*p[7] + t[13]*p[3]) +
			(t[2]*p[14] + t[6]*p[10] + t[10]*p[6] + t[14]*p[2]) +
			(t[3]*p[13] + t[7]*p[9] + t[11]*p[5] + t[15]*p[1]) +
			t[16]*p[0]
	}
	return out
}

// changePoint returns the index in [from, to) at which the power of white noise
// most likely rises from before to changeTimes that, and by how much the log
// likelihood of the rest of the interval rises with it.
func changePoint(x []float64, from, to int, before float64) (at int, gain float64) {
	from, to = max(from, 0), min(to, len(x))
	if from >= to || before <= 0 {
		return max(from, 0), 0
	}
	after := changeTimes * before
	// The log likelihood of a sample under "after" over that under "before".
	constant := 0.5 * math.Log(before/after)
	slope := 0.5 * (1/before - 1/after)
	gain, at = math.Inf(-1), from
	sum := 0.0
	for i := to - 1; i >= from; i-- {
		sum += constant + slope*x[i]*x[i]
		if sum > gain {
			gain, at = sum, i
		}
	}
	return at, gain
}
