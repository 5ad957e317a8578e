package scenarios

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"callprobe/audio"
	"callprobe/audio/vad"
)

// at48k is a built-in recording as it is played, with its span of speech.
func at48k(t *testing.T, name string) (audio.Clip, audio.Span) {
	t.Helper()
	clip, err := audio.Load(Utterances(), name+".mp3")
	if err != nil {
		t.Fatal(err)
	}
	clip, span, err := measure(clip)
	if err != nil {
		t.Fatal(err)
	}
	return clip, span
}

func TestSpeechOfACleanRecordingIsTheDefinitionToTheSample(t *testing.T) {
	clip, span := at48k(t, "booking-time")
	want, ok := vad.SpeechByDefinition(clip)
	if !ok || span != want {
		t.Errorf("span is %v, want %v", span, want)
	}
}

func TestSilenceBeforeARecordingMovesItsSpeechByAsMuch(t *testing.T) {
	clip, span := at48k(t, "booking-time")
	for _, k := range []int{1, 479, 48000} {
		shifted := audio.Clip{Rate: clip.Rate, Samples: slices.Concat(make([]int16, k), clip.Samples)}
		_, got, err := measure(shifted)
		if err != nil {
			t.Fatal(err)
		}
		if want := (audio.Span{Start: span.Start + audio.Pos(k), End: span.End + audio.Pos(k)}); got != want {
			t.Errorf("%d samples later the span is %v, want %v", k, got, want)
		}
	}
}

func TestAClickBeforeAndAfterIsNoSpeech(t *testing.T) {
	clip, span := at48k(t, "booking-time")
	second := make([]int16, 48000)
	click := slices.Clone(second)
	for i := range 24 { // Half a millisecond, as a switch makes it.
		click[4800+i] = int16(8000 - 16000*(i%2))
	}
	_, got, err := measure(audio.Clip{Rate: clip.Rate, Samples: slices.Concat(click, clip.Samples, second, click)})
	if err != nil {
		t.Fatal(err)
	}
	// With clicks in it the recording is not taken by the definition but by the
	// detector.
	if want := (audio.Span{Start: span.Start + 48000, End: span.End + 48000}); !near(got.Start, want.Start, 96) || !near(got.End, want.End, 96) {
		t.Errorf("span is %v, want %v within 2 ms", got, want)
	}
}

func TestSpeechInANoisyRoomIsFoundWhereItIs(t *testing.T) {
	clip, span := at48k(t, "booking-time")
	noise := rand.New(rand.NewPCG(1, 2))
	const lead = 14400 // So near that only the noise tells the definition from the detector.
	samples := slices.Concat(make([]int16, lead), clip.Samples, make([]int16, lead))
	for i, s := range samples {
		samples[i] = s + int16(130*noise.NormFloat64()) // -48 dBFS: 25 dB below the speech
	}
	_, got, err := measure(audio.Clip{Rate: clip.Rate, Samples: samples})
	if err != nil {
		t.Fatal(err)
	}
	slack := audio.Pos(clip.Rate.Samples(60 * time.Millisecond))
	if !near(got.Start, span.Start+lead, slack) || !near(got.End, span.End+lead, slack) {
		t.Errorf("span is %v, want %v and %v within 60 ms", got, span.Start+lead, span.End+lead)
	}
}
