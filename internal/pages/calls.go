package pages

import (
	"net/http"
	"time"

	"callprobe/internal/history"
)

// callsPerPage is how many calls a page of the list holds.
const callsPerPage = 100

// callsPage lists calls.
type callsPage struct {
	frame
	Filter, Results []choice
	Scenario        string
	AnyScenario     string
	Calls           []callRow
	Older, Newest   string
}

// callRow is one call in a list.
type callRow struct {
	ID, Target, Scenario   string
	State                  state
	Verdict, Reason, Title string
	Detail                 string
	Started                moment
	Wait                   string
	Late                   bool
}

func newCallRow(e *history.Entry, now time.Time) callRow {
	row := callRow{
		ID: e.ID, Target: clean(e.Target), Scenario: clean(e.Scenario),
		State: stateOf(e.Verdict), Verdict: clean(string(e.Verdict)), Reason: clean(string(e.Reason)), Title: meaningOf(e.Reason).Title,
		Detail: clean(e.Detail), Started: at(e.Started, now),
	}
	if e.Slowest != nil {
		row.Wait, row.Late = short(e.Slowest.TTFA), e.Slowest.TTFA > e.Slowest.Limit
	}
	return row
}

func (p *pages) calls(q query, now time.Time) callsPage {
	v := p.View()
	page := callsPage{
		frame:  p.frame(v, now, "./", "calls"),
		Filter: q.targets(v), Results: q.results(), Scenario: clean(q.scenario), AnyScenario: q.with("scenario", ""),
	}
	page.Title = "Calls"
	f := q.filter()
	f.Limit = callsPerPage + 1
	list := p.Calls.List(f)
	if len(list) > callsPerPage {
		list = list[:callsPerPage]
		page.Older = q.with("before", list[callsPerPage-1].Started.Format(time.RFC3339Nano))
	}
	if !q.before.IsZero() {
		page.Newest = q.with("before", "")
	}
	for _, e := range list {
		page.Calls = append(page.Calls, newCallRow(e, now))
	}
	return page
}

// leadToLatest sends the reader on to the newest call that is asked for, or to the
// list of them where none is kept. Pages to the one on call have this link: what
// the newest call is, is not known when they are written.
func (p *pages) leadToLatest(w http.ResponseWriter, r *http.Request) {
	q := readQuery(r)
	f := q.filter()
	f.Limit = 1
	to := "../calls" + q.with("before", "")
	if list := p.Calls.List(f); len(list) > 0 {
		to = list[0].ID
	}
	// Relative, as all links are: http.Redirect would make it absolute.
	w.Header().Set("Location", to)
	w.WriteHeader(http.StatusFound)
}
