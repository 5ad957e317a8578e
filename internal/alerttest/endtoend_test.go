package alerttest

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"callprobe/internal/labproc"
)

// What the end-to-end tests are told by the environment.
const (
	envAlerts     = "CALLPROBE_TEST_ALERTS"
	envInterval   = "CALLPROBE_TEST_ALERTS_INTERVAL"
	envCallprobe  = "CALLPROBE"
	envPrometheus = "CALLPROBE_PROMETHEUS"
)

// scene is everything that runs in one case: a room server with its agent, a
// prober, Prometheus, Alertmanager and the receivers.
type scene struct {
	*Stack
	lab    *labproc.Lab
	prober *Process
	// service is where callprobe answers.
	service string
	// agent is where the agent exports metrics of its own; it may be empty.
	agent string
	// configure has the agent told other metadata in the calls to come.
	configure func(metadata string)
}

// program returns the path of a program, or skips the test.
func program(t *testing.T, variable, name string) string {
	t.Helper()
	if path := os.Getenv(variable); path != "" {
		return path
	}
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	t.Skipf("there is no %s: name it with %s; make test-alerts does", name, variable)
	return ""
}

// interval is how often calls are made: the default unless the environment asks
// for another.
func interval() string {
	if text := os.Getenv(envInterval); text != "" {
		return text
	}
	return "30s"
}

// play starts a scene whose agent misbehaves as its metadata says, and waits
// until the first call has passed through to Prometheus.
func play(t *testing.T, metadata string) *scene {
	t.Helper()
	ctx := t.Context()
	lab, err := labproc.Start(ctx, program(t, labproc.EnvPath, "callprobe-lab"), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = lab.Stop() }) // It may have been told to lose its server.
	address, err := FreeAddress(ctx)
	if err != nil {
		t.Fatal(err)
	}
	s := &scene{lab: lab, service: "http://" + address}
	folder := t.TempDir()
	s.configure = func(metadata string) {
		config := fmt.Sprintf("targets:\n  - name: support\n    url: %s\n    api_key_env: LIVEKIT_API_KEY\n    api_secret_env: LIVEKIT_API_SECRET\n    agent_name: %s\n    agent_metadata: '%s'\n"+
			"probes:\n  - scenario: opening-hours\n    interval: %s\n", lab.URL, lab.AgentName, metadata, interval())
		if err := os.WriteFile(filepath.Join(folder, "callprobe.yml"), []byte(config), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s.configure(metadata)
	s.prober, err = StartProcess(ctx, folder, s.service+"/-/healthy", []string{"LIVEKIT_API_KEY=" + lab.APIKey, "LIVEKIT_API_SECRET=" + lab.APISecret},
		program(t, envCallprobe, "callprobe"), "serve", "--config.file=callprobe.yml", "--web.listen-address="+address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.prober.Stop(); err != nil && !strings.Contains(err.Error(), os.ErrClosed.Error()) {
			t.Error(err)
		}
	})
	s.chain(t, address, false)
	s.await(t, 2*time.Minute, "a call that was answered", func() bool { return s.shows("agent_workers_active{target=\"support\"} 1") })
	return s
}

// chain starts what leads from the scene's service to who is told.
func (s *scene) chain(t *testing.T, service string, hasten bool) {
	t.Helper()
	var err error
	s.Stack, err = Start(t.Context(), Options{
		Prometheus: program(t, envPrometheus, "prometheus"), Alertmanager: alertmanager(t),
		Folder: t.TempDir(), Deploy: "../../deploy", Service: service, Agent: s.agent, Hasten: hasten,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
		if refused := append(s.PagerDuty.Refused(), s.Slack.Refused()...); len(refused) > 0 {
			t.Errorf("refused: %q", refused)
		}
		if t.Failed() {
			t.Logf("callprobe said:\n%s\nPrometheus and Alertmanager said:\n%s", s.prober.Tail(), s.Logs())
		}
	})
}

