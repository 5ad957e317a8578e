package vad_test

import (
	"slices"
	"testing"
	"time"

	"callprobe/audio"
	"callprobe/audio/vad"
)

func TestSpeechByDefinition(t *testing.T) {
	square := func(n int, amp int16) []int16 {
		out := make([]int16, n)
		for i := range out {
			out[i] = amp - 2*amp*int16(i/20%2)
		}
		return out
	}
	loud := square(9600, 10000) // 200 ms, so the floor is 10000 / 10^(35/20) = 177.8
	cases := []struct {
		name string
		pcm  []int16
		want audio.Span
		ok   bool
	}{
		{"silence has none", make([]int16, 4800), audio.Span{}, false},
		{"no samples have none", nil, audio.Span{}, false},
		{"from the first sample to one past the last", slices.Concat(make([]int16, 1000), loud, make([]int16, 500)), audio.Span{Start: 1000, End: 10600}, true},
		{"what stays 35 dB below is not speech", slices.Concat(square(1000, 150), loud, square(500, 150)), audio.Span{Start: 1000, End: 10600}, true},
		{"what reaches 35 dB below is", slices.Concat(square(1000, 190), loud, square(500, 190)), audio.Span{Start: 0, End: 11100}, true},
		{"a single weak sample is not", slices.Concat([]int16{190}, make([]int16, 999), loud), audio.Span{Start: 1000, End: 10600}, true},
		{"all of it", loud, audio.Span{Start: 0, End: 9600}, true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, ok := vad.SpeechByDefinition(audio.Clip{Rate: audio.Rate48k, Samples: c.pcm})
			if got != c.want || ok != c.ok {
				t.Errorf("got %v, %v, want %v, %v", got, ok, c.want, c.ok)
			}
		})
	}
}

func TestFirstEnergy(t *testing.T) {
	sound := noise(3, 300*time.Millisecond, 2000)
	sound[0] = 2000
	click := []int16{20000, -20000}
	cases := []struct {
		name string
		pcm  []int16
		from audio.Pos
		want audio.Pos
		ok   bool
	}{
		{"silence has none", silence(time.Second), 0, 0, false},
		{"sound after silence", slices.Concat(silence(time.Second), sound), 0, 48000, true},
		{"a click is not sustained", slices.Concat(silence(time.Second), click, silence(time.Second)), 0, 0, false},
		{"sound before from does not count", slices.Concat(sound, silence(time.Second)), 14400, 0, false},
		{"noise alone is the floor", noise(1, time.Second, 40), 0, 0, false},
		{"from past the end has none", sound, 1 << 40, 0, false},
		{"30 ms is too short", slices.Concat(silence(time.Second), sound[:1440], silence(time.Second)), 0, 0, false},
		{"two pieces of 40 ms within 200 ms are enough", slices.Concat(silence(time.Second), sound[:1920], silence(50*time.Millisecond), sound[:1920], silence(time.Second)), 0, 48000, true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, ok := vad.FirstEnergy(c.pcm, c.from)
			if got < c.want-48 || got > c.want+48 || ok != c.ok {
				t.Errorf("got %d, %v, want %d, %v", got, ok, c.want, c.ok)
			}
		})
	}
}
