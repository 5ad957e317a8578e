package playout

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"callprobe/audio"
)

// talk is a call of an agent with DTX: talkspurts and pauses.
func talk(spurts int) []Packet {
	s := newSender()
	for i := range spurts {
		s.speak(60 + 7*i%40).hush(3 + i%4)
	}
	return s.packets
}

func TestTimeMovesWithTheArrivals(t *testing.T) {
	t.Parallel()
	packets := jittered(talk(8), 3*time.Millisecond, 1)
	tl := build(t, packets)
	for _, by := range []time.Duration{-time.Second, 1, 12345 * time.Microsecond, time.Hour} {
		moved := slices.Clone(packets)
		for i := range moved {
			moved[i].At += by
		}
		other := build(t, moved)
		if !slices.Equal(other.Samples, tl.Samples) {
			t.Errorf("arrivals moved by %v: other samples", by)
		}
		for p := audio.Pos(0); int(p) < len(tl.Samples); p += 777 {
			a, b := tl.TimeOf(p), other.TimeOf(p)
			if b.At-a.At != by || a.Early != b.Early || a.Late != b.Late {
				t.Fatalf("arrivals moved by %v: sample %d went from %+v to %+v", by, p, a, b)
			}
		}
	}
}

type heldUp struct {
	name string
	held func(rng *rand.Rand) []Packet
}

func TestHeldUpPacketsDoNotChangeSamples(t *testing.T) {
	t.Parallel()
	packets := talk(8)
	want := build(t, packets)
	tests := []heldUp{
		{"packets out of order within 100 ms", func(rng *rand.Rand) []Packet {
			p := slices.Clone(packets)
			for i := range p {
				p[i].At += time.Duration(rng.Int64N(int64(100 * time.Millisecond)))
			}
			return p
		}},
		{"every packet twice", func(rng *rand.Rand) []Packet {
			p := slices.Concat(packets, packets)
			for i := range packets {
				p[i].At += time.Duration(rng.Int64N(int64(30 * time.Millisecond)))
			}
			return p
		}},
		{"bursts after a hold-up of 100 to 400 ms", func(rng *rand.Rand) []Packet {
			p := slices.Clone(packets)
			for i := 0; i < len(p); i += 20 + rng.IntN(40) {
				until := p[i].At + 100*time.Millisecond + time.Duration(rng.Int64N(int64(300*time.Millisecond)))
				for j := i; j < len(p) && p[j].At < until; j++ {
					p[j].At = until + time.Duration(j-i)*50*time.Microsecond
				}
			}
			return p
		}},
		{"a few packets late by the same time", func(rng *rand.Rand) []Packet {
			p := slices.Clone(packets)
			for i := 0; i+4 < len(p); i += 25 + rng.IntN(20) {
				for j := range 4 {
					p[i+j].At += 70 * time.Millisecond
				}
			}
			return p
		}},
		{"packets late by 30 ms, then by 60 ms", func(*rand.Rand) []Packet {
			p := slices.Clone(packets)
			for i := range 20 {
				p[20+i].At += 30 * time.Millisecond * time.Duration(1+i/10)
			}
			return p
		}},
		{"a late start", func(*rand.Rand) []Packet {
			p := slices.Clone(packets)
			for i := range 5 {
				p[60+i].At += 300 * time.Millisecond // comfort noise in the first pause
			}
			return p
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(10) {
				got := build(t, inOrderOfArrival(tt.held(rand.New(rand.NewPCG(seed, 2)))))
				if !slices.Equal(got.Samples, want.Samples) || !slices.Equal(got.Segments, want.Segments) {
					t.Fatalf("seed %d: other samples; stats %+v", seed, got.Stats)
				}
			}
		})
	}
}

// TestInstantsHoldTheTruth holds the claim that the true instant lies between
// Early and Late, on networks good and bad: exponential jitter, and jitter of
// three queues in a row, where packets that nothing holds up are rare.
func TestInstantsHoldTheTruth(t *testing.T) {
	t.Parallel()
	tests := []struct {
		mean    time.Duration
		queues  int
		atWorst time.Duration
	}{
		{200 * time.Microsecond, 1, 100 * time.Microsecond},
		{2 * time.Millisecond, 1, 200 * time.Microsecond},
		{8 * time.Millisecond, 1, time.Millisecond},
		{200 * time.Microsecond, 3, 200 * time.Microsecond},
		{2 * time.Millisecond, 3, time.Millisecond},
		{8 * time.Millisecond, 3, 3 * time.Millisecond},
	}
	for _, tt := range tests {
		outside, n := 0, 0
		var worst, widest time.Duration
		for seed := range uint64(20) {
			packets := talk(6)
			for q := range tt.queues {
				packets = jittered(packets, tt.mean/time.Duration(tt.queues), seed+100*uint64(q))
			}
			tl := build(t, packets)
			for p := audio.Pos(0); int(p) < len(tl.Samples); p += 960 {
				in := tl.TimeOf(p)
				truth := delay + audio.Rate48k.Duration(int64(p))
				n++
				worst, widest = max(worst, (in.At-truth).Abs()), max(widest, in.Early)
				if truth < in.At-in.Early || truth > in.At+in.Late {
					outside++
				}
			}
		}
		t.Logf("jitter %v in %d queues: worst error %v, claimed up to %v, %d of %d outside", tt.mean, tt.queues, worst, widest, outside, n)
		if outside*20 > n {
			t.Errorf("jitter %v in %d queues: the truth is outside for %d of %d samples", tt.mean, tt.queues, outside, n)
		}
		if worst > tt.atWorst {
			t.Errorf("jitter %v in %d queues: off by %v, more than %v", tt.mean, tt.queues, worst, tt.atWorst)
		}
	}
}

