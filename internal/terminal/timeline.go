package terminal

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"callprobe/probe"
)

// laneCol is where the lanes of a timeline begin.
const laneCol = 10

// timeline draws who spoke when, call time from left to right:
//
//	        │0 s          │2            │4
//	caller  ··············█████████······
//	                               ├ 0.82 s ┤
//	agent   ··█████·····················█████
//
// Every stretch of speech is at least one column wide. A call in which nobody
// spoke is not drawn.
func (s *sheet) timeline(r *probe.Report) {
	t := newTimeline(r, s.width()-laneCol)
	if !slices.Contains(t.caller, true) && !slices.Contains(t.agent, true) {
		return
	}
	s.end()
	s.lane("", t.ruler(s.glyphs()), dim)
	s.speech("caller", t.caller, cyan)
	for _, line := range placeMarks(t.marks(r, s.glyphs()), t.columns) {
		s.lane("", line, yellow)
	}
	s.speech("agent", t.agent, green)
}

// timeline maps call time to columns.
type timeline struct {
	total         time.Duration
	columns       int
	caller, agent []bool
}

func newTimeline(r *probe.Report, columns int) *timeline {
	t := &timeline{total: r.Duration, columns: columns, caller: make([]bool, columns), agent: make([]bool, columns)}
	for _, turn := range r.Turns {
		t.total = max(t.total, turn.Said.End, turn.Reply.Start)
	}
	for _, talk := range r.Talk {
		t.total = max(t.total, talk.End)
	}
	if t.total <= 0 {
		return t
	}
	for _, turn := range r.Turns {
		if turn.Reference != "" || turn.Utterance != "" {
			t.fill(t.caller, turn.Said)
		}
	}
	for _, talk := range r.Talk {
		t.fill(t.agent, talk.Interval)
	}
	return t
}

// column returns the column in which a moment lies.
func (t *timeline) column(at time.Duration) int {
	c := int(float64(at) / float64(t.total) * float64(t.columns))
	return min(max(c, 0), t.columns-1)
}

// extent returns the columns [from, to) of an interval. A stretch that reaches
// less than half into its last column does not fill it.
func (t *timeline) extent(i probe.Interval) (from, to int) {
	from = t.column(i.Start)
	to = int(float64(i.End)/float64(t.total)*float64(t.columns) + 0.5)
	return from, min(max(to, from+1), t.columns)
}

func (t *timeline) fill(lane []bool, i probe.Interval) {
	if i.End <= i.Start {
		return
	}
	from, to := t.extent(i)
	for c := from; c < to; c++ {
		lane[c] = true
	}
}

// ruler labels the lanes with seconds.
func (t *timeline) ruler(g glyphs) string {
	const gap = 8
	step := tickStep(t.total, t.columns, gap)
	line := blank(t.columns)
	for k := 0; ; k++ {
		at := time.Duration(k) * step
		label := g.tick + strconv.FormatFloat(at.Seconds(), 'f', -1, 64)
		if k == 0 {
			label += " s"
		}
		c := t.column(at)
		if at > t.total || c+len([]rune(label)) > t.columns {
			return string(line)
		}
		copy(line[c:], []rune(label))
	}
}

// tickStep returns the shortest round step whose ticks are a number of columns
// apart.
func tickStep(total time.Duration, columns, gap int) time.Duration {
	perColumn := float64(total) / float64(columns)
	step := 100 * time.Millisecond
	for i := 0; float64(step) < perColumn*float64(gap) && step < math.MaxInt64/4; i++ {
		if i%3 == 1 {
			step = step / 2 * 5
		} else {
			step *= 2
		}
	}
	return step
}

func blank(columns int) []rune { return []rune(strings.Repeat(" ", columns)) }

// lane prints a line of a timeline.
func (s *sheet) lane(label, line string, k ink) {
	s.to(labelCol)
	s.put(label, plain)
	if line = strings.TrimRight(line, " "); line != "" {
		s.to(laneCol)
		s.put(line, k)
	}
	s.end()
}

// speech prints a lane of speech and silence.
func (s *sheet) speech(label string, spoken []bool, k ink) {
	s.to(labelCol)
	s.put(label, plain)
	s.to(laneCol)
	g := s.glyphs()
	for c := 0; c < len(spoken); {
		run := c + 1
		for run < len(spoken) && spoken[run] == spoken[c] {
			run++
		}
		if spoken[c] {
			s.put(strings.Repeat(g.speech, run-c), k)
		} else {
			s.put(strings.Repeat(g.quiet, run-c), dim)
		}
		c = run
	}
	s.end()
}

// mark is a bracket over the columns [from, to) with a label in it or beside
// it.
type mark struct {
	from  int
	runes []rune
}

// marks spans each turn's time to first audio, from the caller's last word to
// the reply's onset.
func (t *timeline) marks(r *probe.Report, g glyphs) []mark {
	var out []mark
	for _, turn := range r.Turns {
		if !turn.TTFA.OK {
			continue
		}
		_, from := t.extent(turn.Said)
		to := t.column(turn.Said.End + turn.TTFA.Value)
		if turn.TTFA.Value < 0 {
			from, to = to, from
		}
		label := fmt.Sprintf("%.2f s", turn.TTFA.Value.Seconds())
		out = append(out, bracket(min(from, t.columns-1), max(from, to), label, g))
	}
	return out
}

// bracket draws a label between two columns, or after them where it does not
// fit between.
func bracket(from, to int, label string, g glyphs) mark {
	inside := to - from - 2
	switch pad := inside - len(label) - 2; {
	case pad >= 0:
		body := strings.Repeat(g.line, pad/2) + " " + label + " " + strings.Repeat(g.line, pad-pad/2)
		return mark{from, []rune(g.left + body + g.right)}
	case inside >= 0:
		return mark{from, []rune(g.left + strings.Repeat(g.line, inside) + g.right + " " + label)}
	}
	return mark{from, []rune(g.point + " " + label)}
}

// mostMarkLines bounds the height of a timeline. The figures of marks that find
// no room are in the table.
const mostMarkLines = 4

// placeMarks puts marks on as few lines as they fit on without touching.
func placeMarks(marks []mark, columns int) []string {
	var lines [][]rune
	var ends []int
	for _, m := range marks {
		from := min(m.from, columns-len(m.runes))
		if from < 0 {
			continue
		}
		i := 0
		for i < len(lines) && from < ends[i] {
			i++
		}
		if i == mostMarkLines {
			continue
		}
		if i == len(lines) {
			lines, ends = append(lines, blank(columns)), append(ends, 0)
		}
		copy(lines[i][from:], m.runes)
		ends[i] = from + len(m.runes) + 1
	}
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = string(l)
	}
	return out
}
