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
			for seed := range uint64(5) {
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
		for seed := range uint64(16) {
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

func TestTimeNeverGoesBack(t *testing.T) {
	t.Parallel()
	// Two sources at once, whose clocks run apart.
	for _, percent := range []int64{-4, 4} {
		a := newSender().speak(900)
		b := &sender{ssrc: 3, clock: delay + 2*time.Second}
		b.speak(700)
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
