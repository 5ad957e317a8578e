package agent

import (
	"context"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"callprobe/audio"
	"callprobe/lab/voice"
)

// word is half a second of sound between two tenths of silence.
func word() *voice.Recording {
	pcm := make([]int16, 33600)
	for i := 4800; i < 28800; i++ {
		pcm[i] = int16(8000 * math.Sin(float64(i)/20))
	}
	return &voice.Recording{
		Name: "word", Text: "word", Clip: audio.Clip{Rate: audio.Rate48k, Samples: pcm},
		Speech: audio.Span{Start: 4800, End: 28800},
	}
}

// speaking runs test beside a mouth, in virtual time: every event comes to the
// nanosecond.
func speaking(t *testing.T, test func(t *testing.T, m *mouth, spoke <-chan spokeEvent)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		track, err := newTrack("test")
		if err != nil {
			t.Fatal(err)
		}
		src, err := newReadySource(true, false)
		if err != nil {
			t.Fatal(err)
		}
		spoke := make(chan spokeEvent, eventQueue)
		m := &mouth{track: track, takes: voice.NewTakes(48), source: src, spoke: spoke}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- m.run(ctx, 1, 2) }()
		synctest.Wait()
		test(t, m, spoke)
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func TestTheFirstWordLeavesWhenPlanned(t *testing.T) {
	speaking(t, func(t *testing.T, m *mouth, spoke <-chan spokeEvent) {
		want := time.Now().Add(777 * time.Millisecond)
		s, ok := m.say(word(), 1, want, 0)
		if !ok {
			t.Fatal("the mouth does not run")
		}
		if off := s.planned.Sub(want); off < 0 || off >= time.Millisecond {
			t.Errorf("planned %s after the time asked for, want less than the grid of 1ms", off)
		}
		began := <-spoke
		if began.ended || !began.at.Equal(s.planned) {
			t.Errorf("began %s off the plan", began.at.Sub(s.planned))
		}
		ended := <-spoke
		if !ended.ended || ended.interrupted || ended.at.Sub(began.at) != 500*time.Millisecond {
			t.Errorf("ended %+v, %s after it began; want 500ms", ended, ended.at.Sub(began.at))
		}
	})
}

func TestAWordThatIsAskedForTooLateLeavesAtOnce(t *testing.T) {
	speaking(t, func(t *testing.T, m *mouth, spoke <-chan spokeEvent) {
		asked := time.Now()
		if _, ok := m.say(word(), 1, asked.Add(-time.Second), 0); !ok {
			t.Fatal("the mouth does not run")
		}
		// A tenth of silence is in the recording, 6.5 ms are the codec's.
		if after := (<-spoke).at.Sub(asked); after < 100*time.Millisecond || after > 130*time.Millisecond {
			t.Errorf("the first voiced sample left after %s", after)
		}
	})
}

func TestStopFallsSilentBeforeTheNextFrame(t *testing.T) {
	speaking(t, func(t *testing.T, m *mouth, spoke <-chan spokeEvent) {
		if _, ok := m.say(word(), 1, time.Now().Add(200*time.Millisecond), 0); !ok {
			t.Fatal("the mouth does not run")
		}
		<-spoke
		time.Sleep(95 * time.Millisecond)
		asked := time.Now()
		m.stop()
		m.stop()
		e := <-spoke
		if !e.ended || !e.interrupted || e.silent {
			t.Errorf("stopped with %+v", e)
		}
		if after := e.at.Sub(asked); after < 0 || after > audio.FrameDuration {
			t.Errorf("silent %s after it was asked to, want at most a frame", after)
		}
		synctest.Wait()
		if len(spoke) > 0 || m.speaking() {
			t.Error("it is not over")
		}
	})
}

func TestWhatIsReplacedBeforeItBeganEndsSilently(t *testing.T) {
	speaking(t, func(t *testing.T, m *mouth, spoke <-chan spokeEvent) {
		first, _ := m.say(word(), 1, time.Now().Add(time.Second), 0)
		second, _ := m.say(word(), 2, time.Now().Add(300*time.Millisecond), 0)
		if e := <-spoke; e.speech != first || !e.ended || !e.silent {
			t.Errorf("the first came to %+v", e)
		}
		if e := <-spoke; e.speech != second || e.ended {
			t.Errorf("the second came to %+v", e)
		}
	})
}
