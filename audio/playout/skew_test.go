package playout

import (
	"testing"
	"time"

	"callprobe/audio"
)

func TestSkewIsFitted(t *testing.T) {
	t.Parallel()
	for _, ppm := range []float64{-200, 0, 50, 5000} {
		for _, mean := range []time.Duration{0, time.Millisecond, 5 * time.Millisecond} {
			packets := newSender().speak(3000).packets // one minute
			for i := range packets {
				packets[i].At = time.Duration(float64(packets[i].At) / (1 + ppm*1e-6))
			}
			tl := build(t, jittered(packets, mean, 6))
			allowed := 2 + 8*mean.Seconds()*1000
			if got := tl.Stats.SkewPPM - ppm; got > allowed || got < -allowed {
				t.Errorf("skew %g ppm, jitter %v: fitted %g", ppm, mean, tl.Stats.SkewPPM)
			}
			if ppm == 0 && mean == 0 && tl.Stats.SkewPPM != 0 {
				t.Errorf("no skew: fitted %g", tl.Stats.SkewPPM)
			}
			for p := audio.Pos(0); p < 3000*960; p += 96000 {
				truth := time.Duration(float64(delay+audio.Rate48k.Duration(int64(p))) / (1 + ppm*1e-6))
				wantTime(t, tl, p, truth, 50*time.Microsecond+mean/4)
			}
			t.Logf("skew %g ppm, jitter %v: fitted %.2f ± %.2f", ppm, mean, tl.Stats.SkewPPM, tl.Stats.SkewErrorPPM)
		}
	}
}

func TestSkewIsUnknownInAShortCall(t *testing.T) {
	t.Parallel()
	tl := build(t, newSender().speak(200).packets)
	if tl.Stats.SkewPPM != 0 || tl.Stats.SkewErrorPPM != 100 {
		t.Errorf("skew %g ± %g ppm after four seconds", tl.Stats.SkewPPM, tl.Stats.SkewErrorPPM)
	}
	first, last := tl.TimeOf(0), tl.TimeOf(199*960)
	if d := (first.Early - last.Early).Abs(); d < 350*time.Microsecond {
		t.Errorf("uncertainty grows by %v over four seconds, want 398 µs", d)
	}
}

func TestSkewConverts(t *testing.T) {
	t.Parallel()
	for _, k := range []skew{0, 1, -1, 200_000, -200_000, skewLimit, -skewLimit} {
		for _, n := range []int64{0, 1, 959, 48_000, maxSamples, -maxSamples} {
			if got := k.samples(k.wall(n)); got != n {
				t.Errorf("skew %d: %d samples last %v, in which %d samples pass", k, n, k.wall(n), got)
			}
		}
	}
	if got := skew(-200_000).wall(48_000_000); got != 1000*time.Second-200*time.Millisecond {
		t.Errorf("1000 s of a sender 200 ppm fast last %v", got)
	}
}
