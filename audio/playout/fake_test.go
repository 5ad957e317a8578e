package playout

import (
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"callprobe/audio"
)

// made is what the counting decoder makes up for lost audio.
const made = int16(-1)

var errRefused = errors.New("refused")

// counter is a decoder of packets that say which sample they begin with: sample
// i of the sender decodes to value(i), so that a sample that is missing, doubled
// or in the wrong place shows as a wrong number.
type counter struct{ failConceal bool }

func (counter) Decode(packet []byte, pcm []int16) (int, error) {
	if len(packet) <= 2 {
		clear(pcm[:960])
		return 960, nil
	}
	if len(packet) < 10 || packet[0] == 0xff {
		return 0, errRefused
	}
	n := int(binary.BigEndian.Uint16(packet[8:]))
	if n > len(pcm) {
		return 0, errRefused
	}
	first := int64(binary.BigEndian.Uint64(packet))
	for i := range n {
		pcm[i] = value(first + int64(i))
	}
	return n, nil
}

func (c counter) Conceal(pcm []int16) error {
	if c.failConceal {
		return errRefused
	}
	if len(pcm)%concealStep != 0 || len(pcm) > MaxPacketSamples {
		return errors.New("not a length that Opus conceals")
	}
	for i := range pcm {
		pcm[i] = made
	}
	return nil
}

// value is never 0 nor negative, which stand for silence and concealment.
func value(i int64) int16 { return int16(i%30011) + 1 }

func payload(first int64, n int) []byte {
	b := binary.BigEndian.AppendUint64(nil, uint64(first))
	return binary.BigEndian.AppendUint16(b, uint16(n))
}

// sender makes packets as an agent would.
type sender struct {
	ssrc    uint32
	seq     uint16
	ts      uint32
	clock   time.Duration // when the next packet arrives if nothing holds it up
	sample  int64         // the sender's next sample
	packets []Packet
}

const delay = 40 * time.Millisecond

func newSender() *sender {
	return &sender{ssrc: 0xa9e27, seq: 65400, ts: 1<<32 - 50*960, clock: delay}
}

// speak sends n packets of 20 ms.
func (s *sender) speak(n int) *sender {
	for range n {
		s.send(payload(s.sample, 960), 960)
	}
	return s
}

func (s *sender) send(payload []byte, samples int) {
	s.packets = append(s.packets, Packet{At: s.clock, SSRC: s.ssrc, Sequence: s.seq, Timestamp: s.ts, Payload: payload})
	s.seq++
	s.pass(samples)
}

// pass lets time pass on the sender's clock and ours.
func (s *sender) pass(samples int) {
	s.ts += uint32(samples)
	s.sample += int64(samples)
	s.clock += audio.Rate48k.Duration(int64(samples))
}

// hush is silence as an agent with DTX sends it: an announcement, then nothing
// for 400 ms, then a packet of comfort noise, over and over.
func (s *sender) hush(times int) *sender {
	for range times {
		s.send([]byte{0xf8}, 960)
		s.pass(19200 - 960)
		s.send(payload(s.sample, 960), 960)
	}
	return s
}

func build(t testing.TB, packets []Packet) *Timeline {
	t.Helper()
	tl, err := Build(packets, counter{})
	if err != nil {
		t.Fatal(err)
	}
	checkShape(t, tl)
	return tl
}

// checkShape asserts what holds of every timeline.
func checkShape(t testing.TB, tl *Timeline) {
	t.Helper()
	var end audio.Pos
	for i, seg := range tl.Segments {
		if seg.Span.Start != end || seg.Span.Empty() {
			t.Fatalf("segment %d is %v after %d", i, seg.Span, end)
		}
		if i > 0 && tl.Segments[i-1].Origin == seg.Origin {
			t.Fatalf("segments %d and %d are both %v", i-1, i, seg.Origin)
		}
		end = seg.Span.End
	}
	if end != audio.Pos(len(tl.Samples)) {
		t.Fatalf("the segments end at %d, the samples at %d", end, len(tl.Samples))
	}
	for _, seg := range tl.Segments {
		for p := seg.Span.Start - 12; p < seg.Span.Start+12; p++ {
			a, b := tl.TimeOf(p).At, tl.TimeOf(p+1).At
			if a > b || tl.PosOf(a) > tl.PosOf(b) || tl.PosOf(b-1) > tl.PosOf(b) {
				t.Fatalf("time goes back at sample %d: %v, %v", p, a, b)
			}
		}
	}
	last := time.Duration(-1 << 62)
	for p := audio.Pos(-100); p < end+100; p += 1 + end/2000 {
		in := tl.TimeOf(p)
		if in.At < last || in.Early < 0 || in.Late < 0 {
			t.Fatalf("sample %d is heard at %+v, the one before at %v", p, in, last)
		}
		last = in.At
		if back := tl.PosOf(in.At); back < 0 || back > end {
			t.Fatalf("at %v sample %d is heard, of %d", in.At, back, end)
		}
	}
}

// wantFrom asserts that the sender's samples from first on are at p, n of them.
func wantFrom(t testing.TB, tl *Timeline, p audio.Pos, first, n int64) {
	t.Helper()
	if int64(p)+n > int64(len(tl.Samples)) {
		t.Fatalf("there are %d samples, want at least %d", len(tl.Samples), int64(p)+n)
	}
	for i := range n {
		if got := tl.Samples[int64(p)+i]; got != value(first+i) {
			t.Fatalf("sample %d is %d, want %d (the sender's sample %d)", int64(p)+i, got, value(first+i), first+i)
		}
	}
}

func wantTime(t testing.TB, tl *Timeline, p audio.Pos, want, tolerance time.Duration) {
	t.Helper()
	if got := tl.TimeOf(p).At; (got - want).Abs() > tolerance {
		t.Errorf("sample %d is heard at %v, want %v (tolerance %v)", p, got, want, tolerance)
	}
}

func wantSegments(t testing.TB, tl *Timeline, want []Segment) {
	t.Helper()
	if !slices.Equal(tl.Segments, want) {
		t.Errorf("segments are\n%v, want\n%v", tl.Segments, want)
	}
}

func spans(parts ...any) []Segment {
	var list []Segment
	var at audio.Pos
	for i := 0; i < len(parts); i += 2 {
		n := audio.Pos(parts[i].(int))
		list = append(list, Segment{Span: audio.Span{Start: at, End: at + n}, Origin: parts[i+1].(Origin)})
		at += n
	}
	return list
}

// inOrderOfArrival sorts packets by the time at which they were read.
func inOrderOfArrival(packets []Packet) []Packet {
	sorted := slices.Clone(packets)
	slices.SortStableFunc(sorted, func(a, b Packet) int { return int(a.At - b.At) })
	return sorted
}

// jittered holds every packet up by an exponentially distributed time.
func jittered(packets []Packet, mean time.Duration, seed uint64) []Packet {
	rng := rand.New(rand.NewPCG(seed, 1))
	held := slices.Clone(packets)
	for i := range held {
		held[i].At += time.Duration(rng.ExpFloat64() * float64(mean))
	}
	return inOrderOfArrival(held)
}
