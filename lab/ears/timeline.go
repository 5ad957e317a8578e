package ears

import (
	"sort"
	"time"

	"callprobe/audio"
)

// Timeline is what was heard on one RTP stream, with the times at which it
// arrived. Position 0 is the first sample of the first packet; positions follow
// RTP time through gaps. It belongs to one goroutine and keeps about half a
// minute.
type Timeline struct {
	pcm      []int16
	base     int64 // The position of pcm[0].
	arrivals []arrival
	earliest time.Time // Position 0 on the lower envelope.

	begun bool
	ts    uint32 // Of the packet at pos.
	pos   int64
}

type arrival struct {
	pos int64
	at  time.Time
}

const (
	keepSamples = 48000 * 30
	keepPackets = 50 * 30
	// longestGap is how much silence a gap may add; after a longer one only
	// the positions go on.
	longestGap = keepSamples
)

// Position returns the position of a packet's first sample, from its RTP
// timestamp. Timestamps wrap at 2^32; packets may come late or early by less
// than half of that.
func (t *Timeline) Position(timestamp uint32) int64 {
	if !t.begun {
		t.begun, t.ts = true, timestamp
	}
	pos := t.pos + int64(int32(timestamp-t.ts))
	if pos > t.pos {
		t.pos, t.ts = pos, timestamp
	}
	return pos
}

// Arrived notes when the packet at pos came in.
func (t *Timeline) Arrived(pos int64, at time.Time) {
	zero := at.Add(-audio.Rate48k.Duration(pos))
	if t.earliest.IsZero() || zero.Before(t.earliest) {
		t.earliest = zero
	}
	if len(t.arrivals) >= 2*keepPackets {
		t.arrivals = append(t.arrivals[:0], t.arrivals[keepPackets:]...)
	}
	t.arrivals = append(t.arrivals, arrival{pos, at})
}

// Append adds decoded audio at pos. Gaps are filled with silence; what is there
// already is kept.
func (t *Timeline) Append(pos int64, pcm []int16) {
	gap := pos - t.End()
	switch {
	case gap < 0 && -gap >= int64(len(pcm)):
		return
	case gap < 0:
		pcm = pcm[-gap:]
	case gap > longestGap:
		t.pcm, t.base = t.pcm[:0], pos
	default:
		t.pcm = append(t.pcm, make([]int16, gap)...)
	}
	t.pcm = append(t.pcm, pcm...)
	if len(t.pcm) > 2*keepSamples {
		drop := len(t.pcm) - keepSamples
		t.pcm = append(t.pcm[:0], t.pcm[drop:]...)
		t.base += int64(drop)
	}
}

// End is one past the last position that was heard.
func (t *Timeline) End() int64 { return t.base + int64(len(t.pcm)) }

// Slice returns the audio from one position to another, as far as it is kept,
// and the position of its first sample. It shares memory with the timeline.
func (t *Timeline) Slice(from, to int64) (pcm []int16, at int64) {
	from, to = max(from, t.base), min(to, t.End())
	if to <= from {
		return nil, from
	}
	return t.pcm[from-t.base : to-t.base], from
}

// Raw is when the sample at pos came in: the arrival of the packet that carries
// it, plus its place in the packet. In a gap, the packet before the gap counts.
func (t *Timeline) Raw(pos int64) time.Time {
	i := sort.Search(len(t.arrivals), func(i int) bool { return t.arrivals[i].pos > pos }) - 1
	if i < 0 {
		return t.Smooth(pos)
	}
	return t.arrivals[i].at.Add(audio.Rate48k.Duration(pos - t.arrivals[i].pos))
}

// Smooth is when the sample at pos would have come in on a line without
// jitter: by the lower envelope of arrival minus RTP time.
func (t *Timeline) Smooth(pos int64) time.Time {
	return t.earliest.Add(audio.Rate48k.Duration(pos))
}

// Now is the position that arrives at the given time on a line without jitter:
// it goes on while no packets come.
func (t *Timeline) Now(now time.Time) int64 {
	if t.earliest.IsZero() {
		return 0
	}
	return max(t.End(), audio.Rate48k.Samples(now.Sub(t.earliest)))
}
