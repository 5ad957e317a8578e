package playout

import (
	"sort"
	"time"

	"callprobe/audio"
)

// ExcessOf returns how much later than the de-jittered arrival the packet that
// holds p was read: 0 where no packet holds it.
func (t *Timeline) ExcessOf(p audio.Pos) time.Duration {
	if i := t.blockOf(p); i >= 0 && t.blocks[i].holds(p) {
		return t.blocks[i].excess
	}
	return 0
}

// OriginOf returns where the sample at p came from. Positions outside of the
// timeline were never sent: DTX.
func (t *Timeline) OriginOf(p audio.Pos) Origin {
	i := sort.Search(len(t.Segments), func(i int) bool { return t.Segments[i].Span.End > p })
	if i == len(t.Segments) || !t.Segments[i].Span.Contains(p) {
		return DTX
	}
	return t.Segments[i].Origin
}
