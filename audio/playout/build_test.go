package playout

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"callprobe/audio"
)

func TestBuildPutsSoundInPlace(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		packets func() []Packet
		want    []Segment
		stats   func(s *Stats) bool
	}{
		{"no packets make an empty timeline", func() []Packet { return nil }, nil,
			func(s *Stats) bool { return *s == Stats{} }},
		{"one packet is a timeline", func() []Packet { return newSender().speak(1).packets },
			spans(960, Received), func(s *Stats) bool { return s.Packets == 1 && s.Anchors == 1 }},
		{"numbers wrap", func() []Packet { return newSender().speak(300).packets },
			spans(300*960, Received), func(s *Stats) bool { return s.Lost == 0 && s.Bytes == 3000 }},
		{"a duplicate counts once", func() []Packet {
			p := newSender().speak(10).packets
			again := p[4]
			again.At += 7 * time.Millisecond
			again.Payload = payload(1, 960)
			return inOrderOfArrival(append(p, again))
		}, spans(9600, Received), func(s *Stats) bool { return s.Duplicates == 1 && s.Lost == 0 && s.Packets == 11 }},
		{"a packet that comes ten seconds late still counts", func() []Packet {
			p := newSender().speak(600).packets
			p[3].At += 10 * time.Second
			return inOrderOfArrival(p)
		}, spans(600*960, Received), func(s *Stats) bool { return s.Reordered == 1 && s.Late == 1 && s.WorstExcess == 10*time.Second }},
		{"a lost packet is concealed", func() []Packet {
			return slices.Delete(newSender().speak(10).packets, 4, 5)
		}, spans(4*960, Received, 960, Concealed, 5*960, Received), func(s *Stats) bool { return s.Lost == 1 }},
		{"a long loss is concealed for 120 ms, then zeros", func() []Packet {
			return slices.Delete(newSender().speak(30).packets, 4, 24)
		}, spans(4*960, Received, 5760, Concealed, 14*960, Lost, 6*960, Received), func(s *Stats) bool { return s.Lost == 20 }},
		{"RTP time without a gap in the sequence is DTX", func() []Packet {
			s := newSender().speak(4)
			s.pass(4800)
			return s.speak(4).packets
		}, spans(4*960, Received, 4800, DTX, 4*960, Received), func(s *Stats) bool { return s.Lost == 0 && s.Anchors == 1 }},
		{"a loss at the start of a pause is concealed, the pause is DTX", func() []Packet {
			s := newSender().speak(5)
			s.pass(4800)
			return slices.Delete(s.speak(4).packets, 4, 5)
		}, spans(4*960, Received, 960, Concealed, 4800, DTX, 4*960, Received), nil},
		{"a loss after announced silence may be the start of speech", func() []Packet {
			p := newSender().speak(4).hush(1).speak(4).packets
			return slices.Delete(p, 5, 7)
		}, spans(4*960, Received, 20*960, DTX, 2*960, Lost, 3*960, Received), nil},
		{"announced silence is DTX", func() []Packet { return newSender().speak(4).hush(2).speak(1).packets },
			spans(4*960, Received, 20*960, DTX, 960, Received, 20*960, DTX, 2*960, Received),
			func(s *Stats) bool { return s.Lost == 0 && s.Anchors == 1 }},
		{"padding is not lost audio", func() []Packet {
			s := newSender().speak(4)
			s.packets = append(s.packets, Packet{At: s.clock, SSRC: s.ssrc, Sequence: s.seq, Timestamp: s.ts})
			s.seq++
			return s.speak(4).packets
		}, spans(8*960, Received), func(s *Stats) bool { return s.Lost == 0 && s.Ignored == 1 }},
		{"padding in a pause is not lost audio", func() []Packet {
			s := newSender().speak(4)
			s.pass(4800)
			s.packets = append(s.packets, Packet{At: s.clock, SSRC: s.ssrc, Sequence: s.seq, Timestamp: s.ts})
			s.seq++
			s.pass(4800)
			return s.speak(4).packets
		}, spans(4*960, Received, 9600, DTX, 4*960, Received), func(s *Stats) bool { return s.Lost == 0 && s.Ignored == 1 }},
		{"the server's silence after the track is left out", func() []Packet {
			s := newSender().speak(4)
			s.ts -= 960
			for range 6 {
				silence := make([]byte, 80)
				copy(silence, []byte{0xf8, 0xff, 0xfe})
				s.send(silence, 960)
				s.packets[len(s.packets)-1].Marker = true
			}
			return s.packets
		}, spans(4*960, Received), func(s *Stats) bool { return s.Ignored == 6 && s.Lost == 0 }},
		{"a marked packet of 80 bytes that is not silence is audio", func() []Packet {
			s := newSender().speak(4)
			s.send(append(payload(s.sample, 960), make([]byte, 70)...), 960)
			s.packets[len(s.packets)-1].Marker = true
			return s.packets
		}, spans(5*960, Received), func(s *Stats) bool { return s.Ignored == 0 }},
		{"a packet that the codec refuses is concealed", func() []Packet {
			p := newSender().speak(10).packets
			p[4].Payload = []byte{0xff, 1, 2, 3}
			return p
		}, spans(4*960, Received, 960, Concealed, 5*960, Received), func(s *Stats) bool { return s.DecodeErrors == 1 && s.Lost == 0 }},
		{"a stray packet of another source is left out", func() []Packet {
			p := newSender().speak(10).packets
			return slices.Insert(p, 5, Packet{At: p[5].At, SSRC: 99, Payload: payload(7, 960)})
		}, spans(10*960, Received), func(s *Stats) bool { return s.Ignored == 1 && s.Anchors == 1 }},
		{"a stray number does not cut a stream in two", func() []Packet {
			p := newSender().speak(10).packets
			return slices.Insert(p, 5, Packet{At: p[5].At, SSRC: p[5].SSRC, Sequence: p[5].Sequence + 20000, Payload: payload(7, 960)})
		}, spans(10*960, Received), func(s *Stats) bool { return s.Ignored == 1 && s.Anchors == 1 && s.Lost == 0 }},
		{"packets of 60 ms are 60 ms long", func() []Packet {
			s := newSender()
			for range 4 {
				s.send(payload(s.sample, 2880), 2880)
			}
			return slices.Delete(s.packets, 2, 3)
		}, spans(2*2880, Received, 2880, Concealed, 2880, Received), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tl := build(t, tt.packets())
			wantSegments(t, tl, tt.want)
			for _, seg := range tl.Segments {
				switch seg.Origin {
				case Received:
					wantFrom(t, tl, seg.Span.Start, int64(seg.Span.Start), seg.Span.Len())
				case Concealed:
					wantAll(t, tl, seg.Span, made)
				case DTX, Lost:
					wantAll(t, tl, seg.Span, 0)
				}
				wantTime(t, tl, seg.Span.Start, delay+audio.Rate48k.Duration(int64(seg.Span.Start)), time.Nanosecond)
			}
			if tt.stats != nil && !tt.stats(&tl.Stats) {
				t.Errorf("stats are %+v", tl.Stats)
			}
		})
	}
}

