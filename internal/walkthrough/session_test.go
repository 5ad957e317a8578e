//go:build unix

package walkthrough_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// endLimit bounds the time from asking what a block left running to end, to its
// end.
const endLimit = 20 * time.Second

// session is a reader with a few terminals: what a block exports holds for the
// next one, and what stays up stays until the document is read.
type session struct {
	folder      string
	replace     *strings.Replacer
	environment []string
	started     []*process
	blocks      int
}

// process is a shell that runs a block, at the head of a process group.
type process struct {
	cmd *exec.Cmd
	// log is the path of the file that it writes to.
	log  string
	done chan struct{}
}

// newSession copies the repository to a folder of its own.
func newSession(t *testing.T, environment []string) *session {
	t.Helper()
	s := &session{folder: t.TempDir(), replace: ports(t)}
	for _, v := range os.Environ() {
		// What is set on this machine for LiveKit is none of the reader's.
		if !strings.HasPrefix(v, "LIVEKIT_") && !strings.HasPrefix(v, "CALLPROBE") {
			s.environment = append(s.environment, v)
		}
	}
	s.environment = append(s.environment, environment...)
	s.copyRepository(t)
	t.Cleanup(func() {
		for _, p := range slices.Backward(s.started) {
			p.end(t)
		}
	})
	return s
}

// copyRepository copies all but what git keeps. The programs that are built already
// come along: building them again is what most blocks begin with.
func (s *session) copyRepository(t *testing.T) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		to := filepath.Join(s.folder, strings.TrimPrefix(path, root))
		switch {
		case err != nil:
			return err
		case d.Name() == ".git", d.Name() == "node_modules", path == filepath.Join(root, "bin", "prometheus"):
			if d.IsDir() {
				return filepath.SkipDir
			}
			return nil
		case d.IsDir():
			return os.MkdirAll(to, 0o750)
		case !d.Type().IsRegular():
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		data, err := os.ReadFile(path) //nolint:gosec // A file of this repository.
		if strings.HasSuffix(path, ".yml") {
			data = []byte(s.replace.Replace(string(data)))
		}
		return errors.Join(err, os.WriteFile(to, data, info.Mode().Perm()))
	})
	if err != nil {
		t.Fatal(err)
	}
}

// begin starts a shell that runs a block after what the blocks before it exported.
// Its output goes to a file: processes that it leaves behind may still write.
func (s *session) begin(t *testing.T, commands string) *process {
	t.Helper()
	s.blocks++
	stem := filepath.Join(s.folder, ".walkthrough-")
	script, kept := stem+strconv.Itoa(s.blocks)+".sh", stem+"exports"
	// A shell that traps SIGTERM waits for the command that it runs.
	text := "[ ! -f " + kept + " ] || . " + kept + "\ntrap : TERM\ntrap 'export -p > " + kept + "' EXIT\n" + s.replace.Replace(commands)
	if err := os.WriteFile(script, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := os.Create(script + ".log") //nolint:gosec // In a folder of this test.
	if err != nil {
		t.Fatal(err)
	}
	p := &process{cmd: exec.Command("bash", "-e", "-o", "pipefail", script), log: out.Name(), done: make(chan struct{})} //nolint:gosec // end ends it with its group.
	p.cmd.Dir, p.cmd.Env, p.cmd.Stdout, p.cmd.Stderr = s.folder, s.environment, out, out
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.done)
		_ = p.cmd.Wait() // How it ended is in its state.
		_ = out.Close()
	}()
	s.started = append(s.started, p)
	return p
}

// run runs a block that ends by itself. When this machine was too busy for a call,
// which the call says, the block is run again.
func (s *session) run(t *testing.T, commands string, exit int) {
	t.Helper()
	for range 3 {
		began := time.Now()
		p := s.begin(t, commands)
		select {
		case <-p.done:
		case <-time.After(blockLimit):
			t.Fatalf("it did not end within %v:\n%s\n%s", blockLimit, commands, read(t, p.log))
		}
		said, code := read(t, p.log), p.cmd.ProcessState.ExitCode()
		t.Logf("exit %d after %.1f s", code, time.Since(began).Seconds())
		if code == exit {
			return
		}
		if !strings.Contains(said, "prober_overloaded") {
			t.Fatalf("exit %d, want %d:\n%s\n%s", code, exit, commands, said)
		}
	}
	t.Fatal("this machine was too busy for a call three times in a row")
}

// start starts a block that stays up, and waits until it is ready.
func (s *session) start(t *testing.T, commands, ready string) {
	t.Helper()
	p := s.begin(t, commands)
	late := time.After(blockLimit)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !strings.Contains(read(t, p.log), ready) {
		select {
		case <-tick.C:
		case <-p.done:
			t.Fatalf("it ended before it said %q:\n%s\n%s", ready, commands, read(t, p.log))
		case <-late:
			t.Fatalf("it did not say %q within %v:\n%s\n%s", ready, blockLimit, commands, read(t, p.log))
		}
	}
}

// end asks what a block left running to end, and kills it when it does not.
func (p *process) end(t *testing.T) {
	t.Helper()
	group := -p.cmd.Process.Pid
	late := time.After(endLimit)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	_ = syscall.Kill(group, syscall.SIGTERM) // It may be gone.
	for syscall.Kill(group, 0) == nil {
		select {
		case <-tick.C:
		case <-late:
			t.Errorf("what this block started did not end within %v:\n%s", endLimit, read(t, p.log))
			_ = syscall.Kill(group, syscall.SIGKILL)
			<-p.done
			return
		}
	}
	<-p.done
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path) //nolint:gosec // Written here.
	if err != nil {
		t.Fatal(err)
	}
	return string(bytes.TrimSpace(text))
}
