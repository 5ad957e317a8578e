package playout

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"callprobe/audio"
)

// oneSample is the rounding of a position, upwards.
const oneSample = time.Second/time.Duration(audio.Rate48k) + 1

// placed is a packet with its block on the axis.
type placed struct {
	block
	sound *sound
}

// leg is a run on its way to the axis.
type leg struct {
	source *source
	run    run
	start  time.Duration // de-jittered arrival of its first packet
}

// place puts the sounds of all sources on one axis and fills the timeline.
func (t *Timeline) place(all []*source) error {
	row := line(legs(all))
	if len(row) == 0 {
		return nil
	}
	origin := row[0].pos
	end := int64(row[len(row)-1].pos-origin) + row[len(row)-1].length
	if end > maxSamples {
		return fmt.Errorf("%w: it lasts %v, more than %v", ErrTooLong, audio.Rate48k.Duration(end), MaxDuration)
	}
	t.Samples = make([]int16, end)
	t.blocks = make([]block, 0, len(row))
	for i := range row {
		p := &row[i]
		p.pos -= origin
		limit := audio.Pos(end)
		if i+1 < len(row) {
			limit = row[i+1].pos - origin
		}
		t.fill(p, limit)
	}
	return nil
}

// legs returns the runs of all sources by the time at which they start.
func legs(all []*source) []leg {
	var list []leg
	for _, s := range all {
		for _, r := range s.runs {
			first := s.packets[r.first].media
			list = append(list, leg{source: s, run: r, start: r.floor + first + s.skew.skew.drift(first)})
		}
	}
	slices.SortStableFunc(list, func(a, b leg) int { return cmp.Compare(a.start, b.start) })
	return list
}

// line lines the packets up by position. From one leg to the next, positions
// advance with wall time at the rate of the former's clock, so that the axis runs
// with time throughout; inside a leg they are RTP time.
func line(list []leg) []placed {
	var row []placed
	var start audio.Pos
	for i, l := range list {
		if i > 0 {
			before := list[i-1]
			start += audio.Pos(before.source.skew.skew.samples(l.start - before.start))
		}
		row = l.appendBlocks(row, start)
	}
	slices.SortStableFunc(row, func(a, b placed) int { return cmp.Compare(a.pos, b.pos) })
	for i := 1; i < len(row); i++ {
		row[i].at = max(row[i].at, row[i-1].at)
	}
	return row
}

// appendBlocks appends the packets of l, whose first one starts at start.
func (l leg) appendBlocks(row []placed, start audio.Pos) []placed {
	k, packets := l.source.skew, l.source.packets[l.run.first:l.run.end]
	unseen := l.run.unseen(len(packets))
	for i := range packets {
		p := &packets[i]
		at := l.run.floor + p.media + k.skew.drift(p.media)
		blur := k.error.drift((p.media - l.run.floorAt).Abs()) + oneSample
		row = append(row, placed{
			block: block{
				pos:    start + audio.Pos(p.ts-packets[0].ts),
				length: p.length(),
				at:     at,
				excess: max(0, p.at-at),
				early:  unseen + blur,
				late:   blur,
				drift:  k.skew,
			},
			sound: &p.sound,
		})
	}
	return row
}

// unseen bounds how far the floor of a run of n packets lies above the delay of
// a packet that nothing held up. If delays above that one are exponentially
// distributed with mean m, the least of n is above it by less than 3m/n in 95 of
// 100 runs. Where small delays are rarer, so that the number of packets below a
// delay grows like its cube (three queues in a row), the least of n is likewise
// above it by less than the delay of rank lowRank is above the least. A busy
// machine holds every packet up by about a millisecond.
func (r run) unseen(n int) time.Duration {
	const busy = time.Millisecond
	return max(r.low, 3*max(r.excess, busy)/time.Duration(n))
}

// fill writes the sound of p into the samples from its position up to limit, and
// says where they came from.
func (t *Timeline) fill(p *placed, limit audio.Pos) {
	if limit == p.pos {
		return // the next packet starts at the same sample
	}
	t.blocks = append(t.blocks, p.block)
	t.Stats.WorstExcess = max(t.Stats.WorstExcess, p.excess)
	if p.excess > LateAfter {
		t.Stats.Late++
	}
	s := p.sound
	at := t.write(p.pos, limit, s.pcm, s.origin)
	at = t.write(at, limit, s.concealed, Concealed)
	at = t.mark(at, min(limit, at+audio.Pos(s.lost)), Lost)
	quiet := max(at, limit-audio.Pos(s.lostBefore))
	t.mark(at, quiet, DTX)
	t.mark(quiet, limit, Lost)
}

// write copies pcm to at, no further than limit, and returns where it ends.
func (t *Timeline) write(at, limit audio.Pos, pcm []int16, origin Origin) audio.Pos {
	n := copy(t.Samples[at:limit], pcm)
	return t.mark(at, at+audio.Pos(n), origin)
}

// mark notes the origin of the samples from start to end and returns end.
func (t *Timeline) mark(start, end audio.Pos, origin Origin) audio.Pos {
	if start >= end {
		return start
	}
	if n := len(t.Segments); n > 0 && t.Segments[n-1].Origin == origin {
		t.Segments[n-1].Span.End = end
		return end
	}
	t.Segments = append(t.Segments, Segment{Span: audio.Span{Start: start, End: end}, Origin: origin})
	return end
}
