package metrics

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"callprobe/probe"
)

// open opens a state, and closes it when the test ends if the test has not.
func open(t *testing.T, m *Metrics, path string) *State {
	t.Helper()
	s, err := m.OpenState(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// oneRun is a run of a one-shot probe: open, call, save, close. It returns what
// it would show.
func oneRun(t *testing.T, path string, calls ...*probe.Report) figures {
	t.Helper()
	m := withPair()
	s := open(t, m, path)
	if s.Damaged != nil {
		t.Fatal(s.Damaged)
	}
	for _, r := range calls {
		m.Observe(r)
	}
	if err := s.Save(); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return read(t, m.counted())
}

func TestCountersGoOnFromRunToRun(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state")
	oneRun(t, path, storyOf(probe.Answered), storyOf(probe.ReplyLate))
	oneRun(t, path, storyOf(probe.NoAgent))
	oneRun(t, path, storyOf(probe.Answered)).want(t, figures{
		`agent_requests_total{status="success"}`:        2,
		`agent_requests_total{status="error"}`:          2,
		`agent_response_seconds_count`:                  3,
		`agent_response_seconds_sum`:                    5.4,
		`agent_response_seconds_bucket{le="0.7"}`:       2,
		`agent_response_seconds_bucket{le="4"}`:         3,
		`agent_response_seconds_bucket{le="+Inf"}`:      3,
		`callprobe_calls_total`:                         4,
		`callprobe_calls_total{reason="no_agent"}`:      1,
		`callprobe_call_minutes_total`:                  2,
		`callprobe_stt_words_total{result="insertion"}`: 6,
		workers: 1,
	})
}

func TestStateIsReadAsItWasWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state")
	written := oneRun(t, path, storyOf(probe.Answered), storyOf(probe.STTWrong), storyOf(probe.NoAgent), storyOf(probe.Unreachable))
	for range 3 {
		if again := oneRun(t, path); !maps.Equal(written, again) {
			t.Fatalf("a run without a call changed %v", again.grown(written))
		}
	}
}

func TestWhatARunSaysOfTheAgentOutlivesIt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state")
	oneRun(t, path, callOf(probe.NoAgent)).want(t, figures{workers: 0})
	oneRun(t, path, callOf(probe.Unreachable)).want(t, figures{workers: 0})
	oneRun(t, path, callOf(probe.Answered)).want(t, figures{workers: 1})
	oneRun(t, path, callOf(probe.Unreachable, func(r *probe.Report) { r.Started = time.Unix(5000, 0) })).want(t, figures{
		workers: 1, "callprobe_last_call_timestamp_seconds": 5030, "callprobe_last_answered_timestamp_seconds": 1030,
	})
}

func TestAPairThatIsNoMoreIsLetGo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state")
	oneRun(t, path, callOf(probe.Answered))
	m := New(Options{})
	m.Configure([]Probe{{Pair: Pair{"shop", "booking"}}})
	open(t, m, path)
	f := read(t, m.counted())
	f.want(t, figures{"callprobe_calls_total": 0})
	if _, n := f.of("callprobe_calls_total", `scenario="hours"`); n > 0 {
		t.Error("it is still there")
	}
}

