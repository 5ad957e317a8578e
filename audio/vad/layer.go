package vad

import (
	"math"

	"callprobe/audio"
)

// Constants of the layers.
const (
	// layerSeconds is how far past the anchor they reach: one long window.
	layerSeconds = 0.050
	// leastFreedom is how many independent values a window must hold for chance
	// to be reckoned with.
	leastFreedom = 24
	// longSeconds is the length of the window that finds what is weak, and its
	// thirds must each have evenShare of the excess: then it is filled with sound,
	// and no click stands in it.
	longSeconds = 0.040
	evenShare   = 1.0 / 6
	// freedom is how many independent values a sample is worth: noise is never as
	// white as a filter leaves it.
	freedom = 0.5
	// chanceSigmas is what Gaussian noise reaches once in 10^6 windows.
	chanceSigmas = 4.75
	// seenSlack is how far over what the noise was seen to reach speech must be.
	// What was heard last before the voice, for up to passesSeconds, may be a weak
	// consonant that passed for noise: it is not looked at, if leastSeen is left.
	seenSlack        = 1.1
	passesSeconds    = 0.200
	leastSeenSeconds = 0.100
	// changeBack and changeAhead are how far from the first mark the change of
	// power is looked for.
	changeBackSeconds  = 0.003
	changeAheadSeconds = 0.0155
)

// layer is the whitened sound in one part of the band.
type layer struct {
	x     []float64
	sums  sums
	noise float64 // mean square of the noise in it
	still sums    // of the noise
	share float64 // of the whole band
}

// newLayers makes the noise white, so that speech stands out of it, and divides
// what comes of it: noise fills the whole band of a stream, a voice only part of
// it, and what is weak is found in the part where it is.
func newLayers(rate audio.Rate, x, noise []float64) []layer {
	filter := newWhitener(noise)
	white, still := filter.apply(x), filter.apply(noise)
	still = still[min(len(still), whitenOrder):]
	layers := []layer{newLayer(white, still, 1)}
	for _, hz := range [...]float64{8000, 4000, 1000} {
		if share := 2 * hz / float64(rate); share < 0.8 {
			layers = append(layers, newLayer(lowPassed(white, share), lowPassed(still, share), share))
		}
	}
	return layers
}

func newLayer(x, noise []float64, share float64) layer {
	return layer{x: x, sums: newSums(x), noise: meanSquareF(noise), still: newSums(noise), share: share}
}

// mark marks the grid points of an edge where this layer has more power than the
// noise has by chance.
func (l *layer) mark(e *edge) {
	for _, seconds := range [...]float64{0.001, 0.005, 0.015} {
		w := max(2, e.seconds(seconds))
		if float64(w)*l.share < leastFreedom {
			continue
		}
		for i, m := range e.marks(l.sums, w, l.extreme(e, w)) {
			e.sound[i] = e.sound[i] || m
		}
	}
	l.markLong(e)
}

// markLong marks the grid points from which a long window is filled with sound.
func (l *layer) markLong(e *edge) {
	w, step := e.seconds(longSeconds), e.step()
	third := w / 3
	excess := func(from, n int) float64 { return l.sums[from+n] - l.sums[from] - l.noise*float64(n) }
	least := (l.extreme(e, w) - l.noise) * float64(w)
	for i := 0; i < len(e.sound) && i*step+w < len(l.sums); i++ {
		from := i * step
		all := excess(from, w)
		if all >= least && min(excess(from, third), excess(from+third, third), excess(from+2*third, third)) >= evenShare*all {
			e.sound[i] = true
		}
	}
}

// extreme returns the mean square that w samples of the noise do not reach: what
// chance gives Gaussian noise (by the Wilson-Hilferty approximation of the
// chi-square distribution), or a little over what this noise was seen to reach,
// whichever is more.
func (l *layer) extreme(e *edge, w int) float64 {
	n := len(l.still) - 1
	if n == 0 {
		return 0
	}
	spread := 2 / (9 * float64(w) * l.share * freedom)
	limit := l.noise * math.Pow(1-spread+chanceSigmas*math.Sqrt(spread), 3)
	if rest := n - e.seconds(passesSeconds); rest >= e.seconds(leastSeenSeconds) {
		n = rest
	}
	var seen float64
	for to := e.step() + 1; to <= n; to += e.step() {
		seen = max(seen, l.still[to]-l.still[max(0, to-w)])
	}
	return max(limit, seenSlack*seen/float64(w))
}

// change returns the sample near start at which the power changes, by the layer
// in which it does so most clearly.
func (e *edge) change(start int) int {
	best, at := math.Inf(-1), start
	for _, l := range e.layers {
		i, gain := changePoint(l.x, start-e.seconds(changeBackSeconds), start+e.seconds(changeAheadSeconds), l.noise)
		if gain *= l.share; gain > best {
			best, at = gain, i
		}
	}
	return at
}

// lowPassed returns x below share of its band: a Butterworth filter of fourth
// order, which delays by less than half a millisecond.
func lowPassed(x []float64, share float64) []float64 {
	out := make([]float64, len(x))
	newBiquad(share, 0.54119610).apply(out, x)
	newBiquad(share, 1.30656296).apply(out, out)
	return out
}

// biquad is a low-pass filter of second order.
type biquad struct{ gain, a1, a2 float64 }

// newBiquad returns one with its corner at share of the band and the quality q.
func newBiquad(share, q float64) biquad {
	w := math.Pi * share
	alpha := math.Sin(w) / (2 * q)
	return biquad{gain: (1 - math.Cos(w)) / 2 / (1 + alpha), a1: -2 * math.Cos(w) / (1 + alpha), a2: (1 - alpha) / (1 + alpha)}
}

// apply writes x, filtered, to out, which may be x itself.
func (b biquad) apply(out, x []float64) {
	var x1, x2, y1, y2 float64
	for i, v := range x {
		y := b.gain*(v+2*x1+x2) - b.a2*y2 - b.a1*y1
		out[i] = y
		x2, x1, y2, y1 = x1, v, y1, y
	}
}
