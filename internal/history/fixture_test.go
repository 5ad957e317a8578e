package history

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"callprobe/audio"
	"callprobe/internal/calldir"
	"callprobe/probe"
)

// call is what the tests add: one turn, answered after 800 ms of 2 s.
type call struct {
	id, target, scenario string
	started              time.Time
	reason               probe.Reason
	log                  string
}

func (c call) recording() *probe.Recording {
	return &probe.Recording{
		Version: 1, CallID: c.id, Target: c.target, Started: c.started,
		Plan:  probe.Plan{Name: c.scenario, Language: "en", Turns: []probe.Turn{{Reply: probe.Reply{Within: 2 * time.Second}}}},
		Turns: []probe.TurnTrace{{}},
		Events: []probe.Event{
			{At: time.Millisecond, Kind: probe.Joined},
			{At: time.Second, Kind: probe.TranscriptHeard, Transcript: &probe.Transcript{Speaker: probe.CallerSpeaks, Text: "red green", Final: true}},
		},
		Ended: probe.Ending{At: 50 * time.Millisecond},
	}
}

func (c call) report() *probe.Report {
	return &probe.Report{
		CallID: c.id, Target: c.target, Scenario: c.scenario, Started: c.started, Reason: c.reason, Verdict: c.reason.Verdict(),
		Turns: []probe.TurnReport{{Outcome: c.reason, TTFA: probe.Measured{Value: 800 * time.Millisecond, OK: true, Uncertainty: time.Millisecond}}},
	}
}

func (c call) addTo(s *Store) { s.Add(c.recording(), c.report(), []byte(c.log)) }

// numbered is the i-th call of a row, a minute after the one before.
func numbered(i int, from time.Time, reason probe.Reason) call {
	return call{id: fmt.Sprintf("call-%05d", i), target: "t", scenario: "s", started: from.Add(time.Duration(i) * time.Minute), reason: reason}
}

// logged collects what is logged.
type logged struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logged) count(text string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return bytes.Count(l.b.Bytes(), []byte(text))
}

func (l *logged) logger() *slog.Logger { return slog.New(slog.NewTextHandler(l, nil)) }

func open(t *testing.T, dir string, limits Limits) *Store {
	t.Helper()
	s, err := Open(dir, limits, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func ids(entries []*Entry) []string {
	out := []string{}
	for _, e := range entries {
		out = append(out, e.ID)
	}
	return out
}

// onDisk is the space of all that lies in the history's directory.
func onDisk(t *testing.T, dir string) (bytes int64, calls int) {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range list {
		size, err := sizeOf(filepath.Join(dir, d.Name()))
		if err != nil {
			t.Fatal(err)
		}
		bytes += size
	}
	return bytes, len(list)
}

// soundOf is how many samples a side of a kept call has.
func soundOf(t *testing.T, dir, id string) int {
	t.Helper()
	clip, err := audio.LoadFile(filepath.Join(dir, id, calldir.AudioFile))
	if err != nil {
		t.Fatal(err)
	}
	return len(clip.Samples)
}