// shows reports whether the prober's metrics hold a line.
func (s *scene) shows(line string) bool {
	req, err := http.NewRequest(http.MethodGet, s.service+"/metrics", nil)
	if err != nil {
		return false
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return err == nil && strings.Contains(string(text), line)
}

// await waits for what is to happen, and returns how long that took.
func (s *scene) await(t *testing.T, limit time.Duration, what string, happened func() bool) time.Duration {
	t.Helper()
	began := time.Now()
	eventually(t, limit, func() string {
		if happened() {
			return ""
		}
		return what + " did not come; " + s.seen()
	})
	return time.Since(began)
}

// quiet watches for a while that nobody else is told.
func (s *scene) quiet(t *testing.T, length time.Duration, allowed ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), length)
	defer cancel()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		for _, told := range s.told() {
			if !slices.Contains(allowed, told) {
				t.Fatalf("somebody was told of %s; %s", told, s.seen())
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// told returns what anybody was told, in the form "pager NoActiveAgents".
func (s *scene) told() []string {
	var all []string
	for _, i := range s.PagerDuty.Incidents() {
		all = append(all, "pager "+i.First.Payload.Class)
	}
	for _, m := range s.Slack.Messages() {
		_, rest, _ := strings.Cut(m.String(), "– ")
		all = append(all, "slack "+strings.Fields(rest)[0])
	}
	return all
}

func (s *scene) hasTold(what string) func() bool {
	return func() bool { return slices.Contains(s.told(), what) }
}

func (s *scene) resolved() bool {
	incidents := s.PagerDuty.Incidents()
	return len(incidents) > 0 && !slices.ContainsFunc(incidents, func(i Incident) bool { return i.Resolved.IsZero() })
}

func (s *scene) seen() string {
	alerts, err := s.Alerts(context.Background())
	var states []string
	for _, a := range alerts {
		states = append(states, a.Labels["alertname"]+" "+a.State)
	}
	return fmt.Sprintf("told: %q; Prometheus: %q %v", s.told(), states, err)
}

func (s *scene) tell(t *testing.T, command string) {
	t.Helper()
	if err := s.lab.Tell(command); err != nil {
		t.Fatal(err)
	}
}

// board is the table that is shown at the end.
type board struct {
	mu    sync.Mutex
	lines []string
}

func (b *board) add(what, told string, took time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	seconds := "       "
	if took > 0 {
		seconds = fmt.Sprintf("%5.1f s", took.Seconds())
	}
	line := fmt.Sprintf("%-40s %-32s %s", what, told, seconds)
	b.lines = append(b.lines, line)
	fmt.Printf("%s  %s\n", time.Now().UTC().Format(time.TimeOnly), line)
}

func TestTheRightPagerRings(t *testing.T) {
	if os.Getenv(envAlerts) == "" {
		t.Skipf("end to end it takes some ten minutes: make test-alerts runs it, or %s=1", envAlerts)
	}
	b := &board{}
	t.Cleanup(func() {
		slices.Sort(b.lines)
		fmt.Printf("\n%-40s %-32s %s\n%s\n\n", "what happens, calls every "+interval(), "who is told of what", "after", strings.Join(b.lines, "\n"))
	})
	t.Run("an agent that dies is one page, and resolves", func(t *testing.T) {
		t.Parallel()
		s := play(t, "")
		s.tell(t, "kill-agent")
		took := s.await(t, 3*time.Minute, "the page", s.hasTold("pager NoActiveAgents"))
		b.add("1 the agent dies", "pager NoActiveAgents", took)
		if took > 2*time.Minute {
			t.Errorf("the page came after %v", took)
		}
		s.tell(t, "start-agent")
		b.add("2 the agent is back", "the page is resolved", s.await(t, 5*time.Minute, "the resolution", s.resolved))
		s.quiet(t, 3*time.Minute, "pager NoActiveAgents")
		if n := len(s.PagerDuty.Incidents()); n != 1 {
			t.Errorf("%d incidents", n)
		}
		if s.Heartbeats() == 0 {
			t.Error("no heartbeat")
		}
	})
	t.Run("an agent that is there and answers no more pages", func(t *testing.T) {
		t.Parallel()
		s := play(t, "")
		s.configure(`{"hang":true}`)
		b.add("8 the agent hangs, and stays in the room", "pager NoActiveAgents", s.await(t, 4*time.Minute, "the page", s.hasTold("pager NoActiveAgents")))
		s.quiet(t, time.Minute, "pager NoActiveAgents")
	})
	t.Run("a call that fails once tells nobody", func(t *testing.T) {
		t.Parallel()
		s := play(t, "")
		joined := func(lines []labproc.Line) int {
			n := 0
			for _, l := range lines {
				if l.Event == "joined" {
					n++
				}
			}
			return n
		}
		before := joined(s.lab.Lines(""))
		s.await(t, 2*time.Minute, "the next call", func() bool { return joined(s.lab.Lines("")) > before })
		s.tell(t, "kill-agent")
		s.tell(t, "start-agent")
		s.await(t, 2*time.Minute, "the failed call", func() bool { return s.shows(`status="error",target="support"} 1`) })
		s.quiet(t, 3*time.Minute)
		b.add("3 one call fails", "nobody", 0)
	})
	t.Run("a room server that dies is not the agent's fault", func(t *testing.T) {
		t.Parallel()
		s := play(t, "")
		s.tell(t, "kill-server")
		b.add("4 the room server dies", "pager RoomServerUnreachable", s.await(t, 4*time.Minute, "the page", s.hasTold("pager RoomServerUnreachable")))
		s.quiet(t, 3*time.Minute, "pager RoomServerUnreachable")
	})
	t.Run("a prober that dies pages nobody at night", func(t *testing.T) {
		t.Parallel()
		s := play(t, "")
		if err := s.prober.Kill(); err != nil {
			t.Fatal(err)
		}
		b.add("5 the prober dies", "slack ProberDown", s.await(t, 5*time.Minute, "the message", s.hasTold("slack ProberDown")))
		s.quiet(t, 2*time.Minute, "slack ProberDown")
	})
	t.Run("a slow agent is told to Slack only", func(t *testing.T) {
		t.Parallel()
		s := play(t, `{"reply_delay":"2s"}`)
		b.add("6 the agent is slow from the start", "slack AgentHighLatency", s.await(t, 10*time.Minute, "the message", s.hasTold("slack AgentHighLatency")))
		s.quiet(t, time.Minute, "slack AgentHighLatency")
	})
	t.Run("an agent that mishears pages", func(t *testing.T) {
		t.Parallel()
		s := play(t, `{"garble":{"substitute":4}}`)
		b.add("7 the agent mishears from the start", "pager STTFailureRate", s.await(t, 10*time.Minute, "the page", s.hasTold("pager STTFailureRate")))
		s.quiet(t, time.Minute, "pager STTFailureRate")
	})
}
