// Package history keeps the calls that were made, on disk and within a bound of
// days and bytes, for the people who ask afterwards what happened.
//
// A call is a directory as package calldir writes it, with an entry of the
// index and its log beside. It appears under its name in one step, so a process
// that is killed loses the call that it was writing and nothing else. Calls that
// did not pass are kept longer than those that did. Trouble with the disk is
// said once and fails no probe: calls are then kept in memory, the latest few.
//
// One process at a time may have a directory open.
package history

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"callprobe/internal/calldir"
	"callprobe/probe"
)

// Store keeps calls. Its methods may be used from several goroutines.
type Store struct {
	dir    string
	limits Limits
	log    *slog.Logger

	mu sync.RWMutex
	// records are in order of the calls' start.
	records []record
	// latest is the last call that was added of each pair, be it kept or not.
	latest  map[Pair]*Entry
	trouble error
}

// record is a call of the index and where its rest is: in memory, or else on
// disk.
type record struct {
	entry  *Entry
	memory []byte
	bytes  int64
}

// Open opens the history in a directory and makes that where it is missing; an
// empty name stands for memory only. What an earlier process left unfinished is
// removed. A directory that cannot be read or written is no error but
// [Store.Trouble].
func Open(dir string, limits Limits, log *slog.Logger) (*Store, error) {
	if err := limits.Validate(); err != nil {
		return nil, fmt.Errorf("open history: %w", err)
	}
	s := &Store{dir: dir, limits: limits, log: log, latest: map[Pair]*Entry{}}
	if dir == "" {
		return s, nil
	}
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return nil, fmt.Errorf("open history: %s is no directory", dir)
	}
	s.note(errors.Join(calldir.Prepare(dir), calldir.Clean(dir), s.load()))
	s.prune(time.Now())
	return s, nil
}

// Add keeps a call with what was logged during it. It returns when the call is
// on disk, or when it cannot be.
func (s *Store) Add(rec *probe.Recording, r *probe.Report, log []byte) {
	if s.limits.Audio == AudioNone {
		rec = rec.WithoutSound()
	}
	e := entryOf(rec, r)
	s.follow(e)
	c := callOf(e, rec, r, log)
	content, err := c.encode()
	if err != nil {
		s.note(err)
		return
	}
	kept := record{entry: e, memory: content, bytes: int64(len(content))}
	if s.dir != "" {
		var size int64
		if size, err = s.save(e, rec, r, content, c.Log); err == nil {
			kept = record{entry: e, bytes: size}
		}
		s.note(err)
	}
	s.insert(kept)
	s.prune(time.Now())
}

// follow makes e the latest call of its pair and tells which run it belongs to.
func (s *Store) follow(e *Entry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.latest[e.Pair()]
	var run Run
	if before != nil {
		run = before.Run
	}
	e.Run = run.next(before, e)
	s.latest[e.Pair()] = e
}

// save writes a call to disk and returns the space that it takes.
func (s *Store) save(e *Entry, rec *probe.Recording, r *probe.Report, content, log []byte) (int64, error) {
	if !filepath.IsLocal(e.ID) || filepath.Base(e.ID) != e.ID || e.ID == "." {
		return 0, fmt.Errorf("keep call: %q is no name for a directory", e.ID)
	}
	if err := os.MkdirAll(s.dir, 0o750); err != nil {
		return 0, fmt.Errorf("keep call: %w", err)
	}
	line, err := json.Marshal(e)
	if err != nil {
		return 0, fmt.Errorf("keep call: %w", err)
	}
	extra := map[string][]byte{entryFile: append(line, '\n'), callFile: content}
	if len(log) > 0 {
		extra[logFile] = log
	}
	kept := calldir.Call{Recording: rec, Report: r, NoAudio: !s.limits.keepsAudio(e.Verdict), Extra: extra}
	dir, err := kept.Save(s.dir)
	if err != nil && !kept.NoAudio {
		// There may be room for all but the sound, or it is too long.
		kept.NoAudio = true
		dir, err = kept.Save(s.dir)
	}
	if err != nil {
		return 0, err
	}
	return sizeOf(dir)
}

func (s *Store) insert(r record) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := len(s.records)
	for i > 0 && s.records[i-1].entry.Started.After(r.entry.Started) {
		i--
	}
	s.records = slices.Insert(s.records, i, r)
}

// note remembers whether keeping calls works, and logs when that changes.
func (s *Store) note(err error) {
	s.mu.Lock()
	before := s.trouble
	s.trouble = err
	s.mu.Unlock()
	switch {
	case err != nil && before == nil:
		s.log.Error("calls are kept in memory only", "dir", s.dir, "err", err)
	case err == nil && before != nil:
		s.log.Info("calls are kept on disk again", "dir", s.dir)
	}
}

// Trouble returns why the last call could not be kept on disk, and nil when it
// was.
func (s *Store) Trouble() error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.trouble
}
