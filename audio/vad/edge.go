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
		floor = max(floor, peak(e.noise)+1)
		w := max(1, int(e.rate)/1000)
		marks := e.marks(e.x, w, floor*floor, nil)
		start, width := e.walk(marks)
		return e.firstReaching(start, start+width+w, floor)
	}
	return e.findInNoise(floor)
}

// findInNoise whitens the noise, so that speech stands out of it, and places
// the start where the power of the whitened sound changes.
func (e edge) findInNoise(floor float64) int {
	white := newWhitener(e.noise)
	noise := white.apply(e.noise)
	noise = noise[min(len(noise), whitenOrder):]
	x := white.apply(e.x)
	var marks []bool
	for _, seconds := range [...]float64{0.001, 0.005, 0.015} {
		w := max(2, e.seconds(seconds))
		limit := noiseExtreme(noise, w, e.step())
		both := e.marks(x, w, limit, nil)
		if marks == nil {
			marks = both
			continue
		}
		for i, m := range both {
			marks[i] = marks[i] || m
		}
	}
	loud := e.marks(e.x, e.seconds(0.005), floor*floor, nil)
	for i := range marks {
		marks[i] = marks[i] && loud[i]
	}
	start, width := e.walk(marks)
	w := e.seconds(0.015)
	return changePoint(x, start-w/5, start+width+w, meanSquareF(noise))
}

func (e edge) seconds(s float64) int { return int(s * float64(e.rate)) }

// step returns the number of samples between grid points.
func (e edge) step() int { return max(1, int(e.rate)/edgeStepsPerSecond) }

// marks tells for every grid point up to the anchor whether the mean square of
// the w samples from there reaches limit.
func (e edge) marks(x []float64, w int, limit float64, into []bool) []bool {
	step := e.step()
	n := e.anchor/step + 1
	sums := make([]float64, len(x)+1)
	for i, v := range x {
		sums[i+1] = sums[i] + v*v
	}
	for i := range n {
		from := i * step
		to := min(from+w, len(x))
		into = append(into, sums[to]-sums[from] >= limit*float64(w))
	}
	return into
}

// walk goes back from the anchor over the marks and returns the first sample of
// the earliest grid point that belongs to the speech, and the grid's step.
func (e edge) walk(marks []bool) (start, width int) {
	step := e.step()
	at := len(marks) - 1
	for at > 0 && !marks[at] {
		at-- // the anchor itself may lie in a dip
	}
	bridge := e.seconds(bridgeSeconds) / step
	at = runStart(marks, at, bridge)
	for {
		next := e.chained(marks, at, bridge)
		if next < 0 {
			return at * step, step
		}
		at = next
	}
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
func (e edge) chained(marks []bool, at, bridge int) int {
	step := e.step()
	for i := at - 1; i >= 0 && at-i <= e.seconds(chainGapSeconds)/step; i-- {
		if !marks[i] {
			continue
		}
		start := runStart(marks, i, bridge)
		if at-i <= e.seconds(shortGapSeconds)/step || (i-start)*step >= e.seconds(chainLeastSeconds) {
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
