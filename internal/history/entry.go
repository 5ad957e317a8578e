package history

import (
	"time"

	"callprobe/probe"
)

// Entry is the line of the index for one call. It never changes.
type Entry struct {
	ID       string        `json:"id"`
	Target   string        `json:"target,omitempty"`
	Scenario string        `json:"scenario"`
	Started  time.Time     `json:"started"`
	Duration time.Duration `json:"duration_ns"`
	Verdict  probe.Verdict `json:"verdict"`
	Reason   probe.Reason  `json:"reason"`
	Stage    probe.Stage   `json:"stage,omitempty"`
	Detail   string        `json:"detail,omitempty"`
	Remedy   string        `json:"remedy,omitempty"`
	// Slowest is the reply that came closest to its limit or went furthest
	// beyond it; nil when there was none.
	Slowest *Reply `json:"slowest,omitempty"`
	Run     Run    `json:"run"`
}

// Passed reports whether the agent met every expectation.
func (e *Entry) Passed() bool { return e.Verdict == probe.Passed }

// Pair returns whose call it was.
func (e *Entry) Pair() Pair { return Pair{e.Target, e.Scenario} }

// Pair is a scenario on a target.
type Pair struct{ Target, Scenario string }

// Reply is the wait for one reply of the agent.
type Reply struct {
	// Turn counts from 1.
	Turn        int           `json:"turn"`
	TTFA        time.Duration `json:"ttfa_ns"`
	Uncertainty time.Duration `json:"uncertainty_ns"`
	// Limit is the longest wait that passes.
	Limit time.Duration `json:"limit_ns"`
}

// Run is the unbroken row of calls of one pair, up to and with this one, that
// all passed or all did not. It is kept with the call, so that it is known when
// the calls before are gone.
type Run struct {
	// Since is the start of the row's first call.
	Since time.Time `json:"since"`
	// Calls is how many they are.
	Calls int `json:"calls"`
	// LastPassed is the start of the last call that passed; zero when none is
	// known.
	LastPassed time.Time `json:"last_passed,omitzero"`
}

// next returns the run that a call belongs to which started at a time.
func (r Run) next(before *Entry, e *Entry) Run {
	switch {
	case before == nil:
		r = Run{Since: e.Started, Calls: 1}
	case before.Passed() == e.Passed():
		r.Calls++
	default:
		r.Since, r.Calls = e.Started, 1
	}
	if e.Passed() {
		r.LastPassed = e.Started
	}
	return r
}

// entryOf sums up a call. Texts of the agent are cut to a length that an index
// can hold.
func entryOf(rec *probe.Recording, r *probe.Report) *Entry {
	return &Entry{
		ID: rec.CallID, Target: cut(r.Target, maxText), Scenario: cut(r.Scenario, maxText), Started: r.Started.UTC().Round(0), Duration: r.Duration,
		Verdict: r.Verdict, Reason: r.Reason, Stage: r.Stage, Detail: cut(r.Detail, maxText), Remedy: cut(r.Remedy, maxText),
		Slowest: slowest(rec, r),
	}
}

// slowest finds the reply with the largest share of its limit.
func slowest(rec *probe.Recording, r *probe.Report) *Reply {
	var found *Reply
	for i, t := range r.Turns {
		limit := limitOf(rec, i)
		if !t.TTFA.OK || limit <= 0 {
			continue
		}
		if found == nil || float64(t.TTFA.Value)/float64(limit) > float64(found.TTFA)/float64(found.Limit) {
			found = &Reply{Turn: i + 1, TTFA: t.TTFA.Value, Uncertainty: t.TTFA.Uncertainty, Limit: limit}
		}
	}
	return found
}

// limitOf is the longest wait that passes in the i-th turn of a report.
func limitOf(rec *probe.Recording, i int) time.Duration {
	if i >= len(rec.Turns) || rec.Turns[i].Turn >= len(rec.Plan.Turns) {
		return 0
	}
	return rec.Plan.Turns[rec.Turns[i].Turn].Reply.Within
}
