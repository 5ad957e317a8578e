package playout

import (
	"testing"
	"time"

	"callprobe/audio"
)

func TestAnchors(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		turn func(s *sender) // between two talkspurts of one second
		want []Segment
		lost int64
	}{
		{"RTP time stands still in a pause", func(s *sender) { s.clock += 3 * time.Second },
			spans(48000, Received, 3*48000, DTX, 48000, Received), 0},
		{"RTP time stands still for 100 ms", func(s *sender) { s.clock += 100 * time.Millisecond },
			spans(48000, Received, 4800, DTX, 48000, Received), 0},
		{"RTP time runs ahead in a pause", func(s *sender) { s.ts += 2 * 48000; s.clock += time.Second },
			spans(48000, Received, 48000, DTX, 48000, Received), 0},
		{"RTP time runs 60 ms ahead in a pause", func(s *sender) { s.ts += 24000; s.clock += 440 * time.Millisecond },
			spans(48000, Received, 21120, DTX, 48000, Received), 0},
		{"the timestamp starts anew", func(s *sender) { s.ts = 77; s.clock += time.Second },
			spans(48000, Received, 48000, DTX, 48000, Received), 0},
		{"timestamp and sequence start anew", func(s *sender) { s.ts, s.seq = 77, 12000; s.clock += time.Second },
			spans(48000, Received, 48000, DTX, 48000, Received), 0},
		{"another source takes over", func(s *sender) { s.ts, s.seq, s.ssrc = 77, 12000, 5; s.clock += time.Second },
			spans(48000, Received, 48000, DTX, 48000, Received), 0},
		{"another source takes over at once", func(s *sender) { s.ts, s.seq, s.ssrc = 77, 12000, 5 },
			spans(2*48000, Received), 0},
		{"the numbers start anew a little behind", func(s *sender) { s.ts, s.seq = 77, s.seq-300; s.clock += time.Second },
			spans(48000, Received, 48000, DTX, 48000, Received), 0},
		{"the sequence leaps over a minute", func(s *sender) { s.seq += 4000; s.clock += time.Second },
			spans(48000, Received, 48000, DTX, 48000, Received), 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newSender().speak(50)
			tt.turn(s)
			start := s.clock
			tl := build(t, s.speak(50).packets)
			wantSegments(t, tl, tt.want)
			p := tl.Segments[len(tl.Segments)-1].Span.End - 48000
			wantFrom(t, tl, 0, 0, 48000)
			wantFrom(t, tl, p, 48000, 48000)
			wantTime(t, tl, 0, delay, 0)
			wantTime(t, tl, p-1, start, oneSample)
			wantTime(t, tl, p, start, time.Nanosecond)
			if tl.Stats.Lost != tt.lost {
				t.Errorf("%d packets are lost, want %d", tl.Stats.Lost, tt.lost)
			}
		})
	}
}

func TestStallIsNotAnAnchor(t *testing.T) {
	t.Parallel()
	// Nothing is read for three seconds, then everything at once.
	packets := newSender().speak(400).packets
	for i := 100; i < 250; i++ {
		packets[i].At = packets[250].At
	}
	tl := build(t, packets)
	wantSegments(t, tl, spans(400*960, Received))
	wantTime(t, tl, 100*960, delay+2*time.Second, time.Nanosecond)
	if got := tl.ExcessOf(100 * 960); got != 3*time.Second {
		t.Errorf("the first packet after the stall was late by %v", got)
	}
}

func TestSlippingSenderIsAnchoredAgain(t *testing.T) {
	t.Parallel()
	// A sender that misses one tick of 20 ms now and then and never catches up.
	s := newSender()
	for range 6 {
		s.speak(100)
		s.clock += 20 * time.Millisecond
	}
	tl := build(t, jittered(s.packets, time.Millisecond, 5))
	if tl.Stats.Anchors != 6 {
		t.Errorf("%d anchors, want 6", tl.Stats.Anchors)
	}
	for i := range 6 {
		p := audio.Pos(i * (100*960 + 960))
		wantTime(t, tl, p, delay+audio.Rate48k.Duration(int64(p)), 500*time.Microsecond)
	}
}

