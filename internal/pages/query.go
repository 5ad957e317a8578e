package pages

import (
	"net/http"
	"net/url"
	"time"

	"callprobe/internal/history"
	"callprobe/probe"
)

// query is what the reader asked for. Whatever is not understood is left out.
type query struct {
	target, scenario string
	// result is a verdict, or "not-passed".
	result  string
	span    string
	refresh bool
	before  time.Time
}

const notPassed = "not-passed"

// maxName bounds the names in a query.
const maxName = 200

func readQuery(r *http.Request) query {
	v := r.URL.Query()
	q := query{target: name(v.Get("target")), scenario: name(v.Get("scenario")), refresh: v.Get("refresh") == "on"}
	switch res := v.Get("result"); res {
	case string(probe.Passed), string(probe.Failed), string(probe.Inconclusive), notPassed:
		q.result = res
	}
	if _, ok := spanOf(v.Get("range")); ok {
		q.span = v.Get("range")
	}
	if t, err := time.Parse(time.RFC3339Nano, v.Get("before")); err == nil {
		q.before = t
	}
	return q
}

func name(s string) string {
	if len(s) > maxName {
		return ""
	}
	return s
}

// with returns the query as part of a link, with one field changed.
func (q query) with(field, value string) string {
	v := url.Values{}
	set := func(k, s string) {
		if k == field {
			s = value
		}
		if s != "" {
			v.Set(k, s)
		}
	}
	set("target", q.target)
	set("scenario", q.scenario)
	set("result", q.result)
	set("range", q.span)
	refresh := ""
	if q.refresh {
		refresh = "on"
	}
	set("refresh", refresh)
	set("before", "")
	return "?" + v.Encode()
}

// spans are the lengths of time that a strip can show.
func spans() []struct {
	Name string
	D    time.Duration
} {
	return []struct {
		Name string
		D    time.Duration
	}{{"1h", time.Hour}, {"6h", 6 * time.Hour}, {"24h", 24 * time.Hour}, {"7d", 7 * 24 * time.Hour}}
}

func spanOf(name string) (time.Duration, bool) {
	for _, s := range spans() {
		if s.Name == name {
			return s.D, true
		}
	}
	return 0, false
}

// window is the length of time that was asked for, or else the shortest one
// that holds forty calls of the probe that is called most often.
func (q query) window(probes []Probe) (time.Duration, string) {
	if d, ok := spanOf(q.span); ok {
		return d, q.span
	}
	shortest := time.Duration(0)
	for _, p := range probes {
		if p.Interval > 0 && (shortest == 0 || p.Interval < shortest) {
			shortest = p.Interval
		}
	}
	for _, s := range spans() {
		if s.D >= 40*shortest {
			return s.D, s.Name
		}
	}
	last := spans()[len(spans())-1]
	return last.D, last.Name
}

func (q query) ranges(chosen string) []choice {
	var out []choice
	for _, s := range spans() {
		out = append(out, choice{Text: s.Name, Query: q.with("range", s.Name), Chosen: s.Name == chosen})
	}
	return out
}

func (q query) targets(v View) []choice {
	out := []choice{{Text: "All targets", Query: q.with("target", ""), Chosen: q.target == ""}}
	for _, t := range v.Targets {
		out = append(out, choice{Text: clean(t.Name), Query: q.with("target", t.Name), Chosen: q.target == t.Name})
	}
	return out
}

func (q query) results() []choice {
	out := []choice{}
	for _, c := range []struct{ text, value string }{{"All results", ""}, {"Not passed", notPassed}, {"Failed", string(probe.Failed)}, {"Inconclusive", string(probe.Inconclusive)}, {"Passed", string(probe.Passed)}} {
		out = append(out, choice{Text: c.text, Query: q.with("result", c.value), Chosen: q.result == c.value})
	}
	return out
}

// filter chooses the calls of the list.
func (q query) filter() history.Filter {
	f := history.Filter{Target: q.target, Scenario: q.scenario, Before: q.before}
	if q.result == notPassed {
		f.NotPassed = true
	} else {
		f.Verdict = probe.Verdict(q.result)
	}
	return f
}
