package pages

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"callprobe/internal/history"
	"callprobe/probe"
)

// The rows of a timeline, from top to bottom, in units of the drawing.
const (
	rulerY     = 11.0
	gridTop    = 17.0
	callerY    = 24.0
	laneHeight = 46.0
	heardY     = 81.0
	waitLabelY = 105.0
	waitY      = 113.0
	limitY     = 131.0
	agentY     = 139.0
	saysY      = 196.0
	stateY     = 208.0
	stateH     = 18.0
	roomY      = 244.0
	roomLine   = 14.0
	drawingH   = 264.0
	// Within a lane, the sound is below the words.
	soundY = 31.0
	soundH = 12.0
)

// drawing is a timeline, ready to be drawn: who spoke when, call time from left
// to right.
//
//	        0 s          2            4
//	Caller  ░░░░░░░░░░░░░█████████░░░░░░
//	heard                        ◇   ◆      transcripts of the caller's words
//	Wait                         ├0.82 s┤ ┆ limit
//	Agent   ░░█████░░░░░░░░░░░░░░░░░█████
//	says         ◆                     ◆    the agent's own words
//	State   listening│thinking│speaking
//	Room    │joined  │agent joined
type drawing struct {
	Class            string
	W, H, Left       float64
	GridTop, GridEnd float64
	Label            string
	Rows             []label
	Lanes            []bar
	Ticks            []label
	Bars             []bar
	// Waves are the outlines of the sound, as paths, where it was kept.
	Waves  []string
	Unsure []bar
	States []bar
	Onsets []bar
	Waits  []wait
	Limits []label
	Marks  []mark
	Room   []label
}

// label is a text with its place; Y2 is the end of a line that hangs from it.
type label struct {
	X, Y, Y2 float64
	Text     string
	Anchor   string
	Class    string
}

// wait is the bracket from the caller's last word to the reply's onset.
type wait struct {
	X1, X2, Y float64
	Label     label
	Class     string
}

// mark is a transcript: hollow while it may still change, solid when final.
type mark struct {
	X, Y  float64
	Final bool
	Title string
}

// pen draws on one drawing.
type pen struct {
	drawing
	call  *history.Call
	total time.Duration
	// char is about how wide a character is.
	char float64
	// ends are how far labels reach on each row, so that none covers another.
	ends map[float64]float64
}

// wide and narrow draw the same for a desk and for a phone.
func wide(c *history.Call, w *waves) *drawing { return draw(c, w, "wide", 1080, 64, 6.4) }

func narrow(c *history.Call, w *waves) *drawing { return draw(c, w, "narrow", 328, 42, 5.6) }

func draw(c *history.Call, w *waves, class string, width, left, char float64) *drawing {
	p := &pen{call: c, char: char, ends: map[float64]float64{}}
	p.drawing = drawing{Class: class, W: width, H: drawingH, Left: left, GridTop: gridTop, GridEnd: stateY + stateH}
	p.total = length(c.Report)
	if p.total <= 0 {
		return nil
	}
	p.Label = timelineLabel(c.Report)
	p.rows()
	p.ticks()
	p.caller()
	p.agent()
	for i, t := range c.Report.Turns {
		p.turn(i, t)
	}
	p.waves(w)
	p.transcripts()
	p.states()
	p.room()
	return &p.drawing
}

// length is that of the call, or longer where something lies behind its end.
func length(r *probe.Report) time.Duration {
	total := r.Duration
	for _, t := range r.Turns {
		total = max(total, t.Said.End, t.Reply.Start)
	}
	for _, t := range r.Talk {
		total = max(total, t.End)
	}
	return total
}

// x is where a moment lies.
func (p *pen) x(at time.Duration) float64 {
	share := min(max(float64(at)/float64(p.total), 0), 1)
	return round(p.Left + share*(p.W-p.Left-2))
}

func round(f float64) float64 { return float64(int(f*10+0.5)) / 10 }

func (p *pen) rows() {
	for _, r := range []struct {
		y    float64
		text string
	}{{callerY + 27, "Caller"}, {heardY + 4, "heard"}, {waitY + 4, "Wait"}, {agentY + 27, "Agent"}, {saysY + 4, "says"}, {stateY + 13, "State"}, {roomY, "Room"}} {
		p.Rows = append(p.Rows, label{X: 0, Y: r.y, Text: r.text})
	}
	for _, y := range []float64{callerY, agentY} {
		p.Lanes = append(p.Lanes, bar{X: p.Left, Y: y, W: p.W - p.Left, H: laneHeight, Class: "lane"})
	}
}

// ticks labels round seconds.
func (p *pen) ticks() {
	step := tickStep(p.total, (p.W-p.Left)/(8*p.char))
	for at := time.Duration(0); at <= p.total; at += step {
		text := strconv.FormatFloat(at.Seconds(), 'f', -1, 64)
		if at == 0 {
			text += " s"
		}
		t := label{X: p.x(at), Y: rulerY, Text: text, Anchor: "middle"}
		if at == 0 {
			t.Anchor = "start"
		}
		if t.X > p.W-2*p.char {
			t.Anchor = "end"
		}
		p.Ticks = append(p.Ticks, t)
	}
}

