package pages

import (
	"fmt"
	"strings"
	"time"

	"callprobe/internal/history"
	"callprobe/probe"
)

// callPage is all that is known of one call.
type callPage struct {
	frame
	ID, Room, Target, Scenario string
	State                      state
	Headline                   string
	Verdict, Reason, Stage     string
	Detail, Remedy             string
	Runbook                    string
	Fault                      fault
	Started                    moment
	Run                        string
	Since, LastPassed          moment
	Length                     string
	Wide, Narrow               *drawing
	Turns                      []turnView
	Call, Network, Pacing      []figure
	Warnings                   []string
	Events                     []eventRow
	EventsCut                  int
	Log                        string
	Stored, Audio              bool
	SoundRemoved               bool
	// Heard says that the agent sent sound, be it kept or not.
	Heard        bool
	Older, Newer string
	// Query chooses the calls of the same pair in the list.
	Query string
}

type turnView struct {
	Number                int
	Utterance             string
	State                 state
	Outcome, Detail       string
	Reference, Transcript string
	AgentText             string
	Figures               []figure
	Diff                  *diffView
	Warnings              []string
}

type eventRow struct{ At, What, Who, Text string }

func (p *pages) call(id string, now time.Time) (callPage, error) {
	c, err := p.Calls.Call(id)
	if err != nil {
		return callPage{}, err
	}
	e, r := &c.Entry, c.Report
	sound := p.waves(c)
	m := meaningOf(e.Reason)
	page := callPage{
		frame: p.frame(p.View(), now, "../", "call"),
		ID:    e.ID, Room: clean(r.Room), Target: clean(e.Target), Scenario: clean(e.Scenario),
		State: stateOf(e.Verdict), Headline: callHeadline(e, m), Verdict: clean(string(e.Verdict)), Reason: clean(string(e.Reason)),
		Stage: clean(string(r.Stage)), Detail: clean(r.Detail), Remedy: clean(r.Remedy), Runbook: m.Runbook, Fault: m.Fault,
		Started: at(e.Started, now), Length: seconds(r.Duration),
		Since: at(e.Run.Since, now), LastPassed: at(e.Run.LastPassed, now), Run: runText(e),
		Wide: wide(c, sound), Narrow: narrow(c, sound),
		Call: callFigures(r), Network: networkFigures(r.Network), Pacing: pacingFigures(r.Pacing),
		Warnings: cleanAll(r.Warnings), EventsCut: c.EventsCut, Log: logText(c.Log), Stored: c.Stored, Audio: c.Audio, SoundRemoved: c.SoundRemoved, Heard: r.Network.Known,
	}
	page.Icon = page.State
	page.Query = query{target: e.Target, scenario: e.Scenario}.with("", "")
	page.Title = page.Headline + ", " + page.Scenario
	if page.Remedy == "" && !e.Passed() {
		page.Remedy = m.Remedy
	}
	for i, t := range r.Turns {
		page.Turns = append(page.Turns, newTurn(i, t, c))
	}
	page.Events = eventRows(c.Events)
	page.Older, page.Newer = p.neighbours(e)
	return page, nil
}

func callHeadline(e *history.Entry, m meaning) string {
	if e.Passed() {
		return "The agent answered as expected"
	}
	return strings.ToUpper(m.Title[:1]) + m.Title[1:]
}

// runText says whether this is the first call that went so.
func runText(e *history.Entry) string {
	switch {
	case e.Run.Calls <= 1 && e.Passed():
		return "the first call that passed"
	case e.Run.Calls <= 1:
		return "the first call that did not pass"
	case e.Passed():
		return fmt.Sprintf("call %d in a row that passed", e.Run.Calls)
	}
	return fmt.Sprintf("call %d in a row that did not pass", e.Run.Calls)
}

// neighbours are the calls of the same pair just before and after.
func (p *pages) neighbours(e *history.Entry) (older, newer string) {
	f := history.Filter{Target: e.Target, Scenario: e.Scenario, Before: e.Started, Limit: 1}
	for _, o := range p.Calls.List(f) {
		older = o.ID
	}
	f.Before, f.Since, f.Limit = time.Time{}, e.Started.Add(time.Nanosecond), 0
	if list := p.Calls.List(f); len(list) > 0 {
		newer = list[len(list)-1].ID
	}
	return older, newer
}

func newTurn(i int, t probe.TurnReport, c *history.Call) turnView {
	v := turnView{
		Number: i + 1, Utterance: clean(t.Utterance), State: stateOf(t.Outcome.Verdict()), Outcome: clean(string(t.Outcome)), Detail: clean(t.Detail),
		Reference: clean(t.Reference), Transcript: clean(t.Transcript), AgentText: clean(t.AgentText), Warnings: cleanAll(t.Warnings),
	}
	limit := time.Duration(0)
	if i < len(c.Limits) {
		limit = c.Limits[i]
	}
	v.Figures = turnFigures(t, limit)
	if s := t.STT.Score; s != nil {
		d := newDiff(s.Steps)
		v.Diff = &d
	}
	return v
}

