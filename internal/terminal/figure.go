package terminal

import (
	"fmt"
	"math"
	"time"

	"callprobe/probe"
)

// The columns of a table of figures: labels, values, and notes beside them.
const (
	labelCol = 2
	valueCol = 19
	noteCol  = 39
)

// row prints one figure: what it is, its value, and what is to be said about it.
func (s *sheet) row(indent int, label string, value, note []word) {
	s.to(labelCol + indent)
	s.put(label, plain)
	s.to(valueCol)
	if len(note) == 0 {
		s.flow(valueCol, value)
		return
	}
	if len(value) > 0 && lineWidth(value) < noteCol-valueCol {
		for i, w := range value {
			if i > 0 && !w.glued {
				s.put(" ", plain)
			}
			s.put(w.text, w.ink)
		}
		s.to(noteCol)
		s.flow(noteCol, note)
		return
	}
	s.flow(valueCol, append(value[:len(value):len(value)], note...))
}

func lineWidth(ws []word) int {
	s := newSheet(Style{})
	for i, w := range ws {
		if i > 0 && !w.glued {
			s.put(" ", plain)
		}
		s.put(w.text, plain)
	}
	return s.col
}

// figure prints a measured duration, or why there is none.
func (s *sheet) figure(indent int, label string, m probe.Measured, note []word) {
	if m.OK {
		s.row(indent, label, s.value(m), note)
		return
	}
	s.row(indent, label, s.none(), join(s.reason(m.Missing), note))
}

// none stands for a figure that is missing.
func (s *sheet) none() []word { return []word{{text: s.glyphs().missing, ink: dim}} }

func (s *sheet) reason(missing string) []word {
	if missing == "" {
		missing = "not measured"
	}
	return s.outside(missing, dim)
}

// join writes two notes one after the other.
func join(a, b []word) []word {
	if len(a) == 0 || len(b) == 0 {
		return append(a[:len(a):len(a)], b...)
	}
	out := append(a[:len(a):len(a)], word{text: ";", glued: true})
	return append(out, b...)
}

func (s *sheet) value(m probe.Measured) []word {
	out := words(seconds(m.Value), plain)
	if m.Uncertainty > 0 {
		out = append(out, words(s.glyphs().plusMinus+" "+halfWidth(m.Uncertainty), plain)...)
	}
	return out
}

// seconds prints a duration to the millisecond.
func seconds(d time.Duration) string { return fmt.Sprintf("%.3f s", d.Seconds()) }

// halfWidth rounds an uncertainty up to the millisecond: it never looks better
// than it is.
func halfWidth(d time.Duration) string {
	if d >= time.Second {
		return seconds(d)
	}
	return fmt.Sprintf("%.0f ms", math.Ceil(float64(d)/float64(time.Millisecond)))
}

func milliseconds(d time.Duration) string {
	return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
}

// percent prints a ratio with one decimal where it needs one.
func percent(ratio float64) string {
	p := 100 * ratio
	if math.Abs(p-math.Round(p)) < 0.05 {
		return fmt.Sprintf("%.0f %%", p)
	}
	return fmt.Sprintf("%.1f %%", p)
}

// counted is a number with its noun in the right number.
func counted[N int | int64](n N, one, many string) string {
	if n == 1 {
		return fmt.Sprintf("%d %s", n, one)
	}
	return fmt.Sprintf("%d %s", n, many)
}
