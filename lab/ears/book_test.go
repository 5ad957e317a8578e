package ears

import (
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"callprobe/audio"
	"callprobe/lab/voice"
)

// learn loads some of the recordings that the reference agent understands.
func learn(tb testing.TB) []voice.Recording {
	tb.Helper()
	var recs []voice.Recording
	for _, name := range []string{"booking-time", "opening-hours", "order-number", "services", "thank-you"} {
		rec, err := voice.Load(os.DirFS("../../scenarios/utterances"), name+".mp3", "")
		if err != nil {
			tb.Fatal(err)
		}
		recs = append(recs, rec)
	}
	return recs
}

// TestBook loads recordings once for all tests of the book: under the race
// detector that is most of their time.
func TestBook(t *testing.T) {
	recs := learn(t)
	book := NewBook(recs)
	t.Run("the known is understood and nothing else is", func(t *testing.T) { testUnderstood(t, book, recs) })
	t.Run("other words are not understood", func(t *testing.T) { testOtherWords(t, recs) })
	t.Run("the recording is placed to the sample", func(t *testing.T) { testPlace(t, book, recs) })
	t.Run("the beginning is enough for a guess", func(t *testing.T) { testGuess(t, book, recs) })
}

// between puts silence around speech, as an agent hears it.
func between(lead, tail int, pcm []int16) []int16 {
	out := make([]int16, lead, lead+len(pcm)+tail)
	out = append(out, pcm...)
	return append(out, make([]int16, tail)...)
}

func scaled(pcm []int16, db float64) []int16 {
	out := make([]int16, len(pcm))
	for i, s := range pcm {
		out[i] = int16(float64(s) * math.Pow(10, db/20))
	}
	return out
}

// noisy adds white noise at a level in dBFS.
func noisy(pcm []int16, dbfs float64) []int16 {
	random := rand.New(rand.NewPCG(1, 2))
	out := make([]int16, len(pcm))
	for i, s := range pcm {
		x := float64(s) + 32768*math.Pow(10, dbfs/20)*random.NormFloat64()
		out[i] = int16(max(-32768, min(32767, x)))
	}
	return out
}

// stretched plays a clip at another speed and pitch.
func stretched(t *testing.T, pcm []int16, speed float64) []int16 {
	t.Helper()
	clip, err := audio.Clip{Rate: audio.Rate(48000 * speed), Samples: pcm}.Resample(audio.Rate48k)
	if err != nil {
		t.Fatal(err)
	}
	return clip.Samples
}

func coded(t *testing.T, pcm []int16) []int16 {
	t.Helper()
	out, err := throughOpus(audio.Clip{Rate: audio.Rate48k, Samples: pcm})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func testUnderstood(t *testing.T, book *Book, recs []voice.Recording) {
	t.Helper()
	whole := func(pcm []int16) []int16 { return between(24000, 24000, pcm) }
	tests := []struct {
		rule       string
		hear       func(t *testing.T, rec voice.Recording) []int16
		understood bool
	}{
		{"the recording itself is understood", func(_ *testing.T, r voice.Recording) []int16 {
			return whole(r.Clip.Samples)
		}, true},
		{"the recording over Opus is understood", func(t *testing.T, r voice.Recording) []int16 {
			return coded(t, whole(r.Clip.Samples))
		}, true},
		{"the recording 6 dB down is understood", func(_ *testing.T, r voice.Recording) []int16 {
			return scaled(whole(r.Clip.Samples), -6)
		}, true},
		{"the recording in light noise over Opus is understood", func(t *testing.T, r voice.Recording) []int16 {
			return coded(t, noisy(whole(r.Clip.Samples), -45))
		}, true},
		{"half of the recording is not understood", func(_ *testing.T, r voice.Recording) []int16 {
			middle := (r.Speech.Start + r.Speech.End) / 2
			return whole(r.Clip.Samples[:middle])
		}, false},
		{"the other half is not understood", func(_ *testing.T, r voice.Recording) []int16 {
			middle := (r.Speech.Start + r.Speech.End) / 2
			return whole(r.Clip.Samples[middle:])
		}, false},
		{"the recording at half speed is not understood", func(t *testing.T, r voice.Recording) []int16 {
			return whole(stretched(t, r.Clip.Samples, 0.5))
		}, false},
		{"the recording at double speed is not understood", func(t *testing.T, r voice.Recording) []int16 {
			return whole(stretched(t, r.Clip.Samples, 2))
		}, false},
		{"the recording backwards is not understood", func(_ *testing.T, r voice.Recording) []int16 {
			pcm := slices.Clone(r.Clip.Samples)
			slices.Reverse(pcm)
			return whole(pcm)
		}, false},
		{"noise is not understood", func(_ *testing.T, r voice.Recording) []int16 {
			return noisy(make([]int16, len(r.Clip.Samples)), -20)
		}, false},
		{"silence is not understood", func(_ *testing.T, r voice.Recording) []int16 {
			return make([]int16, len(r.Clip.Samples))
		}, false},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			for i := range recs {
				heard := book.Recognize(tt.hear(t, recs[i]))
				if heard.Understood != tt.understood {
					t.Errorf("%s: understood %t at distance %.1f, want %t", recs[i].Name, heard.Understood, heard.Distance, tt.understood)
				}
				if heard.Understood && heard.Recording.Name != recs[i].Name {
					t.Errorf("%s was taken for %s", recs[i].Name, heard.Recording.Name)
				}
			}
		})
	}
}

