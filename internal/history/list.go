package history

import (
	"maps"
	"time"

	"callprobe/probe"
)

// Filter chooses calls; its zero value chooses all.
type Filter struct {
	// Target, Scenario and Verdict, where set, must be equal.
	Target, Scenario string
	Verdict          probe.Verdict
	// NotPassed leaves out the calls that passed.
	NotPassed bool
	// Since and Before, where set, bound the start of the call: not before the
	// one, before the other.
	Since, Before time.Time
	// Limit, if positive, is how many are returned at most.
	Limit int
}

func (f Filter) matches(e *Entry) bool {
	return (f.Target == "" || e.Target == f.Target) &&
		(f.Scenario == "" || e.Scenario == f.Scenario) &&
		(f.Verdict == "" || e.Verdict == f.Verdict) &&
		(!f.NotPassed || !e.Passed()) &&
		(f.Before.IsZero() || e.Started.Before(f.Before))
}

// List returns the calls that a filter chooses, the newest first. The entries
// are shared and must not be changed.
func (s *Store) List(f Filter) []*Entry {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var found []*Entry
	for i := len(s.records) - 1; i >= 0; i-- {
		e := s.records[i].entry
		if !f.Since.IsZero() && e.Started.Before(f.Since) {
			break
		}
		if !f.matches(e) {
			continue
		}
		found = append(found, e)
		if len(found) == f.Limit {
			break
		}
	}
	return found
}

// Latest returns the last call of each pair.
func (s *Store) Latest() map[Pair]*Entry {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return maps.Clone(s.latest)
}
