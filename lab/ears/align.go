package ears

import (
	"math"

	"callprobe/audio/spectrum"
)

// decimation brings 48 kHz to the 8 kHz of the coarse search.
const decimation = 6

// align returns the position in heard at which template begins, to the sample,
// and the correlation of the two there, -1 to 1. Both are at 48 kHz. The
// position is negative where the template's start was cut off.
func align(template, heard []int16) (pos int64, match float64) {
	if len(template) == 0 || len(heard) == 0 {
		return 0, 0
	}
	coarse := correlate(decimate(template), decimate(heard)) * decimation
	from, to := loudest(template, 2*48000)
	most, at := math.Inf(-1), int64(coarse)
	for lag := int64(coarse) - 2*decimation; lag <= int64(coarse)+2*decimation; lag++ {
		if c := correlation(template[from:to], heard, lag+int64(from)); c > most {
			most, at = c, lag
		}
	}
	return at, most
}

// correlate returns the shift of a within b at which their product is largest,
// by way of their spectra.
func correlate(a, b []float64) int {
	size := 1
	for size < len(a)+len(b) {
		size *= 2
	}
	fft := spectrum.New(size)
	padded := make([]float64, size)
	transform := func(x []float64) []complex128 {
		clear(padded[copy(padded, x):])
		coeffs := make([]complex128, size/2+1)
		fft.Forward(coeffs, padded)
		return coeffs
	}
	fa, fb := transform(a), transform(b)
	for i := range fa {
		fa[i] = complex(real(fa[i]), -imag(fa[i])) * fb[i]
	}
	fft.Inverse(padded, fa)
	top := 0
	for i, x := range padded {
		if x > padded[top] {
			top = i
		}
	}
	if top >= len(b) {
		return top - size
	}
	return top
}

// correlation is the normalized correlation of a with the part of b that
// begins at pos; what lies outside of b counts as zero.
func correlation(a, b []int16, pos int64) float64 {
	var ab, aa, bb float64
	for i, s := range a {
		x, y := float64(s), 0.0
		if j := pos + int64(i); j >= 0 && j < int64(len(b)) {
			y = float64(b[j])
		}
		ab += x * y
		aa += x * x
		bb += y * y
	}
	if aa == 0 || bb == 0 {
		return 0
	}
	return ab / math.Sqrt(aa*bb)
}

// loudest returns the stretch of at most n samples that holds the most energy,
// to 10 ms.
func loudest(pcm []int16, n int) (from, to int) {
	if len(pcm) <= n {
		return 0, len(pcm)
	}
	const step = 480
	blocks := make([]float64, len(pcm)/step)
	for i := range blocks {
		for _, s := range pcm[i*step : (i+1)*step] {
			blocks[i] += float64(s) * float64(s)
		}
	}
	width := n / step
	sum := 0.0
	for _, x := range blocks[:width] {
		sum += x
	}
	most, at := sum, 0
	for i := width; i < len(blocks); i++ {
		sum += blocks[i] - blocks[i-width]
		if sum > most {
			most, at = sum, i-width+1
		}
	}
	return at * step, at*step + n
}

// decimate takes the mean of every six samples: enough of a filter for a search
// whose result is refined at the full rate.
func decimate(pcm []int16) []float64 {
	out := make([]float64, len(pcm)/decimation)
	for i := range out {
		for _, s := range pcm[i*decimation : (i+1)*decimation] {
			out[i] += float64(s)
		}
	}
	return out
}
