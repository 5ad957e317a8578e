//go:build unix

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"callprobe/internal/calldir"
	"callprobe/probe/livekit"
)

func TestAnAgentThatGoesAndComesIsSeenAndAServerThatGoesIsNoAgentsFault(t *testing.T) {
	t.Parallel()
	lab := ownLab(t)
	const interval = 7 * time.Second
	s := startServe(t, lab, serviceFolder(t, lab, "watch-", "probes: [{scenario: asks.yaml, interval: 7s}]\n"))
	workers := func() float64 { return s.value(`agent_workers_active{target="lab"}`) }
	calls := func(outcome, reason string) float64 {
		return s.value(`callprobe_calls_total{outcome="` + outcome + `",reason="` + reason + `",scenario="asks",target="lab"}`)
	}
	if n := calls("failed", "no_agent"); n != 0 {
		t.Errorf("a counter begins at %v", n)
	}
	s.await("an agent that is there is seen", 40*time.Second, func() bool { return workers() == 1 })

	if err := lab.Tell("kill-agent"); err != nil {
		t.Fatal(err)
	}
	// The call under way, or the next one an interval later, waits for an agent
	// (2 s) or for its reply (the utterance, 2 s, and 3 s); the one that
	// confirms waits for an agent. The rest is for a busy machine.
	took := s.await("an agent that is gone is missed", interval+5*time.Second+2*time.Second+6*time.Second, func() bool { return workers() == 0 })
	t.Logf("the agent was missed %.1f s after it was killed, with an interval of %v", took.Seconds(), interval)
	if !strings.Contains(s.logged(), "confirms=true") {
		t.Error("no call confirmed that the agent is gone")
	}

	if err := lab.Tell("start-agent"); err != nil {
		t.Fatal(err)
	}
	took = s.await("an agent that is back is seen", interval+25*time.Second, func() bool { return workers() == 1 })
	t.Logf("the agent was seen %.1f s after it came back", took.Seconds())

	if err := lab.Tell("kill-server"); err != nil {
		t.Fatal(err)
	}
	s.await("calls that cannot be made are counted", 2*interval+20*time.Second, func() bool { return calls("inconclusive", "unreachable") >= 2 })
	if n := workers(); n != 1 {
		t.Errorf("agent_workers_active is %v while the room server is down, want it as it was", n)
	}
}

func TestSIGTERMEndsCallsAndLeavesNoRoomBehind(t *testing.T) {
	t.Parallel()
	lab := theLab(t)
	s := startServe(t, lab, serviceFolder(t, lab, "term-", "probes: [{scenario: asks.yaml, interval: 30s}, {scenario: booking, interval: 30s}]\n"))
	s.await("a call begins", 20*time.Second, func() bool { return len(roomsOf(t, lab, "term-")) > 0 })
	if err := s.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	s.await("a reload by SIGHUP", 10*time.Second, func() bool { return strings.Contains(s.logged(), `"configuration loaded" why=signal`) })
	took, code := s.end(syscall.SIGTERM)
	if took > 10*time.Second || code != exitPassed {
		t.Errorf("it ended with %d after %v", code, took)
	}
	// An agent whose join was under way could make a room anew.
	<-time.After(time.Second)
	if left := roomsOf(t, lab, "term-"); len(left) > 0 {
		t.Errorf("rooms left behind: %v", left)
	}
	if !strings.Contains(s.logged(), "reason=canceled") {
		t.Error("the call that was cut short is not logged")
	}
}

