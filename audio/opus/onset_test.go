package opus

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"callprobe/audio"
)

// burst returns a voice that rises within 20 ms from a sample on, with silence
// around it.
func burst(at, n int, seed uint64) audio.Clip {
	c := audio.Clip{Rate: audio.Rate48k, Samples: make([]int16, n)}
	voice := speech(14400, seed)[1200:]
	for i := range min(len(voice), n-2400-at) {
		rise := min(1, float64(i)/960)
		c.Samples[at+i] = int16(rise * rise * float64(voice[i]))
	}
	return c
}

// onset returns the first sample that reaches 35 dB below the active level and
// is followed by 1 ms whose RMS reaches it, too.
func onset(c audio.Clip) int {
	floor := math.Pow(10, (c.ActiveLevelDBFS()-35)/20) * 32768
	for i, s := range c.Samples[:len(c.Samples)-48] {
		if math.Abs(float64(s)) < floor {
			continue
		}
		next := audio.Clip{Rate: c.Rate, Samples: c.Samples[i : i+48]}
		if next.RMSDBFS() >= c.ActiveLevelDBFS()-35 {
			return i
		}
	}
	return -1
}

func TestOnsetComesOutLookaheadSamplesLater(t *testing.T) {
	for _, bitrate := range []int{16000, 32000} {
		t.Run(fmt.Sprintf("%d bit/s", bitrate), func(t *testing.T) {
			var moved []int
			for i := range 9 {
				at := 4800 + i*217 // Everywhere in the frame.
				clip := burst(at, 16800, uint64(i))
				packets, err := EncodeClip(clip, EncoderConfig{Bitrate: bitrate})
				if err != nil {
					t.Fatal(err)
				}
				got := onset(audio.Clip{Rate: audio.Rate48k, Samples: decodeAll(t, packets)})
				moved = append(moved, got-Lookahead-onset(clip))
			}
			slices.Sort(moved)
			t.Logf("onsets moved by %d samples", moved)
			if median := moved[len(moved)/2]; median < -12 || median > 12 {
				t.Errorf("the median onset moved by %d samples, more than 0.25 ms", median)
			}
			if moved[0] < -240 || moved[len(moved)-1] > 240 {
				t.Errorf("onsets moved by %d to %d samples, more than 5 ms", moved[0], moved[len(moved)-1])
			}
		})
	}
}

// The waveform itself, where the codec keeps it: music at a high rate through
// CELT comes out exactly Lookahead samples late.
func TestWaveformComesOutLookaheadSamplesLater(t *testing.T) {
	source := speech(24000, 9)
	s := streams()[slices.IndexFunc(streams(), func(s stream) bool { return s.name == "celt-64k" })]
	got := decodeAll(t, s.encode(t, source))
	best, bestLag := math.Inf(-1), 0
	for lag := Lookahead - 60; lag <= Lookahead+60; lag++ {
		if snr := snrDB(source[:len(got)-lag], got[lag:]); snr > best {
			best, bestLag = snr, lag
		}
	}
	if bestLag != Lookahead || best < 10 {
		t.Errorf("the best fit, %.1f dB, is %d samples late, want %d", best, bestLag, Lookahead)
	}
}

func TestEncodedClipIsDeliveredToItsLastSample(t *testing.T) {
	for _, tc := range []struct{ samples, packets int }{
		{0, 0},
		{1, 1},
		{FrameSamples - Lookahead, 1},
		{FrameSamples - Lookahead + 1, 2},
		{FrameSamples, 2},
		{2*FrameSamples - Lookahead, 2},
		{48000, 51},
	} {
		t.Run(fmt.Sprintf("%d samples", tc.samples), func(t *testing.T) {
			clip := audio.Clip{Rate: audio.Rate48k, Samples: speech(tc.samples, 4)}
			packets, err := EncodeClip(clip, EncoderConfig{})
			if err != nil {
				t.Fatal(err)
			}
			if len(packets) != tc.packets {
				t.Errorf("%d packets, want %d", len(packets), tc.packets)
			}
			if heard := len(decodeAll(t, packets)); tc.samples > 0 && heard < tc.samples+Lookahead {
				t.Errorf("%d samples are heard, %d needed", heard, tc.samples+Lookahead)
			}
		})
	}
}

func TestEncodingAClipIsEncodingItsFrames(t *testing.T) {
	clip := audio.Clip{Rate: audio.Rate48k, Samples: speech(5*FrameSamples-Lookahead, 4)}
	packets, err := EncodeClip(clip, EncoderConfig{Bitrate: 24000})
	if err != nil {
		t.Fatal(err)
	}
	enc, err := NewEncoder(EncoderConfig{Bitrate: 24000})
	if err != nil {
		t.Fatal(err)
	}
	padded := append(slices.Clone(clip.Samples), make([]int16, Lookahead)...)
	for i, want := range packets {
		got, err := enc.Encode(padded[i*FrameSamples : (i+1)*FrameSamples])
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got, want) {
			t.Errorf("packet %d differs", i)
		}
	}
}
