package audio

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
)

// ratePairs returns the conversions that calls and files need.
func ratePairs() [][2]Rate {
	return [][2]Rate{
		{8000, 48000}, {11025, 48000}, {16000, 48000}, {22050, 48000}, {24000, 48000}, {32000, 48000},
		{44100, 48000}, {96000, 48000}, {48000, 16000}, {48000, 8000}, {44100, 16000}, {48000, 44100},
	}
}

func forRatePairs(t *testing.T, f func(t *testing.T, from, to Rate)) {
	t.Helper()
	for _, p := range ratePairs() {
		t.Run(fmt.Sprintf("%d to %d", p[0], p[1]), func(t *testing.T) { f(t, p[0], p[1]) })
	}
}

func resample(t *testing.T, c Clip, to Rate) Clip {
	t.Helper()
	out, err := c.Resample(to)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestResampledLengthIsTheExactCeiling(t *testing.T) {
	forRatePairs(t, func(t *testing.T, from, to Rate) {
		for _, n := range []int{0, 1, 2, 146, 147, 148, 160, 999} {
			got := resample(t, Clip{Rate: from, Samples: make([]int16, n)}, to)
			want := (n*int(to) + int(from) - 1) / int(from)
			if len(got.Samples) != want || got.Rate != to {
				t.Errorf("%d samples became %d at %d Hz, want %d", n, len(got.Samples), got.Rate, want)
			}
		}
	})
}

// toneSNR fits a sine of known frequency and phase to the middle of a clip and
// returns its level over everything else, and its gain.
func toneSNR(c Clip, hz, amplitude float64) (snrDB, gainDB float64) {
	edge := len(c.Samples) / 5
	var signal, noise, dot, norm float64
	for i := edge; i < len(c.Samples)-edge; i++ {
		want := amplitude * math.Sin(2*math.Pi*hz*float64(i)/float64(c.Rate))
		d := float64(c.Samples[i]) - want
		signal, noise = signal+want*want, noise+d*d
		dot, norm = dot+want*float64(c.Samples[i]), norm+want*want
	}
	return 10 * math.Log10(signal/noise), 20 * math.Log10(dot/norm)
}

// Rounding to 16 bits alone limits a tone of amplitude 30000 to 97.3 dB twice
// over (input and output), 94.3 dB together.
func TestResampledToneIsTheToneInPlaceAndAtLevel(t *testing.T) {
	const amplitude = 30000
	forRatePairs(t, func(t *testing.T, from, to Rate) {
		lower := float64(min(from, to))
		for _, hz := range []float64{300, 1000, 0.25 * lower, 0.425 * lower} {
			in := Clip{Rate: from, Samples: sine(from, hz, amplitude, int(from)/5)}
			snr, gain := toneSNR(resample(t, in, to), hz, amplitude)
			if snr < 93 || math.Abs(gain) > 0.001 {
				t.Errorf("%.0f Hz: SNR %.1f dB, gain %.4f dB", hz, snr, gain)
			}
		}
	})
}

// Images of a tone count as noise in the test above; what folds down does not.
func TestResamplingDownFoldsNothingBack(t *testing.T) {
	forRatePairs(t, func(t *testing.T, from, to Rate) {
		for _, part := range []float64{0.52, 0.6, 0.9, 1.1} { // Above the Nyquist frequency.
			hz := part * float64(to)
			if hz > 0.49*float64(from) {
				continue
			}
			out := resample(t, Clip{Rate: from, Samples: sine(from, hz, 30000, int(from)/5)}, to)
			edge := len(out.Samples) / 5
			out.Samples = out.Samples[edge : len(out.Samples)-edge]
			if level := out.RMSDBFS(); level > -95 {
				t.Errorf("%.0f Hz folds down at %.1f dBFS", hz, level)
			}
		}
	})
}

// clickAt returns a pulse of half a millisecond whose middle lies at a sample.
func clickAt(rate Rate, n, at int) Clip {
	c := Clip{Rate: rate, Samples: make([]int16, n)}
	for i := range c.Samples {
		x := float64(i-at) / float64(rate) / 0.0005
		c.Samples[i] = toInt16(20000 * math.Exp(-x*x*4))
	}
	return c
}

func TestResampledEventStaysAtItsPosition(t *testing.T) {
	forRatePairs(t, func(t *testing.T, from, to Rate) {
		at := int(from) / 25 * 3 // A position that every pair maps to a whole one.
		if int64(at)*int64(to)%int64(from) != 0 {
			t.Fatalf("sample %d is between two", at)
		}
		got := resample(t, clickAt(from, int(from)/4, at), to)
		want := clickAt(to, len(got.Samples), int(Rate(from).Convert(Pos(at), to)))
		for i := range got.Samples {
			if d := int(got.Samples[i]) - int(want.Samples[i]); d < -2 || d > 2 {
				t.Fatalf("sample %d is %d, want %d", i, got.Samples[i], want.Samples[i])
			}
		}
	})
}

func TestResampledOnsetIsFoundAtItsPosition(t *testing.T) {
	forRatePairs(t, func(t *testing.T, from, to Rate) {
		lower := float64(min(from, to))
		at := int(from) / 25 * 2
		in := Clip{Rate: from, Samples: slices.Concat(make([]int16, at), sine(from, 0.2*lower, 20000, int(from)/10))}
		got := resample(t, in, to)
		onset := slices.IndexFunc(got.Samples, func(s int16) bool { return abs(s) > 20000/56 }) // -35 dB.
		// The filter rings ahead of a hard edge for a few samples of the lower rate.
		tolerance := int(12*float64(to)/lower) + 1
		if d := onset - int(from.Convert(Pos(at), to)); d < -tolerance || d > 2*int(to)/int(lower) {
			t.Errorf("onset moved by %d samples", d)
		}
	})
}

func TestResamplingShiftsWithItsInput(t *testing.T) {
	// 48000/44100 = 160/147: a shift by 147 comes out as one by 160, exactly.
	in := clickAt(44100, 2000, 700)
	shifted := Clip{Rate: 44100, Samples: slices.Concat(make([]int16, 147), in.Samples)}
	a, b := resample(t, in, 48000), resample(t, shifted, 48000)
	if !slices.Equal(a.Samples, b.Samples[160:160+len(a.Samples)]) {
		t.Error("the result depends on the position")
	}
}

func TestResamplingKeepsConstantsAndFullScale(t *testing.T) {
	for _, v := range []int16{32767, -32768, 1, 0, -7} {
		in := Clip{Rate: 44100, Samples: slices.Repeat([]int16{v}, 4410)}
		out := resample(t, in, 48000).Samples
		for i := 200; i < len(out)-200; i++ {
			if out[i] != v {
				t.Fatalf("constant %d became %d at %d", v, out[i], i)
			}
		}
	}
	loud := Clip{Rate: 16000, Samples: square(1600, 32767)}
	// Overshoot is held, not wrapped: the extremes are reached.
	if !slices.Contains(resample(t, loud, 48000).Samples, math.MinInt16) {
		t.Error("a full-scale square wave does not overshoot: the test has lost its point")
	}
}

func TestResampleToTheSameRateCopies(t *testing.T) {
	in := Clip{Rate: 48000, Samples: []int16{1, 2, 3}}
	out := resample(t, in, 48000)
	in.Samples[0] = 9
	if !slices.Equal(out.Samples, []int16{1, 2, 3}) {
		t.Errorf("%v", out.Samples)
	}
}

func TestResampleRejectsAbsurdRates(t *testing.T) {
	for _, tc := range []struct {
		from, to Rate
		want     string
	}{
		{0, 48000, "not between rates of 4000 to 192000 Hz"},
		{48000, 0, "not between rates"},
		{-8000, 48000, "not between rates"},
		{48000, 3999, "not between rates"},
		{192001, 48000, "not between rates"},
		{191999, 8000, "8000:191999, which needs too large a filter: convert the file"},
	} {
		_, err := Clip{Rate: tc.from, Samples: make([]int16, 10)}.Resample(tc.to)
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%d to %d: error %v does not say %q", tc.from, tc.to, err, tc.want)
		}
	}
}

func TestResampleTakesUncommonRates(t *testing.T) {
	in := Clip{Rate: 44056, Samples: sine(44056, 1000, 20000, 9000)}
	snr, _ := toneSNR(resample(t, in, 48000), 1000, 20000)
	if snr < 88 {
		t.Errorf("SNR %.1f dB", snr)
	}
}

func BenchmarkResample(b *testing.B) {
	for _, p := range ratePairs() {
		b.Run(fmt.Sprintf("%d-%d", p[0], p[1]), func(b *testing.B) {
			in := Clip{Rate: p[0], Samples: sine(p[0], 440, 10000, int(p[0]))}
			for b.Loop() {
				if _, err := in.Resample(p[1]); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "x_realtime")
		})
	}
}