func TestOnlyOneRunAtATimeHasTheState(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state")
	first := open(t, withPair(), path)
	_, err := withPair().OpenState(path)
	if err == nil || !strings.Contains(err.Error(), "another process") || !strings.Contains(err.Error(), path) {
		t.Fatalf("the second run got %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, withPair(), path)
}

func TestADamagedStateIsPutAsideAndNothingIsLost(t *testing.T) {
	whole := filepath.Join(t.TempDir(), "whole")
	oneRun(t, whole, storyOf(probe.Answered))
	good, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	replace := func(old, by string) string {
		if !strings.Contains(string(good), old) {
			t.Fatalf("%q is not in the state", old)
		}
		return strings.Replace(string(good), old, by, 1)
	}
	const count = `agent_requests_total{scenario="hours",status="success",target="shop"} 1`
	for _, tc := range []struct{ name, content, want string }{
		{"empty", "", "does not begin"},
		{"cut off", string(good[:len(good)/2]), "end is missing"},
		{"cut off at a line", string(good[:len(good)-len(stateEnd)]), "end is missing"},
		{"of another version", replace("version 1", "version 2"), "does not begin"},
		{"garbled", replace(count, count+"x"), "line"},
		{"with a counter below zero", replace(count, strings.TrimSuffix(count, "1")+"-1"), "agent_requests_total"},
		{"with a counter that is no number", replace(count, strings.TrimSuffix(count, "1")+"NaN"), "agent_requests_total"},
		{"with buckets that do not add up", replace(`agent_response_seconds_bucket{scenario="hours",target="shop",le="0.1"} 0`, `agent_response_seconds_bucket{scenario="hours",target="shop",le="0.1"} 9`), "agent_response_seconds"},
		{"binary", "\x00\x01\xff", "does not begin"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "state")
			if err := os.WriteFile(path, []byte(tc.content), 0o600); err != nil {
				t.Fatal(err)
			}
			m := withPair()
			s := open(t, m, path)
			if s.Damaged == nil || !strings.Contains(s.Damaged.Error(), tc.want) || !strings.Contains(s.Damaged.Error(), path) {
				t.Fatalf("it says %v, want something of %q", s.Damaged, tc.want)
			}
			aside, err := filepath.Glob(path + ".damaged-*")
			if err != nil || len(aside) != 1 || !strings.Contains(s.Damaged.Error(), aside[0]) {
				t.Fatalf("put aside: %v, %v", aside, err)
			}
			if kept, err := os.ReadFile(aside[0]); err != nil || string(kept) != tc.content {
				t.Errorf("what was put aside has changed: %v", err)
			}
			m.Observe(storyOf(probe.Answered))
			if err := s.Save(); err != nil {
				t.Fatal(err)
			}
			_ = s.Close()
			oneRun(t, path).want(t, figures{"callprobe_calls_total": 1})
		})
	}
}

func TestAHistogramWithOtherBucketsBeginsAnew(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state")
	oneRun(t, path, storyOf(probe.Answered))
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	other := strings.ReplaceAll(string(text), `le="0.1"`, `le="0.15"`)
	if err := os.WriteFile(path, []byte(other), 0o600); err != nil {
		t.Fatal(err)
	}
	oneRun(t, path).want(t, figures{"agent_response_seconds_count": 0, "callprobe_calls_total": 1})
}

func TestAStateThatCannotBeWrittenIsAnErrorAndTheOldOneStays(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "gone", "state")
	if _, err := withPair().OpenState(path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("a directory that is not there: %v", err)
	}
	if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	s := open(t, withPair(), path)
	if err := os.RemoveAll(filepath.Dir(path)); err != nil {
		t.Fatal(err)
	}
	if err := s.Save(); err == nil {
		t.Error("saving into a directory that went away is no error")
	}
}

func TestTheTextfileIsReplacedAsAWhole(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "callprobe.prom")
	m := full(Options{})
	for range 2 {
		if err := m.WriteTextfile(path); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	parsed(t, text).want(t, figures{
		"agent_requests_total": 2, "probe_success": 2, "callprobe_build_info": 1, workers: 1,
		`callprobe_result_response_seconds{turn="1"}`: 1.4,
	})
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "go_") || strings.HasPrefix(line, "process_") {
			t.Errorf("node_exporter has %s itself", line)
		}
		series, rest, _ := strings.Cut(line, "} ")
		if !strings.HasPrefix(line, "#") && strings.Contains(strings.TrimSpace(rest), " ") {
			t.Errorf("%s has a time, which node_exporter refuses", series)
		}
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 1 {
		t.Errorf("files left behind: %v, %v", left, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o644 {
		t.Errorf("node_exporter cannot read it: %v", info.Mode())
	}
	if err := m.WriteTextfile(filepath.Join(dir, "none", "callprobe.prom")); err == nil {
		t.Error("a directory that is not there is no error")
	}
}

// A reader never sees half a file, however often it is replaced.
func TestAReaderSeesTheOldTextfileOrTheNew(t *testing.T) {
	path := filepath.Join(t.TempDir(), "callprobe.prom")
	m := full(Options{})
	if err := m.WriteTextfile(path); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		for range 50 {
			if err := m.WriteTextfile(path); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	for {
		select {
		case err := <-done:
			if err != nil {
				t.Fatal(err)
			}
			return
		default:
		}
		if text, err := os.ReadFile(path); err != nil || !bytes.Equal(text, whole) {
			t.Fatalf("%d bytes of %d, %v", len(text), len(whole), err)
		}
	}
}
