package vad

import "math"

// Constants of the noise tracker. A frame is 10 ms.
const (
	// noiseFloorDBFS is the level below which nothing is told from silence:
	// the level that speech at -45 dBFS has where it begins by definition.
	noiseFloorDBFS = -80
	// noiseRate is how fast the noise spectrum follows frames without speech.
	noiseRate = 0.05
	// steadyFrames is how long a spectrum must stay the same to be taken for
	// a new noise, whatever its level; steadyFirst, before any is known.
	steadyFrames = 30
	steadyFirst  = 20
	// steadyVoiced is the same for a voice that holds a vowel.
	steadyVoiced = 80
	// steadyTone is the same for a tone: those of a phone are shorter.
	steadyTone = 400
	// strangeFrames is how many frames the sound of a click is heard in.
	strangeFrames = 4
	// droppedFrames is how long a spectrum must stay far below the noise for
	// the noise to be over.
	droppedFrames = 5
	// activeMargin and activeSigmas say how far the likelihood ratio must rise
	// over its mean in noise.
	activeMargin = 0.35
	activeSigmas = 5
	// loudTimes the power of the noise is no noise, and learnTimes as much as
	// a frame of noise may have in one bin: twice in a hundred it has more.
	loudTimes  = 6
	learnTimes = 4
)

// noiseTracker keeps the noise spectrum and tells how far a frame exceeds it.
type noiseTracker struct {
	low, high int
	floor     float64   // least noise power of a bin
	noise     []float64 // tracked noise power
	known     int       // frames that went into it
	mean, dev float64   // of the likelihood ratio in noise

	steady    []float64 // mean spectrum of the steady run in progress
	steadyLen int
	strange   int // frames since the last that was part of the run
}

func newNoiseTracker(low, high, bins int) *noiseTracker {
	t := &noiseTracker{low: low, high: high, noise: make([]float64, bins), steady: make([]float64, bins)}
	a := amplitude(noiseFloorDBFS)
	t.floor = a * a / float64(bins)
	for i := range t.noise {
		t.noise[i] = t.floor
	}
	// The mean of ratio in white noise is 2/e - E1(1) - 1/e = 0.149.
	t.mean, t.dev = 0.149, 0.05
	return t
}

// ratio returns the mean over the band of the log likelihood ratio of the frame
// having more power than reference: g - ln g - 1 where g, the ratio of the two
// powers, is above 1.
func (t *noiseTracker) ratio(power, reference []float64) float64 {
	var sum, product float64
	product = 1
	for k := t.low; k < t.high; k++ {
		p, n := power[k], max(reference[k], t.floor)
		if p <= n {
			continue
		}
		g := p / n
		sum += g - 1
		product *= g
		if product > 1e100 || g > 1e6 {
			sum -= math.Log(product)
			product = 1
		}
	}
	sum -= math.Log(product)
	return sum / float64(t.high-t.low)
}

// active reports whether a frame of this ratio exceeds the noise.
func (t *noiseTracker) active(ratio float64) bool {
	return ratio > t.mean+max(activeMargin, activeSigmas*t.dev)
}

// loud reports whether a frame has far more power than the noise, in however
// few bins.
func (t *noiseTracker) loud(power []float64) bool {
	var now, noise float64
	for k := t.low; k < t.high; k++ {
		now += power[k]
		noise += t.noise[k]
	}
	return now > loudTimes*noise
}

// learn folds a frame without speech into the noise. No bin counts for more than
// learnTimes its noise: a weak syllable that passes for noise must not raise it.
func (t *noiseTracker) learn(power []float64, ratio float64) {
	t.known++
	rate := max(noiseRate, 1/float64(t.known))
	for k := t.low; k < t.high; k++ {
		p := max(power[k], t.floor)
		if t.known > steadyFirst {
			p = min(p, learnTimes*t.noise[k])
		}
		t.noise[k] += rate * (p - t.noise[k])
	}
	diff := ratio - t.mean
	t.mean += 0.02 * diff
	t.dev += 0.02 * (math.Abs(diff)*1.25 - t.dev)
}

// follow continues the steady run with a frame or starts a new one, and returns
// how many frames the run has: 0 for a frame that is not part of it. A few such
// frames, a click, do not end the run.
func (t *noiseTracker) follow(power []float64) int {
	if t.steadyLen > 0 && !t.same(power) {
		t.strange++
		if t.strange <= strangeFrames && t.steadyLen > 2*strangeFrames {
			return 0
		}
		t.steadyLen = 0
	}
	t.strange = 0
	t.steadyLen++
	rate := max(noiseRate, 1/float64(t.steadyLen))
	for k := t.low; k < t.high; k++ {
		t.steady[k] += rate * (max(power[k], t.floor) - t.steady[k])
	}
	return t.steadyLen
}

// same reports whether a frame has the spectrum of the steady run, neither
// louder nor softer.
func (t *noiseTracker) same(power []float64) bool {
	var now, before float64
	for k := t.low; k < t.high; k++ {
		now += max(power[k], t.floor)
		before += t.steady[k]
	}
	if now > 4*before || before > 4*now {
		return false
	}
	// The mean of fewer frames is too rough to compare with.
	return t.steadyLen < 5 || t.ratio(power, t.steady) < 0.149+activeMargin
}

// dropped reports whether the steady run lies far below the noise.
func (t *noiseTracker) dropped() bool {
	var now, before float64
	for k := t.low; k < t.high; k++ {
		now += t.steady[k]
		before += t.noise[k]
	}
	return now < before/4
}

// adopt takes the steady run for the noise.
func (t *noiseTracker) adopt() {
	copy(t.noise, t.steady)
	t.known = t.steadyLen
	t.mean, t.dev = 0.149, 0.05
}
