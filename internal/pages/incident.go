package pages

import (
	"cmp"
	"slices"
	"time"

	"callprobe/internal/history"
)

// trouble is a probe that needs somebody's attention.
type trouble struct {
	target string
	probe  Probe
	state  state
	last   *history.Entry
}

// incident is one thing that is broken: the probes of a target that fail for
// the same reason.
type incident struct {
	State              state
	Target             string
	Title              string
	Fault              fault
	Since              moment
	For, Streak        string
	LastPassed         moment
	Scenarios          []string
	Detail, Remedy     string
	Runbook            string
	LastID, Reason     string
	Paused             string
	since              time.Time
	lastSeen, passedAt time.Time
	calls              int
}

// incidents groups troubles: agents first, then room servers, then the prober
// itself, each with the oldest first.
func incidents(troubles []trouble, started, now time.Time) []incident {
	var out []incident
	index := map[[3]string]int{}
	for _, t := range troubles {
		in := t.incident(started)
		key := [3]string{t.target, string(t.state), in.Reason}
		i, known := index[key]
		if !known {
			index[key] = len(out)
			out = append(out, in)
			continue
		}
		out[i].join(in)
	}
	for i := range out {
		in := &out[i]
		in.Since, in.LastPassed = at(in.since, now), at(in.passedAt, now)
		in.For, in.Streak = span(max(now.Sub(in.since), 0)), counted(in.calls, "call", "calls")
	}
	rank := map[fault]int{faultAgent: 0, faultServer: 1, faultProber: 2}
	slices.SortStableFunc(out, func(a, b incident) int {
		return cmp.Or(cmp.Compare(rank[a.Fault], rank[b.Fault]), a.since.Compare(b.since))
	})
	return out
}

func (t trouble) incident(started time.Time) incident {
	in := incident{State: t.state, Target: clean(t.target), Scenarios: []string{clean(t.probe.Scenario)}, Paused: clean(t.probe.Paused)}
	if t.state == stateStale {
		in.Title, in.Fault, in.since = "no calls are made any more", faultProber, started
		in.Runbook = bookProber
		in.Remedy = "look at the prober's log and load; restart it if it hangs"
		if t.last != nil && t.last.Started.After(started) {
			in.since, in.LastID = t.last.Started, t.last.ID
		}
		return in
	}
	m := meaningOf(t.last.Reason)
	in.Title, in.Fault, in.Remedy, in.Runbook = m.Title, m.Fault, clean(t.last.Remedy), m.Runbook
	if in.Remedy == "" {
		in.Remedy = m.Remedy
	}
	in.Reason, in.Detail, in.LastID = string(t.last.Reason), clean(t.last.Detail), t.last.ID
	in.since, in.calls, in.lastSeen, in.passedAt = t.last.Run.Since, t.last.Run.Calls, t.last.Started, t.last.Run.LastPassed
	return in
}

// join adds a probe that is broken in the same way.
func (in *incident) join(other incident) {
	in.Scenarios = append(in.Scenarios, other.Scenarios...)
	in.calls += other.calls
	if other.since.Before(in.since) {
		in.since = other.since
	}
	if other.passedAt.After(in.passedAt) {
		in.passedAt = other.passedAt
	}
	if other.lastSeen.After(in.lastSeen) {
		in.lastSeen, in.LastID, in.Detail, in.Remedy = other.lastSeen, other.LastID, other.Detail, other.Remedy
	}
}
