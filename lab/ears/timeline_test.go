package ears

import (
	"testing"
	"time"
)

func TestPositionsFollowRTPTimeThroughTheWrap(t *testing.T) {
	var tl Timeline
	first := uint32(1<<32 - 960)
	for i, tt := range []struct {
		timestamp uint32
		want      int64
	}{
		{first, 0},
		{0, 960},
		{1920, 2880},
		{960, 1920}, // Late.
		{2880, 3840},
	} {
		if got := tl.Position(tt.timestamp); got != tt.want {
			t.Errorf("packet %d is at %d, want %d", i, got, tt.want)
		}
	}
}

func TestGapsAreSilenceAndOverlapsAreKeptOnce(t *testing.T) {
	var tl Timeline
	tl.Append(0, []int16{1, 2, 3})
	tl.Append(5, []int16{6, 7})
	tl.Append(2, []int16{9, 9})    // All there already.
	tl.Append(6, []int16{9, 8, 9}) // Partly.
	pcm, at := tl.Slice(-10, 100)
	want := []int16{1, 2, 3, 0, 0, 6, 7, 8, 9}
	if at != 0 || len(pcm) != len(want) {
		t.Fatalf("%v at %d, want %v at 0", pcm, at, want)
	}
	for i := range want {
		if pcm[i] != want[i] {
			t.Errorf("sample %d is %d, want %d", i, pcm[i], want[i])
		}
	}
}

func TestTheTimelineForgetsWhatIsOld(t *testing.T) {
	var tl Timeline
	for i := range int64(200) {
		tl.Append(i*48000, make([]int16, 48000))
	}
	if len(tl.pcm) > 2*keepSamples {
		t.Errorf("it keeps %d samples", len(tl.pcm))
	}
	if tl.End() != 200*48000 {
		t.Errorf("it ends at %d", tl.End())
	}
	tl.Append(1<<40, []int16{1})
	if len(tl.pcm) != 1 || tl.End() != 1<<40+1 {
		t.Errorf("after a long gap it keeps %d samples and ends at %d", len(tl.pcm), tl.End())
	}
}

func TestArrivalsRawAndSmooth(t *testing.T) {
	var tl Timeline
	start := time.Now()
	// Packet 1 is the earliest.
	late := []time.Duration{3 * time.Millisecond, 0, 9 * time.Millisecond, time.Millisecond}
	for i, d := range late {
		at := start.Add(time.Duration(i)*20*time.Millisecond + d)
		tl.Arrived(int64(i)*960, at)
	}
	// The sample in the middle of packet 2, which was 9 ms late.
	pos := int64(2*960 + 480)
	if got := tl.Raw(pos).Sub(start); got != 59*time.Millisecond {
		t.Errorf("raw %s, want 59ms", got)
	}
	if got := tl.Smooth(pos).Sub(start); got != 50*time.Millisecond {
		t.Errorf("smooth %s, want 50ms", got)
	}
	if got := tl.Now(start.Add(time.Second)); got != 48000 {
		t.Errorf("after a second the line is at %d", got)
	}
}

func TestTheEndpointerFindsSpeechAndNotClicks(t *testing.T) {
	burst := func(n int) []int16 {
		pcm := make([]int16, n)
		for i := range pcm {
			pcm[i] = int16(3000 * (1 - 2*(i/100%2)))
		}
		return pcm
	}
	t.Run("a click is not speech", func(t *testing.T) {
		var e Endpointer
		e.Skip(48000)
		e.Write(burst(960))
		e.Skip(48000)
		if _, _, ok := e.Speech(); ok {
			t.Error("it was taken for speech")
		}
	})
	t.Run("a burst of 300 ms is, in any chunks", func(t *testing.T) {
		for _, chunk := range []int{1, 480, 960, 100000} {
			var e Endpointer
			pcm := append(make([]int16, 48000), burst(14400)...)
			pcm = append(pcm, make([]int16, 9600)...)
			for len(pcm) > 0 {
				n := min(chunk, len(pcm))
				e.Write(pcm[:n])
				pcm = pcm[n:]
			}
			onset, last, ok := e.Speech()
			if !ok || onset != 48000 || last != 62400 {
				t.Errorf("in chunks of %d: from %d to %d (%t), want from 48000 to 62400", chunk, onset, last, ok)
			}
		}
	})
}
