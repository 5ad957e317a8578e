package terminal

import (
	"fmt"
	"io"
	"slices"
	"time"

	"callprobe/probe"
	"callprobe/probe/wer"
)

// Summary prints one row per call, and totals. Of fewer than two calls it
// prints nothing: their reports say more.
//
// A call's time to first audio is the median and the longest over the turns
// that got a reply; turns in which the agent talked over the caller are counted
// by themselves. Its word error rate is that of all its turns' words together.
// Below 80 columns the length of each call is left out. Calls to several targets
// are told apart by a column that takes its place.
func Summary(w io.Writer, style Style, reports []*probe.Report) error {
	reports = slices.DeleteFunc(slices.Clone(reports), func(r *probe.Report) bool { return r == nil })
	if len(reports) < 2 {
		return nil
	}
	s := newSheet(style)
	columns := []column{
		{title: "scenario", least: 8},
		{title: "verdict"},
		{title: "reason", least: 8},
		{title: "TTFA p50", right: true},
		{title: "max", right: true},
		{title: "WER", right: true},
		{title: "length", right: true},
	}
	if s.width() < defaultWidth {
		columns[3].title = "p50"
	}
	several := slices.ContainsFunc(reports, func(r *probe.Report) bool { return r.Target != reports[0].Target })
	if s.width() < defaultWidth || several {
		columns = columns[:len(columns)-1]
	}
	rows := make([][]cell, len(reports))
	for i, r := range reports {
		rows[i] = s.summaryRow(r)[:len(columns)]
		if several {
			rows[i] = slices.Insert(rows[i], 0, cell{s.clean(r.Target), plain})
		}
	}
	if several {
		columns = slices.Insert(columns, 0, column{title: "target", least: 8})
	}
	s.table(columns, rows)
	s.separator()
	s.totals(reports)
	return s.write(w, "summary")
}

// tally is what the turns of one or more calls add up to.
type tally struct {
	ttfa     []time.Duration
	talkOver int
	words    wer.Counts
	scored   bool
	length   time.Duration
}

func tallyOf(reports ...*probe.Report) tally {
	var out tally
	for _, r := range reports {
		out.length += max(0, r.Duration)
		for _, t := range r.Turns {
			switch {
			case !t.TTFA.OK:
			case t.TalkOver || t.TTFA.Value < 0:
				out.talkOver++
			default:
				out.ttfa = append(out.ttfa, t.TTFA.Value)
			}
			if t.STT.Score != nil {
				out.words, out.scored = out.words.Add(t.STT.Score.Counts), true
			}
		}
	}
	slices.Sort(out.ttfa)
	return out
}

// median is the middle value, or the mean of the two in the middle.
func (t tally) median() (time.Duration, bool) {
	n := len(t.ttfa)
	if n == 0 {
		return 0, false
	}
	low, high := t.ttfa[(n-1)/2], t.ttfa[n/2]
	return low + (high-low)/2, true
}

func (s *sheet) summaryRow(r *probe.Report) []cell {
	t := tallyOf(r)
	none := cell{s.glyphs().missing, dim}
	median, most, rate, length := none, none, none, none
	if t.talkOver > 0 {
		median = cell{"talk-over", yellow}
	}
	if m, ok := t.median(); ok {
		median, most = cell{short(m), plain}, cell{short(t.ttfa[len(t.ttfa)-1]), plain}
	}
	if wer, ok := t.words.WER(); ok && t.scored {
		rate = cell{percent(wer), plain}
	}
	if r.Duration > 0 {
		length = cell{fmt.Sprintf("%.1f s", r.Duration.Seconds()), plain}
	}
	verdict := string(r.Verdict)
	if verdict == "" {
		verdict = "no verdict"
	}
	k := verdictInk(r.Verdict)
	return []cell{
		{s.clean(r.Scenario), plain}, {s.clean(verdict), k}, {s.clean(string(r.Reason)), plain},
		median, most, rate, length,
	}
}

// short prints a latency to the hundredth of a second, for comparing.
func short(d time.Duration) string { return fmt.Sprintf("%.2f s", d.Seconds()) }

func (s *sheet) totals(reports []*probe.Report) {
	verdicts := map[probe.Verdict]int{}
	for _, r := range reports {
		verdicts[r.Verdict]++
	}
	s.to(labelCol)
	line := wordsf(bold, "%s:", counted(len(reports), "call", "calls"))
	line = append(line, wordsf(tint(verdicts[probe.Passed], green), "%d passed,", verdicts[probe.Passed])...)
	line = append(line, wordsf(tint(verdicts[probe.Failed], red), "%d failed,", verdicts[probe.Failed])...)
	line = append(line, wordsf(tint(verdicts[probe.Inconclusive], yellow), "%d inconclusive", verdicts[probe.Inconclusive])...)
	s.flow(labelCol, line)

	t := tallyOf(reports...)
	none := s.glyphs().missing
	var text string
	if m, ok := t.median(); ok {
		text = fmt.Sprintf("TTFA p50 %s, max %s over %s", short(m), short(t.ttfa[len(t.ttfa)-1]), counted(len(t.ttfa), "turn", "turns"))
	} else {
		text = "TTFA " + none + " (no reply was heard)"
	}
	if t.talkOver > 0 {
		text += fmt.Sprintf("; talked over the caller in %s", counted(t.talkOver, "turn", "turns"))
	}
	if rate, ok := t.words.WER(); ok {
		text += fmt.Sprintf("; WER %s (%s in %s)", percent(rate), counted(t.words.Errors(), "error", "errors"), counted(t.words.Reference(), "word", "words"))
	} else {
		text += "; WER " + none + " (no transcript was compared)"
	}
	text += fmt.Sprintf("; %.1f s in all", t.length.Seconds())
	s.to(labelCol)
	s.flow(labelCol, words(text, plain))
}

// tint colours a count that is not zero.
func tint(n int, k ink) ink {
	if n == 0 {
		return plain
	}
	return k
}
