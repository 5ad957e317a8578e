package playout

import (
	"callprobe/audio"
	"slices"
	"testing"
	"time"
)

// follow ingests packets and returns what the stream handed out.
func follow(t *testing.T, packets []Packet) (pcm []int16, origins []Segment) {
	t.Helper()
	s := NewStream(counter{})
	tl := &Timeline{}
	for _, p := range packets {
		for _, c := range s.Ingest(p) {
			if int(c.Pos) != len(pcm) {
				t.Fatalf("a chunk is at %d after %d samples", c.Pos, len(pcm))
			}
			pcm = append(pcm, c.PCM...)
			tl.mark(c.Pos, c.Pos+audio.Pos(len(c.PCM)), c.Origin)
		}
	}
	return pcm, tl.Segments
}

func TestStreamFollowsACall(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		packets func() []Packet
		want    []Segment
	}{
		{"speech", func() []Packet { return newSender().speak(200).packets }, spans(200*960, Received)},
		{"silence is as long as it was", func() []Packet { return newSender().speak(4).hush(2).speak(1).packets },
			spans(4*960, Received, 20*960, DTX, 960, Received, 20*960, DTX, 2*960, Received)},
		{"loss is zeros", func() []Packet { return slices.Delete(newSender().speak(10).packets, 4, 6) },
			spans(4*960, Received, 2*960, Lost, 4*960, Received)},
		{"a packet that comes after a later one is dropped", func() []Packet {
			p := newSender().speak(10).packets
			p[4], p[5] = p[5], p[4]
			return p
		}, spans(4*960, Received, 960, Lost, 5*960, Received)},
		{"duplicates are dropped", func() []Packet {
			p := newSender().speak(10).packets
			return slices.Insert(p, 5, p[4])
		}, spans(10*960, Received)},
		{"a leap of the timestamp fills three seconds", func() []Packet {
			s := newSender().speak(2)
			s.pass(48000 * 100)
			return s.speak(1).packets
		}, spans(2*960, Received, 3*48000, DTX, 960, Received)},
		{"a long loss and a pause fill three seconds", func() []Packet {
			s := newSender().speak(52)
			s.pass(48000 * 100)
			return slices.Delete(s.speak(1).packets, 2, 52)
		}, spans(2*960, Received, 50*960, Lost, 2*48000, DTX, 960, Received)},
		{"a timestamp that goes back fills nothing", func() []Packet {
			s := newSender().speak(2)
			s.ts -= 48000
			return s.speak(1).packets
		}, spans(3*960, Received)},
		{"another source takes over", func() []Packet {
			s := newSender().speak(2)
			s.ssrc, s.ts, s.seq = 4, 4, 4
			return s.speak(2).packets
		}, spans(4*960, Received)},
		{"the sequence starts anew", func() []Packet {
			s := newSender().speak(2)
			s.ts, s.seq = 4, 20000
			return s.speak(2).packets
		}, spans(4*960, Received)},
		{"padding is not loss", func() []Packet {
			s := newSender().speak(2)
			s.packets = append(s.packets, Packet{SSRC: s.ssrc, Sequence: s.seq})
			s.seq++
			return s.speak(2).packets
		}, spans(4*960, Received)},
		{"a packet that the codec refuses is lost", func() []Packet {
			p := newSender().speak(3).packets
			p[1].Payload = []byte{0xff, 0, 0}
			return p
		}, spans(960, Received, 960, Lost, 960, Received)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			pcm, got := follow(t, tt.packets())
			if !slices.Equal(got, tt.want) {
				t.Errorf("segments are\n%v, want\n%v", got, tt.want)
			}
			for _, seg := range got {
				if seg.Origin != Received && slices.Max(pcm[seg.Span.Start:seg.Span.End]) != 0 {
					t.Errorf("%v of %v is not silent", seg.Origin, seg.Span)
				}
			}
		})
	}
}

func TestStreamAgreesWithBuildOnAGoodCall(t *testing.T) {
	t.Parallel()
	packets := talk(5)
	pcm, _ := follow(t, packets)
	if want := build(t, packets).Samples; !slices.Equal(pcm, want) {
		t.Errorf("the stream has %d samples, the timeline %d, or others", len(pcm), len(want))
	}
}

func TestAdvanceHearsSilence(t *testing.T) {
	t.Parallel()
	s := NewStream(counter{})
	count := func(chunks []Chunk) (n int) {
		for _, c := range chunks {
			if c.Origin != DTX && c.Origin != Received {
				t.Errorf("%d samples are %v", len(c.PCM), c.Origin)
			}
			n += len(c.PCM)
		}
		return n
	}
	from := newSender()
	if got := count(s.Advance(time.Minute)); got != 0 {
		t.Errorf("%d samples before the first packet", got)
	}
	s.Ingest(from.speak(1).packets[0])
	end := from.clock
	if got := count(s.Advance(end + patience)); got != 0 {
		t.Errorf("%d samples of silence at once", got)
	}
	if got := count(s.Advance(end + patience + 50*time.Millisecond)); got != 2400 {
		t.Errorf("%d samples of silence after 50 ms, want 2400", got)
	}
	if got := count(s.Advance(end + patience + 60*time.Millisecond)); got != 480 {
		t.Errorf("%d samples of silence 10 ms later, want 480", got)
	}
	if got := count(s.Advance(end + time.Hour)); got != 3*48000 {
		t.Errorf("%d samples of silence after an hour, want three seconds", got)
	}
	// What was handed out already is not filled in again.
	from.pass(4 * 48000)
	if got := count(s.Ingest(from.speak(1).packets[1])); got != 4*48000-(3*48000+2880)+960 {
		t.Errorf("%d samples with the next packet", got)
	}
}
