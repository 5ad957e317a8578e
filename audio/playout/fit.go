package playout

import (
	"math"
	"slices"
	"time"
)

const (
	// fitWindow is the least RTP time of which one delay enters the fit: the
	// smallest, which is nearest to the lower envelope. Long tracks have longer
	// windows, so that there are at most fitWindows of them.
	fitWindow  = time.Second
	fitWindows = 200
	// fitBaseline is the least distance of two windows whose slope counts.
	fitBaseline = 5 * time.Second
	// fitPairs is the least number of slopes that make a fit.
	fitPairs = 10
	// skewLimit bounds the skew that is believed: 5 %. A crystal is off by less
	// than 0.01 %, but a sender that sleeps between frames slips by whole
	// percents.
	skewLimit = skew(50_000_000)
	// skewUnknown is the skew that two clocks may have unless measured better:
	// 100 parts per million, two ordinary crystals of 50 each.
	skewUnknown = skew(100_000)
	// skewResolution bounds from below how well a skew is ever known.
	skewResolution = skew(1000)
)

// fit is a skew and its uncertainty either way.
type fit struct {
	skew  skew
	error skew
}

// point is the smallest delay of a window: arrival minus RTP time.
type point struct{ media, delay time.Duration }

// fitSkew estimates the skew of packets from the slopes of the lower envelopes
// of its runs: the median of all slopes between windows of the same run
// (Theil and Sen), which neither late packets nor a change of route sway. A skew
// within four standard deviations of none is none.
func fitSkew(packets []packet, runs []run) fit {
	unknown := fit{error: skewUnknown}
	envelopes := make([][]point, 0, len(runs))
	var slopes []skew
	for _, r := range runs {
		if len(slopes) > fitWindows*fitWindows {
			break // only timestamps that go to and fro make that many
		}
		env := envelope(packets, r)
		envelopes = append(envelopes, env)
		slopes = appendSlopes(slopes, env)
	}
	if len(slopes) < fitPairs {
		return unknown
	}
	k := median(slopes)
	if k > skewLimit || k < -skewLimit {
		return unknown
	}
	err := fitError(envelopes, k)
	if size := max(k, -k); size <= 2*err {
		return fit{error: min(size+err, skewUnknown)}
	}
	return fit{skew: k, error: err}
}

// envelope returns the smallest delay of each window of r.
func envelope(packets []packet, r run) []point {
	window := max(fitWindow, (packets[len(packets)-1].media-packets[0].media)/fitWindows)
	var env []point
	at := time.Duration(math.MinInt64)
	for i := r.first; i < r.end; i++ {
		p := point{media: packets[i].media, delay: packets[i].at - packets[i].media}
		if w := p.media / window; w != at || len(env) == 0 {
			at = w
			env = append(env, p)
		} else if last := &env[len(env)-1]; p.delay < last.delay {
			*last = p
		}
		if len(env) > 2*fitWindows {
			break // as above
		}
	}
	return env
}

func appendSlopes(slopes []skew, env []point) []skew {
	if len(env) == 0 {
		return slopes
	}
	baseline := max(fitBaseline, (env[len(env)-1].media-env[0].media)/4)
	for i, a := range env {
		for _, b := range env[i+1:] {
			if b.media-a.media >= baseline {
				slopes = append(slopes, skew(mulDiv(int64(b.delay-a.delay), perSecond, int64(b.media-a.media))))
			}
		}
	}
	return slopes
}

// fitError returns two standard deviations of a slope k through the envelopes:
// the spread of the points around their line, over the root of the sum of
// squares of their distances in time from the middle.
func fitError(envelopes [][]point, k skew) skew {
	var residuals []time.Duration
	var squares int64 // ms²
	for _, env := range envelopes {
		if len(env) < 2 {
			continue
		}
		own := make([]time.Duration, len(env))
		var middle time.Duration
		for i, p := range env {
			own[i] = p.delay - k.drift(p.media)
			middle += (p.media - env[0].media) / time.Duration(len(env))
		}
		centre := median(slices.Clone(own))
		for i, p := range env {
			residuals = append(residuals, (own[i] - centre).Abs())
			d := (p.media - env[0].media - middle).Milliseconds()
			squares += d * d
		}
	}
	if squares == 0 {
		return skewUnknown
	}
	// 1.4826 times the median of the deviations is the standard deviation of
	// normally distributed ones.
	deviation := median(residuals) * 14826 / 10000
	const perMillisecond = 1000 // ns per ms, in parts per billion
	err := 2 * perMillisecond * float64(deviation) / math.Sqrt(float64(squares))
	return max(skew(min(err, float64(skewLimit))), skewResolution)
}

// median sorts values and returns the middle one.
func median[T ~int64](values []T) T {
	slices.Sort(values)
	return values[len(values)/2]
}
