// Package labproc runs the lab, a LiveKit server with a reference agent, as a
// process of its own, and reads what it says: where it is, and the truth about
// each call.
package labproc

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"time"
)

// EnvPath names the environment variable with the path of the lab's binary.
const EnvPath = "CALLPROBE_LAB"

// readyLimit bounds the time from starting the process to its ready line. It
// is up in well under a second on an idle machine.
const readyLimit = 30 * time.Second

// stopLimit bounds the time from asking the lab to end to its process gone.
const stopLimit = 10 * time.Second

// Lab is a running lab.
type Lab struct {
	URL       string `json:"url"`
	APIKey    string `json:"api_key"`
	APISecret string `json:"api_secret"`
	AgentName string `json:"agent_name"`

	cmd   *exec.Cmd
	stdin io.WriteCloser
	read  sync.WaitGroup

	mu      sync.Mutex
	lines   []Line
	changed chan struct{}
}

// Line is one line of the truth log. Figures are in seconds on the lab's
// monotonic clock.
type Line struct {
	Event      string  `json:"event"`
	Room       string  `json:"room"`
	Turn       int     `json:"turn"`
	At         float64 `json:"at"`
	Utterance  string  `json:"utterance"`
	Transcript string  `json:"transcript"`
	Exact      bool    `json:"exact"`
	Text       string  `json:"text"`
	// TTFA is from the caller's last voiced sample arriving at the agent to
	// the agent's first voiced sample written; TTFASmooth the same with both
	// ends de-jittered.
	TTFA       *float64 `json:"ttfa"`
	TTFASmooth *float64 `json:"ttfa_smooth"`
}

// Start starts the lab's binary and waits until it is ready. Its errors go to
// stderr.
func Start(ctx context.Context, path string, stderr io.Writer, args ...string) (*Lab, error) {
	l := &Lab{changed: make(chan struct{})}
	l.cmd = exec.Command(path, append([]string{"--exit-with-stdin"}, args...)...) //nolint:gosec,noctx // The caller names the program; closing its input stops it.
	l.cmd.Stderr = stderr
	stdin, inErr := l.cmd.StdinPipe()
	stdout, outErr := l.cmd.StdoutPipe()
	if err := errors.Join(inErr, outErr); err != nil {
		return nil, fmt.Errorf("start lab: %w", err)
	}
	l.stdin = stdin
	if err := l.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start lab: %w", err)
	}
	ready := make(chan error, 1)
	l.read.Go(func() { l.follow(stdout, ready) })
	ctx, cancel := context.WithTimeout(ctx, readyLimit)
	defer cancel()
	select {
	case err := <-ready:
		if err != nil {
			return nil, errors.Join(fmt.Errorf("start lab: %w", err), l.Stop())
		}
		return l, nil
	case <-ctx.Done():
		return nil, errors.Join(fmt.Errorf("start lab: %w", ctx.Err()), l.Stop())
	}
}

// follow reads the lab's lines until it ends.
func (l *Lab) follow(r io.Reader, ready chan<- error) {
	scan := bufio.NewScanner(r)
	scan.Buffer(nil, 1<<20)
	if !scan.Scan() {
		ready <- errors.New("it ended before it was ready")
		return
	}
	ready <- json.Unmarshal(scan.Bytes(), l)
	for scan.Scan() {
		var line Line
		if err := json.Unmarshal(scan.Bytes(), &line); err != nil {
			continue
		}
		l.mu.Lock()
		l.lines = append(l.lines, line)
		close(l.changed)
		l.changed = make(chan struct{})
		l.mu.Unlock()
	}
}

// Lines returns what the lab has said about a room so far; about all rooms if
// room is empty.
func (l *Lab) Lines(room string) []Line {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []Line
	for _, line := range l.lines {
		if room == "" || line.Room == room {
			out = append(out, line)
		}
	}
	return out
}

// Await returns the lines of a room as soon as enough of them satisfy done, or
// when ctx ends.
func (l *Lab) Await(ctx context.Context, room string, done func([]Line) bool) ([]Line, error) {
	for {
		l.mu.Lock()
		changed := l.changed
		l.mu.Unlock()
		lines := l.Lines(room)
		if done(lines) {
			return lines, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return lines, ctx.Err()
		}
	}
}

// Tell gives the lab a command on its standard input.
func (l *Lab) Tell(command string) error {
	_, err := fmt.Fprintln(l.stdin, command)
	return err
}

// Stop ends the lab and waits for its process.
func (l *Lab) Stop() error {
	closed := l.stdin.Close()
	timer := time.AfterFunc(stopLimit, func() { _ = l.cmd.Process.Kill() })
	defer timer.Stop()
	l.read.Wait()
	err := l.cmd.Wait()
	if errors.Is(closed, os.ErrClosed) {
		closed = nil
	}
	if err != nil {
		return fmt.Errorf("stop lab: %w", err)
	}
	return closed
}