func TestSilenceAppendedByTheServer(t *testing.T) {
	t.Parallel()
	silence := append([]byte{0xf8, 0xff, 0xfe}, make([]byte, 77)...)
	changed := func(i int) []byte {
		b := slices.Clone(silence)
		b[i]++
		return b
	}
	for _, tt := range []struct {
		name    string
		marker  bool
		payload []byte
		want    bool
	}{
		{"a marked frame of digital silence in 80 bytes is the server's", true, silence, true},
		{"without the marker it is the agent's", false, silence, false},
		{"of another length it is the agent's", true, silence[:79], false},
		{"of another mode it is the agent's", true, changed(0), false},
		{"with other audio it is the agent's", true, changed(2), false},
		{"with something in its padding it is the agent's", true, changed(79), false},
	} {
		if got := appendedByServer(&Packet{Marker: tt.marker, Payload: tt.payload}); got != tt.want {
			t.Errorf("%s: got %t", tt.name, got)
		}
	}
}

func TestTimestampsThatGoBackALittle(t *testing.T) {
	t.Parallel()
	s := newSender().speak(2)
	s.ts -= 5 * 960
	tl := build(t, s.speak(3).packets)
	if len(tl.Samples) == 0 || tl.Stats.Packets != 5 {
		t.Errorf("%d samples; stats %+v", len(tl.Samples), tl.Stats)
	}
}

func wantAll(t *testing.T, tl *Timeline, s audio.Span, want int16) {
	t.Helper()
	for p := s.Start; p < s.End; p++ {
		if tl.Samples[p] != want {
			t.Fatalf("sample %d is %d, want %d", p, tl.Samples[p], want)
		}
	}
}

