package opus

import (
	"math"
	"math/rand/v2"
)

// speech synthesizes n samples at 48 kHz that an encoder takes for speech:
// pulses of a gliding pitch through three formants, four syllables a second,
// with a hiss between them.
func speech(n int, seed uint64) []int16 {
	rng := rand.New(rand.NewPCG(seed, 1))
	formants := []*resonator{newResonator(650, 90), newResonator(1400, 120), newResonator(2600, 180)}
	out := make([]int16, n)
	phase := 0.0
	for i := range out {
		t := float64(i) / 48000
		phase += (130 + 30*math.Sin(2*math.Pi*1.3*t+float64(seed))) / 48000
		pulse := 0.0
		if phase >= 1 {
			phase--
			pulse = 1
		}
		syllable := math.Max(0, math.Sin(2*math.Pi*4*t))
		v := 0.0
		for _, f := range formants {
			v += f.filter(pulse)
		}
		hiss := 0.02 * (1 - syllable) * rng.NormFloat64()
		out[i] = int16(math.Round(math.Max(-32768, math.Min(32767, 9000*(syllable*v+hiss)))))
	}
	return out
}

// resonator is a two-pole filter with unit gain at its peak, roughly.
type resonator struct{ a1, a2, y1, y2 float64 }

func newResonator(hz, bandwidth float64) *resonator {
	r := math.Exp(-math.Pi * bandwidth / 48000)
	return &resonator{a1: 2 * r * math.Cos(2*math.Pi*hz/48000), a2: -r * r}
}

func (r *resonator) filter(x float64) float64 {
	y := x/6 + r.a1*r.y1 + r.a2*r.y2
	r.y2, r.y1 = r.y1, y
	return y
}

// maxDifference returns the largest difference of two signals and its place.
func maxDifference(a, b []int16) (largest, at int) {
	for i := range min(len(a), len(b)) {
		if d := int(math.Abs(float64(a[i]) - float64(b[i]))); d > largest {
			largest, at = d, i
		}
	}
	return largest, at
}

// snrDB returns the level of a over that of a-b.
func snrDB(a, b []int16) float64 {
	signal, noise := 0.0, 1e-9
	for i := range min(len(a), len(b)) {
		d := float64(a[i]) - float64(b[i])
		signal += float64(a[i]) * float64(a[i])
		noise += d * d
	}
	return 10 * math.Log10(signal/noise)
}
