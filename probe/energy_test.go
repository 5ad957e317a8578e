package probe

import (
	"testing"
	"time"

	"callprobe/audio"
	"callprobe/audio/playout"
)

// humming is a second of silence from the start of the call and then a tone, for
// three seconds more.
func humming() *hearing {
	samples := make([]int16, 4*audio.Rate48k)
	for i := range samples[audio.Rate48k:] {
		samples[int(audio.Rate48k)+i] = int16(8000 * (1 - 2*(i/48%2)))
	}
	return &hearing{timeline: playout.Steady(0, samples)}
}

func TestTheFirstSoundAfterTheLastWord(t *testing.T) {
	const sample = time.Second / 48000
	for _, tc := range []struct {
		name string
		from time.Duration
		want time.Duration
	}{
		{"begins later", 400 * time.Millisecond, 600 * time.Millisecond},
		{"is there at once where the agent sounds already", 1500 * time.Millisecond, 0},
		{"is there at once in the middle of a sample, too", 1500*time.Millisecond + sample/2, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			e := &evaluation{heard: humming()}
			got := e.firstEnergy(tc.from, Interval{0, 4 * time.Second})
			if !got.OK || (got.Value-tc.want).Abs() > sample {
				t.Errorf("got %+v, want %v", got, tc.want)
			}
		})
	}
}
