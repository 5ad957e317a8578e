package schedule

import (
	"context"
	"math/rand/v2"
	"sync/atomic"
	"time"
)

// lane makes the calls of one probe, one after the other.
type lane struct {
	caller Caller
	gate   *Gate
	key    Key
	// longest bounds one call, in nanoseconds; a reload may change it.
	longest atomic.Int64
	// busy holds a token while a call is going on. It outlives the loop that
	// began the call.
	busy chan struct{}
	// state is what the latest calls said. Only the holder of the token touches
	// it.
	state state

	// timing, following and stop belong to the runner.
	timing    Timing
	following bool
	stop      func()
}

// state is what is known of the agent by the calls of one probe.
type state int

const (
	// up: nothing is known against it.
	up state = iota
	// suspect: a call went unanswered, and none could be made to confirm it yet.
	suspect
	// down: that was confirmed. Calls go on as they are due.
	down
)

// follow makes the calls that are due until ctx ends. A call under way goes on
// until calls ends.
func (l *lane) follow(ctx, calls context.Context, timing Timing, share float64) {
	if timing.Cron != nil {
		l.followCron(ctx, calls, timing)
		return
	}
	l.followInterval(ctx, calls, timing, share)
}

// firstWithin bounds how long a probe of a long interval waits for its first
// call: who adds one wants to see whether it works.
const firstWithin = time.Minute

// followInterval computes each tick from one origin, so that nothing adds up.
// The first call comes within firstWithin, the others at the share of the
// interval that spreads all probes evenly.
func (l *lane) followInterval(ctx, calls context.Context, timing Timing, share float64) {
	begun := time.Now()
	part := func(of time.Duration) time.Duration { return time.Duration(share * float64(of)) }
	due := func(k int) time.Time {
		return begun.Add(part(timing.Interval) + time.Duration(k)*timing.Interval + jitter(timing))
	}
	next := due(0)
	k := 0
	if timing.Interval > firstWithin {
		next = begun.Add(part(firstWithin))
		k = -1
		if due(0).Sub(next) < timing.Interval/2 {
			k = 0
		}
	}
	for {
		l.caller.Planned(l.key, next)
		if !wait(ctx, time.Until(next)) {
			return
		}
		l.tick(ctx, calls)
		// Ticks that passed meanwhile are not made up for.
		k++
		for next = due(k); next.Before(time.Now()) && ctx.Err() == nil; next = due(k) {
			l.caller.Skipped(l.key, Overlap)
			k++
		}
	}
}

func (l *lane) followCron(ctx, calls context.Context, timing Timing) {
	ticks := wallTicks{cron: timing.Cron, last: wallNow()}
	for {
		l.caller.Planned(l.key, timing.Cron.Next(ticks.last))
		due, pause := ticks.due(wallNow())
		if !due {
			if !wait(ctx, pause) {
				return
			}
			continue
		}
		if !wait(ctx, jitter(timing)) {
			return
		}
		l.tick(ctx, calls)
		for range ticks.pass(wallNow()) {
			l.caller.Skipped(l.key, Overlap)
		}
	}
}

// tick makes the call that is due, and a second one at once when the first
// says for the first time that nobody answers: an outage is known in seconds,
// and one lost call is no outage.
func (l *lane) tick(ctx, calls context.Context) {
	select {
	case l.busy <- struct{}{}:
	default:
		l.caller.Skipped(l.key, Overlap)
		return
	}
	defer func() { <-l.busy }()
	answer, made := l.call(calls, Attempt{Provisional: l.state == up})
	if answer == Unanswered && l.state == up {
		l.state = suspect
		if ctx.Err() == nil {
			answer, made = l.call(calls, Attempt{Confirms: true})
		}
	}
	switch {
	case !made:
	case answer == Answered:
		l.state = up
	case l.state == suspect:
		l.state = down
	}
}

// call makes one call if the gate lets it.
func (l *lane) call(ctx context.Context, attempt Attempt) (answer Answer, made bool) {
	leave, reason := l.gate.Enter(l.key.Target, time.Duration(l.longest.Load()))
	if reason != "" {
		l.caller.Skipped(l.key, reason)
		return Unknown, false
	}
	defer leave()
	return l.caller.Call(ctx, l.key, attempt), true
}

// wait waits and reports whether ctx still holds.
func wait(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

func jitter(t Timing) time.Duration {
	if t.Jitter <= 0 {
		return 0
	}
	return rand.N(t.Jitter)
}

// wallNow reads the wall clock alone.
func wallNow() time.Time { return time.Now().Round(0) }
