// Package spectrum transforms real signals to frequencies and back, for
// lengths that are products of 2, 3 and 5. It exists because the detector's time
// goes into short transforms, and this one takes a quarter of what the general
// library does (docs/dependencies.md).
package spectrum

import (
	"fmt"
	"math"
	"math/cmplx"
)

// FFT is the transform of real sequences of one even length. It is not safe for
// concurrent use.
type FFT struct {
	n      int
	stages []stage
	turns  []complex128 // exp(-2πik/n), k up to n/4
	z, y   []complex128 // the sequence as n/2 complex numbers, and room to work in
}

// stage is one pass of the decimation in frequency that sorts itself (Stockham):
// it turns each group of radix numbers, and leaves stride times as many.
type stage struct {
	radix, count, stride int
	turns                []complex128 // radix-1 for each of count
}

// New returns the transform for sequences of length n. It panics unless n is even,
// positive, and has no prime factor above 5.
func New(n int) *FFT {
	if n < 2 || n%2 != 0 {
		panic(fmt.Sprintf("spectrum: length %d is not even and positive", n))
	}
	f := &FFT{n: n, z: make([]complex128, n/2), y: make([]complex128, n/2)}
	rest, stride := n/2, 1
	for rest > 1 {
		radix := 0
		for _, r := range [...]int{4, 2, 3, 5} {
			if rest%r == 0 {
				radix = r
				break
			}
		}
		if radix == 0 {
			panic(fmt.Sprintf("spectrum: length %d has a prime factor above 5", n))
		}
		f.stages = append(f.stages, newStage(radix, rest/radix, stride))
		rest /= radix
		stride *= radix
	}
	for k := range n/4 + 1 {
		f.turns = append(f.turns, turn(k, n))
	}
	return f
}

func newStage(radix, count, stride int) stage {
	s := stage{radix: radix, count: count, stride: stride}
	for p := range count {
		for t := 1; t < radix; t++ {
			s.turns = append(s.turns, turn(p*t, radix*count))
		}
	}
	return s
}

// turn returns exp(-2πik/n).
func turn(k, n int) complex128 {
	sin, cos := math.Sincos(-2 * math.Pi * float64(k) / float64(n))
	return complex(cos, sin)
}

// Forward writes the transform of x, of length n, to the n/2+1 elements of coeffs:
// the sum of x[i]·exp(-2πik/n) over i.
func (f *FFT) Forward(coeffs []complex128, x []float64) {
	f.load(x)
	for k := range coeffs[:f.n/2+1] {
		coeffs[k] = f.bin(k)
	}
}

// Inverse writes to x, of length n, the sequence whose transform is coeffs, times n.
func (f *FFT) Inverse(x []float64, coeffs []complex128) {
	half := f.n / 2
	coeffs = coeffs[:half+1]
	for k := range f.z {
		// The conjugate of what the even and the odd samples add up to: forward, it
		// gives the conjugate of the sequence.
		a, b := coeffs[k], cmplx.Conj(coeffs[half-k])
		odd := times(cmplx.Conj(f.turnOf(k)), a-b)
		f.z[k] = cmplx.Conj(a + b + complex(-imag(odd), real(odd)))
	}
	f.transform()
	x = x[:f.n]
	for i, v := range f.z {
		x[2*i], x[2*i+1] = real(v), -imag(v)
	}
}

// Power writes the squared magnitudes of the transform of x, of length n, to
// power[low:high]; high is at most n/2+1.
func (f *FFT) Power(power, x []float64, low, high int) {
	f.load(x)
	for k := low; k < high; k++ {
		c := f.bin(k)
		power[k] = real(c)*real(c) + imag(c)*imag(c)
	}
}

// load transforms the sequence x, taken for n/2 complex numbers.
func (f *FFT) load(x []float64) {
	x = x[:f.n]
	for i := range f.z {
		f.z[i] = complex(x[2*i], x[2*i+1])
	}
	f.transform()
}

// bin returns element k of the transform of what was loaded: the spectra of the
// even and the odd samples, put together again.
func (f *FFT) bin(k int) complex128 {
	half := len(f.z)
	first, last := k, half-k
	if k == half {
		first = 0
	}
	if k == 0 {
		last = 0
	}
	a, b := f.z[first], f.z[last]
	w := f.turnOf(k)
	oddRe, oddIm := imag(a)+imag(b), real(b)-real(a)
	return complex(
		(real(a)+real(b)+real(w)*oddRe-imag(w)*oddIm)/2,
		(imag(a)-imag(b)+real(w)*oddIm+imag(w)*oddRe)/2,
	)
}

// Autocorrelation writes the inverse transform of a power spectrum of n/2+1
// bins to corr, of length n: n times the circular autocorrelation where power is the
// squared magnitude of the forward transform divided by n.
func (f *FFT) Autocorrelation(corr, power []float64) {
	half := f.n / 2
	power, corr = power[:half+1], corr[:f.n]
	for k := range f.z {
		// A real sequence of real spectrum is even, so that the direction of
		// the transform does not matter: it is taken forward.
		sum, diff := power[k]+power[half-k], power[k]-power[half-k]
		w := f.turnOf(k)
		f.z[k] = complex(sum-imag(w)*diff, real(w)*diff)
	}
	f.transform()
	corr[0], corr[1] = real(f.z[0]), imag(f.z[0])
	for i := 1; i < half; i++ {
		corr[2*i], corr[2*i+1] = real(f.z[i]), imag(f.z[i])
	}
}

// turnOf returns exp(-2πik/n) for k up to n/2.
func (f *FFT) turnOf(k int) complex128 {
	if k < len(f.turns) {
		return f.turns[k]
	}
	w := f.turns[f.n/2-k]
	return complex(-real(w), imag(w))
}
