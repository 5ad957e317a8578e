package spectrum_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/dsp/fourier"

	"callprobe/audio/spectrum"
)

func TestItAgreesWithTheGeneralLibrary(t *testing.T) {
	// Those of the detector at the usual rates, and some of each shape.
	for _, n := range []int{2, 4, 6, 8, 10, 12, 18, 30, 50, 240, 250, 360, 450, 480, 486, 500, 512, 4096} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			f := spectrum.New(n)
			oracle := fourier.NewFFT(n)
			x := random(n)
			power, want := make([]float64, n/2+1), make([]float64, n/2+1)
			f.Power(power, x, 0, len(power))
			for k, c := range oracle.Coefficients(nil, x) {
				want[k] = real(c)*real(c) + imag(c)*imag(c)
			}
			near(t, "power", power, want)

			coeffs := make([]complex128, len(power))
			for k, p := range power {
				coeffs[k] = complex(p, 0)
			}
			corr := make([]float64, n)
			f.Autocorrelation(corr, power)
			near(t, "autocorrelation", corr, oracle.Sequence(nil, coeffs))

			f.Forward(coeffs, x)
			near(t, "forward", flat(coeffs), flat(oracle.Coefficients(nil, x)))
			back := make([]float64, n)
			f.Inverse(back, coeffs)
			near(t, "inverse", back, oracle.Sequence(nil, coeffs))
		})
	}
}

func TestOnlyTheBandThatIsAskedForIsWritten(t *testing.T) {
	f := spectrum.New(480)
	power := make([]float64, 241)
	f.Power(power, random(480), 3, 200)
	for k, p := range power {
		if inside := k >= 3 && k < 200; inside != (p != 0) {
			t.Fatalf("bin %d holds %g", k, p)
		}
	}
}

func TestOtherLengthsAreRefused(t *testing.T) {
	for _, n := range []int{-2, 0, 1, 3, 14, 22} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("it is taken")
				}
			}()
			spectrum.New(n)
		})
	}
}

func random(n int) []float64 {
	r := rand.New(rand.NewPCG(1, uint64(n)))
	x := make([]float64, n)
	for i := range x {
		x[i] = r.NormFloat64()
	}
	return x
}

// flat returns the real and the imaginary parts.
func flat(c []complex128) []float64 {
	var out []float64
	for _, v := range c {
		out = append(out, real(v), imag(v))
	}
	return out
}

// near fails where got differs by more than rounding.
func near(t *testing.T, what string, got, want []float64) {
	t.Helper()
	var top float64
	for _, v := range want {
		top = max(top, math.Abs(v))
	}
	for i := range want {
		if math.Abs(got[i]-want[i]) > 1e-13*top {
			t.Errorf("%s[%d] is %g instead of %g", what, i, got[i], want[i])
		}
	}
}

func BenchmarkPower(b *testing.B) {
	const n = 480
	x, power := random(n), make([]float64, n/2+1)
	b.Run("ours", func(b *testing.B) {
		f := spectrum.New(n)
		for b.Loop() {
			f.Power(power, x, 0, len(power))
		}
	})
	b.Run("gonum", func(b *testing.B) {
		f, coeffs := fourier.NewFFT(n), make([]complex128, n/2+1)
		for b.Loop() {
			for k, c := range f.Coefficients(coeffs, x) {
				power[k] = real(c)*real(c) + imag(c)*imag(c)
			}
		}
	})
}

func BenchmarkAutocorrelation(b *testing.B) {
	const n = 480
	power, corr := random(n)[:n/2+1], make([]float64, n)
	b.Run("ours", func(b *testing.B) {
		f := spectrum.New(n)
		for b.Loop() {
			f.Autocorrelation(corr, power)
		}
	})
	b.Run("gonum", func(b *testing.B) {
		f, coeffs := fourier.NewFFT(n), make([]complex128, n/2+1)
		for b.Loop() {
			for k, p := range power {
				coeffs[k] = complex(p, 0)
			}
			f.Sequence(corr, coeffs)
		}
	})
}