func TestBuildWithoutConcealmentLeavesZeros(t *testing.T) {
	t.Parallel()
	packets := newSender().speak(10).packets
	packets[7].Payload = []byte{0xff}
	packets[7].Payload = append(packets[7].Payload, 0, 0)
	tl, err := Build(slices.Delete(packets, 4, 5), counter{failConceal: true})
	if err != nil {
		t.Fatal(err)
	}
	wantSegments(t, tl, spans(4*960, Received, 960, Lost, 2*960, Received, 960, Lost, 2*960, Received))
}

func TestBuildRefusesWhatIsTooLong(t *testing.T) {
	t.Parallel()
	far := newSender().speak(10)
	far.pass(48000 * 1000)
	flood := newSender()
	for range 8000 {
		flood.send(payload(flood.sample, MaxPacketSamples), MaxPacketSamples)
		flood.clock = delay
	}
	tests := []struct {
		name    string
		packets []Packet
		long    bool
	}{
		{"more than 15 minutes of time", far.speak(10).packets, true},
		{"more than 15 minutes of audio at once", flood.packets, true},
		{"more packets than fit in 15 minutes", make([]Packet, maxPackets+1), true},
		{"a time that is not in the call", []Packet{{At: math.MinInt64, Payload: payload(0, 960)}}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := Build(tt.packets, counter{})
			if err == nil || errors.Is(err, ErrTooLong) != tt.long {
				t.Errorf("error is %v", err)
			}
		})
	}
}

// TestBuildBearsManyRestarts builds from as many packets as are let in, of
// numbers without rhyme or reason, within the time and memory of a test.
func TestBuildBearsManyRestarts(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(3, 4))
	packets := make([]Packet, 40_000)
	at := time.Duration(0)
	for i := range packets {
		at += time.Duration(rng.Int64N(int64(40 * time.Millisecond)))
		packets[i] = Packet{At: at, SSRC: rng.Uint32() % 3, Sequence: uint16(i), Timestamp: uint32(i) * 960, Payload: payload(0, 120)}
		switch rng.IntN(4) {
		case 0:
			packets[i].Timestamp = rng.Uint32()
		case 1:
			packets[i].Sequence = uint16(rng.Uint32())
		}
	}
	tl, err := Build(packets, counter{})
	if err != nil && !errors.Is(err, ErrTooLong) {
		t.Fatal(err)
	}
	if err == nil {
		checkShape(t, tl)
	}
}

func TestLookups(t *testing.T) {
	t.Parallel()
	s := newSender().speak(30)
	s.pass(4800)
	tl := build(t, slices.Delete(s.speak(5).packets, 4, 14))
	wantSegments(t, tl, spans(4*960, Received, 5760, Concealed, 4*960, Lost, 16*960, Received, 4800, DTX, 5*960, Received))
	for _, tt := range []struct {
		p    audio.Pos
		want Origin
	}{{-1, DTX}, {0, Received}, {3839, Received}, {3840, Concealed}, {9600, Lost}, {13440, Received}, {28800, DTX}, {33600, Received}, {38400, DTX}} {
		if got := tl.OriginOf(tt.p); got != tt.want {
			t.Errorf("sample %d is %v, want %v", tt.p, got, tt.want)
		}
	}
	for _, tt := range []struct {
		span audio.Span
		want int64
	}{{audio.Span{Start: 0, End: 3840}, 0}, {audio.Span{Start: 0, End: 3841}, 1}, {audio.Span{Start: 9000, End: 9700}, 700}, {audio.Span{Start: -50, End: 50000}, 9600}, {audio.Span{Start: 13440, End: 13440}, 0}, {audio.Span{Start: 28800, End: 33600}, 0}} {
		if got := tl.Concealed(tt.span); got != tt.want {
			t.Errorf("%v has %d samples concealed, want %d", tt.span, got, tt.want)
		}
	}
}

func TestSteady(t *testing.T) {
	t.Parallel()
	tl := Steady(time.Second, make([]int16, 4800))
	checkShape(t, tl)
	wantTime(t, tl, 480, 1010*time.Millisecond, 0)
	wantTime(t, tl, 48000, 2*time.Second, 0)
	if got := tl.PosOf(1050 * time.Millisecond); got != 2400 {
		t.Errorf("at 1.05 s sample %d is heard", got)
	}
	if in := tl.TimeOf(7); in.Early != 0 || in.Late != 0 {
		t.Errorf("a steady timeline is uncertain: %+v", in)
	}
	empty := Steady(time.Second, nil)
	if empty.PosOf(time.Hour) != 0 || empty.TimeOf(5) != (Instant{}) || len(empty.Segments) != 0 {
		t.Error("an empty timeline has sound")
	}
}
