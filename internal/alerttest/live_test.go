package alerttest

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"callprobe/internal/labproc"
)

// live is a system in which much is wrong at once, each on a target of its own,
// and what the one on call has at hand.
type live struct {
	*scene
	// config is the prober's configuration.
	config string
	// env is what the runbooks ask the team to set, but for the target.
	env []string
}

// faults are the targets of a live system; metadata is what the lab's agent is
// told. One of them loses its agent and one is taken out, once both were called.
const faults = `targets:
  - {name: support, AT, agent_name: AGENT, QUICK}
  - {name: interrupted, AT, agent_name: AGENT}
  - {name: slow, AT, agent_name: AGENT, agent_metadata: '{"no_greeting":true,"reply_delay":"2s"}'}
  - {name: misheard, AT, agent_name: AGENT, agent_metadata: '{"no_greeting":true,"garble":{"substitute":4}}'}
  - {name: absent, AT, agent_name: AGENT, QUICK}
  - {name: gone, AT, agent_name: AGENT, QUICK}
  - {name: unreachable, url: "ws://127.0.0.1:1", KEYS}
  - {name: refused, url: "URL", api_key_file: key, api_secret_file: wrong-secret}
probes:
  - {scenario: barge-in, interval: 20s, targets: [interrupted]}
  - {scenario: short.yaml, interval: 10s, targets: [support, slow, misheard, absent, unreachable, refused, gone]}
calls_at_once: 8
`

// short is a call of a few seconds.
const short = `greeting: {expect: none}
turns:
  - {say: thank-you.mp3, text: Thank you., reply: {within: 3s, timeout: 3s}}
limits: {agent_join: 1s, call: 15s}
`

// startLive starts a live system whose alerts fire at once.
func startLive(t *testing.T) *live {
	t.Helper()
	ctx, folder := t.Context(), t.TempDir()
	lab, err := labproc.Start(ctx, program(t, labproc.EnvPath, "callprobe-lab"), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := lab.Stop(); err != nil {
			t.Error(err)
		}
	})
	address, err := FreeAddress(ctx)
	if err != nil {
		t.Fatal(err)
	}
	thanks, err := os.ReadFile("../../scenarios/utterances/thank-you.mp3")
	if err != nil {
		t.Fatal(err)
	}
	config := strings.NewReplacer("AT,", "url: URL, KEYS,", "AGENT", lab.AgentName, "QUICK", `agent_metadata: '{"no_greeting":true}'`).Replace(faults)
	config = strings.NewReplacer("URL", lab.URL, "KEYS", "api_key_file: key, api_secret_file: secret").Replace(config)
	for name, text := range map[string]string{
		"callprobe.yml": config, "short.yaml": short, "thank-you.mp3": string(thanks),
		"key": lab.APIKey, "secret": lab.APISecret, "wrong-secret": strings.Repeat("x", len(lab.APISecret)),
		"agent.log": "2026-11-26 03:00:00,000 - ERROR livekit.agents - failed to generate LLM completion: 429 Too Many Requests\n",
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	l := &live{scene: &scene{lab: lab, service: "http://" + address, agent: inside(t)}, config: filepath.Join(folder, "callprobe.yml")}
	l.prober, err = StartProcess(ctx, folder, l.service+"/-/healthy", nil, program(t, envCallprobe, "callprobe"), "serve", "--config.file=callprobe.yml", "--web.listen-address="+address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.prober.Stop(); err != nil {
			t.Error(err)
		}
	})
	l.chain(t, address, true)
	logs, err := filepath.Glob(filepath.Join(folder, "callprobe-*.log"))
	if err != nil || len(logs) != 1 {
		t.Fatalf("logs of callprobe: %q %v", logs, err)
	}
	for _, target := range []string{"absent", "gone"} {
		l.await(t, time.Minute, "an answer of "+target, func() bool { return l.shows("agent_workers_active{target=\"" + target + "\"} 1") })
	}
	config = regexp.MustCompile(`(name: absent, .*agent_name: )\w+`).ReplaceAllString(config, "${1}nobody")
	config = strings.Replace(regexp.MustCompile(`(?m)^.*name: gone.*\n`).ReplaceAllString(config, ""), ", gone]", "]", 1)
	if err := os.WriteFile(l.config, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	room, err := url.Parse(lab.URL)
	if err != nil {
		t.Fatal(err)
	}
	l.env = []string{
		"PROMETHEUS=" + l.Prometheus, "ALERTMANAGER=" + l.Alertmanager, "CALLPROBE=" + l.service, "CONFIG=" + l.config,
		"LIVEKIT=http://" + room.Host, "AGENT=" + worker(t), "AGENT_LOGS=cat " + filepath.Join(folder, "agent.log"), "CALLPROBE_LOGS=cat " + logs[0],
	}
	return l
}

// inside stands in for the metrics of an agent that counts calls itself: one more
// call with each scrape, answered after half a second.
func inside(t *testing.T) string {
	t.Helper()
	var calls atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		n := calls.Add(1)
		_, _ = fmt.Fprintf(w, "agent_response_seconds_sum{target=\"support-inside\",caller=\"callprobe\"} %g\nagent_response_seconds_count{target=\"support-inside\",caller=\"callprobe\"} %d\n", float64(n)/2, n)
	}))
	t.Cleanup(s.Close)
	return strings.TrimPrefix(s.URL, "http://")
}

// worker stands in for the web server that each worker of LiveKit Agents has.
func worker(t *testing.T) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/worker" {
			_, _ = io.WriteString(w, `{"agent_name":"support","worker_type":"JT_ROOM","active_jobs":2}`)
			return
		}
		_, _ = io.WriteString(w, "OK")
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func TestWhoIsToldHasWhatItTakes(t *testing.T) {
	if os.Getenv(envAlerts) == "" {
		t.Skipf("it takes a minute and a half: make test-alerts runs it, or %s=1", envAlerts)
	}
	began := time.Now()
	l := startLive(t)
	for _, told := range []string{"pager NoActiveAgents", "pager RoomServerUnreachable", "pager STTFailureRate", "slack AgentHighLatency", "slack ProbeStale", "slack ProbeTargetVanished"} {
		l.await(t, 3*time.Minute, told, l.hasTold(told))
	}
	l.await(t, time.Minute, "a heartbeat", func() bool { return l.Heartbeats() > 0 })
	t.Logf("everybody was told within %v", time.Since(began).Round(time.Second))
	t.Run("a page", func(t *testing.T) { l.followPages(t) })
	t.Run("a message", func(t *testing.T) { l.followMessages(t) })
	t.Run("the dashboard", func(t *testing.T) { l.showDashboard(t) })
	t.Run("runbooks", func(t *testing.T) { l.followRunbooks(t) })
	t.Logf("all was there after %v", time.Since(began).Round(time.Second))
}

// get asks for a page and returns what it says.
func get(t *testing.T, address string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s %v\n%s", address, resp.Status, err, fmt.Sprintf("%.500s", text))
	}
	return string(text)
}
