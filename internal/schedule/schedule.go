// Package schedule says when each probe makes its next call, and whether it
// may: at an interval or by a cron expression, staggered, with jitter, never
// twice at once, within a cap on calls at a time, outside maintenance windows,
// and within each target's budget.
//
// Intervals run on the monotonic clock: a wall clock that is set changes
// nothing. Cron expressions run on the wall clock, see [Cron] and wallTicks.
// What is due and cannot be done is not made up for later; it is skipped, with
// a reason that is counted.
package schedule

import (
	"context"
	"strings"
	"time"
)

// Key names one probe: a scenario on a target.
type Key struct{ Target, Scenario string }

// Skip says why a call that was due was not made. The set is closed and safe
// as a metric label.
type Skip string

// The reasons for which a call is skipped.
const (
	// Overlap: the last call of the same probe was still going on.
	Overlap Skip = "overlap"
	// Concurrency: as many calls as allowed at once were going on.
	Concurrency Skip = "concurrency"
	// Maintenance: the target was in a maintenance window.
	Maintenance Skip = "maintenance"
	// BudgetCalls: the target's calls per hour were used up.
	BudgetCalls Skip = "budget_calls"
	// BudgetMinutes: the target's minutes per day were used up, or would be by
	// the longest call.
	BudgetMinutes Skip = "budget_minutes"
)

// Skips returns the closed set.
func Skips() []Skip {
	return []Skip{Overlap, Concurrency, Maintenance, BudgetCalls, BudgetMinutes}
}

// Job is one probe and when it is due.
type Job struct {
	Key
	Timing Timing
	// Longest bounds one call, from its start to its room deleted.
	Longest time.Duration
}

// Timing is when a probe is due: every Interval, or by Cron where that is set.
type Timing struct {
	Interval time.Duration
	Cron     *Cron
	// Jitter delays each call by a random time up to this. The delays do not
	// add up.
	Jitter time.Duration
}

// Never reports whether the schedule leaves a probe alone.
func (t Timing) Never() bool { return t.Interval <= 0 && t.Cron == nil }

func (t Timing) equal(other Timing) bool {
	if t.Interval != other.Interval || t.Jitter != other.Jitter || (t.Cron == nil) != (other.Cron == nil) {
		return false
	}
	return t.Cron == nil || t.Cron.String() == other.Cron.String()
}

// Answer is what one call said about the agent.
type Answer int

// The answers of a call.
const (
	// Unknown: the call says nothing about the agent.
	Unknown Answer = iota
	// Answered: the agent spoke a reply.
	Answered
	// Unanswered: the caller got no reply at all.
	Unanswered
)

// Attempt says how a call stands to the one after and before it.
type Attempt struct {
	// Provisional: should this call go unanswered, another one confirms it at
	// once.
	Provisional bool
	// Confirms: this call confirms the one before, which went unanswered.
	Confirms bool
}

// Caller is what a schedule drives.
type Caller interface {
	// Call makes one call and returns when its room is deleted.
	Call(ctx context.Context, key Key, attempt Attempt) Answer
	// Planned is told when the next call is due.
	Planned(key Key, at time.Time)
	// Skipped is told of a call that was due and not made.
	Skipped(key Key, reason Skip)
}

// String says in words when a probe is due.
func (t Timing) String() string {
	switch {
	case t.Cron != nil:
		return t.Cron.String()
	case t.Interval > 0:
		return "every " + shortest(t.Interval)
	}
	return "when /probe is scraped"
}

// shortest is a duration without parts that are zero: 5m, not 5m0s.
func shortest(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// Longest is the longest time between two ticks, from an instant on; zero
// where there is none. Cron expressions are followed for some thousand ticks.
func (t Timing) Longest(from time.Time) time.Duration {
	if t.Cron == nil {
		return t.Interval
	}
	const ticks = 12000
	var longest time.Duration
	at := t.Cron.Next(from)
	for range ticks {
		next := t.Cron.Next(at)
		longest = max(longest, next.Sub(at))
		if at = next; at.Sub(from) > 370*24*time.Hour {
			break
		}
	}
	return longest
}
