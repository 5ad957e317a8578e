package audio

import (
	"math"
	"slices"
	"testing"
)

// sine returns a sine wave.
func sine(rate Rate, hz, amplitude float64, n int) []int16 {
	out := make([]int16, n)
	for i := range out {
		out[i] = toInt16(amplitude * math.Sin(2*math.Pi*hz*float64(i)/float64(rate)))
	}
	return out
}

func square(n int, amplitude int16) []int16 {
	out := make([]int16, n)
	for i := range out {
		out[i] = amplitude
		if i/10%2 == 1 {
			out[i] = -amplitude
		}
	}
	return out
}

func near(got, want, tolerance float64) bool {
	return got == want || math.Abs(got-want) <= tolerance
}

func TestLevelsAreInDecibelsBelowFullScale(t *testing.T) {
	const half = -6.0206
	silence := make([]int16, 48000)
	for _, tc := range []struct {
		name              string
		samples           []int16
		rms, peak, active float64
	}{
		{"nothing", nil, math.Inf(-1), math.Inf(-1), math.Inf(-1)},
		{"silence", silence, math.Inf(-1), math.Inf(-1), math.Inf(-1)},
		{"a full-scale square wave is 0 dBFS", []int16{-32768, -32768}, 0, 0, 0},
		{"a full-scale sine is -3.01 dBFS", sine(48000, 1000, 32767, 48000), -3.0106, 0, -3.0106},
		{"a square wave at half scale", square(48000, 16384), half, half, half},
		{"half of it silence", slices.Concat(square(24000, 16384), silence[:24000]), half - 3.0103, half, half},
		{"a part 19 dB lower counts", slices.Concat(square(9600, 16384), square(9600, 1838)), -8.977, half, -8.977},
		{"a part 21 dB lower does not", slices.Concat(square(9600, 16384), square(9600, 1460)), -8.997, half, half},
		{"a last window that is not full does not count", slices.Concat(square(9600, 1000), square(959, 32000)), -10.5899, -0.206, -30.3089},
		{"less than a window", square(100, 16384), half, half, half},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := Clip{Rate: 48000, Samples: tc.samples}
			if got := c.RMSDBFS(); !near(got, tc.rms, 0.01) {
				t.Errorf("RMS %.4f dBFS, want %.4f", got, tc.rms)
			}
			if got := c.PeakDBFS(); !near(got, tc.peak, 0.01) {
				t.Errorf("peak %.4f dBFS, want %.4f", got, tc.peak)
			}
			if got := c.ActiveLevelDBFS(); !near(got, tc.active, 0.01) {
				t.Errorf("active level %.4f dBFS, want %.4f", got, tc.active)
			}
		})
	}
}

func TestWithActiveLevelReachesTheLevelAndNeverClips(t *testing.T) {
	speech := slices.Concat(make([]int16, 4800), sine(48000, 300, 4000, 9600), make([]int16, 4800))
	spike := slices.Concat(square(9600, 100), []int16{-20000})
	for _, tc := range []struct {
		name    string
		samples []int16
		dbfs    float64
		want    float64 // Active level.
		peak    int     // 0 when it does not matter.
	}{
		{"louder", speech, -10, -10, 0},
		{"softer", speech, -40, -40, 0},
		{"a sine cannot exceed -3 dBFS", speech, 0, -3.01, 32767},
		{"a spike holds the rest down", spike, -20, -46.02, 32768},
		{"infinitely loud is as loud as it goes", speech, math.Inf(1), -3.01, 32767},
		{"infinitely soft is silent", speech, math.Inf(-1), math.Inf(-1), 0},
		{"silence stays silent", make([]int16, 4800), -20, math.Inf(-1), 0},
		{"nothing stays nothing", nil, -20, math.Inf(-1), 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			before := slices.Clone(tc.samples)
			c := Clip{Rate: 48000, Samples: tc.samples}.WithActiveLevel(tc.dbfs)
			if got := c.ActiveLevelDBFS(); !near(got, tc.want, 0.1) {
				t.Errorf("active level %.3f dBFS, want %.3f", got, tc.want)
			}
			peak := 0
			for _, s := range c.Samples {
				peak = max(peak, abs(s))
			}
			if tc.peak != 0 && peak != tc.peak {
				t.Errorf("peak %d, want %d", peak, tc.peak)
			}
			if c.Rate != 48000 || len(c.Samples) != len(tc.samples) || !slices.Equal(before, tc.samples) {
				t.Error("rate, length or the original changed")
			}
		})
	}
}
