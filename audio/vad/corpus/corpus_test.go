package corpus

import (
	"math"
	"slices"
	"testing"

	"callprobe/audio"
	"callprobe/audio/vad"
)

// testSource is half a second of a sound that starts and ends hard.
func testSource(t *testing.T) Source {
	t.Helper()
	pcm := make([]int16, 48000)
	for i := 12000; i < 36000; i++ {
		pcm[i] = int16(8000 * math.Cos(2*math.Pi*180*float64(i-12000)/48000) * (0.6 + 0.4*math.Sin(float64(i)/2000)))
	}
	s, err := NewSource("test", audio.Clip{Rate: audio.Rate48k, Samples: pcm})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestNewSourceCutsToTheSpeech(t *testing.T) {
	s := testSource(t)
	if n := len(s.Speech); n < 23900 || n > 24000 {
		t.Errorf("speech of %d samples, want 24000 or a few less", n)
	}
	if _, err := NewSource("silence", audio.Clip{Rate: audio.Rate48k, Samples: make([]int16, 4800)}); err == nil {
		t.Error("silence is taken for a source")
	}
}

func TestBuildIsTheSameForTheSameSeed(t *testing.T) {
	s := testSource(t)
	for i, c := range Conditions() {
		if i%4 != 0 {
			continue
		}
		first, err := Build(s, c, 1)
		if err != nil {
			t.Fatal(err)
		}
		again, err := Build(s, c, 1)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(first.Clip.Samples, again.Clip.Samples) || first.Speech != again.Speech {
			t.Errorf("%s: two builds differ", c.Name)
		}
	}
}

func TestBuildPutsTheSpeechWhereItSays(t *testing.T) {
	s := testSource(t)
	c, err := Build(s, Condition{Name: "clean"}, 3)
	if err != nil {
		t.Fatal(err)
	}
	truth, ok := vad.SpeechByDefinition(c.Clip)
	if !ok || truth != c.Speech {
		t.Errorf("speech by definition %v, want %v", truth, c.Speech)
	}
	if c.Emergence != c.Speech.Start || c.Submergence != c.Speech.End {
		t.Errorf("emerges at %d and submerges at %d without noise, want %v", c.Emergence, c.Submergence, c.Speech)
	}
	got := audio.Clip{Rate: audio.Rate48k, Samples: c.Clip.Samples[c.Speech.Start:c.Speech.End]}.ActiveLevelDBFS()
	if math.Abs(got+26) > 0.5 {
		t.Errorf("level %.1f dBFS, want -26", got)
	}
}

func TestBuildKeepsPositionsThroughOpus(t *testing.T) {
	s := testSource(t)
	c, err := Build(s, Condition{Name: "opus", OpusBitrate: 32000}, 3)
	if err != nil {
		t.Fatal(err)
	}
	truth, ok := vad.SpeechByDefinition(c.Clip)
	if d := truth.Start - c.Speech.Start; !ok || d < -480 || d > 480 {
		t.Errorf("speech at %d after the codec, want about %d", truth.Start, c.Speech.Start)
	}
}

func TestNoiseHasTheLevelAsked(t *testing.T) {
	s := testSource(t)
	for _, kind := range []Noise{White, Pink, Comfort, Hum} {
		c, err := Build(s, Condition{Name: "noise", Noise: kind, NoSpeech: true, NoiseDBFS: -45}, 5)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.Clip.RMSDBFS(); math.Abs(got+45) > 0.2 {
			t.Errorf("%s noise at %.1f dBFS, want -45", kind, got)
		}
	}
}

func TestScorer(t *testing.T) {
	speech := audio.Span{Start: 48000, End: 96000}
	with := Case{Speech: speech, Emergence: 48480, Submergence: 95520}
	none := Case{Condition: Condition{NoSpeech: true}}
	at := func(onset, offset audio.Pos) []vad.Talkspurt {
		return []vad.Talkspurt{{Onset: onset, Offset: offset, OnsetRange: audio.Span{Start: onset - 48, End: onset + 48}}}
	}
	cases := []struct {
		name  string
		c     Case
		found []vad.Talkspurt
		want  Figures
	}{
		{"exact", with, at(48000, 96000), Figures{Cases: 1, Within1MS: 1, Within5MS: 1, Covered: 1, RangeP50MS: 1, RangeP95MS: 1}},
		{"3 ms late", with, at(48144, 96000), Figures{Cases: 1, OnsetP50MS: 3, OnsetP95MS: 3, Within5MS: 1, RangeP50MS: 1, RangeP95MS: 1}},
		{"before it emerges but late is no error beyond emergence", with, at(48480, 95520), Figures{Cases: 1, OnsetP50MS: 10, OnsetP95MS: 10, OffsetP50MS: 10, OffsetP95MS: 10, RangeP50MS: 1, RangeP95MS: 1}},
		{"none found is a miss", with, nil, Figures{Cases: 1, Misses: 1}},
		{"60 ms early is a false trigger and a miss", with, at(45120, 96000), Figures{Cases: 1, FalseTriggers: 1, Misses: 1, OnsetP50MS: 60, OnsetP95MS: 60, EmergedP95MS: 60, RangeP50MS: 1, RangeP95MS: 1}},
		{"anything in a clip without speech is a false trigger", none, at(0, 100), Figures{Cases: 1, FalseTriggers: 1}},
		{"nothing in a clip without speech is right", none, nil, Figures{Cases: 1}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var s Scorer
			s.Add(c.c, c.found)
			if got := s.Figures(); got != c.want {
				t.Errorf("got  %+v\nwant %+v", got, c.want)
			}
		})
	}
}