// tickStep is the shortest round step of which at most so many fit.
func tickStep(total time.Duration, most float64) time.Duration {
	step := 500 * time.Millisecond
	for i := 0; float64(total) > most*float64(step); i++ {
		if i%3 == 1 {
			step = step / 2 * 5
		} else {
			step *= 2
		}
	}
	return step
}

func (p *pen) bar(i probe.Interval, y float64, class, text, title string) bar {
	x := p.x(i.Start)
	return bar{X: x, Y: y, W: max(round(p.x(i.End)-x), 1.5), H: laneHeight, Class: class, Text: text, Title: title}
}

func (p *pen) caller() {
	for _, t := range p.call.Report.Turns {
		if t.Said.End > t.Said.Start && (t.Reference != "" || t.Utterance != "") {
			text := clean(t.Reference)
			p.Bars = append(p.Bars, p.bar(t.Said, callerY, "caller", text, fmt.Sprintf("caller, %s to %s: %s", seconds(t.Said.Start), seconds(t.Said.End), text)))
		}
	}
}

// agent draws all that the agent said; what answers a turn is told apart from
// the greeting and the rest.
func (p *pen) agent() {
	for _, talk := range p.call.Report.Talk {
		class, text := "talk", ""
		for _, t := range p.call.Report.Turns {
			if t.Reply.End > t.Reply.Start && t.Reply.Start == talk.Start {
				class, text = "reply", clean(t.AgentText)
			}
		}
		p.Bars = append(p.Bars, p.bar(talk.Interval, agentY, class, text, fmt.Sprintf("agent, %s to %s, %.0f dBFS", seconds(talk.Start), seconds(talk.End), talk.LevelDBFS)))
		p.Onsets = append(p.Onsets, bar{X: p.x(talk.Start), Y: agentY, H: laneHeight})
	}
}

func (p *pen) turn(i int, t probe.TurnReport) {
	limit := time.Duration(0)
	if i < len(p.call.Limits) {
		limit = p.call.Limits[i]
	}
	late := limit > 0 && t.TTFA.OK && t.TTFA.Value > limit
	switch {
	case t.TTFA.OK:
		end := t.Said.End + t.TTFA.Value
		p.Unsure = append(p.Unsure, bar{X: p.x(end - t.TTFA.Uncertainty), Y: agentY, W: max(p.x(end+t.TTFA.Uncertainty)-p.x(end-t.TTFA.Uncertainty), 1), H: laneHeight})
		class := ""
		if late {
			class = "bad"
		}
		p.wait(t.Said.End, end, short(t.TTFA.Value), class)
	case t.Said.End > 0 && limit > 0:
		p.wait(t.Said.End, p.waitedUntil(i), "no reply", "bad none")
	}
	if limit > 0 && t.Said.End > 0 && t.Said.End+limit <= p.total {
		l := label{X: p.x(t.Said.End + limit), Y: waitY - 8, Y2: limitY - 9, Text: "limit " + brief(limit), Anchor: "middle", Class: "limit"}
		if p.fits(limitY, &l) {
			l.Y2 = limitY - 9
		} else {
			l.Text = ""
		}
		p.Limits = append(p.Limits, l)
	}
}

// waitedUntil is when the next turn began, or the call ended.
func (p *pen) waitedUntil(i int) time.Duration {
	turns := p.call.Report.Turns
	if i+1 < len(turns) && turns[i+1].Said.Start > turns[i].Said.End {
		return turns[i+1].Said.Start
	}
	return p.total
}

func (p *pen) wait(from, to time.Duration, text, class string) {
	w := wait{X1: p.x(min(from, to)), X2: p.x(max(from, to)), Y: waitY, Class: class}
	w.Label = label{X: (w.X1 + w.X2) / 2, Y: waitLabelY, Text: text, Anchor: "middle"}
	if !p.fits(waitLabelY, &w.Label) {
		w.Label.Text = ""
	}
	p.Waits = append(p.Waits, w)
}

// fits finds room for a label on a row, within the drawing and right of those
// before it.
func (p *pen) fits(row float64, l *label) bool {
	w := textWidth(l.Text) * p.char
	start := l.X
	if l.Anchor == "middle" {
		start -= w / 2
	}
	start = min(max(start, p.Left), p.W-w)
	if end, taken := p.ends[row]; taken && start < end+p.char {
		return false
	}
	p.ends[row] = start + w
	l.X = round(start)
	if l.Anchor == "middle" {
		l.X = round(start + w/2)
	}
	return true
}

// textWidth counts characters, those of wide scripts twice.
func textWidth(text string) float64 {
	n := 0.0
	for _, r := range text {
		n++
		if r >= 0x1100 {
			n++
		}
	}
	return n
}

// timelineLabel says in words what a timeline shows.
func timelineLabel(r *probe.Report) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Timeline of %s with a lane for the caller and one for the agent.", seconds(r.Duration))
	for i, t := range r.Turns {
		fmt.Fprintf(&b, " Turn %d: the caller speaks until %s", i+1, seconds(t.Said.End))
		if t.TTFA.OK {
			fmt.Fprintf(&b, ", the agent replies %s later.", seconds(t.TTFA.Value))
		} else {
			b.WriteString(", no reply.")
		}
	}
	return b.String()
}
