//go:build unix

package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"callprobe/internal/labproc"
)

// served is callprobe serve as a process of its own.
type served struct {
	t    *testing.T
	cmd  *exec.Cmd
	base string
	read chan struct{}

	mu  sync.Mutex
	log bytes.Buffer
}

// envProgram names the environment variable with the path of callprobe's
// binary. Without it the test binary takes its place, which the race detector
// may slow down.
const envProgram = "CALLPROBE"

func program(t *testing.T) string {
	t.Helper()
	if path := os.Getenv(envProgram); path != "" {
		return path
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return self
}

// startServe starts callprobe serve in a folder with a callprobe.yml and
// returns once it listens.
func startServe(t *testing.T, lab *labproc.Lab, folder string, args ...string) *served {
	t.Helper()
	s := &served{t: t, read: make(chan struct{})}
	s.cmd = exec.Command(program(t), append([]string{"serve", "--config.file=" + filepath.Join(folder, "callprobe.yml"), "--web.listen-address=127.0.0.1:0"}, args...)...)
	s.cmd.Env = append(os.Environ(), "CALLPROBE_TEST_MAIN=1", "LIVEKIT_API_KEY="+lab.APIKey, "LIVEKIT_API_SECRET="+lab.APISecret)
	stderr, err := s.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = s.cmd.Process.Kill()
		<-s.read
		_ = s.cmd.Wait()
		if strings.Contains(s.logged(), lab.APISecret) {
			t.Error("the API secret is in the log")
		}
		if t.Failed() {
			t.Logf("its log:\n%s", s.logged())
		}
	})
	address := make(chan string, 1)
	go s.follow(stderr, address)
	if s.base = "http://" + <-address; s.base == "http://" {
		t.Fatalf("callprobe serve does not listen:\n%s", s.logged())
	}
	return s
}

// follow reads the log, and from it the address, which is empty if there comes
// none.
func (s *served) follow(r io.Reader, address chan<- string) {
	defer close(s.read)
	defer close(address)
	listening := regexp.MustCompile(`msg="Listening on" address=(\S+)`)
	for lines := bufio.NewScanner(r); lines.Scan(); {
		s.mu.Lock()
		fmt.Fprintln(&s.log, lines.Text())
		s.mu.Unlock()
		if found := listening.FindStringSubmatch(lines.Text()); found != nil {
			address <- found[1]
		}
	}
}

func (s *served) logged() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.String()
}

// get returns an answer's status and text.
func (s *served) get(path string) (int, string) {
	s.t.Helper()
	return s.do(http.MethodGet, path)
}

func (s *served) do(method, path string) (int, string) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), time.Minute)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, s.base+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// value returns a sample of /metrics; absent ones are -1, which none of those
// looked at here is.
func (s *served) value(series string) float64 {
	s.t.Helper()
	_, text := s.get("/metrics")
	return seriesValue(s.t, text, series)
}

func seriesValue(t *testing.T, exposition, series string) float64 {
	t.Helper()
	for line := range strings.Lines(exposition) {
		if rest, ok := strings.CutPrefix(line, series+" "); ok {
			v, err := strconv.ParseFloat(strings.TrimSpace(rest), 64)
			if err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			return v
		}
	}
	return -1
}

// await waits until a condition holds and returns how long that took.
func (s *served) await(what string, limit time.Duration, holds func() bool) time.Duration {
	s.t.Helper()
	began := time.Now()
	for !holds() {
		if time.Since(began) > limit {
			s.t.Fatalf("%s: not within %v", what, limit)
		}
		<-time.After(100 * time.Millisecond)
	}
	return time.Since(began)
}

// end asks the process to end and returns how long it took and its exit code.
func (s *served) end(sig syscall.Signal) (took time.Duration, code int) {
	s.t.Helper()
	began := time.Now()
	if err := s.cmd.Process.Signal(sig); err != nil {
		s.t.Fatal(err)
	}
	<-s.read
	_ = s.cmd.Wait()
	return time.Since(began), s.cmd.ProcessState.ExitCode()
}

// serviceFolder holds a configuration of one target, called lab, in the
// lab's room server. Its rooms begin with prefix.
func serviceFolder(t *testing.T, lab *labproc.Lab, prefix, rest string) string {
	t.Helper()
	config := fmt.Sprintf(`targets:
  - name: lab
    url: %s
    api_key_env: LIVEKIT_API_KEY
    api_secret_env: LIVEKIT_API_SECRET
    agent_name: %s
    agent_metadata: '{"no_greeting": true}'
    room_prefix: %s
%s`, lab.URL, lab.AgentName, prefix, rest)
	return inFolder(t, map[string]string{"callprobe.yml": config, "asks.yaml": asks, "silent.yaml": silentScenario})
}

const (
	// asks is a short call with a question and its answer.
	asks = `greeting: {expect: none}
turns:
  - say: opening-hours
    reply: {within: 2500ms, timeout: 3s}
limits: {join: 3s, agent_join: 2s, call: 20s}
`
	// silentScenario is the shortest call there is; nobody needs to answer.
	silentScenario = `greeting: {expect: none}
turns:
  - silence: 300ms
limits: {call: 20s}
`
)
