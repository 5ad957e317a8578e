//go:build unix

package main

import (
	"fmt"
	"os"
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

// levels are the lowest figures of a process in a stretch of time: those
// between two calls.
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
	var config strings.Builder
	config.WriteString("targets:\n")
	for i := range soakTargets() {
		fmt.Fprintf(&config, "  - {name: t%d, url: \"%s\", api_key_env: LIVEKIT_API_KEY, api_secret_env: LIVEKIT_API_SECRET, agent_name: %s, agent_metadata: '{\"no_greeting\": true}', room_prefix: soak-}\n", i, lab.URL, lab.AgentName)
	}
	config.WriteString("probes: [{scenario: silent.yaml, interval: 2s}]\nrecording: {dir: calls, audio: all, megabytes: 20}\n")
	folder := inFolder(t, map[string]string{"callprobe.yml": config.String(), "silent.yaml": silentScenario})
	s := startServe(t, lab, folder)

	began := time.Now()
	made := func() int { return strings.Count(s.logged(), "call finished") }
	// Whatever grows to its size once does so in the first third.
	s.soak(t, made, calls/3)
	early := s.soak(t, made, calls*2/3)
	late := s.soak(t, made, calls)
	t.Logf("%d calls in %.0f s; in the second third %+v, in the last %+v", made(), time.Since(began).Seconds(), early, late)
	if late.goroutines > early.goroutines+5 {
		t.Errorf("goroutines grow from %.0f to %.0f", early.goroutines, late.goroutines)
	}
	if late.files > early.files+5 {
		t.Errorf("open files grow from %.0f to %.0f", early.files, late.files)
	}
	if late.heap > early.heap*1.25+8e6 {
		t.Errorf("the heap grows from %.1f MB to %.1f MB", early.heap/1e6, late.heap/1e6)
	}
	// A busy machine makes calls that say nothing; all others must be answered.
	answered, busy := strings.Count(s.logged(), "reason=answered"), strings.Count(s.logged(), "reason="+string(probe.ProberOverloaded))
	t.Logf("%d answered, %d for which this machine was too busy", answered, busy)
	if answered+busy < made()*99/100 || answered < calls/10 {
		t.Errorf("of %d calls %d were answered, and this machine was too busy for %d", made(), answered, busy)
	}
	if took, code := s.end(syscall.SIGTERM); code != exitPassed || took > 10*time.Second {
		t.Errorf("exit %d after %v", code, took)
	}
	<-time.After(time.Second)
	if left := roomsOf(t, lab, "soak-"); len(left) > 0 {
		t.Errorf("rooms left behind: %v", left)
	}
}

// soak waits until so many calls were made and returns the lowest figures that
// it saw meanwhile.
func (s *served) soak(t *testing.T, made func() int, calls int) levels {
	t.Helper()
	low := levels{1e18, 1e18, 1e18}
	for began, last := time.Now(), made(); made() < calls; <-time.After(300 * time.Millisecond) {
		if n := made(); n > last {
			began, last = time.Now(), n
		}
		if time.Since(began) > 30*time.Second {
			t.Fatalf("no call has ended for 30 s, %d have", made())
		}
		_, text := s.get("/metrics")
		low.goroutines = min(low.goroutines, seriesValue(t, text, "go_goroutines"))
		low.files = min(low.files, seriesValue(t, text, "process_open_fds"))
		low.heap = min(low.heap, seriesValue(t, text, "go_memstats_heap_inuse_bytes"))
	}
	return low
}
