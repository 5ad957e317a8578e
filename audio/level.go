package audio

import (
	"math"
	"time"
)

// fullScale is the amplitude of 0 dBFS: the overload point of 16-bit PCM. A
// square wave of that amplitude has a level of 0 dBFS and a sine of -3.01 dBFS,
// as ITU-T G.100.1 defines dBov.
const fullScale = 32768

const (
	// activeWindow is the length of the windows whose level decides whether
	// they count as speech in the active level.
	activeWindow = 20 * time.Millisecond
	// activeRangeDB is how far below the loudest window the quietest window
	// may lie that still counts.
	activeRangeDB = 20
)

// RMSDBFS returns the level of all samples together in dB below full scale, and
// -Inf for silence and for an empty clip.
func (c Clip) RMSDBFS() float64 {
	return powerDBFS(energy(c.Samples), len(c.Samples))
}

// PeakDBFS returns the largest magnitude in dB below full scale, and -Inf for
// silence and for an empty clip.
func (c Clip) PeakDBFS() float64 {
	var peak int
	for _, s := range c.Samples {
		peak = max(peak, abs(s))
	}
	return 20 * math.Log10(float64(peak)/fullScale)
}

// ActiveLevelDBFS returns the level of the loud parts: the RMS over those
// windows of 20 ms, counted from the first sample, that lie within 20 dB of the
// loudest. Pauses and silence around speech leave it alone. A last window that
// is not full does not count, unless it is the only one. It is -Inf for silence.
func (c Clip) ActiveLevelDBFS() float64 {
	size := max(1, int(c.Rate.Samples(activeWindow)))
	if len(c.Samples) < size {
		return c.RMSDBFS()
	}
	windows := make([]float64, 0, len(c.Samples)/size)
	loudest := 0.0
	for rest := c.Samples; len(rest) >= size; rest = rest[size:] {
		e := energy(rest[:size])
		windows = append(windows, e)
		loudest = max(loudest, e)
	}
	floor := loudest * math.Pow(10, -activeRangeDB/10.0)
	sum, n := 0.0, 0
	for _, e := range windows {
		if e >= floor {
			sum += e
			n += size
		}
	}
	return powerDBFS(sum, n)
}

// WithActiveLevel returns a copy of the clip scaled to an active level in dBFS.
// Samples never clip: where the peak would pass full scale the clip is scaled so
// that the peak just reaches it, and the level stays below what was asked.
// A silent clip stays silent.
func (c Clip) WithActiveLevel(dbfs float64) Clip {
	out := Clip{Rate: c.Rate, Samples: make([]int16, len(c.Samples))}
	level := c.ActiveLevelDBFS()
	if math.IsInf(level, -1) || math.IsNaN(dbfs) {
		copy(out.Samples, c.Samples)
		return out
	}
	gain := min(math.Pow(10, (dbfs-level)/20), c.headroom())
	for i, s := range c.Samples {
		out.Samples[i] = int16(math.Round(gain * float64(s)))
	}
	return out
}

// headroom returns the largest gain that keeps every sample within 16 bits.
func (c Clip) headroom() float64 {
	gain := math.Inf(1)
	for _, s := range c.Samples {
		switch {
		case s > 0:
			gain = min(gain, math.MaxInt16/float64(s))
		case s < 0:
			gain = min(gain, math.MinInt16/float64(s))
		}
	}
	return gain
}

func energy(samples []int16) float64 {
	sum := 0.0
	for _, s := range samples {
		sum += float64(s) * float64(s)
	}
	return sum
}

func powerDBFS(energy float64, n int) float64 {
	if n == 0 || energy == 0 {
		return math.Inf(-1)
	}
	return 10 * math.Log10(energy/float64(n)/(fullScale*fullScale))
}

func abs(s int16) int {
	if s < 0 {
		return -int(s)
	}
	return int(s)
}
