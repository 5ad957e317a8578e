//go:build unix

package main

import (
	"bytes"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"callprobe/internal/labproc"
)

// envPrometheus names the environment variable with the path of a Prometheus
// other than the one that is installed; promtool is expected beside it.
const envPrometheus = "CALLPROBE_PROMETHEUS"

// How the agent of each target answers, as its metadata asks. Each delay is in
// the middle of a bucket, and a call waits for 3 s.
const (
	goodDelay    = 1125 * time.Millisecond
	lateDelay    = 3500 * time.Millisecond
	scrapedDelay = 1625 * time.Millisecond
	cronDelay    = 2250 * time.Millisecond
)

// promWay is one way of running callprobe, as Prometheus sees it.
type promWay struct {
	job, target, status string
	delay               time.Duration
	// calls is how many of them the test waits for.
	calls int
}

func ways() []promWay {
	return []promWay{
		{"serve", "good", "success", goodDelay, 5},
		{"serve", "late", "error", lateDelay, 3},
		{"probe", "scraped", "success", scrapedDelay, 3},
		{"textfile", "cron", "success", cronDelay, 4},
	}
}

// enoughLimit bounds how long the test waits for that many calls.
const enoughLimit = 75 * time.Second

// TestARealPrometheusCountsAndMeasuresRightInAllThreeModes has Prometheus
// scrape a service, its /probe, and the textfile of one-shot runs, and asks it
// what alert rules ask.
func TestARealPrometheusCountsAndMeasuresRightInAllThreeModes(t *testing.T) {
	t.Parallel()
	lab := theLab(t)
	program := prometheusPath(t)
	folder := promFolder(t, lab)
	textfile := filepath.Join(folder, "callprobe.prom")

	// Prometheus scrapes before the first call, so that it sees every series at
	// zero.
	front := newFront(t, textfile)
	prom := startPrometheus(t, program, front.URL)
	prom.awaitScrapes(t)
	serve := startSelf(t, lab, "serve", "--config.file="+filepath.Join(folder, "serve.yml"), "--web.listen-address=127.0.0.1:0")
	front.to.Store(serve.url)

	runs := 0
	deadline := time.After(enoughLimit)
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for enough := false; !enough; {
		if runs < 5 {
			if code := runOnce(t, lab, folder, textfile); code == exitPassed {
				runs++
			}
		}
		enough = true
		for _, w := range ways() {
			enough = enough && prom.reached(t, w.requests()) >= float64(w.calls)
		}
		select {
		case <-deadline:
			enough = true
		case <-tick.C:
		}
	}
	for _, w := range ways() {
		t.Run(w.job+" "+w.target, func(t *testing.T) { prom.check(t, w) })
	}
	t.Run("every call is counted once", func(t *testing.T) { prom.checkTotals(t, serve, runs) })
	t.Run("a quantile over several series", func(t *testing.T) {
		first, last := prom.span(t, ways()[1].requests())
		p := prom.value(t, fmt.Sprintf(`histogram_quantile(0.95, sum by (le) (rate(agent_response_seconds_bucket{job="serve"}[%s])))`, last.since(first)), last.at)
		if p <= 3 || p > 4 {
			t.Errorf("the 95th percentile of replies after 1.125 s and 3.5 s is %.3f s", p)
		}
	})
	t.Run("promtool", func(t *testing.T) {
		for _, at := range []string{"/metrics", "/probe?target=good&scenario=thanks"} {
			checkMetrics(t, program, at, fetch(t, serve.url+at))
		}
		text, err := os.ReadFile(textfile)
		if err != nil {
			t.Fatal(err)
		}
		checkMetrics(t, program, "textfile", text)
	})
}

// requests selects the counter of answered or failed turns of a way.
func (w promWay) requests() string {
	return fmt.Sprintf(`agent_requests_total{job=%q,target=%q,scenario="thanks",status=%q}`, w.job, w.target, w.status)
}

