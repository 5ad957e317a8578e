//go:build unix

package main

import (
	"fmt"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"callprobe/probe"
)

// soakCalls is how many calls make test lets a service make; make soak asks for
// more.
const soakCalls = 60

// soakTargets is how many targets are called every 2 s each. The race detector
// slows calls down tenfold.
func soakTargets() int {
	if raceEnabled && os.Getenv(envProgram) == "" {
		return 3
	}
	return 12
}

// enoughForHeap is how many calls it takes to see the heap grow: with fewer, what
// the calls under way hold at the time of a collection decides.
const enoughForHeap = 500

// levels are the lowest figures of a process in a stretch of time.
type levels struct{ goroutines, files, heap float64 }

func TestAServiceStaysAsSmallAsItWas(t *testing.T) {
	lab := ownLab(t)
	calls := soakCalls
	if text := os.Getenv("CALLPROBE_SOAK_CALLS"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < soakCalls {
			t.Fatalf("CALLPROBE_SOAK_CALLS=%s is no number of calls from %d on", text, soakCalls)
		}
		calls = n
	}
	var targets strings.Builder
	targets.WriteString("targets:\n")
	for i := range soakTargets() {
		fmt.Fprintf(&targets, "  - {name: t%d, url: \"%s\", api_key_env: LIVEKIT_API_KEY, api_secret_env: LIVEKIT_API_SECRET, agent_name: %s, agent_metadata: '{\"no_greeting\": true}', room_prefix: soak-}\n", i, lab.URL, lab.AgentName)
	}
	const rest = "recording: {dir: calls, audio: all, megabytes: 20}\n"
	busy := targets.String() + "probes: [{scenario: silent.yaml, interval: 2s}]\n" + rest
	idle := targets.String() + "probes: [{scenario: silent.yaml}]\n" + rest
	folder := inFolder(t, map[string]string{"callprobe.yml": busy, "silent.yaml": silentScenario})
	s := startServe(t, lab, folder)

	began := time.Now()
	made := func() int { return strings.Count(s.logged(), "call finished") }
	// Whatever grows to its size once does so in the first half.
	early := s.soak(t, made, calls/2)
	s.reconfigure(folder, idle)
	early.settle(s)
	s.reconfigure(folder, busy)
	late := s.soak(t, made, calls)
	s.reconfigure(folder, idle)
	late.settle(s)
	t.Logf("%d calls in %.0f s; after half of them %+v, after all %+v", made(), time.Since(began).Seconds(), early, late)
	if late.goroutines > early.goroutines+5 {
		t.Errorf("goroutines grow from %.0f to %.0f", early.goroutines, late.goroutines)
	}
	if late.files > early.files+5 {
		t.Errorf("open files grow from %.0f to %.0f", early.files, late.files)
	}
	if calls >= enoughForHeap && late.heap > early.heap*1.25+8e6 {
		t.Errorf("the heap grows from %.1f MB to %.1f MB", early.heap/1e6, late.heap/1e6)
	}
	// A busy machine makes calls that say nothing; all others must be answered.
	answered, disturbed := strings.Count(s.logged(), "reason=answered"), strings.Count(s.logged(), "reason="+string(probe.ProberOverloaded))
	t.Logf("%d answered, %d for which this machine was too busy", answered, disturbed)
	if answered+disturbed < made()*99/100 || answered < calls/10 {
		t.Errorf("of %d calls %d were answered, and this machine was too busy for %d", made(), answered, disturbed)
	}
	if took, code := s.end(syscall.SIGTERM); code != exitPassed || took > 10*time.Second {
		t.Errorf("exit %d after %v", code, took)
	}
	<-time.After(time.Second)
	if left := roomsOf(t, lab, "soak-"); len(left) > 0 {
		t.Errorf("rooms left behind: %v", left)
	}
}

// soak waits until so many calls were made and returns the smallest heap that it
// saw a collection leave meanwhile.
func (s *served) soak(t *testing.T, made func() int, calls int) levels {
	t.Helper()
	low := levels{heap: math.Inf(1)}
	for began, last := time.Now(), made(); made() < calls; <-time.After(300 * time.Millisecond) {
		if n := made(); n > last {
			began, last = time.Now(), n
		}
		if time.Since(began) > 30*time.Second {
			t.Fatalf("no call has ended for 30 s, %d have", made())
		}
		// The next collection comes when the heap has doubled (GOGC=100).
		low.heap = min(low.heap, s.value("go_memstats_next_gc_bytes")/2)
	}
	return low
}

// reconfigure gives the service another configuration.
func (s *served) reconfigure(folder, text string) {
	s.t.Helper()
	if err := os.WriteFile(filepath.Join(folder, "callprobe.yml"), []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
	if code, answer := s.do(http.MethodPost, "/-/reload"); code != http.StatusOK {
		s.t.Fatalf("reload: %d: %s", code, answer)
	}
}

// settle waits until no call is under way any more, by goroutines and files that
// have stopped falling for 5 s.
func (l *levels) settle(s *served) {
	s.t.Helper()
	l.goroutines, l.files = math.Inf(1), math.Inf(1)
	for since := time.Now(); time.Since(since) < 5*time.Second; <-time.After(300 * time.Millisecond) {
		goroutines, files := s.value("go_goroutines"), s.value("process_open_fds")
		if goroutines < l.goroutines || files < l.files {
			since = time.Now()
		}
		l.goroutines, l.files = min(l.goroutines, goroutines), min(l.files, files)
	}
}
