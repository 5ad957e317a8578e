package vad

import "math"

// A buzz, a chord, or hum is periodic as speech is, but it stays the same:
// speech changes within a few frames.
const (
	variedBands   = 12
	variedLeastDB = 1.0
	variedRangeDB = 25
	// variedEdge frames at either end hold the sound only in part.
	variedEdge = 3
)

// bands returns the levels of the latest spectrum in variedBands bands of equal
// width, in dB.
func (f *frontEnd) bands() [variedBands]float32 {
	var out [variedBands]float32
	width := float64(f.high-f.low) / variedBands
	for b := range out {
		var sum float64
		for k := f.low + int(float64(b)*width); k < f.low+int(float64(b+1)*width); k++ {
			sum += f.power[k]
		}
		out[b] = float32(10 * math.Log10(sum+1e-6))
	}
	return out
}

// varied reports whether the sound of the frames up to i changes as speech does.
func (d *Detector) varied(i int) bool {
	n, skip := 0, variedEdge
	var sums, squares [variedBands]float64
	top := float32(math.Inf(-1))
	for j := d.windowStart(i); j <= i; j++ {
		f := d.frame(j)
		if !f.active {
			skip = variedEdge
			continue
		}
		if skip > 0 {
			skip--
			continue
		}
		n++
		for b, level := range f.bands {
			sums[b] += float64(level)
			squares[b] += float64(level) * float64(level)
			top = max(top, level)
		}
	}
	if n < 2 {
		return true
	}
	var spread, counted float64
	for b := range sums {
		mean := sums[b] / float64(n)
		if mean < float64(top)-variedRangeDB {
			continue
		}
		spread += math.Sqrt(max(0, squares[b]/float64(n)-mean*mean))
		counted++
	}
	return counted == 0 || spread/counted >= variedLeastDB
}
