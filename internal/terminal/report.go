package terminal

import (
	"fmt"
	"io"
	"math"
	"strings"

	"callprobe/probe"
)

// Report prints one call: its verdict with the reason and what to do about it,
// a table of its figures, and a timeline of who spoke when. A figure that is
// missing is a dash with the reason, never zero.
func Report(w io.Writer, style Style, r *probe.Report) error {
	if r == nil {
		return errNoReport
	}
	s := newSheet(style)
	s.headline(r)
	s.end()
	s.phases(r)
	for i := range r.Turns {
		s.end()
		s.turn(i, &r.Turns[i], r.Detail)
	}
	s.end()
	s.surroundings(r)
	s.warnings(0, r.Warnings)
	s.timeline(r)
	return s.write(w, "report")
}

// longestName is how many columns of a name are shown in a headline.
const longestName = 48

// headline says how the call went and, if not well, why and what to do.
func (s *sheet) headline(r *probe.Report) {
	const indent = 2
	s.put(verdictWord(r.Verdict), verdictInk(r.Verdict))
	s.put("  ", plain)
	title := words(s.shorten(s.clean(r.Scenario), longestName), bold)
	if len(title) == 0 {
		title = words("(no name)", bold)
	}
	if r.Target != "" {
		title = append(title, words("on", plain)...)
		title = append(title, words(s.shorten(s.clean(r.Target), longestName), plain)...)
	}
	if r.Reason != "" {
		title[len(title)-1].text += ":"
		title = append(title, s.outside(string(r.Reason), verdictInk(r.Verdict))...)
	}
	if r.Stage != "" && r.Stage != probe.StageTurn {
		title = append(title, s.outside(fmt.Sprintf("(%s)", r.Stage), plain)...)
	}
	s.flow(indent, title)
	if r.Detail != "" {
		s.to(indent)
		s.flow(indent, s.outside(r.Detail, plain))
	}
	if r.Remedy != "" {
		s.to(indent)
		s.flow(indent, append(words("what to do:", bold), s.outside(r.Remedy, plain)...))
	}
}

func verdictWord(v probe.Verdict) string {
	switch v {
	case probe.Passed, probe.Failed, probe.Inconclusive:
		return strings.ToUpper(string(v))
	}
	return "NO VERDICT"
}

func verdictInk(v probe.Verdict) ink {
	switch v {
	case probe.Passed:
		return good
	case probe.Failed:
		return bad
	case probe.Inconclusive:
		return unsure
	}
	return unsure
}

// phases are the figures before the first turn.
func (s *sheet) phases(r *probe.Report) {
	for _, id := range []struct{ label, text string }{{"call", r.CallID}, {"room", r.Room}} {
		if id.text != "" {
			s.row(0, id.label, s.outside(id.text, plain), nil)
		}
	}
	if !r.Started.IsZero() {
		s.row(0, "started", words(r.Started.UTC().Format("2006-01-02 15:04:05 UTC"), plain), nil)
	}
	if r.Duration > 0 {
		s.row(0, "duration", words(seconds(r.Duration), plain), nil)
	} else {
		s.row(0, "duration", s.none(), s.reason(""))
	}
	s.figure(0, "join", r.Join, nil)
	s.figure(0, "agent join", r.AgentJoin, s.agents(r.Agents))
	s.figure(0, "greeting", r.Greeting, nil)
}

// mostAgents is how many identities are listed.
const mostAgents = 3

func (s *sheet) agents(identities []string) []word {
	var out []word
	for i, id := range identities {
		if i == mostAgents {
			return append(out, wordsf(plain, "and %d more", len(identities)-i)...)
		}
		name := s.outside(id, plain)
		if i+1 < len(identities) && len(name) > 0 {
			name[len(name)-1].text += ","
		}
		out = append(out, name...)
	}
	return out
}

// surroundings are the figures that say how far the others can be trusted.
func (s *sheet) surroundings(r *probe.Report) {
	if n := r.Network; n.Known {
		s.row(0, "network", words(network(n), plain), nil)
	} else {
		s.row(0, "network", s.none(), words("no audio of the agent was received", dim))
	}
	if p := r.Pacing; p.Frames > 0 {
		s.row(0, "pacing", wordsf(plain, "p99 %s late, worst %s, over %s", milliseconds(p.LateP99), milliseconds(p.LateMax), counted(p.Frames, "frame", "frames")), nil)
	} else {
		s.row(0, "pacing", s.none(), words("the caller sent no audio", dim))
	}
}

func network(n probe.Network) string {
	out := fmt.Sprintf("%s, %d lost", counted(n.Packets, "packet", "packets"), n.Lost)
	if all := float64(n.Packets) + float64(n.Lost); n.Lost > 0 && all > 0 {
		out += fmt.Sprintf(" (%s)", percent(float64(n.Lost)/all))
	}
	if n.DecodeErrors > 0 {
		out += fmt.Sprintf(", %d not decodable", n.DecodeErrors)
	}
	out += ", jitter " + milliseconds(n.Jitter)
	if !math.IsNaN(n.SkewPPM) && !math.IsInf(n.SkewPPM, 0) {
		out += fmt.Sprintf(", clock %+.0f ppm", n.SkewPPM)
	}
	return out
}

// mostWarnings is how many are printed for a call, and for each turn.
const mostWarnings = 20

func (s *sheet) warnings(indent int, ws []probe.Warning) {
	for i, w := range ws {
		s.to(labelCol + indent)
		s.put(s.glyphs().caution+" ", yellow)
		if i == mostWarnings {
			s.flow(s.col, wordsf(yellow, "and %d more warnings", len(ws)-i))
			return
		}
		s.flow(labelCol+indent+2, s.outside(string(w), yellow))
	}
}
