package terminal

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// Accuracy is how far measured latencies were from the truth.
type Accuracy struct {
	// Over says what the calls went over.
	Over string
	// Errors are the measured less the true latencies, one a turn.
	Errors []time.Duration
	// Median, P95, P99 and Most are quantiles of the absolute error.
	Median, P95, P99, Most time.Duration
	// Coverage is the share of turns whose stated uncertainty held the truth.
	Coverage float64
	// PacingMedian and PacingMost are of the 99th percentiles of the lateness
	// of each call's frames.
	PacingMedian, PacingMost time.Duration
	// Disturbed counts calls that this machine was too busy for.
	Disturbed int
	// Exceeds says what is outside of the bound.
	Exceeds []string
}

// PrintAccuracy prints the distribution of the errors.
func PrintAccuracy(w io.Writer, style Style, a Accuracy) error {
	s := newSheet(style)
	title, k := "PASSED", good
	if len(a.Exceeds) > 0 {
		title, k = "FAILED", bad
	}
	s.put(title, k)
	s.flow(labelCol, append([]word{{text: " "}}, s.outside(fmt.Sprintf("self-test over %s", a.Over), plain)...))
	for _, text := range a.Exceeds {
		s.to(labelCol)
		s.flow(labelCol, words(text, plain))
	}
	s.end()
	ms := func(d time.Duration) []word { return words(fmt.Sprintf("%.2f ms", millis(d)), plain) }
	s.row(0, "turns", wordsf(plain, "%d", len(a.Errors)), nil)
	s.row(0, "error, median", ms(a.Median), words("of the time to first audio, absolute", dim))
	s.row(0, "p95", ms(a.P95), nil)
	s.row(0, "p99", ms(a.P99), nil)
	s.row(0, "worst", ms(a.Most), nil)
	s.row(0, "bias, median", ms(median(a.Errors)), words("with its sign", dim))
	s.row(0, "covered", words(percent(a.Coverage), plain), words("of turns, by the uncertainty stated", dim))
	s.row(0, "pacing, p99", ms(a.PacingMedian), wordsf(dim, "late, median call; worst %.1f ms", millis(a.PacingMost)))
	if a.Disturbed > 0 {
		s.row(0, "left out", wordsf(yellow, "%s", counted(a.Disturbed, "call", "calls")), words("this machine was too busy for them", dim))
	}
	s.end()
	s.histogram(a.Errors)
	return s.write(w, "accuracy")
}

// binEdges are the upper ends of the bars, which double or so: errors of a
// latency spread over orders of magnitude.
func binEdges() []time.Duration {
	const us = time.Microsecond
	return []time.Duration{100 * us, 200 * us, 500 * us, 1000 * us, 2000 * us, 5000 * us, 10000 * us, 20000 * us, 50000 * us}
}

// histogram draws how many absolute errors lie in each bin, up to the last one
// that has any.
func (s *sheet) histogram(errs []time.Duration) {
	edges := binEdges()
	bins := make([]int, len(edges)+1)
	last := 0
	for _, e := range errs {
		i, _ := slices.BinarySearch(edges, e.Abs())
		bins[i]++
		last = max(last, i)
	}
	const barCol, countCol = 16, 6
	room := s.width() - barCol - countCol
	most := max(slices.Max(bins), 1)
	for i, n := range bins[:last+1] {
		label := "more"
		if i < len(edges) {
			label = fmt.Sprintf("<= %g ms", millis(edges[i]))
		}
		s.to(labelCol)
		s.put(label, plain)
		if n > 0 {
			s.to(barCol)
			s.put(strings.Repeat(s.glyphs().speech, (n*room+most-1)/most), green)
			s.put(fmt.Sprintf(" %d", n), plain)
		}
		s.end()
	}
}

func millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// median is the middle value, the lower one of two.
func median(all []time.Duration) time.Duration {
	if len(all) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(all))
	return sorted[(len(sorted)-1)/2]
}

// Count shows how many of a number of calls are made. Errors of the writer are
// ignored.
func (p *Progress) Count(made, total int, last string) {
	line := fmt.Sprintf("%d of %d calls, the last: %s", made, total, p.style.clean(last))
	if !p.live {
		_, _ = io.WriteString(p.w, line+"\n")
		return
	}
	s := newSheet(p.style)
	_, _ = io.WriteString(p.w, eraseLine+s.shorten(line, s.width()-1))
	p.drawn = true
}
