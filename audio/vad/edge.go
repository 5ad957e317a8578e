package vad

import (
	"math"

	"callprobe/audio"
)

// Constants of the fine stage.
const (
	// edgeSlackDB: the threshold lies this much below that of the definition,
	// because the active level is known only to about as much.
	edgeSlackDB = 2
	// bridge is how long a gap inside speech (the closure of a stop) may be on
	// the way back, and chainGap how far back a longer piece of sound still
	// belongs to the word.
	bridgeSeconds   = 0.030
	chainGapSeconds = 0.250
	// ahead is how far past the anchor an edge may lie: one hop of the coarse
	// stage.
	aheadSeconds = 0.010
	// burstGap and releaseGap are how far from the voice a short piece may be:
	// the burst of a stop that begins a word is close, the release of one that
	// ends it comes after the closure.
	burstGapSeconds   = 0.060
	releaseGapSeconds = 0.150
	// chainLeast is how long a piece must be to be chained over chainGap: a
	// click or one leaked packet is shorter. Dips shorter than flicker do not
	// divide it.
	chainLeastSeconds = 0.030
	flickerSeconds    = 0.004
	// edgeStepsPerSecond is the grid of the walk: 0.5 ms.
	edgeStepsPerSecond = 2000
	// quietRMS is the noise, in steps of 16-bit PCM, up to which the sound
	// before speech counts as digital silence.
	quietRMS = 1.5
	// leastNoise is how much noise is needed to learn its spectrum.
	leastNoiseSeconds = 0.040
)

// edge describes where speech is known to be and what surrounds it. Time runs
// into the speech: for an offset everything is reversed.
type edge struct {
	rate   audio.Rate
	x      []float64 // the samples, in steps of 16-bit PCM
	anchor int       // an index of x that is certainly in speech
	noise  []float64 // what is heard without speech, near the edge

	// shortGap is how far back a short piece still belongs to the word, in
	// seconds.
	shortGap float64

	power  sums    // of x
	sound  []bool  // grid points with more than noise, up to the anchor
	layers []layer // in noise: what stands out of it, in several bands
	// In digital silence: the largest magnitude of the noise.
	quiet float64
}

// newEdge prepares the search for an edge. The slices are kept.
func newEdge(rate audio.Rate, x []float64, anchor int, noise []float64) *edge {
	near := x[:min(len(x), anchor+int(layerSeconds*float64(rate)))]
	e := &edge{rate: rate, x: x, anchor: anchor, noise: noise, power: newSums(near)}
	if len(noise) < e.seconds(leastNoiseSeconds) || rms(noise) <= quietRMS {
		e.quiet = peak(noise) + 0.5
		w := e.seconds(0.001)
		e.sound = e.marks(e.power, w, e.quiet*e.quiet/float64(w))
		return e
	}
	e.layers = newLayers(rate, near, noise)
	e.sound = make([]bool, anchor/e.step()+1)
	for i := range e.layers {
		e.layers[i].mark(e)
	}
	return e
}

// found is an edge: the first sample of speech, and the first sample of the sound
// that leads into it without a gap, which is no later.
type found struct{ speech, sound int }

// find returns the edge of the speech at the anchor, given its active level
// without noise.
func (e *edge) find(levelDBFS float64) found {
	floor := amplitude(levelDBFS - onsetBelowActiveDB - edgeSlackDB)
	if e.layers == nil {
		return e.findInSilence(floor)
	}
	return e.findInNoise(floor)
}

// findInSilence takes every sample over the steps of digital silence for sound.
func (e *edge) findInSilence(floor float64) found {
	floor = max(floor, e.quiet)
	w := e.seconds(0.001)
	start, sound := e.walk(e.marks(e.power, w, floor*floor))
	if len(e.noise) >= e.seconds(leastNoiseSeconds) {
		start = e.ahead(start, w, floor*floor)
	}
	sound = e.firstReaching(sound, sound+e.step()+w, e.quiet)
	start = e.firstReaching(start, start+e.step()+w, floor)
	return found{speech: start, sound: min(start, sound)}
}

// ahead returns the first grid point shortly after start at which the mean square
// of the w samples from there reaches limit, or start when there is none. A voice
// that fades is periodic still when it is no longer as loud as speech, so that the
// anchor may lie beyond the edge. That is known where there is silence around it.
func (e *edge) ahead(start, w int, limit float64) int {
	last := min(start+e.seconds(aheadSeconds), len(e.power)-1-w)
	for i := start; i <= last; i += e.step() {
		if e.power[i+w]-e.power[i] >= limit*float64(w) {
			return i
		}
	}
	return start
}

