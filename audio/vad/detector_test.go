package vad_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"callprobe/audio"
	"callprobe/audio/vad"
)

// voiced returns d of a vowel-like sound with moving pitch and formants.
func voiced(d time.Duration, peak float64) []int16 {
	const harmonics, hold = 25, 48 // the formants move every millisecond
	out := make([]int16, audio.Rate48k.Samples(d))
	var gains [harmonics + 1]float64
	var pitch, syllable, phase float64
	for i := range out {
		if i%hold == 0 {
			t := float64(i) / float64(audio.Rate48k)
			pitch = 130 + 30*math.Sin(2*math.Pi*1.7*t)
			syllable = 0.55 + 0.45*math.Cos(2*math.Pi*4*t)
			formant := 600 + 250*math.Sin(2*math.Pi*3*t)
			for h := range gains {
				f := float64(h) * pitch
				gains[h] = math.Exp(-math.Pow((f-formant)/250, 2)) + 0.4*math.Exp(-math.Pow((f-1500-formant/2)/300, 2)) + 0.02
			}
		}
		phase += 2 * math.Pi * pitch / float64(audio.Rate48k)
		// cos(h*phase) by the recurrence of Chebyshev polynomials.
		step := 2 * math.Cos(phase)
		sum, before, now := 0.0, 1.0, step/2
		for h := 1; h <= harmonics; h++ {
			sum += gains[h] * now
			before, now = now, step*now-before
		}
		out[i] = int16(peak * syllable * sum / 4)
	}
	return out
}

func silence(d time.Duration) []int16 { return make([]int16, audio.Rate48k.Samples(d)) }

func noise(seed uint64, d time.Duration, level float64) []int16 {
	rng := rand.New(rand.NewPCG(seed, 1))
	out := make([]int16, audio.Rate48k.Samples(d))
	for i := range out {
		out[i] = int16(math.Round(level * rng.NormFloat64()))
	}
	return out
}

func mixed(a, b []int16) []int16 {
	out := slices.Clone(a)
	for i := range min(len(a), len(b)) {
		out[i] += b[i]
	}
	return out
}

func detect(t *testing.T, pcm []int16) []vad.Talkspurt {
	t.Helper()
	found, err := vad.Detect(audio.Clip{Rate: audio.Rate48k, Samples: pcm})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestDetectPlacesSpeechInSilenceToTheSample(t *testing.T) {
	for _, lead := range []time.Duration{0, 7 * time.Millisecond, 400 * time.Millisecond, 3210 * time.Microsecond} {
		t.Run(lead.String(), func(t *testing.T) {
			pcm := slices.Concat(silence(lead), voiced(900*time.Millisecond, 9000), silence(time.Second))
			truth, ok := vad.SpeechByDefinition(audio.Clip{Rate: audio.Rate48k, Samples: pcm})
			if !ok {
				t.Fatal("no speech by definition")
			}
			found := detect(t, pcm)
			if len(found) != 1 {
				t.Fatalf("found %+v, want one talkspurt", found)
			}
			if d := found[0].Onset - truth.Start; d < -48 || d > 0 {
				t.Errorf("onset %d, want %d", found[0].Onset, truth.Start)
			}
			if d := found[0].Offset - truth.End; d < 0 || d > 48 {
				t.Errorf("offset %d, want %d", found[0].Offset, truth.End)
			}
		})
	}
}

func TestDetectGivesTheSameForAnyChunking(t *testing.T) {
	pcm := slices.Concat(noise(1, time.Second, 20), voiced(700*time.Millisecond, 9000), noise(2, time.Second, 60),
		voiced(150*time.Millisecond, 4000), noise(3, 2*time.Second, 60), voiced(900*time.Millisecond, 9000), silence(400*time.Millisecond))
	whole := detect(t, pcm)
	if len(whole) < 3 {
		t.Fatalf("found %+v, want at least three talkspurts", whole)
	}
	for _, size := range []int{1, 160, 480, 960, 48001} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			d := vad.NewDetector()
			var got []vad.Talkspurt
			for part := range slices.Chunk(pcm, size) {
				got = append(got, d.Write(part, true)...)
			}
			got = append(got, d.Close()...)
			if !slices.Equal(got, whole) {
				t.Errorf("got %+v\nwant %+v", got, whole)
			}
		})
	}
}

func TestDetectMovesWithTheSpeech(t *testing.T) {
	speech := mixed(slices.Concat(silence(time.Second), voiced(800*time.Millisecond, 9000), silence(800*time.Millisecond)), noise(5, 3*time.Second, 30))
	first := detect(t, speech)
	for _, shift := range []int{480, 4800, 48000} {
		moved := detect(t, slices.Concat(make([]int16, shift), speech))
		if len(first) != 1 || len(moved) != 1 {
			t.Fatalf("found %+v and %+v, want one talkspurt each", first, moved)
		}
		if d := int(moved[0].Onset-first[0].Onset) - shift; d < -24 || d > 24 {
			t.Errorf("shifted by %d samples the onset moved %d samples more", shift, d)
		}
	}
}

