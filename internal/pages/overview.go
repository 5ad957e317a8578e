package pages

import (
	"fmt"
	"strings"
	"time"

	"callprobe/internal/history"
	"callprobe/probe"
)

// lastCalls is how many calls the overview lists.
const lastCalls = 20

// overviewPage is what is called and how it goes.
type overviewPage struct {
	frame
	State     state
	Headline  string
	Sub       string
	Incidents []incident
	Notes     []note
	Filter    []choice
	Ranges    []choice
	Targets   []targetView
	Calls     []callRow
}

// note is something about the prober itself.
type note struct {
	Title string
	Lines []string
}

// choice is a link of a row of which one is chosen.
type choice struct {
	Text, Query string
	Chosen      bool
}

type targetView struct {
	Name, URL, AgentName string
	Labels               []string
	Rows                 []probeRow
}

// probeRow is a scenario on a target.
type probeRow struct {
	// Query chooses its calls in the list.
	Query             string
	Scenario, Every   string
	State             state
	Word, Why         string
	Since             moment
	Streak            string
	LastID            string
	Last              moment
	Wait, Uncertainty string
	Limit             string
	Late              bool
	// NoWait says why there is no wait.
	NoWait string
	Strip  strip
	Next   string
	Paused string
}

// overview collects the page from what is scheduled and what was called.
func (p *pages) overview(q query, now time.Time) overviewPage {
	v := p.View()
	all := everyProbe(v)
	window, chosen := q.window(all)
	from := now.Add(-window)
	latest := p.Calls.Latest()
	byPair := map[history.Pair][]*history.Entry{}
	for _, e := range p.Calls.List(history.Filter{Since: from}) {
		byPair[e.Pair()] = append(byPair[e.Pair()], e)
	}
	page := overviewPage{frame: p.frame(v, now, "./", "overview")}
	page.Refresh = q.refresh
	var states []state
	var troubles []trouble
	for _, t := range v.Targets {
		view := targetView{Name: clean(t.Name), URL: clean(t.URL), AgentName: clean(t.AgentName)}
		for _, l := range t.Labels {
			view.Labels = append(view.Labels, clean(l))
		}
		for _, pr := range t.Probes {
			pair := history.Pair{Target: t.Name, Scenario: pr.Scenario}
			last := latest[pair]
			row := newRow(t.Name, pr, last, v.Started, now)
			row.Strip = newStrip(byPair[pair], from, now, pr.Limit)
			states = append(states, row.State)
			if row.State == stateFailed || row.State == stateInconclusive || row.State == stateStale {
				troubles = append(troubles, trouble{t.Name, pr, row.State, last})
			}
			view.Rows = append(view.Rows, row)
		}
		if q.target == "" || q.target == t.Name {
			page.Targets = append(page.Targets, view)
		}
	}
	page.State, page.Headline, page.Sub = headline(states)
	page.Incidents = incidents(troubles, v.Started, now)
	page.Notes = p.notes(v, now)
	page.Title = page.Headline
	page.Icon = page.State
	page.Filter = q.targets(v)
	page.Ranges = q.ranges(chosen)
	for _, e := range p.Calls.List(history.Filter{Target: q.target, Limit: lastCalls}) {
		page.Calls = append(page.Calls, newCallRow(e, now))
	}
	return page
}

func everyProbe(v View) []Probe {
	var all []Probe
	for _, t := range v.Targets {
		all = append(all, t.Probes...)
	}
	return all
}

func newRow(target string, pr Probe, last *history.Entry, started, now time.Time) probeRow {
	row := probeRow{
		Query: query{target: target, scenario: pr.Scenario}.with("", ""), Scenario: clean(pr.Scenario), Every: clean(pr.Every), Paused: clean(pr.Paused),
		State: probeState(pr, last, started, now), Next: nextCall(pr, now),
	}
	if pr.Limit > 0 {
		row.Limit = brief(pr.Limit)
	}
	if last != nil {
		row.LastID, row.Last = last.ID, at(last.Started, now)
		row.Since, row.Streak = at(last.Run.Since, now), counted(last.Run.Calls, "call", "calls")
		row.NoWait = "no reply"
		if last.Verdict == probe.Inconclusive {
			row.NoWait = "not measured"
		}
		if !last.Passed() {
			row.Why = meaningOf(last.Reason).Title
		}
		if r := last.Slowest; r != nil {
			row.Wait, row.Uncertainty, row.Late = short(r.TTFA), "± "+halfWidth(r.Uncertainty), r.TTFA > r.Limit
		}
	}
	switch row.State {
	case statePassed:
		row.Word = "passing"
	case stateFailed:
		row.Word = "failing"
	case stateInconclusive:
		row.Word = "inconclusive"
	case statePaused:
		row.Word = "paused"
	case stateStale:
		row.Word, row.Why = "no calls", "the last call is too long ago"
	case stateWaiting:
		row.Word = "not called yet"
	}
	return row
}