func testOtherWords(t *testing.T, recs []voice.Recording) {
	t.Helper()
	for i := range recs {
		others := slices.Delete(slices.Clone(recs), i, i+1)
		heard := NewBook(others).Recognize(recs[i].Clip.Samples)
		if heard.Understood {
			t.Errorf("%s was taken for %s at distance %.1f", recs[i].Name, heard.Recording.Name, heard.Distance)
		}
	}
}

func testPlace(t *testing.T, book *Book, recs []voice.Recording) {
	t.Helper()
	for _, tt := range []struct {
		rule string
		lead int
		dbfs float64
		off  int64
	}{
		{"at the start of a packet it is exact", 50 * 960, -100, 0},
		{"anywhere in a packet it is exact", 50*960 + 333, -100, 0},
		{"in light noise it is within one sample", 50*960 + 700, -45, 1},
	} {
		t.Run(tt.rule, func(t *testing.T) {
			rec := &recs[len(recs)/2]
			heard := coded(t, noisy(between(tt.lead, 24000, rec.Clip.Samples), tt.dbfs))
			pos, match, err := book.Place(rec, heard)
			if err != nil {
				t.Fatal(err)
			}
			if off := pos - int64(tt.lead); off > tt.off || off < -tt.off {
				t.Errorf("placed at %d, want %d", pos, tt.lead)
			}
			if match < 0.8 {
				t.Errorf("match %.3f", match)
			}
		})
	}
	t.Run("what lacks its beginning is placed before what was heard", func(t *testing.T) {
		rec := &recs[0]
		pcm := coded(t, rec.Clip.Samples)[9600:]
		if pos, _, err := book.Place(rec, pcm); pos != -9600 || err != nil {
			t.Errorf("placed at %d (%v), want -9600", pos, err)
		}
	})
}

func testGuess(t *testing.T, book *Book, recs []voice.Recording) {
	t.Helper()
	const lead = 4800
	for i := range recs {
		second := int(recs[i].Speech.Start) + 40000
		begun := between(lead, 0, recs[i].Clip.Samples[:min(second, len(recs[i].Clip.Samples))])
		for _, tt := range []struct {
			rule string
			pcm  []int16
			ok   bool
		}{
			{"clean", begun, true},
			{"in light noise", noisy(begun, -45), true},
			{"a quarter faster", stretched(t, begun, 1.25), false},
		} {
			rec, start, ok := book.Guess(tt.pcm)
			switch {
			case ok != tt.ok || ok && rec != &recs[i]:
				t.Errorf("%s %s: guessed %v (%t)", recs[i].Name, tt.rule, rec, ok)
			case ok && (start < lead-48 || start > lead+48):
				t.Errorf("%s %s: begins at %d, want %d", recs[i].Name, tt.rule, start, lead)
			}
		}
	}
	if rec, _, ok := book.Guess(noisy(make([]int16, 48000), -20)); ok {
		t.Errorf("noise was taken for %s", rec.Name)
	}
}

func BenchmarkBook(b *testing.B) {
	recs := learn(b)
	book := NewBook(recs)
	rec := &recs[1]
	pcm := between(24000, 24000, rec.Clip.Samples)
	b.Run("recognize", func(b *testing.B) {
		for b.Loop() {
			_ = book.Recognize(pcm)
		}
	})
	b.Run("guess", func(b *testing.B) {
		for b.Loop() {
			_, _, _ = book.Guess(pcm[:40000])
		}
	})
	b.Run("place", func(b *testing.B) {
		for b.Loop() {
			_, _, _ = book.Place(rec, pcm)
		}
	})
}
