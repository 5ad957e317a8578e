package schedule

import (
	"slices"
	"time"
)

// Window is a time in which no call is made: from each time that Starts names,
// for Length.
type Window struct {
	Starts *Cron
	Length time.Duration
	// Targets are those that it is for; empty stands for all.
	Targets []string
}

// Covers reports whether a target is in the window at an instant. A window
// includes its start and excludes its end.
func (w Window) Covers(target string, at time.Time) bool {
	if len(w.Targets) > 0 && !slices.Contains(w.Targets, target) {
		return false
	}
	return !w.Starts.Next(at.Add(-w.Length)).After(at)
}