// check compares what Prometheus computes of a way with what is known of it.
func (p *prometheus) check(t *testing.T, w promWay) {
	t.Helper()
	first, last := p.span(t, w.requests())
	if w.job == "serve" && first.value != 0 {
		t.Errorf("the first sample is %v: the series was not there before the first call", first.value)
	}
	grown, window := last.value-first.value, last.since(first)
	if grown < 2 {
		t.Fatalf("only %v calls were counted in %s of %v: %s", last.value, w.job, enoughLimit, p.why(t, w))
	}
	if got := p.value(t, fmt.Sprintf("increase(%s[%s])", w.requests(), window), last.at); got < grown-0.05 || got > grown+0.05 {
		t.Errorf("increase() is %v over samples that went from %v to %v", got, first.value, last.value)
	}
	other := strings.NewReplacer("success", "error", "error", "success").Replace(w.requests())
	if got := p.value(t, fmt.Sprintf("rate(%s[%s])", other, window), last.at); got != 0 {
		t.Errorf("%s grows by %v a second", other, got)
	}
	lo, hi := bucketOf(w.delay)
	series := fmt.Sprintf(`agent_response_seconds_bucket{job=%q,target=%q}[%s]`, w.job, w.target, window)
	for _, f := range []string{"increase", "rate"} {
		if got := p.value(t, fmt.Sprintf("histogram_quantile(0.5, sum by (le) (%s(%s)))", f, series), last.at); got <= lo || got > hi {
			t.Errorf("the median of replies after %v is %.3f s by %s(), want one between %v and %v", w.delay, got, f, lo, hi)
		}
	}
	if got := p.last(t, fmt.Sprintf(`agent_workers_active{job=%q,target=%q}`, w.job, w.target)); got != 1 {
		t.Errorf("agent_workers_active is %v", got)
	}
	if got := p.last(t, fmt.Sprintf(`agent_response_seconds_count{job=%q,target=%q}`, w.job, w.target)); got < grown {
		t.Errorf("%v replies were observed, %v turns counted", got, grown)
	}
}

// checkTotals compares the counters with what counted the calls otherwise: the
// service's log, Prometheus' own scrapes, and the runs that this test made.
func (p *prometheus) checkTotals(t *testing.T, serve *process, runs int) {
	t.Helper()
	for _, target := range []string{"good", "late"} {
		calls := func() float64 {
			return float64(strings.Count(serve.log(), `msg="call finished" target=`+target+" "))
		}
		before := calls()
		got := p.awaitAtLeast(t, fmt.Sprintf(`sum(callprobe_calls_total{job="serve",target=%q})`, target), before)
		if after := calls(); got < before || got > after {
			t.Errorf("%v calls of %s are counted, the log has between %v and %v", got, target, before, after)
		}
	}
	scrapes := p.value(t, `count_over_time(probe_success{job="probe"}[10m])`, 0)
	if got := p.value(t, `sum(callprobe_calls_total{job="probe"})`, 0); got != scrapes {
		t.Errorf("%v calls of scrapes are counted, there were %v scrapes", got, scrapes)
	}
	if n := p.value(t, `count(callprobe_calls_total{job="serve",target="scraped"}) or vector(0)`, 0); n != 0 {
		t.Errorf("%v series of the pair that scrapes call stand on /metrics too", n)
	}
	if got := p.awaitAtLeast(t, `sum(agent_requests_total{job="textfile",status="success"})`, float64(runs)); got != float64(runs) {
		t.Errorf("%v runs are counted, there were %d that passed", got, runs)
	}
}

// why tells what else was counted, for a test that failed.
func (p *prometheus) why(t *testing.T, w promWay) string {
	t.Helper()
	return fmt.Sprint(p.query(t, fmt.Sprintf(`callprobe_calls_total{job=%q,target=%q} > 0 or up{job=%q}`, w.job, w.target, w.job), 0))
}

// bucketOf returns the bucket in which a delay lies.
func bucketOf(d time.Duration) (lo, hi float64) {
	bounds := []float64{1, 1.25, 1.5, 1.75, 2, 2.5, 3, 4, 5}
	i, _ := slices.BinarySearch(bounds, d.Seconds())
	return bounds[i-1], bounds[i]
}

