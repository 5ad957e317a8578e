package app

import (
	"context"
	"time"

	"callprobe/internal/schedule"
	"callprobe/metrics"
)

// A service is what its schedule drives: it implements schedule.Caller.

// Call makes a call that is due.
func (s *service) Call(ctx context.Context, key schedule.Key, attempt schedule.Attempt) schedule.Answer {
	p, ok := s.current.Load().byKey[key]
	if !ok {
		return schedule.Unknown // A reload removed it this moment.
	}
	result, _ := s.caller.call(ctx, p, attempt) // It has logged what is wrong.
	return answerOf(result.Report)
}

// Planned notes when a pair is due next.
func (s *service) Planned(key schedule.Key, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.planned[key] = at
}

// Skipped counts a call that was due and not made.
func (s *service) Skipped(key schedule.Key, reason schedule.Skip) {
	s.metrics.Skipped(metrics.Pair(key), string(reason))
	s.log.Debug("call skipped", "target", key.Target, "scenario", key.Scenario, "reason", string(reason))
}

// probe answers a scrape of /probe. A pair that is on schedule is not called
// again: the answer is its latest call, which /metrics has counted.
func (s *service) probe(ctx context.Context, asked metrics.Pair) (metrics.ProbeResult, error) {
	key := schedule.Key(asked)
	p, ok := s.current.Load().byKey[key]
	if !ok {
		return metrics.ProbeResult{}, metrics.ErrUnknownPair
	}
	if !p.timing.Never() {
		if result, ok := s.caller.last(key); ok {
			return result, nil
		}
		return metrics.ProbeResult{}, &metrics.RefusedError{Reason: "the schedule calls this scenario and its first call has not ended yet; its metrics stand on /metrics"}
	}
	leave, reason := s.gate.Enter(key.Target, p.plan.MaxDuration())
	if reason != "" {
		s.Skipped(key, reason)
		return metrics.ProbeResult{}, &metrics.RefusedError{Reason: inWords(reason)}
	}
	defer leave()
	result, _ := s.caller.call(ctx, p, schedule.Attempt{}) // It has logged what is wrong.
	return result, nil
}

// bound is how long a scrape of /probe may take.
func (s *service) bound(asked metrics.Pair) (time.Duration, bool) {
	p, ok := s.current.Load().byKey[schedule.Key(asked)]
	if !ok || !p.timing.Never() {
		return 0, ok
	}
	return p.plan.MaxDuration(), true
}

// inWords says why a call is not made.
func inWords(reason schedule.Skip) string {
	switch reason {
	case schedule.Overlap:
		return "the call before it is still going on"
	case schedule.Concurrency:
		return "as many calls as calls_at_once allows are going on"
	case schedule.Maintenance:
		return "the target is in a maintenance window"
	case schedule.BudgetCalls:
		return "the target's budget.calls_per_hour is used up"
	case schedule.BudgetMinutes:
		return "the target's budget.minutes_per_day is used up, or would be by the longest call"
	}
	return string(reason)
}
