package app

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"callprobe/internal/calltest"
	"callprobe/probe"
	"callprobe/probe/livekit"
)

// The credentials of the tests' targets. Nothing may ever print them.
const (
	testKey    = "APIkey-of-the-tests"
	testSecret = "s3cr3t-of-the-tests"
)

func testEnvironment(name string) string {
	return map[string]string{"KEY": testKey, "SECRET": testSecret}[name]
}

// testTargets are two targets that nobody listens at.
const testTargets = `targets:
  - {name: a, url: "ws://127.0.0.1:1", api_key_env: KEY, api_secret_env: SECRET}
  - {name: b, url: "ws://127.0.0.1:1", api_key_env: KEY, api_secret_env: SECRET}
`

// quiet is a scenario in which nobody needs to answer.
const quiet = "greeting: {expect: none}\nturns: [{silence: 50ms}]\n"

// agents answers each target's calls by an agent of its own, which may change.
type agents struct {
	mu    sync.Mutex
	of    map[string]calltest.Agent
	calls map[string]int
}

func (a *agents) dialer(target livekit.Target, _ string) probe.Dialer {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.calls == nil {
		a.calls = map[string]int{}
	}
	a.calls[target.AgentName]++
	return a.of[target.AgentName].Dialer(probe.Plan{})
}

func (a *agents) made(agent string) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.calls[agent]
}

// running is a service under test.
type running struct {
	t      *testing.T
	base   string
	file   string
	reload chan struct{}
	cancel context.CancelFunc
	done   chan error
	log    *locked
	text   *bytes.Buffer
}

// startService serves a configuration in a folder of its own until the test
// ends. Without agents, calls go to the network.
func startService(t *testing.T, a *agents, config string, change func(*ServeOptions)) *running {
	t.Helper()
	folder := t.TempDir()
	r := &running{t: t, file: filepath.Join(folder, "callprobe.yml"), reload: make(chan struct{}), done: make(chan error, 1), text: &bytes.Buffer{}}
	r.log = &locked{w: r.text}
	r.write("callprobe.yml", config)
	r.write("quiet.yaml", quiet)
	ctx, cancel := context.WithCancel(t.Context())
	r.cancel = cancel
	addresses := make(chan []net.Addr, 1)
	opts := ServeOptions{
		ConfigFile: r.file, Getenv: testEnvironment, Listen: []string{"127.0.0.1:0"}, Reload: r.reload, WatchEvery: time.Hour,
		Version: "v1", Commit: "abc", Listening: func(a []net.Addr) { addresses <- a },
		Log: slog.New(slog.NewTextHandler(r.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	if a != nil {
		opts.dialer = a.dialer
	}
	if change != nil {
		change(&opts)
	}
	go func() { r.done <- Serve(ctx, opts) }()
	select {
	case at := <-addresses:
		r.base = "http://" + at[0].String()
	case err := <-r.done:
		t.Fatalf("it does not begin: %v", err)
	}
	t.Cleanup(func() {
		r.stop()
		for _, secret := range []string{testKey, testSecret} {
			if strings.Contains(r.logged(), secret) {
				t.Errorf("a credential is in the log:\n%s", r.logged())
			}
		}
	})
	return r
}

func (r *running) stop() {
	r.cancel()
	select {
	case err := <-r.done:
		if err != nil {
			r.t.Errorf("it ends with %v", err)
		}
		r.done <- nil
	case <-time.After(shutdownLimit + time.Second):
		r.t.Error("it does not end")
	}
}

// write puts a file in its place in one step: who looks while it is written
// sees the old one.
func (r *running) write(name, text string) {
	r.t.Helper()
	path := filepath.Join(filepath.Dir(r.file), name)
	if err := os.WriteFile(path+".new", []byte(text), 0o600); err != nil {
		r.t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		r.t.Fatal(err)
	}
}

func (r *running) logged() string {
	r.log.mu.Lock()
	defer r.log.mu.Unlock()
	return r.text.String()
}

// get returns an answer and checks that it holds no credential.
func (r *running) get(path string) (int, string) { return r.do(http.MethodGet, path) }

func (r *running) do(method, path string) (int, string) {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), method, r.base+path, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	for _, secret := range []string{testKey, testSecret} {
		if bytes.Contains(text, []byte(secret)) {
			r.t.Errorf("%s shows a credential:\n%s", path, text)
		}
	}
	return resp.StatusCode, string(text)
}

// sees reports whether /metrics holds a line.
func (r *running) sees(line string) bool {
	_, text := r.get("/metrics")
	return strings.Contains("\n"+text, "\n"+line+"\n")
}

func (r *running) await(what string, holds func() bool) {
	r.t.Helper()
	for began := time.Now(); !holds(); <-time.After(20 * time.Millisecond) {
		if time.Since(began) > 20*time.Second {
			r.t.Fatalf("%s: it does not come\n%s", what, r.logged())
		}
	}
}

// calls is how many calls to a target a service's /metrics counts, or -1 when
// it knows no such target.
func (r *running) calls(target string) int {
	_, text := r.get("/metrics")
	return callsIn(text, target)
}

// callsIn adds up the outcomes of calls: a busy machine makes other ones.
func callsIn(exposition, target string) int {
	total := -1
	for line := range strings.Lines(exposition) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		if !strings.HasPrefix(name, "callprobe_calls_total{") || !strings.Contains(name, `target="`+target+`"`) {
			continue
		}
		n, err := strconv.Atoi(value)
		if err != nil {
			return -1
		}
		total = max(total, 0) + n
	}
	return total
}
