//go:build unix

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"callprobe/internal/labproc"
	"callprobe/probe"
)

// startCall runs callprobe as a process of its own and returns once its
// progress shows a line that contains step.
func startCall(t *testing.T, lab *labproc.Lab, step string, args ...string) (*exec.Cmd, func() outcome) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, append([]string{"call", "--output=json", "--agent-name=" + lab.AgentName}, args...)...)
	cmd.Env = append(os.Environ(), "CALLPROBE_TEST_MAIN=1", "LIVEKIT_URL="+lab.URL,
		"LIVEKIT_API_KEY="+lab.APIKey, "LIVEKIT_API_SECRET="+lab.APISecret)
	var out bytes.Buffer
	cmd.Stdout = &out
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	seen := make(chan bool, 1)
	var rest bytes.Buffer
	read := make(chan struct{})
	go func() {
		defer close(read)
		lines := bufio.NewScanner(io.TeeReader(stderr, &rest))
		for lines.Scan() {
			if strings.Contains(lines.Text(), step) {
				seen <- true
				break
			}
		}
		_, _ = io.Copy(&rest, stderr)
		close(seen)
	}()
	if !<-seen {
		t.Fatalf("the call never came to %q:\n%s", step, rest.String())
	}
	return cmd, func() outcome {
		<-read
		_ = cmd.Wait()
		got := outcome{code: cmd.ProcessState.ExitCode(), out: out.String(), errOut: rest.String()}
		if err := json.Unmarshal(out.Bytes(), &got.report); err != nil {
			t.Fatalf("stdout is not one JSON object: %v\n%s\n%s", err, got.out, got.errOut)
		}
		return got
	}
}

func TestCtrlCMidCallIsCanceledAndLeavesNoRoom(t *testing.T) {
	lab := theLab(t)
	cmd, wait := startCall(t, lab, "caller speaking", "opening-hours")
	began := time.Now()
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	got := wait()
	wantReason(t, got, probe.Canceled)
	if took := time.Since(began); took > 8*time.Second {
		t.Errorf("ending took %v", took)
	}
	if rooms := roomsOf(t, lab, got.report.Room); len(rooms) > 0 {
		t.Errorf("rooms left behind: %v", rooms)
	}
}

func TestASuspendedProberIsOverloadedAndBlamesNobody(t *testing.T) {
	lab := theLab(t)
	cmd, wait := startCall(t, lab, "caller speaking", "opening-hours")
	if err := cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	<-time.After(2 * time.Second) // The fault itself: a stopped process.
	if err := cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	wantReason(t, wait(), probe.ProberOverloaded)
}
