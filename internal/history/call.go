package history

import (
	"bytes"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"callprobe/internal/calldir"
	"callprobe/probe"
)

// The files of a call beside those of package calldir.
const (
	entryFile = "entry.json"
	// callFile holds a Call as encoding/gob: unlike the public JSON, it keeps
	// every field of a report without a second set of types.
	callFile = "call.gob"
	logFile  = "call.log"
)

// Bounds on what one call adds to the history, so that no agent can fill it.
const (
	maxText     = 1 << 10 // of a text in the index
	maxWords    = 8 << 10 // of what was published at once
	maxSteps    = 2000
	maxEvents   = 2000
	maxLog      = 256 << 10
	maxCallFile = 16 << 20
)

// ErrNotKept is wrapped by errors about calls that are not there, or not any
// more.
var ErrNotKept = errors.New("not kept")

// Call is all that is shown of one call; its recording and its sound are in
// files of their own.
type Call struct {
	Entry  Entry
	Report *probe.Report
	// Limits are the longest waits that pass, one a turn of the report; zero
	// for a turn that expects no reply.
	Limits []time.Duration
	// Events are those of the recording, without media. EventsCut is how many
	// were too many.
	Events    []probe.Event
	EventsCut int
	// Log is what was logged during the call.
	Log []byte
	// Stored reports whether the recording can be opened, Audio whether the
	// sound can.
	Stored, Audio bool
	// SoundRemoved says that the recording holds no sound.
	SoundRemoved bool
}

func callOf(e *Entry, rec *probe.Recording, r *probe.Report, log []byte) *Call {
	c := &Call{Entry: *e, Report: bounded(r), Events: slices.Clone(rec.Events), Log: log, SoundRemoved: rec.SoundRemoved}
	for i := range r.Turns {
		c.Limits = append(c.Limits, limitOf(rec, i))
	}
	if len(c.Events) > maxEvents {
		c.EventsCut = len(c.Events) - maxEvents
		c.Events = c.Events[:maxEvents]
	}
	for i := range c.Events {
		c.Events[i] = boundedEvent(c.Events[i])
	}
	if len(log) > maxLog {
		c.Log = append(bytes.ToValidUTF8(log[:maxLog], nil), "\n… and more, which was too long to be kept\n"...)
	}
	return c
}

// bounded returns a report whose texts are no longer than people read.
func bounded(r *probe.Report) *probe.Report {
	out := *r
	out.Detail, out.Remedy, out.Room = cut(r.Detail, maxWords), cut(r.Remedy, maxWords), cut(r.Room, maxText)
	out.Turns = slices.Clone(r.Turns)
	for i := range out.Turns {
		t := &out.Turns[i]
		t.Reference, t.Transcript, t.AgentText, t.Detail = cut(t.Reference, maxWords), cut(t.Transcript, maxWords), cut(t.AgentText, maxWords), cut(t.Detail, maxWords)
		if s := t.STT.Score; s != nil && len(s.Steps) > maxSteps {
			score := *s
			score.Steps = s.Steps[:maxSteps]
			t.STT.Score = &score
		}
	}
	return &out
}

func boundedEvent(e probe.Event) probe.Event {
	e.Participant, e.TrackName, e.Text = cut(e.Participant, maxText), cut(e.TrackName, maxText), cut(e.Text, maxText)
	if e.Transcript != nil {
		t := *e.Transcript
		t.Text, t.Segment = cut(t.Text, maxText), cut(t.Segment, maxText)
		e.Transcript = &t
	}
	if e.Session != nil {
		m := *e.Session
		m.Type, m.Role, m.Text, m.Metrics = cut(m.Type, maxText), cut(m.Role, maxText), cut(m.Text, maxText), nil
		e.Session = &m
	}
	return e
}

func (c *Call) encode() ([]byte, error) {
	var b bytes.Buffer
	if err := gob.NewEncoder(&b).Encode(c); err != nil {
		return nil, fmt.Errorf("keep call: %w", err)
	}
	return b.Bytes(), nil
}

func decodeCall(r io.Reader) (*Call, error) {
	var c Call
	if err := gob.NewDecoder(io.LimitReader(r, maxCallFile)).Decode(&c); err != nil {
		return nil, fmt.Errorf("read kept call: %w", err)
	}
	if c.Report == nil {
		return nil, errors.New("read kept call: it holds no report")
	}
	return &c, nil
}

// Call returns what is kept of a call. The error wraps [ErrNotKept] when that
// is nothing.
func (s *Store) Call(id string) (*Call, error) {
	r, err := s.find(id)
	if err != nil {
		return nil, err
	}
	if r.memory != nil {
		return decodeCall(bytes.NewReader(r.memory))
	}
	f, err := s.open(id, callFile)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // Nothing was written.
	c, err := decodeCall(f)
	if err != nil {
		return nil, err
	}
	c.Stored = true
	if _, err := os.Stat(filepath.Join(s.dir, id, calldir.AudioFile)); err == nil {
		c.Audio = true
	}
	return c, nil
}

// OpenRecording opens the recording of a call, gzip of what `callprobe replay`
// reads.
func (s *Store) OpenRecording(id string) (*os.File, error) {
	return s.openKept(id, calldir.RecordingFile)
}

// OpenAudio opens the sound of a call: WAV, the caller left, the agent right.
func (s *Store) OpenAudio(id string) (*os.File, error) { return s.openKept(id, calldir.AudioFile) }

func (s *Store) openKept(id, name string) (*os.File, error) {
	r, err := s.find(id)
	if err != nil {
		return nil, err
	}
	if r.memory != nil {
		return nil, fmt.Errorf("%s of call %s: %w: the call is in memory only", name, id, ErrNotKept)
	}
	return s.open(id, name)
}

// open opens a file of a call that is in the index: only such ids become paths.
func (s *Store) open(id, name string) (*os.File, error) {
	f, err := os.Open(filepath.Join(s.dir, id, name)) //nolint:gosec // The id is one of the index.
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%s of call %s: %w", name, id, ErrNotKept)
	}
	if err != nil {
		return nil, fmt.Errorf("open kept call: %w", err)
	}
	return f, nil
}

// find looks a call up in the index.
func (s *Store) find(id string) (record, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for i := len(s.records) - 1; i >= 0; i-- {
		if s.records[i].entry.ID == id {
			return s.records[i], nil
		}
	}
	return record{}, fmt.Errorf("call %s: %w", id, ErrNotKept)
}

// cut shortens a text to a number of bytes, not in the middle of a character.
func cut(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	return strings.ToValidUTF8(text[:limit], "") + "…"
}