// staleAfter is after how many intervals without a call a result is out of date.
const staleAfter = 3

// probeState is how a probe is now.
func probeState(pr Probe, last *history.Entry, started, now time.Time) state {
	seen := started
	if last != nil && last.Started.After(seen) {
		seen = last.Started.Add(last.Duration)
	}
	switch {
	case pr.Paused != "" && (pr.Maintenance || last == nil || last.Passed()):
		return statePaused
	case pr.Paused == "" && !pr.Running && pr.Interval > 0 && now.Sub(seen) > staleAfter*pr.Interval+time.Minute:
		return stateStale
	case last == nil:
		return stateWaiting
	}
	return stateOf(last.Verdict)
}

func nextCall(pr Probe, now time.Time) string {
	switch {
	case pr.Running:
		return "calling now"
	case pr.Next.IsZero():
		return ""
	case !pr.Next.After(now):
		return "due"
	}
	return at(pr.Next, now).Ago
}

// headline sums up how all probes are.
func headline(states []state) (worst state, title, sub string) {
	n := map[state]int{}
	for _, s := range states {
		n[s]++
	}
	total := len(states)
	of := func(k int, what string) string {
		return fmt.Sprintf("%d of %s %s", k, counted(total, "probe", "probes"), what)
	}
	switch {
	case total == 0:
		return stateWaiting, "Nothing is configured to be called", "add probes to the configuration"
	case n[stateFailed] > 0:
		worst, title = stateFailed, of(n[stateFailed], verb(n[stateFailed], "fails", "fail"))
	case n[stateStale] > 0:
		worst, title = stateStale, of(n[stateStale], "no longer called")
	case n[stateInconclusive] > 0:
		worst, title = stateInconclusive, of(n[stateInconclusive], "cannot be measured")
	case n[statePassed] == 0 && n[statePaused] > 0:
		worst, title = statePaused, "All calls are paused"
	case n[statePassed] == 0:
		worst, title = stateWaiting, "No call has been made yet"
	case n[statePassed] == total:
		worst, title = statePassed, fmt.Sprintf("All %d probes pass", total)
		if total == 1 {
			title = "The probe passes"
		}
	default:
		worst, title = statePassed, of(n[statePassed], verb(n[statePassed], "passes", "pass"))
	}
	for _, s := range []struct {
		state state
		text  string
	}{
		{stateStale, "no longer called"}, {stateInconclusive, "inconclusive"}, {statePassed, "passing"}, {statePaused, "paused"}, {stateWaiting, "not called yet"},
	} {
		if s.state != worst && n[s.state] > 0 {
			if sub != "" {
				sub += ", "
			}
			sub += fmt.Sprintf("%d %s", n[s.state], s.text)
		}
	}
	return worst, title, sub
}

func verb(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// mostLines is how many lines of what is wrong with a configuration are shown.
const mostLines = 20

// notes are the troubles of the prober that are not those of a probe.
func (p *pages) notes(v View, now time.Time) []note {
	var out []note
	if v.ConfigError != "" {
		n := note{Title: "The last change of the configuration was refused; the one before is still in use"}
		if !v.ConfigFailed.IsZero() {
			n.Title += " (" + at(v.ConfigFailed, now).Text + ")"
		}
		for line := range strings.Lines(v.ConfigError) {
			if n.Lines = append(n.Lines, clean(line)); len(n.Lines) == mostLines {
				n.Lines = append(n.Lines, "…")
				break
			}
		}
		out = append(out, n)
	}
	if err := p.Calls.Trouble(); err != nil {
		out = append(out, note{"Calls cannot be kept on disk; the latest are in memory until the prober stops", []string{clean(err.Error())}})
	}
	for _, n := range v.Notes {
		out = append(out, note{Lines: []string{clean(n)}})
	}
	return out
}