func TestEachTalkspurtIsWhereItArrived(t *testing.T) {
	t.Parallel()
	// The RTP clock of each talkspurt is off by another time.
	offsets := []int{0, 50, -10, 30, -60, 400, 0, 25} // In ms.
	s := newSender()
	var starts []time.Duration
	for _, off := range offsets {
		s.pass(48000)
		s.clock += time.Duration(off) * time.Millisecond
		starts = append(starts, s.clock)
		s.speak(50)
		s.clock -= time.Duration(off) * time.Millisecond
	}
	tl := build(t, jittered(s.packets, time.Millisecond, 21))
	for i, start := range starts {
		p := tl.PosOf(start + 500*time.Millisecond)
		wantTime(t, tl, p, start+500*time.Millisecond, oneSample)
		// It is the sample that the sender sent then.
		want := int64(48000*(i+1)+48000*i) + 24000
		if d := int64(tl.Samples[p]) - int64(value(want)); d < -24 || d > 24 {
			t.Errorf("talkspurt %d is %d samples off", i, d)
		}
	}
}

func TestSourcesThatOverlap(t *testing.T) {
	t.Parallel()
	s := newSender().speak(50)
	other := &sender{ssrc: 3, seq: 3, ts: 3, clock: s.clock - 10*time.Millisecond, sample: 48000}
	tl := build(t, inOrderOfArrival(append(s.packets, other.speak(50).packets...)))
	// The younger packet cuts the older, and time does not jump.
	if len(tl.Samples) != 48000-480+48000 {
		t.Errorf("there are %d samples", len(tl.Samples))
	}
	wantFrom(t, tl, 0, 0, 48000-480)
	wantFrom(t, tl, 48000-480, 48000, 48000)
	wantTime(t, tl, 48000-480, s.clock-10*time.Millisecond, time.Nanosecond)
}

func TestStallBeforeAnOnset(t *testing.T) {
	t.Parallel()
	// The machine sleeps through the first 150 ms of a talkspurt: the onset is
	// where it was on the wire, and the delay is told.
	packets := newSender().speak(50).hush(4).speak(50).packets
	first := 50 + 8
	for i := first; i < first+8; i++ {
		packets[i].At = packets[first+7].At + 10*time.Millisecond
	}
	tl := build(t, packets)
	p := audio.Pos((50 + 4*21) * 960)
	wantFrom(t, tl, p, int64(p), 48000)
	in := tl.TimeOf(p)
	if in.At != delay+audio.Rate48k.Duration(int64(p)) || tl.ExcessOf(p) != 150*time.Millisecond || in.Late < 150*time.Millisecond {
		t.Errorf("the onset is heard at %+v, excess %v", in, tl.ExcessOf(p))
	}
}

func TestShortSoundsOfAClockThatStandsStill(t *testing.T) {
	t.Parallel()
	s := newSender().speak(50)
	s.clock += 3 * time.Second
	s.speak(3)
	s.clock += 2 * time.Second
	tl := build(t, s.speak(50).packets)
	wantSegments(t, tl, spans(48000, Received, 3*48000, DTX, 3*960, Received, 2*48000, DTX, 48000, Received))
}

func TestLateStartIsNotAnAnchor(t *testing.T) {
	t.Parallel()
	s := newSender().speak(4)
	s.pass(4800)
	s.speak(50)
	for i := range 4 {
		s.packets[i].At += 100 * time.Millisecond
	}
	tl := build(t, s.packets)
	wantSegments(t, tl, spans(4*960, Received, 4800, DTX, 48000, Received))
	wantTime(t, tl, 0, delay, 0)
	if tl.Stats.Anchors != 1 || tl.ExcessOf(0) != 100*time.Millisecond {
		t.Errorf("%d anchors, excess %v", tl.Stats.Anchors, tl.ExcessOf(0))
	}
}

func TestFewShortPacketsMakeNoLevel(t *testing.T) {
	t.Parallel()
	s := newSender().speak(50)
	for range 20 { // 50 ms in packets of 2.5 ms, all late alike
		s.send(payload(s.sample, 120), 120)
		s.packets[len(s.packets)-1].At += 50 * time.Millisecond
	}
	wantSegments(t, build(t, s.packets), spans(48000+2400, Received))
}

func TestSlowWanderDoesNotCutSpeech(t *testing.T) {
	t.Parallel()
	// The delay creeps up ever faster, 60 ms in twenty seconds.
	packets := newSender().speak(1000).packets
	for i := range packets {
		packets[i].At += time.Duration(i) * time.Duration(i) * 60 * time.Nanosecond
	}
	tl := build(t, packets)
	wantSegments(t, tl, spans(1000*960, Received))
	for i, p := range packets {
		if in := tl.TimeOf(audio.Pos(i * 960)); p.At < in.At-in.Early || p.At > in.At+in.Late {
			t.Fatalf("packet %d was read at %v, outside of %+v", i, p.At, in)
		}
	}
}
