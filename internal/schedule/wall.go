package schedule

import "time"

const (
	// clockTolerance is how far the wall clock may be set without a tick of a
	// cron expression being lost or doubled.
	clockTolerance = time.Minute
	// wakeUp bounds one wait for a cron expression, so that a wall clock that
	// is set is noticed.
	wakeUp = 10 * time.Second
)

// wallTicks follows a cron expression on a wall clock that may be set. Ticks
// that the clock jumped over by more than clockTolerance are not made up for;
// after it was set back by more than that, the expression is followed from
// there on, so that a clock that was wrong for a while costs no more than that
// while.
type wallTicks struct {
	cron *Cron
	// last is the latest tick, or the time from which on to look.
	last time.Time
}

// due reports whether the probe is due, and if not, how long to wait before
// asking again. Now is a wall clock reading.
func (w *wallTicks) due(now time.Time) (due bool, wait time.Duration) {
	next := w.cron.Next(w.last)
	if now.Before(w.last.Add(-clockTolerance)) || now.Sub(next) > clockTolerance {
		w.last, next = now, w.cron.Next(now)
	}
	if now.Before(next) {
		return false, min(next.Sub(now), wakeUp)
	}
	w.last = next
	return true, 0
}

// pass goes over the ticks up to now and returns how many they were.
func (w *wallTicks) pass(now time.Time) int {
	if now.Sub(w.last) > 24*time.Hour {
		w.last = now.Add(-24 * time.Hour)
	}
	n := 0
	for next := w.cron.Next(w.last); !next.After(now); next = w.cron.Next(w.last) {
		w.last = next
		n++
	}
	return n
}
