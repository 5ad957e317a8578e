package audio

import (
	"fmt"
	"math"
)

// MinRate and MaxRate bound the sample rates that callprobe reads and resamples
// to, in Hz.
const (
	MinRate Rate = 4000
	MaxRate Rate = 192000
)

// The filter of the resampler is a sinc under a Kaiser window (J. F. Kaiser,
// "Nonrecursive digital filter design using the I0-sinh window function", 1974):
// 48 zero crossings a side and beta 12 reach 117 dB of stopband attenuation
// (A = beta/0.1102 + 8.7) over a transition of 8 % of the lower rate. The cutoff
// lies so far below the lower Nyquist frequency that the stopband begins at
// about 1.02 of it.
const (
	sincCrossings  = 48
	kaiserBeta     = 12.0
	sincCutoff     = 0.94
	maxFilterTable = 1 << 23 // Coefficients; 64 MB.
)

// Valid reports whether r lies within MinRate and MaxRate.
func (r Rate) Valid() bool { return MinRate <= r && r <= MaxRate }

// Resample returns the clip at another rate. The filter has no delay: what
// happens at t seconds of the clip happens at t seconds of the result, so a
// position p becomes exactly p*to/c.Rate. The result has
// ceil(len(c.Samples)*to/c.Rate) samples; outside the clip there is silence.
// Peaks beyond 16 bits are held at full scale.
func (c Clip) Resample(to Rate) (Clip, error) {
	if !c.Rate.Valid() || !to.Valid() {
		return Clip{}, fmt.Errorf("resample clip: %d Hz to %d Hz is not between rates of %d to %d Hz", c.Rate, to, MinRate, MaxRate)
	}
	if c.Rate == to {
		return Clip{Rate: to, Samples: append([]int16(nil), c.Samples...)}, nil
	}
	divisor := gcd(int64(c.Rate), int64(to))
	up, down := int64(to)/divisor, int64(c.Rate)/divisor
	n := (int64(len(c.Samples))*up + down - 1) / down
	f, err := newPolyphase(up, down, n)
	if err != nil {
		return Clip{}, fmt.Errorf("resample clip: %d Hz to %d Hz: %w", c.Rate, to, err)
	}
	return Clip{Rate: to, Samples: f.filter(c.Samples, n)}, nil
}

// polyphase holds one set of filter coefficients per fraction k/up of a sample
// at which outputs fall between inputs.
type polyphase struct {
	up, down int64
	half     int64 // Taps a side.
	taps     []float64
}

// newPolyphase computes the phases that n outputs need.
func newPolyphase(up, down, n int64) (*polyphase, error) {
	// Positions are in input samples. Where the output rate is the lower one,
	// the sinc is as much wider.
	cutoff := sincCutoff * min(1, float64(up)/float64(down))
	width := sincCrossings / min(1, float64(up)/float64(down))
	f := &polyphase{up: up, down: down, half: int64(math.Ceil(width))}
	if up*2*f.half > maxFilterTable {
		return nil, fmt.Errorf("the rates are related by %d:%d, which needs too large a filter: convert the file to a common rate such as 48000 Hz", up, down)
	}
	f.taps = make([]float64, up*2*f.half)
	for i := range min(up, n) {
		f.fillPhase(i*down%up, cutoff, width)
	}
	return f, nil
}

// fillPhase computes the taps for outputs that lie phase/up of a sample after
// the input at index half-1 of their taps. Taps sum to 1: a constant keeps its
// value.
func (f *polyphase) fillPhase(phase int64, cutoff, width float64) {
	taps := f.phase(phase)
	frac := float64(phase) / float64(f.up)
	sum := 0.0
	for k := range taps {
		x := float64(int64(k)-(f.half-1)) - frac
		taps[k] = sinc(cutoff*x) * kaiser(x/width)
		sum += taps[k]
	}
	for k := range taps {
		taps[k] /= sum
	}
}

func (f *polyphase) phase(i int64) []float64 {
	return f.taps[i*2*f.half : (i+1)*2*f.half]
}

// filter computes n outputs.
func (f *polyphase) filter(in []int16, n int64) []int16 {
	out := make([]int16, n)
	for i := range out {
		at := int64(i) * f.down
		taps := f.phase(at % f.up)
		first := at/f.up - (f.half - 1)
		from := max(0, -first)
		to := min(int64(len(taps)), int64(len(in))-first)
		sum := 0.0
		for k := from; k < to; k++ {
			sum += taps[k] * float64(in[first+k])
		}
		out[i] = toInt16(sum)
	}
	return out
}

// toInt16 rounds to the nearest sample value and holds at full scale.
func toInt16(x float64) int16 {
	return int16(math.Round(max(math.MinInt16, min(math.MaxInt16, x))))
}

func sinc(x float64) float64 {
	if x == 0 {
		return 1
	}
	return math.Sin(math.Pi*x) / (math.Pi * x)
}

// kaiser is the Kaiser window over -1 to 1, not scaled.
func kaiser(x float64) float64 {
	if x < -1 || x > 1 {
		return 0
	}
	return besselI0(kaiserBeta * math.Sqrt(1-x*x))
}

// besselI0 is the modified Bessel function of the first kind, order zero, by its
// power series (Abramowitz and Stegun, 9.6.12).
func besselI0(x float64) float64 {
	sum, term := 1.0, 1.0
	q := x * x / 4
	for k := 1.0; term > sum*1e-17; k++ {
		term *= q / (k * k)
		sum += term
	}
	return sum
}

func gcd(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