func TestNotSpeech(t *testing.T) {
	tone := func(d time.Duration, hz ...float64) []int16 {
		out := silence(d)
		for i := range out {
			for _, f := range hz {
				out[i] += int16(6000 * math.Sin(2*math.Pi*f*float64(i)/float64(audio.Rate48k)))
			}
		}
		return out
	}
	click := silence(20 * time.Millisecond)
	click[3], click[4] = 20000, -15000
	cases := map[string][]int16{
		"silence is not speech":                  nil,
		"a click is not speech":                  click,
		"a DTMF digit is not speech":             tone(150*time.Millisecond, 770, 1336),
		"ringback is not speech":                 tone(2*time.Second, 440, 480),
		"a beep is not speech":                   tone(300*time.Millisecond, 1000),
		"one leaked frame of a voice is not one": voiced(20*time.Millisecond, 9000),
		"nor are several":                        slices.Concat(voiced(20*time.Millisecond, 9000), silence(90*time.Millisecond), voiced(20*time.Millisecond, 7000), silence(110*time.Millisecond), voiced(20*time.Millisecond, 9000)),
		"a burst of noise is not speech":         noise(9, 200*time.Millisecond, 800),
		"a step in noise is not speech":          noise(9, 3*time.Second, 200),
	}
	for name, sound := range cases {
		t.Run(name, func(t *testing.T) {
			pcm := slices.Concat(silence(time.Second), sound, silence(time.Second))
			if found := detect(t, pcm); len(found) != 0 {
				t.Errorf("in silence: found %+v", found)
			}
			if found := detect(t, mixed(pcm, noise(4, 5*time.Second, 10))); len(found) != 0 {
				t.Errorf("in noise: found %+v", found)
			}
		})
	}
}

func TestSamplesThatCarryNoOnset(t *testing.T) {
	t.Run("concealed sound alone is not a talkspurt", func(t *testing.T) {
		d := vad.NewDetector()
		d.Write(silence(time.Second), true)
		d.Write(voiced(500*time.Millisecond, 9000), false)
		d.Write(silence(time.Second), true)
		if found := d.Close(); len(found) != 0 {
			t.Errorf("found %+v", found)
		}
	})
	t.Run("an onset is not placed in concealed sound", func(t *testing.T) {
		speech := voiced(900*time.Millisecond, 9000)
		d := vad.NewDetector()
		d.Write(silence(time.Second), true)
		d.Write(speech[:960], false)
		d.Write(speech[960:], true)
		d.Write(silence(200*time.Millisecond), true)
		found := d.Close()
		if len(found) != 1 {
			t.Fatalf("found %+v, want one talkspurt", found)
		}
		if got := found[0]; got.Onset < 48960 || got.Onset > 48960+480 || got.OnsetRange.Start > 48000 {
			t.Errorf("onset %d in %v, want 48960 and a range from 48000", got.Onset, got.OnsetRange)
		}
	})
}

func TestSpeakingIsTrueFromTheDecisionToTheEnd(t *testing.T) {
	pcm := slices.Concat(silence(500*time.Millisecond), voiced(900*time.Millisecond, 9000), silence(900*time.Millisecond))
	d := vad.NewDetector()
	var began, ended audio.Pos
	for i, part := range slices.Collect(slices.Chunk(pcm, 480)) {
		d.Write(part, true)
		at := audio.Pos(480 * (i + 1))
		onset, ok := d.Speaking()
		if ok && began == 0 {
			began = at
			if onset < 24000-48 || onset > 24000+240 {
				t.Errorf("onset %d, want about 24000", onset)
			}
		}
		if !ok && began != 0 && ended == 0 {
			ended = at
		}
	}
	if late := began - 24000; late < 0 || late > 48*250 {
		t.Errorf("decided %d samples after the onset, want at most 250 ms", late)
	}
	end := audio.Pos(48 * 1400)
	if late := ended - end; late < 48*200 || late > 48*450 {
		t.Errorf("ended %d samples after the last, want 200 to 450 ms", late)
	}
}

func TestTalkspurtsCloserThanTheHangoverAreOne(t *testing.T) {
	for _, c := range []struct {
		gap  time.Duration
		want int
	}{{150 * time.Millisecond, 1}, {600 * time.Millisecond, 2}} {
		pcm := slices.Concat(silence(300*time.Millisecond), voiced(500*time.Millisecond, 9000), silence(c.gap), voiced(500*time.Millisecond, 9000), silence(time.Second))
		if found := detect(t, pcm); len(found) != c.want {
			t.Errorf("gap %v: found %d talkspurts, want %d", c.gap, len(found), c.want)
		}
	}
}

func TestDetectRejectsRatesThatNoSpeechHas(t *testing.T) {
	for _, rate := range []audio.Rate{0, -1, 3999, 1 << 30} {
		if _, err := vad.Detect(audio.Clip{Rate: rate, Samples: make([]int16, 100)}); err == nil {
			t.Errorf("rate %d: no error", rate)
		}
	}
}

func TestDetectWorksAtEveryCommonRate(t *testing.T) {
	speech := audio.Clip{Rate: audio.Rate48k, Samples: slices.Concat(silence(500*time.Millisecond), voiced(time.Second, 9000), silence(500*time.Millisecond))}
	for _, rate := range []audio.Rate{8000, 11025, 16000, 22050, 24000, 32000, 44100, 96000} {
		c, err := speech.Resample(rate)
		if err != nil {
			t.Fatal(err)
		}
		found, err := vad.Detect(c)
		if err != nil || len(found) != 1 {
			t.Errorf("%d Hz: found %+v, %v", rate, found, err)
			continue
		}
		onset := rate.Duration(int64(found[0].Onset))
		if onset < 497*time.Millisecond || onset > 505*time.Millisecond {
			t.Errorf("%d Hz: onset at %v, want 500ms", rate, onset)
		}
	}
}

func BenchmarkDetect(b *testing.B) {
	pcm := slices.Concat(noise(1, time.Second, 20), mixed(voiced(3*time.Second, 9000), noise(1, 3*time.Second, 20)), noise(2, time.Second, 20))
	for b.Loop() {
		if _, err := vad.Detect(audio.Clip{Rate: audio.Rate48k, Samples: pcm}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(b.Elapsed().Seconds()*1000/float64(b.N)/5, "ms/s-of-audio")
}