func TestLateOnsetPacketWidensLate(t *testing.T) {
	t.Parallel()
	packets := newSender().speak(100).packets
	punctual := build(t, packets).TimeOf(50*960 + 7)
	packets[50].At += 33 * time.Millisecond
	tl := build(t, inOrderOfArrival(packets))
	late := tl.TimeOf(50*960 + 7)
	if late.At != punctual.At || late.Late != punctual.Late+33*time.Millisecond {
		t.Errorf("late by 33 ms: %+v, punctual %+v", late, punctual)
	}
	if got := tl.ExcessOf(51*960 - 1); got != 33*time.Millisecond {
		t.Errorf("excess is %v", got)
	}
	gone := build(t, slices.Delete(inOrderOfArrival(packets), 50, 51)) // the one after
	if in := gone.TimeOf(51*960 + 7); gone.OriginOf(51*960+7) != Concealed || in.Late > punctual.Late+time.Microsecond {
		t.Errorf("what is concealed after the late packet is late, too: %+v", in)
	}
	if tl.ExcessOf(51*960) != 0 || tl.ExcessOf(50*960-1) != 0 {
		t.Error("the neighbours are late, too")
	}
}

func TestDTXDoesNotMoveTime(t *testing.T) {
	t.Parallel()
	// The same speech at the same times, with silence sent and left out.
	with, without := newSender(), newSender()
	for range 5 {
		with.speak(50).hush(4)
		without.speak(50 + 4*21)
	}
	a := build(t, jittered(with.packets, time.Millisecond, 3))
	b := build(t, jittered(without.packets, time.Millisecond, 4))
	if len(a.Samples) != len(b.Samples) {
		t.Fatalf("%d samples with DTX, %d without", len(a.Samples), len(b.Samples))
	}
	for p := audio.Pos(0); int(p) < len(a.Samples); p += 960 {
		if d := a.TimeOf(p).At - b.TimeOf(p).At; d.Abs() > 200*time.Microsecond {
			t.Fatalf("sample %d is heard %v later with DTX", p, d)
		}
	}
}

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

func TestSkewIsFitted(t *testing.T) {
	t.Parallel()
	for _, ppm := range []float64{-200, -50, 0, 50, 200, 5000} {
		for _, mean := range []time.Duration{0, time.Millisecond, 5 * time.Millisecond} {
			packets := newSender().speak(3000).packets // one minute
			for i := range packets {
				packets[i].At = time.Duration(float64(packets[i].At) / (1 + ppm*1e-6))
			}
			tl := build(t, jittered(packets, mean, 6))
			allowed := 2 + 8*mean.Seconds()*1000
			if got := tl.Stats.SkewPPM - ppm; got > allowed || got < -allowed {
				t.Errorf("skew %g ppm, jitter %v: fitted %g", ppm, mean, tl.Stats.SkewPPM)
			}
			if ppm == 0 && mean == 0 && tl.Stats.SkewPPM != 0 {
				t.Errorf("no skew: fitted %g", tl.Stats.SkewPPM)
			}
			for p := audio.Pos(0); p < 3000*960; p += 96000 {
				truth := time.Duration(float64(delay+audio.Rate48k.Duration(int64(p))) / (1 + ppm*1e-6))
				wantTime(t, tl, p, truth, 50*time.Microsecond+mean/4)
			}
			t.Logf("skew %g ppm, jitter %v: fitted %.2f ± %.2f", ppm, mean, tl.Stats.SkewPPM, tl.Stats.SkewErrorPPM)
		}
	}
}

func TestSkewIsUnknownInAShortCall(t *testing.T) {
	t.Parallel()
	tl := build(t, newSender().speak(200).packets)
	if tl.Stats.SkewPPM != 0 || tl.Stats.SkewErrorPPM != 100 {
		t.Errorf("skew %g ± %g ppm after four seconds", tl.Stats.SkewPPM, tl.Stats.SkewErrorPPM)
	}
	first, last := tl.TimeOf(0), tl.TimeOf(199*960)
	if d := (first.Early - last.Early).Abs(); d < 350*time.Microsecond {
		t.Errorf("uncertainty grows by %v over four seconds, want 398 µs", d)
	}
}

