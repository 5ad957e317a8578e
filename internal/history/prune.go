package history

import (
	"errors"
	"path/filepath"
	"time"

	"callprobe/internal/calldir"
	"callprobe/probe"
)

const (
	// maxCalls bounds the index.
	maxCalls = 20_000
	// maxMemoryCalls and maxMemoryBytes bound the calls that are in memory.
	maxMemoryCalls = 500
	maxMemoryBytes = 32 << 20
)

// prune removes the calls that are too old, and the oldest of those that take
// too much space.
func (s *Store) prune(now time.Time) {
	s.mu.Lock()
	gone := s.take(func(i int) bool {
		e := s.records[i].entry
		return now.Sub(e.Started) > s.limits.age(e.Verdict)
	})
	gone = append(gone, s.shrink(func(r record) bool { return r.memory == nil }, maxCalls, s.limits.MaxBytes)...)
	gone = append(gone, s.shrink(func(r record) bool { return r.memory != nil }, maxMemoryCalls, maxMemoryBytes)...)
	s.mu.Unlock()
	var errs []error
	for _, r := range gone {
		if r.memory == nil {
			errs = append(errs, calldir.Remove(filepath.Join(s.dir, r.entry.ID)))
		}
	}
	if err := errors.Join(errs...); err != nil {
		s.note(err)
	}
}

// shrink takes records of one place out of the index until they are within
// bounds. Calls that passed go first, but a quarter of the space is theirs: an
// outage of days does not push out how it was before. The newest call stays.
func (s *Store) shrink(here func(record) bool, calls int, bytes int64) []record {
	var passed, other queue
	newest := -1
	for i, r := range s.records {
		if here(r) {
			newest = i
		}
	}
	for i, r := range s.records {
		switch {
		case !here(r):
		case i == newest:
			bytes, calls = bytes-r.bytes, calls-1
		case r.entry.Verdict == probe.Passed:
			passed.add(i, r.bytes)
		default:
			other.add(i, r.bytes)
		}
	}
	out := map[int]bool{}
	for n := passed.calls() + other.calls(); n > 0 && (n > calls || passed.bytes+other.bytes > bytes); n-- {
		from := &other
		tooMany := passed.bytes > bytes/4 || passed.calls() > calls/4
		if other.calls() == 0 || passed.calls() > 0 && tooMany {
			from = &passed
		}
		i := from.oldest()
		from.drop(s.records[i].bytes)
		out[i] = true
	}
	return s.take(func(i int) bool { return out[i] })
}

// take removes records from the index and returns them.
func (s *Store) take(chosen func(i int) bool) []record {
	var gone []record
	n := 0
	for i, r := range s.records {
		if chosen(i) {
			gone = append(gone, r)
			continue
		}
		s.records[n] = r
		n++
	}
	clear(s.records[n:])
	s.records = s.records[:n]
	return gone
}

// queue holds the indexes of records, the oldest first, and their space.
type queue struct {
	indexes []int
	bytes   int64
}

func (q *queue) add(i int, bytes int64) {
	q.indexes = append(q.indexes, i)
	q.bytes += bytes
}

func (q *queue) calls() int  { return len(q.indexes) }
func (q *queue) oldest() int { return q.indexes[0] }

func (q *queue) drop(bytes int64) {
	q.indexes = q.indexes[1:]
	q.bytes -= bytes
}

// Usage returns how many calls are kept on disk and the space that they take,
// and how many are in memory only.
func (s *Store) Usage() (calls int, bytes int64, inMemory int) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, r := range s.records {
		if r.memory != nil {
			inMemory++
			continue
		}
		calls++
		bytes += r.bytes
	}
	return calls, bytes, inMemory
}