func TestAKillLosesNoCallThatWasLogged(t *testing.T) {
	t.Parallel()
	lab := theLab(t)
	folder := serviceFolder(t, lab, "kill-", "probes: [{scenario: silent.yaml, interval: 1s}]\nrecording: {dir: calls, audio: all}\n")
	logged := map[string]bool{}
	for _, after := range []int{2, 4, 3} {
		s := startServe(t, lab, folder)
		s.await("calls are made", 30*time.Second, func() bool { return strings.Count(s.logged(), "call finished") >= after })
		s.end(syscall.SIGKILL)
		for line := range strings.Lines(s.logged()) {
			if _, rest, ok := strings.Cut(line, "call_id="); ok && strings.Contains(line, "call finished") {
				logged[strings.Fields(rest)[0]] = true
			}
		}
	}
	if len(logged) < 9 {
		t.Fatalf("%d calls were logged", len(logged))
	}
	for id := range logged {
		if _, err := calldir.Load(filepath.Join(folder, "calls", id)); err != nil {
			t.Errorf("a call that was logged is not whole: %v", err)
		}
	}
	// The next process shows them all, and what was cut off is gone.
	s := startServe(t, lab, folder)
	for id := range logged {
		if code, _ := s.get("/calls/" + id); code != 200 {
			t.Errorf("the page of call %s: %d", id, code)
		}
	}
	if _, code := s.end(syscall.SIGTERM); code != exitPassed {
		t.Errorf("exit %d", code)
	}
	entries, err := os.ReadDir(filepath.Join(folder, "calls"))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".unfinished") {
			t.Errorf("%s was left", e.Name())
		}
	}
}

func TestTheExampleServesTheLab(t *testing.T) {
	t.Parallel()
	lab := theLab(t)
	text, err := os.ReadFile(exampleFile)
	if err != nil {
		t.Fatal(err)
	}
	text = bytes.Replace(text, []byte(exampleURL), []byte(lab.URL), 1)
	s := startServe(t, lab, inFolder(t, map[string]string{"callprobe.yml": string(text)}))
	for series, want := range map[string]float64{
		`agent_requests_total{scenario="opening-hours",status="success",target="lab"}`: 0,
		`agent_requests_total{scenario="booking",status="error",target="lab"}`:         0,
		`agent_requests_total{scenario="short-answer",status="error",target="lab"}`:    -1, // It stands on /probe.
		`callprobe_probe_interval_seconds{scenario="opening-hours",target="lab"}`:      30,
	} {
		if got := s.value(series); got != want {
			t.Errorf("%s is %v, want %v", series, got, want)
		}
	}
	// On a Sunday night the example is in its maintenance window.
	if now := time.Now(); now.UTC().Weekday() == time.Sunday && now.UTC().Hour() < 4 {
		t.Skip("the example is in its maintenance window now")
	}
	s.await("a call on schedule", 60*time.Second, func() bool {
		return s.value(`callprobe_calls_total{outcome="passed",reason="answered",scenario="opening-hours",target="lab"}`) == 1
	})
	if _, code := s.end(syscall.SIGTERM); code != exitPassed {
		t.Errorf("exit %d", code)
	}
}

func TestTheSweepTakesOurOwnRoomsOnly(t *testing.T) {
	lab := theLab(t)
	target := labTarget(lab)
	target.RoomPrefix = "sweep-"
	makeRoom(t, lab, "sweep-ours", `{"callprobe.synthetic":"true"}`)
	makeRoom(t, lab, "sweep-theirs", `{"callprobe":"?"}`)
	makeRoom(t, lab, "other-marked", `{"callprobe.synthetic":"true"}`)
	defer deleteRooms(t, lab, "sweep-theirs", "other-marked")
	if n, err := livekit.Sweep(t.Context(), target, time.Minute); n != 0 || err != nil {
		t.Errorf("%d young rooms were swept: %v", n, err)
	}
	// The server tells the age of rooms in whole seconds.
	if n, err := livekit.Sweep(t.Context(), target, -2*time.Second); n != 1 || err != nil {
		t.Errorf("%d rooms were swept: %v", n, err)
	}
	for name, want := range map[string]int{"sweep-ours": 0, "sweep-theirs": 1, "other-marked": 1} {
		if got := len(roomsOf(t, lab, name)); got != want {
			t.Errorf("%d rooms %s, want %d", got, name, want)
		}
	}
	target.APISecret = "wrong-but-long-enough-to-be-a-secret"
	if n, err := livekit.Sweep(t.Context(), target, 0); n != 0 || err == nil {
		t.Errorf("with a wrong secret, %d rooms were swept: %v", n, err)
	}
}
