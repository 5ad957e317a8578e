//go:build unix

package main

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
	"time"

	"callprobe/internal/labproc"
)

// process is a server that was started for a test.
type process struct {
	url    string
	output *syncBuffer
}

func (p *process) log() string { return p.output.String() }

// startSelf runs callprobe as a process of its own that listens.
func startSelf(t *testing.T, lab *labproc.Lab, args ...string) *process {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	vars := map[string]string{"CALLPROBE_TEST_MAIN": "1", "LIVEKIT_API_KEY": lab.APIKey, "LIVEKIT_API_SECRET": lab.APISecret}
	return startProcess(t, vars, self, args...)
}

// startLimit bounds how long a server may take to listen, and stopLimit how long
// it may take to end after it was asked to.
const (
	startLimit = 30 * time.Second
	stopLimit  = 20 * time.Second
)

// startProcess starts a server and returns once it says where it listens. It is
// stopped when the test ends.
func startProcess(t *testing.T, vars map[string]string, path string, args ...string) *process {
	t.Helper()
	p := &process{output: &syncBuffer{changed: make(chan struct{}, 1)}}
	cmd := exec.Command(path, args...)
	cmd.Env = os.Environ()
	for _, name := range slices.Sorted(maps.Keys(vars)) {
		cmd.Env = append(cmd.Env, name+"="+vars[name])
	}
	cmd.Stdout, cmd.Stderr = p.output, p.output
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	exited := make(chan struct{})
	go func() {
		defer close(exited)
		_ = cmd.Wait()
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		select {
		case <-exited:
		case <-time.After(stopLimit):
			t.Errorf("%s did not end within %v:\n%s", filepath.Base(path), stopLimit, p.log())
			_ = cmd.Process.Kill()
			<-exited
		}
	})
	listens := regexp.MustCompile(`msg="Listening on".* address=(\S+)`)
	deadline := time.After(startLimit)
	for {
		if found := listens.FindStringSubmatch(p.log()); found != nil {
			p.url = "http://" + found[1]
			return p
		}
		select {
		case <-p.output.changed:
		case <-exited:
			t.Fatalf("%s ended:\n%s", filepath.Base(path), p.log())
		case <-deadline:
			t.Fatalf("%s did not listen within %v:\n%s", filepath.Base(path), startLimit, p.log())
		}
	}
}
