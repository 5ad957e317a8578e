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
	// bridge is how long a gap inside speech (the closure of a stop) may be
	// on the way back, chainGap how far back a longer piece of sound still
	// belongs to the word, shortGap how far back any piece does.
	bridgeSeconds   = 0.030
	shortGapSeconds = 0.060
	chainGapSeconds = 0.250
	// chainLeast is how long a piece must be to be chained over chainGap: a
	// click or one leaked packet is shorter.
	chainLeastSeconds = 0.040
	// edgeStepsPerSecond is the grid of the walk: 0.5 ms.
	edgeStepsPerSecond = 2000
	// quietRMS is the noise, in steps of 16-bit PCM, up to which the sound
	// before speech counts as digital silence.
	quietRMS = 1.5
	// defaultEdgeNoise is how much noise is needed to learn its spectrum.
	leastNoiseSeconds = 0.040
)

// edge describes where speech is known to be and what surrounds it. Time runs
// into the speech: for an offset everything is reversed.
type edge struct {
	rate   audio.Rate
	x      []float64 // the samples, in steps of 16-bit PCM
	anchor int       // an index of x that is certainly in speech
	noise  []float64 // what is heard without speech, near the edge
}

// find returns the index of the first sample of the speech at the anchor, given
// its active level without noise.
func (e edge) find(levelDBFS float64) int {
	floor := amplitude(levelDBFS - onsetBelowActiveDB - edgeSlackDB)
	if len(e.noise) < e.seconds(leastNoiseSeconds) || rms(e.noise) <= quietRMS {
		return e.findInSilence(floor)
	}
	return e.findInNoise(floor)
}

// findInSilence takes every sample over the steps of digital silence for sound.
func (e edge) findInSilence(floor float64) int {
	quiet := peak(e.noise) + 0.5
	floor = max(floor, quiet)
	w := max(1, int(e.rate)/1000)
	power := newSums(e.x)
	sound := e.marks(power, w, quiet*quiet/float64(w))
	loud := e.marks(power, w, floor*floor)
	start := e.walk(sound, loud)
	return e.firstReaching(start, start+e.step()+w, floor)
}

// findInNoise whitens the noise, so that speech stands out of it, and places
// the start where the power of the whitened sound changes.
func (e edge) findInNoise(floor float64) int {
	white := newWhitener(e.noise)
	noise := white.apply(e.noise)
	noise = noise[min(len(noise), whitenOrder):]
	x := white.apply(e.x)
	power := newSums(x)
	sound := make([]bool, e.anchor/e.step()+1)
	for _, seconds := range [...]float64{0.001, 0.005, 0.015} {
		w := max(2, e.seconds(seconds))
		for i, m := range e.marks(power, w, noiseExtreme(noise, w, e.step())) {
			sound[i] = sound[i] || m
		}
	}
	loud := e.marks(newSums(e.x), e.seconds(0.005), floor*floor)
	for i := range loud {
		loud[i] = loud[i] && sound[i]
	}
	start := e.walk(sound, loud)
	w := e.seconds(0.015)
	return changePoint(x, start-w/5, start+e.step()+w, meanSquareF(noise))
}

func (e edge) seconds(s float64) int { return int(s * float64(e.rate)) }

// step returns the number of samples between grid points.
func (e edge) step() int { return max(1, int(e.rate)/edgeStepsPerSecond) }

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
func (e edge) marks(power sums, w int, limit float64) []bool {
	step := e.step()
	out := make([]bool, e.anchor/step+1)
	for i := range out {
		from := i * step
		to := min(from+w, len(power)-1)
		out[i] = power[to]-power[from] >= limit*float64(w)
	}
	return out
}

// walk goes back from the anchor over the grid points with sound and returns the
// first sample of the earliest that is loud enough to be speech.
func (e edge) walk(sound, loud []bool) int {
	step := e.step()
	bridge := e.seconds(bridgeSeconds) / step
	at := len(loud) - 1
	for back := 0; at > 0 && !loud[at]; back++ {
		if back > 2*bridge {
			return (len(loud) - 1) * step
		}
		at-- // the anchor itself may lie in a dip
	}
	at = runStart(sound, at, bridge)
	for next := at; next >= 0; next = e.chained(sound, loud, at, bridge) {
		at = next
	}
	for at < len(loud)-1 && !loud[at] {
		at++
	}
	return at * step
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

// chained returns the start of the piece of sound before at that belongs to the
// same word, or -1.
func (e edge) chained(sound, loud []bool, at, bridge int) int {
	step := e.step()
	for i := at - 1; i >= 0 && at-i <= e.seconds(chainGapSeconds)/step; i-- {
		if !sound[i] {
			continue
		}
		start := runStart(sound, i, bridge)
		length := 0
		for _, l := range loud[start : i+1] {
			if l {
				length++
			}
		}
		near := at-i <= e.seconds(shortGapSeconds)/step
		if length > 0 && (near || length*step >= e.seconds(chainLeastSeconds)) {
			return start
		}
		i = start
	}
	return -1
}

// firstReaching returns the first index of [from, to) at which |x| reaches
// floor, or from.
func (e edge) firstReaching(from, to int, floor float64) int {
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
