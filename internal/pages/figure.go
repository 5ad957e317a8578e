package pages

import (
	"fmt"
	"math"
	"strings"
	"time"

	"callprobe/probe"
)

// moment is a point in wall time as it is shown: Clock is the text without the
// time zone.
type moment struct {
	ISO, Text, Clock, Ago string
}

func (m moment) Known() bool { return m.ISO != "" }

// at shows t as seen now: the date only when it is another day's.
func at(t, now time.Time) moment {
	if t.IsZero() {
		return moment{}
	}
	t, now = t.UTC(), now.UTC()
	layout := "15:04:05"
	switch {
	case t.Year() != now.Year():
		layout = "2 Jan 2006 15:04"
	case t.YearDay() != now.YearDay():
		layout = "2 Jan 15:04"
	}
	m := moment{ISO: t.Format(time.RFC3339), Text: t.Format(layout) + " UTC", Clock: t.Format(layout)}
	if d := now.Sub(t); d >= 0 {
		m.Ago = span(d) + " ago"
	} else {
		m.Ago = "in " + span(-d)
	}
	return m
}

// span is a length of time for people, in its largest unit, and in two where
// the first is small.
func span(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < day:
		if m := int(d.Minutes()) % 60; m > 0 && d < 6*time.Hour {
			return fmt.Sprintf("%d h %d min", int(d.Hours()), m)
		}
		return fmt.Sprintf("%d h", int(d.Hours()))
	case d < 3*day && d%day >= time.Hour:
		return fmt.Sprintf("%d d %d h", d/day, d%day/time.Hour)
	}
	return fmt.Sprintf("%d d", d/day)
}

// seconds shows a duration to the millisecond.
func seconds(d time.Duration) string { return minus(fmt.Sprintf("%.3f s", d.Seconds())) }

// short shows a latency to the hundredth of a second.
func short(d time.Duration) string { return minus(fmt.Sprintf("%.2f s", d.Seconds())) }

// brief shows a limit without zeros at its end.
func brief(d time.Duration) string {
	return minus(strings.TrimRight(strings.TrimRight(fmt.Sprintf("%.3f", d.Seconds()), "0"), ".") + " s")
}

// minus writes a negative number with the sign that is as wide as a digit.
func minus(text string) string {
	if rest, ok := strings.CutPrefix(text, "-"); ok {
		return "−" + rest
	}
	return text
}

// halfWidth rounds an uncertainty up to the millisecond: it never looks better
// than it is.
func halfWidth(d time.Duration) string {
	if d >= time.Second {
		return seconds(d)
	}
	return fmt.Sprintf("%.0f ms", math.Ceil(float64(d)/float64(time.Millisecond)))
}

func milliseconds(d time.Duration) string {
	return minus(fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond)))
}

func percent(ratio float64) string { return fmt.Sprintf("%.1f %%", 100*ratio) }

// counted is a number with its noun.
func counted[N int | int64](n N, one, many string) string {
	if n == 1 {
		return fmt.Sprintf("%d %s", n, one)
	}
	return fmt.Sprintf("%d %s", n, many)
}

// figure is one row of a table: a value with its uncertainty, or why there is
// none.
type figure struct {
	Label, Value, Uncertainty, Missing string
	// Note is said beside it; Bad marks a value beyond its limit.
	Note string
	Bad  bool
}

// measured shows a figure of a report.
func measured(label string, m probe.Measured, note string) figure {
	f := figure{Label: label, Note: note}
	switch {
	case m.OK:
		f.Value = seconds(m.Value)
		if m.Uncertainty > 0 {
			f.Uncertainty = "± " + halfWidth(m.Uncertainty)
		}
	case m.Missing != "":
		f.Missing = clean(m.Missing)
	default:
		f.Missing = "not measured"
	}
	return f
}

// optional shows a figure that not every call has, where it was measured or
// its absence has a reason.
func optional(out []figure, label string, m probe.Measured, note string) []figure {
	if !m.OK && m.Missing == "" {
		return out
	}
	return append(out, measured(label, m, note))
}