func turnFigures(t probe.TurnReport, limit time.Duration) []figure {
	wait := measured("Wait for the reply (TTFA)", t.TTFA, "")
	switch {
	case limit <= 0:
	case t.TTFA.OK && t.TTFA.Value > limit:
		wait.Note, wait.Bad = fmt.Sprintf("%s over the limit of %s", short(t.TTFA.Value-limit), brief(limit)), true
	default:
		wait.Note = "limit " + brief(limit)
	}
	if t.TalkOver {
		wait.Note = "the agent talked over the caller"
	}
	out := []figure{}
	if t.Reference != "" || t.TTFA.OK || t.TTFA.Missing != "" {
		out = append(out, wait)
	}
	out = optional(out, "Agent's own figure", t.AgentE2E, "as the agent reports its latency")
	out = optional(out, "First sound of any kind", t.FirstEnergy, "")
	out = optional(out, "Stopped when interrupted", t.BargeInStop, "from the caller's first word")
	if f, ok := sttFigure(t.STT); ok {
		out = append(out, f)
	}
	out = optional(out, "First interim transcript", t.STT.Interim, "from the caller's last word")
	out = optional(out, "Final transcript", t.STT.Final, "from the caller's last word")
	if t.Reply.End > t.Reply.Start {
		out = append(out, figure{Label: "Length of the reply", Value: seconds(t.Reply.End - t.Reply.Start)})
	}
	return out
}

func sttFigure(s probe.STTReport) (figure, bool) {
	f := figure{Label: "Word error rate", Bad: s.Outcome == probe.STTIncorrect}
	switch s.Outcome {
	case probe.STTNotApplicable:
		return figure{}, false
	case probe.STTUnsupported:
		f.Missing = "the agent publishes no transcripts"
	case probe.STTNotThere:
		f.Missing, f.Bad = "no transcript came", true
	case probe.STTCorrect, probe.STTIncorrect:
		f.Missing = "there is nothing to compare with"
	}
	if s.Score == nil {
		return f, true
	}
	if rate, ok := s.Score.WER(); ok {
		f.Missing, f.Value = "", percent(rate)
		f.Note = fmt.Sprintf("%d of %d words right", s.Score.Hits, s.Score.Reference())
		if s.Score.Errors() > 0 {
			f.Note += fmt.Sprintf(", %d wrong, %d missing, %d added", s.Score.Substitutions, s.Score.Deletions, s.Score.Insertions)
		}
	}
	return f, true
}

func callFigures(r *probe.Report) []figure {
	agents := make([]string, len(r.Agents))
	for i, a := range r.Agents {
		agents[i] = clean(a)
	}
	return []figure{
		{Label: "Length of the call", Value: seconds(r.Duration)},
		measured("Join", r.Join, "from the start of the call"),
		measured("Agent's join", r.AgentJoin, strings.Join(agents, ", ")),
		measured("Greeting", r.Greeting, "from our join to the agent's first word"),
	}
}

func networkFigures(n probe.Network) []figure {
	if !n.Known {
		return []figure{{Label: "Audio packets", Missing: "the agent sent no sound"}}
	}
	out := []figure{
		{Label: "Audio packets", Value: fmt.Sprint(n.Packets)},
		{Label: "Lost", Value: fmt.Sprint(n.Lost), Bad: n.Lost > 0},
		{Label: "Jitter", Value: milliseconds(n.Jitter)},
		{Label: "Clock skew", Value: minus(fmt.Sprintf("%.0f ppm", n.SkewPPM))},
	}
	if total := n.Packets + n.Lost; n.Lost > 0 && total > 0 {
		out[1].Note = percent(float64(n.Lost) / float64(total))
	}
	if n.DecodeErrors > 0 {
		out = append(out, figure{Label: "Not decodable", Value: fmt.Sprint(n.DecodeErrors), Bad: true})
	}
	return out
}

func pacingFigures(p probe.Pacing) []figure {
	if p.Frames == 0 {
		return []figure{{Label: "Frames sent", Missing: "the caller sent no sound"}}
	}
	return []figure{
		{Label: "Frames sent", Value: fmt.Sprint(p.Frames)},
		{Label: "Late, p99", Value: milliseconds(p.LateP99)},
		{Label: "Late, worst", Value: milliseconds(p.LateMax)},
	}
}

func cleanAll(ws []probe.Warning) []string {
	var out []string
	for _, w := range ws {
		out = append(out, clean(string(w)))
	}
	return out
}

// eventRows lists what was seen in the room.
func eventRows(events []probe.Event) []eventRow {
	var out []eventRow
	for _, ev := range events {
		row := eventRow{At: fmt.Sprintf("%.3f", ev.At.Seconds()), What: strings.ReplaceAll(clean(string(ev.Kind)), "_", " "), Who: clean(ev.Participant), Text: clean(ev.Text)}
		switch {
		case ev.Transcript != nil:
			row.What = finality(ev.Transcript.Final) + " transcript"
			row.Who = clean(string(ev.Transcript.Speaker)) + "'s words"
			row.Text = clean(ev.Transcript.Text)
		case ev.Session != nil:
			row.What = "agent says: " + strings.ReplaceAll(clean(ev.Session.Type), "_", " ")
			row.Who, row.Text = clean(ev.Session.Role), clean(ev.Session.Text)
		case row.Text == "" && ev.TrackName != "":
			row.Text = clean(ev.TrackName)
		}
		out = append(out, row)
	}
	return out
}

// logText is the log, line by line made harmless.
func logText(log []byte) string {
	var b strings.Builder
	for line := range strings.Lines(string(log)) {
		b.WriteString(clean(line))
		b.WriteByte('\n')
	}
	return b.String()
}
