package pages

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"callprobe/internal/history"
	"callprobe/probe"
)

// The strip: one bar a slot of time, as high as the longest wait in it.
const (
	stripSlots  = 60
	slotWidth   = 5.0
	stripTop    = 11.0 // room for the marks of failures
	stripBottom = 47.0
	stripHeight = 48.0
	// limitShare is how high the limit lies.
	limitShare = 0.7
)

// strip is the wait for replies over time, ready to be drawn.
type strip struct {
	Width, Height float64
	Bars          []bar
	LimitY        float64
	Label         string
}

// bar is a rectangle of a drawing.
type bar struct {
	X, Y, W, H  float64
	Class       string
	Text, Title string
}

// slot sums up the calls of a stretch of time.
type slot struct {
	calls, failed, unclear int
	longest                time.Duration
}

// newStrip draws the calls of one pair from a time until now. The limit is that
// of the reply; zero where none is expected.
func newStrip(calls []*history.Entry, from, now time.Time, limit time.Duration) strip {
	s := strip{Width: stripSlots * slotWidth, Height: stripHeight}
	slots := make([]slot, stripSlots)
	width := now.Sub(from) / stripSlots
	for _, e := range calls {
		i := int(e.Started.Sub(from) / width)
		if i < 0 || i >= stripSlots {
			continue
		}
		slots[i].add(e)
	}
	if limit > 0 {
		s.LimitY = stripBottom - limitShare*(stripBottom-stripTop)
	}
	for i, sl := range slots {
		if sl.calls > 0 {
			s.put(sl, float64(i)*slotWidth, limit)
		}
	}
	s.Label = stripLabel(calls, from, now, limit)
	return s
}

func (sl *slot) add(e *history.Entry) {
	sl.calls++
	switch e.Verdict {
	case probe.Passed:
	case probe.Failed:
		sl.failed++
	default:
		sl.unclear++
	}
	if e.Slowest != nil {
		sl.longest = max(sl.longest, e.Slowest.TTFA)
	}
}

// put draws a slot. A failure without a reply has no height of its own and is a
// thin line from top to bottom.
func (s *strip) put(sl slot, x float64, limit time.Duration) {
	share := 0.35
	if limit > 0 && sl.longest > 0 {
		share = min(1, limitShare*float64(sl.longest)/float64(limit))
	}
	b := bar{X: x + 0.5, W: slotWidth - 1, Class: "bar-passed"}
	switch {
	case sl.failed > 0:
		b.Class = "bar-failed"
	case sl.unclear > 0:
		b.Class = "bar-inconclusive"
	}
	if sl.longest == 0 && b.Class != "bar-passed" {
		share, b.X, b.W = 1, x+slotWidth/2-0.75, 1.5
	}
	b.H = max(share*(stripBottom-stripTop), 2)
	b.Y = stripBottom - b.H
	s.Bars = append(s.Bars, b)
}

// Path draws all bars of a class at once: a page has hundreds.
func (s strip) Path(class string) string {
	var d strings.Builder
	for _, b := range s.Bars {
		if b.Class == class {
			fmt.Fprintf(&d, "M%g %gh%gv%gh-%gz", b.X, round(b.Y), b.W, round(b.H), b.W)
		}
	}
	return d.String()
}

// Crosses marks the slots with a call that failed, Diamonds those with one that
// says nothing about the agent.
func (s strip) Crosses() string {
	return s.marks("bar-failed", "M%g 1.6l4 6.8m0-6.8l-4 6.8", -2)
}

// Diamonds is described with Crosses.
func (s strip) Diamonds() string {
	return s.marks("bar-inconclusive", "M%g 1l2.2 4-2.2 4-2.2-4z", 0)
}

func (s strip) marks(class, shape string, dx float64) string {
	var d strings.Builder
	for _, b := range s.Bars {
		if b.Class == class {
			fmt.Fprintf(&d, shape, b.X+b.W/2+dx)
		}
	}
	return d.String()
}

// stripLabel says in words what the strip shows.
func stripLabel(calls []*history.Entry, from, now time.Time, limit time.Duration) string {
	var failed, unclear, n int
	var waits []time.Duration
	for _, e := range calls {
		if e.Started.Before(from) {
			continue
		}
		n++
		switch e.Verdict {
		case probe.Passed:
		case probe.Failed:
			failed++
		default:
			unclear++
		}
		if e.Slowest != nil {
			waits = append(waits, e.Slowest.TTFA)
		}
	}
	text := fmt.Sprintf("Last %s: %s, %d failed, %d inconclusive", span(now.Sub(from)), counted(n, "call", "calls"), failed, unclear)
	if len(waits) > 0 {
		slices.Sort(waits)
		text += fmt.Sprintf("; wait for the reply: median %s, longest %s", short(waits[len(waits)/2]), short(waits[len(waits)-1]))
	}
	if limit > 0 {
		text += ", limit " + brief(limit)
	}
	return text
}
