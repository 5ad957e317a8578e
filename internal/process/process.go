// Package process runs a server beside this program: it is started, waited for
// until it answers, and ended.
package process

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

const (
	// readyLimit bounds the time from starting a process to its first good
	// answer.
	readyLimit = time.Minute
	// stopLimit bounds the time from asking a process to end to its end.
	stopLimit = 20 * time.Second
	// askEvery is how often a process is asked whether it is ready.
	askEvery = 100 * time.Millisecond
)

// Process is a server that runs beside this program.
type Process struct {
	cmd  *exec.Cmd
	log  *os.File
	done chan struct{}
}

// Start starts a program, with its output in a file of folder, and
// returns when an address answers 200.
func Start(ctx context.Context, folder, ready string, env []string, path string, args ...string) (*Process, error) {
	log, err := os.CreateTemp(folder, filepath.Base(path)+"-*.log")
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", path, err)
	}
	p := &Process{cmd: exec.Command(path, args...), log: log, done: make(chan struct{})} //nolint:gosec,noctx // The caller names the program; Stop ends it.
	p.cmd.Dir, p.cmd.Env, p.cmd.Stdout, p.cmd.Stderr = folder, append(os.Environ(), env...), log, log
	if err := p.cmd.Start(); err != nil {
		return nil, errors.Join(fmt.Errorf("start %s: %w", path, err), log.Close())
	}
	go func() {
		defer close(p.done)
		_ = p.cmd.Wait() // How it ended is in its state.
	}()
	if err := p.await(ctx, ready); err != nil {
		return nil, fmt.Errorf("start %s: %w\n%s", path, errors.Join(err, p.Stop()), p.Tail())
	}
	return p, nil
}

func (p *Process) await(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, readyLimit, errors.New("it is not ready in time"))
	defer cancel()
	tick := time.NewTicker(askEvery)
	defer tick.Stop()
	for {
		if answers(ctx, address) {
			return nil
		}
		select {
		case <-tick.C:
		case <-p.done:
			return fmt.Errorf("it ended: %v", p.cmd.ProcessState)
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

func answers(ctx context.Context, address string) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return false
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	_ = resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

// Stop asks the process to end, and kills it when it does not.
func (p *Process) Stop() error {
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // It may have ended.
	select {
	case <-p.done:
		return p.log.Close()
	case <-time.After(stopLimit):
	}
	killed := p.cmd.Process.Kill()
	<-p.done
	return errors.Join(fmt.Errorf("stop %s: it did not end within %v", p.cmd.Path, stopLimit), killed, p.log.Close())
}

// Kill ends the process at once, as a crash does.
func (p *Process) Kill() error {
	err := p.cmd.Process.Kill()
	<-p.done
	return err
}

// tail is how much of a log is shown, in bytes.
const tail = 4000

// Tail returns the end of what the process said.
func (p *Process) Tail() string {
	text, err := os.ReadFile(p.log.Name())
	if err != nil {
		return err.Error()
	}
	return string(bytes.TrimSpace(text[max(0, len(text)-tail):]))
}

// FreeAddress returns an address on loopback where nothing listens.
func FreeAddress(ctx context.Context) (string, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free address: %w", err)
	}
	return l.Addr().String(), l.Close()
}