func TestJitterIsOfRFC3550(t *testing.T) {
	t.Parallel()
	// Every second packet is 8 ms late: |D| is 8 ms throughout, and J tends to it.
	packets := newSender().speak(1000).packets
	for i := 1; i < len(packets); i += 2 {
		packets[i].At += 8 * time.Millisecond
	}
	if got := build(t, packets).Stats.Jitter; (got - 8*time.Millisecond).Abs() > 10*time.Microsecond {
		t.Errorf("jitter is %v, want 8 ms", got)
	}
}

func TestBuildIsPure(t *testing.T) {
	t.Parallel()
	packets := jittered(talk(5), 4*time.Millisecond, 9)
	before := slices.Clone(packets)
	a, b := build(t, packets), build(t, packets)
	if !reflect.DeepEqual(a, b) {
		t.Error("two builds of the same packets differ")
	}
	if !reflect.DeepEqual(before, packets) {
		t.Error("the packets were changed")
	}
}

func TestPositionsAndTimesAgree(t *testing.T) {
	t.Parallel()
	s := newSender().speak(1500).hush(3)
	s.clock += 2 * time.Second
	s.speak(300)
	packets := jittered(s.packets, time.Millisecond, 11)
	for i := range packets {
		packets[i].At += packets[i].At / 10000
	}
	tl := build(t, packets)
	if tl.Stats.SkewPPM == 0 {
		t.Fatal("no skew was fitted")
	}
	for p := audio.Pos(0); int(p) < len(tl.Samples); p += 331 {
		if got := tl.PosOf(tl.TimeOf(p).At); got < p-1 || got > p+1 {
			t.Fatalf("sample %d is heard at %v, when sample %d is heard", p, tl.TimeOf(p).At, got)
		}
	}
	again := tl.Segments[len(tl.Segments)-1].Span.Start
	for p := again - 50; p < again+50; p++ {
		if got := tl.PosOf(tl.TimeOf(p).At); got < p-1 || got > p+1 {
			t.Fatalf("sample %d is heard at %v, when sample %d is heard", p, tl.TimeOf(p).At, got)
		}
	}
	if tl.PosOf(-time.Hour) != 0 || tl.PosOf(time.Hour) != audio.Pos(len(tl.Samples)) {
		t.Error("positions are not clamped")
	}
}

func TestEachTalkspurtIsWhereItArrived(t *testing.T) {
	t.Parallel()
	// The RTP clock of each talkspurt is off by another time.
	offsets := []time.Duration{0, 50, -10, 30, -60, 400, 0, 25}
	s := newSender()
	var starts []time.Duration
	for _, off := range offsets {
		s.pass(48000)
		s.clock += off * time.Millisecond
		starts = append(starts, s.clock)
		s.speak(50)
		s.clock -= off * time.Millisecond
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

func TestSkewConverts(t *testing.T) {
	t.Parallel()
	for _, k := range []skew{0, 1, -1, 200_000, -200_000, skewLimit, -skewLimit} {
		for _, n := range []int64{0, 1, 959, 48_000, maxSamples, -maxSamples} {
			if got := k.samples(k.wall(n)); got != n {
				t.Errorf("skew %d: %d samples last %v, in which %d samples pass", k, n, k.wall(n), got)
			}
		}
	}
	if got := skew(-200_000).wall(48_000_000); got != 1000*time.Second-200*time.Millisecond {
		t.Errorf("1000 s of a sender 200 ppm fast last %v", got)
	}
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

func TestTimeNeverGoesBack(t *testing.T) {
	t.Parallel()
	// Two sources at once, whose clocks run apart.
	for _, percent := range []int64{-4, 4} {
		a := newSender().speak(1500)
		b := &sender{ssrc: 3, clock: delay + 5*time.Second}
		b.speak(1000)
		for i := range a.packets {
			a.packets[i].At += a.packets[i].At * time.Duration(percent) / 100
		}
		for i := range b.packets {
			b.packets[i].At -= b.packets[i].At * time.Duration(percent) / 100
		}
		tl := build(t, inOrderOfArrival(append(a.packets, b.packets...)))
		var at time.Duration
		var pos audio.Pos
		for p := audio.Pos(0); int(p) < len(tl.Samples); p += 5 {
			in := tl.TimeOf(p)
			if in.At < at || tl.PosOf(in.At) < pos || tl.PosOf(in.At-1) > tl.PosOf(in.At) {
				t.Fatalf("sample %d is heard at %v, an earlier one at %v", p, in.At, at)
			}
			at, pos = in.At, tl.PosOf(in.At)
		}
	}
}