// findInNoise places the start where the power of the whitened sound changes.
func (e *edge) findInNoise(floor float64) found {
	loud := e.marks(e.power, e.seconds(0.005), floor*floor)
	for i := range loud {
		loud[i] = loud[i] && e.sound[i]
	}
	start, sound := e.walk(loud)
	start = e.change(start)
	return found{speech: start, sound: min(start, sound)}
}

// seconds returns the number of samples in s seconds, at least one.
func (e *edge) seconds(s float64) int { return max(1, int(s*float64(e.rate))) }

// step returns the number of samples between grid points.
func (e *edge) step() int { return max(1, int(e.rate)/edgeStepsPerSecond) }

// sums holds running sums of squares.
type sums []float64

func newSums(x []float64) sums {
	s := make(sums, len(x)+1)
	for i, v := range x {
		s[i+1] = s[i] + v*v
	}
	return s
}

// marks tells for every grid point up to the anchor whether the mean square of
// the w samples from there reaches limit.
func (e *edge) marks(power sums, w int, limit float64) []bool {
	step := e.step()
	out := make([]bool, e.anchor/step+1)
	for i := range out {
		from := i * step
		to := min(from+w, len(power)-1)
		out[i] = power[to]-power[from] >= limit*float64(w)
	}
	return out
}

// walk goes back from the anchor over the grid points with sound. It returns the
// first sample of the earliest that is loud enough to be speech, and of the
// earliest of all.
func (e *edge) walk(loud []bool) (speech, sound int) {
	step := e.step()
	bridge := e.seconds(bridgeSeconds) / step
	at := len(loud) - 1
	for back := 0; at > 0 && !loud[at]; back++ {
		if back > 2*bridge {
			return (len(loud) - 1) * step, (len(loud) - 1) * step
		}
		at-- // the anchor itself may lie in a dip
	}
	at = runStart(e.sound, at, bridge)
	for next := e.chained(loud, at, bridge, true); next >= 0; next = e.chained(loud, at, bridge, false) {
		at = next
	}
	sound = at * step
	for at < len(loud)-1 && !loud[at] {
		at++
	}
	return at * step, sound
}

// runStart returns the first marked point that is reached from at without a gap
// of more than bridge points.
func runStart(marks []bool, at, bridge int) int {
	for i := at - 1; i >= 0 && at-i <= bridge; i-- {
		if marks[i] {
			at = i
		}
	}
	return at
}

// longestRun returns the length of the longest run of marks whose gaps are at
// most gap long.
func longestRun(marks []bool, gap int) int {
	longest, start, last := 0, -1, -1
	for i, m := range marks {
		if !m {
			continue
		}
		if start < 0 || i-last > gap+1 {
			start = i
		}
		last = i
		longest = max(longest, i-start+1)
	}
	return longest
}

// chained returns the start of the piece of sound before at that belongs to the
// same word, or -1. A short piece does next to the voice only, for clicks come in
// numbers: first says that at is where the voice begins.
func (e *edge) chained(loud []bool, at, bridge int, first bool) int {
	step := e.step()
	for i := at - 1; i >= 0 && at-i <= e.seconds(chainGapSeconds)/step; i-- {
		if !e.sound[i] {
			continue
		}
		start := runStart(e.sound, i, bridge)
		near := first && at-i <= e.seconds(e.shortGap)/step
		length := longestRun(loud[start:i+1], e.seconds(flickerSeconds)/step)
		if length > 0 && (near || length*step >= e.seconds(chainLeastSeconds)) {
			return start
		}
		i = start
	}
	return -1
}

// firstReaching returns the first index of [from, to) at which |x| reaches
// floor, or from.
func (e *edge) firstReaching(from, to int, floor float64) int {
	for i := from; i < min(to, len(e.x)); i++ {
		if math.Abs(e.x[i]) >= floor {
			return i
		}
	}
	return from
}

func meanSquareF(x []float64) float64 {
	if len(x) == 0 {
		return 0
	}
	var sum float64
	for _, v := range x {
		sum += v * v
	}
	return sum / float64(len(x))
}

func rms(x []float64) float64 { return math.Sqrt(meanSquareF(x)) }

func peak(x []float64) float64 {
	var p float64
	for _, v := range x {
		p = max(p, math.Abs(v))
	}
	return p
}
