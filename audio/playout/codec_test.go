package playout

import (
	"math"
	"slices"
	"testing"

	"callprobe/audio"
	"callprobe/audio/opus"
)

// voice is a buzz of 150 Hz with harmonics, in the samples of s, and silence
// around it.
func voice(n int, spurts ...audio.Span) []int16 {
	pcm := make([]int16, n)
	for _, s := range spurts {
		for p := s.Start; p < s.End; p++ {
			var v float64
			for h := range 12 {
				v += math.Sin(2*math.Pi*150*float64(h+1)*float64(p)/48000) / float64(h+1)
			}
			pcm[p] = int16(6000 * v)
		}
	}
	return pcm
}

// agentPackets encodes pcm as an agent with DTX does: of the packets that only
// announce silence it sends the first and leaves out the others.
func agentPackets(t *testing.T, pcm []int16, dtx bool) []Packet {
	t.Helper()
	encoded, err := opus.EncodeClip(audio.Clip{Rate: audio.Rate48k, Samples: pcm}, opus.EncoderConfig{DTX: dtx})
	if err != nil {
		t.Fatal(err)
	}
	s, quiet := newSender(), false
	for _, p := range encoded {
		short := len(p) <= silentBytes
		if short && quiet {
			s.pass(960)
		} else {
			s.send(p, 960)
		}
		quiet = short
	}
	return s.packets
}

func buildOpus(t *testing.T, packets []Packet) *Timeline {
	t.Helper()
	dec, err := opus.NewDecoder()
	if err != nil {
		t.Fatal(err)
	}
	tl, err := Build(packets, dec)
	if err != nil {
		t.Fatal(err)
	}
	checkShape(t, tl)
	return tl
}

func TestOpusSpeechStaysInPlace(t *testing.T) {
	t.Parallel()
	spurts := []audio.Span{{Start: 48_000, End: 72_000}, {Start: 168_000, End: 201_234}}
	pcm := voice(288_000, spurts...)
	tests := []struct {
		name string
		dtx  bool
		drop func(i int) bool
	}{
		{"without DTX", false, func(int) bool { return false }},
		{"with DTX", true, func(int) bool { return false }},
		{"without DTX, every ninth packet lost", false, func(i int) bool { return i%9 == 4 && i != 175 }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var packets []Packet
			all := agentPackets(t, pcm, tt.dtx)
			for i, p := range all {
				if !tt.drop(i) {
					packets = append(packets, p)
				}
			}
			tl := buildOpus(t, packets)
			if tt.dtx != slices.ContainsFunc(tl.Segments, func(s Segment) bool { return s.Origin == DTX }) {
				t.Errorf("segments are %v", tl.Segments)
			}
			if tl.Stats.DecodeErrors != 0 || tl.Stats.Lost != int64(len(all)-len(packets)) {
				t.Errorf("stats are %+v", tl.Stats)
			}
			for _, s := range spurts {
				onset := firstLoud(tl.Samples, s.Start-9600)
				if d := onset - s.Start - opus.Lookahead; d < -96 || d > 96 {
					t.Errorf("speech that starts at %d is heard at %d, the codec's delay is %d", s.Start, onset, opus.Lookahead)
				}
			}
			for _, s := range tl.Segments {
				if s.Origin == DTX && peak(tl.Samples[s.Span.Start:s.Span.End]) > 100 {
					t.Errorf("deliberate silence in %v has a peak of %d", s.Span, peak(tl.Samples[s.Span.Start:s.Span.End]))
				}
			}
		})
	}
}

func firstLoud(pcm []int16, from audio.Pos) audio.Pos {
	for p := from; int(p) < len(pcm); p++ {
		if pcm[p] > 1000 || pcm[p] < -1000 {
			return p
		}
	}
	return -1
}

func peak(pcm []int16) (top int) {
	for _, v := range pcm {
		top = max(top, int(v), -int(v))
	}
	return top
}

func BenchmarkBuild(b *testing.B) {
	for _, bb := range []struct {
		name    string
		packets []Packet
	}{{"one minute", newSender().speak(3000).packets}, {"ten minutes", newSender().speak(30000).packets}} {
		b.Run(bb.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Build(bb.packets, counter{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
