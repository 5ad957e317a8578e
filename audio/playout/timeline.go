package playout

import (
	"sort"
	"time"

	"callprobe/audio"
)

// Timeline is the audio of a track as heard at the prober's socket. Position 0
// is the first sample of the earliest packet.
type Timeline struct {
	// Samples is 48 kHz mono without holes: what was not received is concealed
	// or zero.
	Samples []int16
	// Segments say where the samples came from. They are in order, cover all
	// samples, and neighbours differ in origin.
	Segments []Segment
	// Stats counts what happened to the packets.
	Stats Stats

	blocks []block
}

// block is one packet on the axis: it owns the positions from pos up to the
// next block.
type block struct {
	pos    audio.Pos
	length int64         // samples that the packet itself holds
	at     time.Duration // de-jittered arrival of the sample at pos
	excess time.Duration // from at to when the packet was read
	early  time.Duration
	late   time.Duration // without the excess
	drift  skew
}

// Instant is a point in time with its uncertainty, on the prober's monotonic
// clock since the start of the call. The true instant lies in
// [At-Early, At+Late].
type Instant struct {
	At    time.Duration `json:"at_ns"`
	Early time.Duration `json:"early_ns"`
	Late  time.Duration `json:"late_ns"`
}

// Steady returns the timeline of samples that arrived like clockwork, all of
// them received: sample i at start + i/48000 s.
func Steady(start time.Duration, samples []int16) *Timeline {
	t := &Timeline{Samples: samples}
	if len(samples) == 0 {
		return t
	}
	t.Segments = []Segment{{Span: t.span(), Origin: Received}}
	t.blocks = []block{{length: int64(len(samples)), at: start}}
	return t
}

func (t *Timeline) span() audio.Span { return audio.Span{End: audio.Pos(len(t.Samples))} }

// TimeOf returns when the sample at p was heard: the de-jittered arrival of its
// packet plus the sample's place in it. Where that packet itself came later,
// Late covers it. Positions outside of the timeline are extrapolated. An empty
// timeline answers the zero Instant.
func (t *Timeline) TimeOf(p audio.Pos) Instant {
	i := t.blockOf(p)
	if i < 0 {
		return Instant{}
	}
	b := t.blocks[i]
	in := Instant{At: b.at + b.drift.wall(int64(p-b.pos)), Early: b.early, Late: b.late}
	if b.holds(p) {
		in.Late += b.excess
	}
	if i+1 < len(t.blocks) {
		in.At = min(in.At, t.blocks[i+1].at)
	}
	return in
}

// PosOf returns the sample that was being heard at the instant at, since the
// start of the call: 0 before the first sample, len(Samples) after the last.
func (t *Timeline) PosOf(at time.Duration) audio.Pos {
	i := sort.Search(len(t.blocks), func(i int) bool { return t.blocks[i].at > at }) - 1
	if i < 0 {
		return 0
	}
	b := t.blocks[i]
	p := b.pos + audio.Pos(b.drift.samples(at-b.at))
	if i+1 < len(t.blocks) {
		p = min(p, t.blocks[i+1].pos)
	}
	return min(p, t.span().End)
}

// Concealed returns the number of samples of s that the sender sent and that
// did not arrive: concealed or lost ones. Deliberate silence (DTX) does not
// count.
func (t *Timeline) Concealed(s audio.Span) int64 {
	var n int64
	first := sort.Search(len(t.Segments), func(i int) bool { return t.Segments[i].Span.End > s.Start })
	for _, seg := range t.Segments[first:] {
		if seg.Span.Start >= s.End {
			break
		}
		if seg.Origin == Concealed || seg.Origin == Lost {
			n += int64(min(seg.Span.End, s.End) - max(seg.Span.Start, s.Start))
		}
	}
	return n
}

// blockOf returns the index of the last block that starts at or before p, the
// first block if there is none, and -1 on an empty timeline.
func (t *Timeline) blockOf(p audio.Pos) int {
	if len(t.blocks) == 0 {
		return -1
	}
	return max(0, sort.Search(len(t.blocks), func(i int) bool { return t.blocks[i].pos > p })-1)
}

func (b block) holds(p audio.Pos) bool { return b.pos <= p && int64(p-b.pos) < b.length }
