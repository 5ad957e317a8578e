//go:build unix

package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// prometheusPath finds a Prometheus or skips the test.
func prometheusPath(t *testing.T) string {
	t.Helper()
	if path := os.Getenv(envPrometheus); path != "" {
		return path
	}
	path, err := exec.LookPath("prometheus")
	if err != nil {
		t.Skipf("needs Prometheus: install Debian's package prometheus, or set %s to one (and promtool beside it)", envPrometheus)
	}
	return path
}

// prometheus is a running one.
type prometheus struct{ *process }

func startPrometheus(t *testing.T, path, scraped string) *prometheus {
	t.Helper()
	host := strings.TrimPrefix(scraped, "http://")
	job := func(name, path, interval, more string) string {
		return fmt.Sprintf("  - {job_name: %s, metrics_path: %s, scrape_interval: %s, scrape_timeout: %s, static_configs: [{targets: [%q]}]%s}\n", name, path, interval, interval, host, more)
	}
	folder := inFolder(t, map[string]string{"prometheus.yml": "scrape_configs:\n" +
		job("serve", "/metrics", "1s", "") + job("textfile", "/textfile", "1s", "") +
		// A call takes 15 s at most, and the answer must be there half a second
		// before the scrape ends.
		job("probe", "/probe", "16s", ", params: {target: [scraped], scenario: [thanks]}")})
	p := &prometheus{startProcess(t, nil, path,
		"--config.file="+filepath.Join(folder, "prometheus.yml"), "--storage.tsdb.path="+filepath.Join(folder, "data"), "--web.listen-address=127.0.0.1:0")}
	ready := time.NewTicker(100 * time.Millisecond)
	defer ready.Stop()
	deadline := time.After(startLimit)
	for {
		r, err := http.Get(p.url + "/-/ready")
		if err == nil {
			_ = r.Body.Close()
			if r.StatusCode == http.StatusOK {
				return p
			}
		}
		select {
		case <-ready.C:
		case <-deadline:
			t.Fatalf("Prometheus was not ready within %v: %v\n%s", startLimit, err, p.log())
		}
	}
}

// awaitScrapes waits until Prometheus scrapes, which begins some seconds after it
// is ready.
func (p *prometheus) awaitScrapes(t *testing.T) {
	t.Helper()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(startLimit)
	for len(p.samples(t, `up{job="serve"}`)) == 0 {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("Prometheus did not scrape within %v:\n%s", startLimit, p.log())
		}
	}
}

// promSample is what a series was at one time.
type promSample struct {
	at    float64 // Unix seconds
	value float64
}

// UnmarshalJSON reads a sample of Prometheus' API.
func (s *promSample) UnmarshalJSON(data []byte) error {
	var pair [2]any
	if err := json.Unmarshal(data, &pair); err != nil {
		return err
	}
	at, isNumber := pair[0].(float64)
	text, isText := pair[1].(string)
	v, err := strconv.ParseFloat(text, 64)
	if !isNumber || !isText || err != nil {
		return fmt.Errorf("read sample %s: %w", data, err)
	}
	*s = promSample{at, v}
	return nil
}

// since returns the range that begins just before another sample, in PromQL.
func (s promSample) since(first promSample) string {
	return fmt.Sprintf("%dms", int64((s.at-first.at)*1000)+1)
}

type promSeries struct {
	Metric map[string]string `json:"metric"`
	Value  promSample        `json:"value"`
	Values []promSample      `json:"values"`
}

// query asks Prometheus, as of a time or as of now when that is 0.
func (p *prometheus) query(t *testing.T, promQL string, at float64) []promSeries {
	t.Helper()
	values := url.Values{"query": {promQL}}
	if at > 0 {
		values.Set("time", strconv.FormatFloat(at, 'f', 3, 64))
	}
	var answer struct {
		Status string `json:"status"`
		Error  string `json:"error"`
		Data   struct {
			Result []promSeries `json:"result"`
		} `json:"data"`
	}
	if err := json.Unmarshal(fetch(t, p.url+"/api/v1/query?"+values.Encode()), &answer); err != nil || answer.Status != "success" {
		t.Fatalf("%s: %v %s", promQL, err, answer.Error)
	}
	return answer.Data.Result
}

// value returns the one value of a query.
func (p *prometheus) value(t *testing.T, promQL string, at float64) float64 {
	t.Helper()
	got := p.query(t, promQL, at)
	if len(got) != 1 {
		t.Fatalf("%s has %d results: %v", promQL, len(got), got)
	}
	return got[0].Value.value
}

// samples returns all samples of a series, none when it is not there.
func (p *prometheus) samples(t *testing.T, selector string) []promSample {
	t.Helper()
	got := p.query(t, selector+"[10m]", 0)
	if len(got) > 1 {
		t.Fatalf("%s selects %d series", selector, len(got))
	}
	if len(got) == 0 {
		return nil
	}
	return got[0].Values
}

// span returns the first and the last sample of a series.
func (p *prometheus) span(t *testing.T, selector string) (first, last promSample) {
	t.Helper()
	samples := p.samples(t, selector)
	if len(samples) < 2 {
		t.Fatalf("%s has %d samples", selector, len(samples))
	}
	return samples[0], samples[len(samples)-1]
}

func (p *prometheus) last(t *testing.T, selector string) float64 {
	t.Helper()
	_, last := p.span(t, selector)
	return last.value
}

// reached returns the last value of a series, 0 when it is not there yet.
func (p *prometheus) reached(t *testing.T, selector string) float64 {
	t.Helper()
	if samples := p.samples(t, selector); len(samples) > 0 {
		return samples[len(samples)-1].value
	}
	return 0
}

// awaitAtLeast asks until the value is as high as it should be, for a scrape may
// be due, or for ten seconds.
func (p *prometheus) awaitAtLeast(t *testing.T, promQL string, least float64) float64 {
	t.Helper()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(10 * time.Second)
	for {
		got := p.value(t, promQL, 0)
		if got >= least {
			return got
		}
		select {
		case <-tick.C:
		case <-deadline:
			return got
		}
	}
}