// promFolder holds the configurations, the scenario and its recording.
func promFolder(t *testing.T, lab *labproc.Lab) string {
	t.Helper()
	target := func(name string, delay time.Duration) string {
		return fmt.Sprintf("  - {name: %s, url: %q, api_key_env: LIVEKIT_API_KEY, api_secret_env: LIVEKIT_API_SECRET, agent_name: %s, agent_metadata: '{\"no_greeting\":true,\"reply_delay\":\"%v\"}'}\n", name, lab.URL, lab.AgentName, delay)
	}
	folder := inFolder(t, map[string]string{
		"thanks.yaml": "description: The shortest call.\ngreeting: {expect: none}\nturns:\n  - {say: thank-you.mp3, text: Thank you., reply: {within: 3s, timeout: 5s}}\nlimits: {call: 10s}\n",
		"serve.yml": configHead + target("good", goodDelay) + target("late", lateDelay) + target("scraped", scrapedDelay) +
			"probes:\n  - {scenario: thanks.yaml, targets: [good], interval: 6s}\n  - {scenario: thanks.yaml, targets: [late], interval: 10s}\n  - {scenario: thanks.yaml, targets: [scraped]}\n",
		"cron.yml": configHead + target("cron", cronDelay) + "probes:\n  - {scenario: thanks.yaml}\n",
	})
	sound, err := os.ReadFile("../../scenarios/utterances/thank-you.mp3")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "thank-you.mp3"), sound, 0o600); err != nil {
		t.Fatal(err)
	}
	return folder
}

// runOnce is one run as cron makes it.
func runOnce(t *testing.T, lab *labproc.Lab, folder, textfile string) int {
	t.Helper()
	var out, errOut bytes.Buffer
	code := run([]string{"run", "--config.file=" + filepath.Join(folder, "cron.yml"), "--textfile=" + textfile}, &out, &errOut, env(lab, nil))
	if code != exitPassed {
		t.Logf("a run ended with %d:\n%s%s", code, out.String(), errOut.String())
	}
	return code
}

// front stands before the service and the textfile, so that Prometheus can be
// started first.
type front struct {
	*httptest.Server
	to atomic.Value // the service's address
}

func newFront(t *testing.T, textfile string) *front {
	t.Helper()
	f := &front{}
	f.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/textfile" {
			w.Header().Set("Content-Type", "text/plain; version=0.0.4")
			http.ServeFile(w, r, textfile)
			return
		}
		address, ok := f.to.Load().(string)
		if !ok {
			http.Error(w, "the service is not up yet", http.StatusServiceUnavailable)
			return
		}
		to, err := url.Parse(address)
		if err != nil {
			panic(err)
		}
		// At the end, Prometheus scrapes a service that is gone: no news.
		quiet := log.New(io.Discard, "", 0)
		(&httputil.ReverseProxy{Rewrite: func(p *httputil.ProxyRequest) { p.SetURL(to) }, ErrorLog: quiet}).ServeHTTP(w, r)
	}))
	t.Cleanup(f.Close)
	return f
}

func fetch(t *testing.T, address string) []byte {
	t.Helper()
	r, err := http.Get(address) //nolint:gosec // It is our own service.
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	var body bytes.Buffer
	if _, err := body.ReadFrom(r.Body); err != nil || r.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v: %s", address, r.Status, err, body.String())
	}
	return body.Bytes()
}

// checkMetrics has promtool lint an exposition.
func checkMetrics(t *testing.T, prometheus, name string, text []byte) {
	t.Helper()
	promtool := filepath.Join(filepath.Dir(prometheus), "promtool")
	if _, err := os.Stat(promtool); err != nil {
		t.Skipf("needs promtool beside %s: %v", prometheus, err)
	}
	cmd := exec.CommandContext(t.Context(), promtool, "check", "metrics")
	cmd.Stdin = bytes.NewReader(text)
	said, err := cmd.CombinedOutput()
	// The one name that is fixed against the advice.
	const known = `callprobe_call_minutes_total use base unit "seconds" instead of "minutes"`
	for line := range strings.Lines(string(said)) {
		if line = strings.TrimSpace(line); line != known && line != "" {
			t.Errorf("%s: %s", name, line)
		}
	}
	if err != nil && !bytes.Contains(said, []byte(known)) {
		t.Errorf("%s: promtool: %v", name, err)
	}
}
