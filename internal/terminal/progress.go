package terminal

import (
	"fmt"
	"io"
	"strings"

	"callprobe/probe"
)

// eraseLine moves to the start of the line and empties it (ECMA-48, 8.3.41).
const eraseLine = "\r\x1b[K"

// Progress shows what running calls are doing. Errors of its writer are
// ignored: a call does not depend on being watched. It is for use from one
// goroutine.
type Progress struct {
	w     io.Writer
	live  bool
	style Style
	drawn bool
}

// NewProgress returns a Progress that redraws one line in place where live
// (see [Live]), and writes a line per step elsewhere.
func NewProgress(w io.Writer, live bool, style Style) *Progress {
	return &Progress{w: w, live: live, style: style}
}

// Update shows one step of a call of a scenario, with the time since the start
// of the call.
func (p *Progress) Update(scenario string, step probe.Progress) {
	line := p.line(scenario, step)
	if !p.live {
		_, _ = io.WriteString(p.w, line+"\n")
		return
	}
	_, _ = io.WriteString(p.w, eraseLine+line)
	p.drawn = true
}

// Done takes the live line away, so that what is printed next begins at the
// start of a line.
func (p *Progress) Done() {
	if p.drawn {
		_, _ = io.WriteString(p.w, eraseLine)
		p.drawn = false
	}
}

// mostScenario is how many columns of a scenario's name are shown.
const mostScenario = 24

// line is one step. Live, the last column stays free: a line that reaches it
// wraps on some terminals.
func (p *Progress) line(scenario string, step probe.Progress) string {
	s := newSheet(p.style)
	g := s.glyphs()
	room := s.width()
	if p.live {
		room--
	}
	s.put(s.shorten(s.clean(scenario), mostScenario), bold)
	s.put(fmt.Sprintf(" %6.2f s ", step.At.Seconds()), dim)
	switch step.Step {
	case probe.StepCallerSpeaks:
		s.put(g.caller, cyan)
	case probe.StepAgentSpeaking, probe.StepTranscript:
		s.put(g.agent, green)
	case probe.StepConnecting, probe.StepJoined, probe.StepAgentJoined, probe.StepAgentSilent, probe.StepWaiting, probe.StepHangingUp:
		s.put(g.step, plain)
	default:
		s.put(g.step, plain)
	}
	text := s.clean(string(step.Step))
	if step.Turn >= 0 {
		text += fmt.Sprintf(", turn %d", step.Turn+1)
	}
	if said := s.clean(step.Text); said != "" {
		text += ": " + said
	}
	s.put(" "+s.shorten(text, room-s.col-1), plain)
	s.dip(plain)
	return strings.TrimRight(s.b.String(), " ")
}
