// Package alerttest runs what stands between a metric and the one who is woken,
// for end-to-end tests: a real Prometheus and a real Alertmanager with the
// configuration that callprobe ships, and stand-ins for PagerDuty, Slack and a
// heartbeat service that refuse what the real ones refuse.
package alerttest

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"time"
)

// Options say what to run.
type Options struct {
	// Prometheus and Alertmanager are the paths of the programs. Without
	// Prometheus, alerts are given to Alertmanager with Post.
	Prometheus, Alertmanager string
	// Folder is an empty one, Deploy the repository's folder of that name.
	Folder, Deploy string
	// Service is the address, host:port, where callprobe answers.
	Service string
	// Agent is where an agent exports metrics of its own; it may be empty.
	Agent string
	// GroupInterval, when it is set, takes the place of that of the shipped
	// configuration, after which an incident is updated or resolved.
	GroupInterval time.Duration
	// Hasten makes alerts fire 5 s after their condition holds, for tests of
	// what comes then.
	Hasten bool
}

// Stack is a running chain from scrape to page.
type Stack struct {
	PagerDuty *PagerDuty
	Slack     *Slack
	// Prometheus and Alertmanager are their addresses, http://host:port.
	Prometheus, Alertmanager string

	heartbeats atomic.Int64
	folder     string
	server     *httptest.Server
	processes  []*Process
}

// Start starts the chain.
func Start(ctx context.Context, o Options) (*Stack, error) {
	s := &Stack{PagerDuty: &PagerDuty{}, Slack: &Slack{}, folder: o.Folder}
	mux := http.NewServeMux()
	mux.Handle("/v2/enqueue", s.PagerDuty)
	mux.Handle("/services/", s.Slack)
	mux.HandleFunc("/heartbeat", func(http.ResponseWriter, *http.Request) { s.heartbeats.Add(1) })
	s.server = httptest.NewServer(mux)
	if err := s.start(ctx, o); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

func (s *Stack) start(ctx context.Context, o Options) error {
	prometheus, err := FreeAddress(ctx)
	if err != nil {
		return err
	}
	alertmanager, err := FreeAddress(ctx)
	if err != nil {
		return err
	}
	s.Prometheus, s.Alertmanager = "http://"+prometheus, "http://"+alertmanager
	if err := s.configure(o, alertmanager); err != nil {
		return fmt.Errorf("write configuration: %w", err)
	}
	if err := s.run(ctx, s.Alertmanager+"/-/ready", o.Alertmanager, "--config.file=alertmanager.yml", "--storage.path=alertmanager-data",
		"--web.listen-address="+alertmanager, "--cluster.listen-address="); err != nil {
		return err
	}
	if o.Prometheus == "" {
		return nil
	}
	args := []string{"--config.file=prometheus.yml", "--storage.tsdb.path=prometheus-data", "--web.listen-address=" + prometheus}
	if o.Hasten {
		// What fires before Prometheus has found Alertmanager is sent again after
		// a minute by default.
		args = append(args, "--rules.alert.resend-delay=5s")
	}
	return s.run(ctx, s.Prometheus+"/-/ready", o.Prometheus, args...)
}

// configure writes what is shipped into the folder. Only addresses and the paths
// of keys differ.
func (s *Stack) configure(o Options, alertmanager string) error {
	interval := "group_interval: 1m"
	if o.GroupInterval > 0 {
		interval = "group_interval: " + o.GroupInterval.String()
	}
	var errs []error
	write := func(name, text string) {
		errs = append(errs, os.WriteFile(filepath.Join(s.folder, name), []byte(text), 0o600))
	}
	copied := func(name string, changes ...string) string {
		text, err := os.ReadFile(filepath.Join(o.Deploy, filepath.FromSlash(name))) //nolint:gosec // Of our repository.
		errs = append(errs, err)
		for i := 0; i < len(changes); i += 2 {
			if !strings.Contains(string(text), changes[i]) {
				errs = append(errs, fmt.Errorf("%s does not hold %q", name, changes[i]))
			}
		}
		changed := strings.NewReplacer(changes...).Replace(string(text))
		write(filepath.Base(name), changed)
		return changed
	}
	rules := copied("prometheus/callprobe.rules.yml", "http://localhost:9877", "http://"+o.Service)
	if o.Hasten {
		write("callprobe.rules.yml", regexp.MustCompile(`(?m)^( +(?:for|interval): )\d+[sm]$`).ReplaceAllString(rules, "${1}5s"))
	}
	copied("prometheus/prometheus.yml", "localhost:9877", o.Service, "localhost:9093", alertmanager,
		"targets: [lab/short-answer]", "targets: []", "localhost:9100", cmp.Or(o.Agent, "localhost:9100"))
	copied("alertmanager/callprobe.tmpl")
	copied("alertmanager/alertmanager.yml", "https://events.pagerduty.com/v2/enqueue", s.server.URL+"/v2/enqueue",
		"/etc/alertmanager/", s.folder+"/", "http://localhost:9099/heartbeat", s.server.URL+"/heartbeat", "group_interval: 1m", interval)
	write("pagerduty-key", RoutingKey+"\n")
	write("slack-webhook", s.server.URL+SlackPath+"\n")
	return errors.Join(errs...)
}

func (s *Stack) run(ctx context.Context, ready, path string, args ...string) error {
	p, err := StartProcess(ctx, s.folder, ready, nil, path, args...)
	if err == nil {
		s.processes = append(s.processes, p)
	}
	return err
}

// Heartbeats is how often the heartbeat service was called.
func (s *Stack) Heartbeats() int { return int(s.heartbeats.Load()) }

// Logs returns the ends of what Prometheus and Alertmanager said.
func (s *Stack) Logs() string {
	var parts []string
	for _, p := range s.processes {
		parts = append(parts, p.Tail())
	}
	return strings.Join(parts, "\n---\n")
}

// Alert is one that Prometheus holds.
type Alert struct {
	State    string            `json:"state"`
	Labels   map[string]string `json:"labels"`
	ActiveAt time.Time         `json:"activeAt"`
}

// Alerts returns the pending and firing alerts of Prometheus.
func (s *Stack) Alerts(ctx context.Context) ([]Alert, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.Prometheus+"/api/v1/alerts", nil)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, fmt.Errorf("ask Prometheus for alerts: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	var answer struct {
		Data struct {
			Alerts []Alert `json:"alerts"`
		} `json:"data"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		return nil, fmt.Errorf("ask Prometheus for alerts: %w", err)
	}
	return answer.Data.Alerts, nil
}

// Posted is an alert that is given to Alertmanager as Prometheus does.
type Posted struct {
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
	StartsAt    time.Time         `json:"startsAt"`
	EndsAt      time.Time         `json:"endsAt,omitzero"`
}

// Post gives alerts to Alertmanager.
func (s *Stack) Post(ctx context.Context, alerts ...Posted) error {
	body, err := json.Marshal(alerts)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.Alertmanager+"/api/v2/alerts", bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("post alerts: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("post alerts: %s", resp.Status)
	}
	return nil
}

// Stop ends everything that was started.
func (s *Stack) Stop() error {
	var errs []error
	for _, p := range s.processes {
		errs = append(errs, p.Stop())
	}
	s.server.Close()
	return errors.Join(errs...)
}
