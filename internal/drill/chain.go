package drill

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"callprobe/deploy"
	"callprobe/internal/labproc"
	"callprobe/internal/process"
)

// Chain says what makes an alert by itself: the lab's agent, calls to it, and a
// Prometheus with the shipped rules that tells the Alertmanager of a drill.
type Chain struct {
	// Lab, Prometheus and Callprobe are the paths of the programs.
	Lab, Prometheus, Callprobe string
	// Interval is from call to call.
	Interval time.Duration
	// Rules are those that Prometheus gets. A ServiceURL that is the default is
	// replaced by the address of the chain's own service.
	Rules deploy.Rules
}

// chain is a running one.
type chain struct {
	// service and prometheus are where they answer.
	service, prometheus Server
	// tell gives the lab a command, stop ends everything.
	tell func(command string) error
	stop func() error
}

// processes are what a chain runs as.
type processes struct {
	chain
	folder  string
	lab     *labproc.Lab
	servers []*process.Process
}

// start starts the chain, with everything that it writes in a folder that goes
// when it ends.
func (c Chain) start(ctx context.Context, o Options, labels map[string]string) (*chain, error) {
	folder, err := os.MkdirTemp("", "callprobe-drill-*")
	if err != nil {
		return nil, fmt.Errorf("start the chain: %w", err)
	}
	running := &processes{folder: folder}
	if err := running.start(ctx, c, o, labels); err != nil {
		return nil, errors.Join(fmt.Errorf("start the chain: %w", err), running.end())
	}
	running.tell, running.stop = running.lab.Tell, running.end
	return &running.chain, nil
}

func (r *processes) start(ctx context.Context, c Chain, o Options, labels map[string]string) error {
	lab, err := labproc.Start(ctx, c.Lab, io.Discard)
	if err != nil {
		return err
	}
	r.lab = lab
	service, err := process.FreeAddress(ctx)
	if err != nil {
		return err
	}
	prometheus, err := process.FreeAddress(ctx)
	if err != nil {
		return err
	}
	r.service.URL, r.prometheus.URL = "http://"+service, "http://"+prometheus
	if err := r.write(c, o, labels); err != nil {
		return err
	}
	if err := r.run(ctx, r.service.URL+"/-/healthy", []string{"LIVEKIT_API_KEY=" + lab.APIKey, "LIVEKIT_API_SECRET=" + lab.APISecret},
		c.Callprobe, "serve", "--config.file=callprobe.yml", "--web.listen-address="+service); err != nil {
		return err
	}
	return r.run(ctx, r.prometheus.URL+"/-/ready", nil, c.Prometheus, "--config.file=prometheus.yml", "--storage.tsdb.path=data", "--web.listen-address="+prometheus)
}

func (r *processes) run(ctx context.Context, ready string, env []string, path string, args ...string) error {
	p, err := process.Start(ctx, r.folder, ready, env, path, args...)
	if err == nil {
		r.servers = append(r.servers, p)
	}
	return err
}

// write writes the configurations. Passwords go into files that nobody else may
// read.
func (r *processes) write(c Chain, o Options, labels map[string]string) error {
	if c.Rules.ServiceURL == deploy.DefaultRules().ServiceURL {
		c.Rules.ServiceURL = r.service.URL
	}
	rules, err := c.Rules.Print()
	if err != nil {
		return err
	}
	prometheus, err := prometheusConfig(o, labels, strings.TrimPrefix(r.service.URL, "http://"))
	if err != nil {
		return err
	}
	var errs []error
	for name, text := range map[string]string{
		"callprobe.rules.yml": strings.ReplaceAll(rules, " summary: ", " summary: "+summaryPrefix),
		"prometheus.yml":      prometheus,
		"secret":              o.Alertmanager.Token + o.Alertmanager.Password,
		"callprobe.yml": fmt.Sprintf("targets:\n  - name: %q\n    url: %s\n    api_key_env: LIVEKIT_API_KEY\n    api_secret_env: LIVEKIT_API_SECRET\n    agent_name: %s\n"+
			"probes:\n  - scenario: opening-hours\n    interval: %s\nrecording: {dir: calls}\n", o.Target, r.lab.URL, r.lab.AgentName, c.Interval),
	} {
		errs = append(errs, os.WriteFile(filepath.Join(r.folder, name), []byte(text), 0o600))
	}
	return errors.Join(errs...)
}

// prometheusConfig scrapes as the shipped configuration does. What is not the
// alert that is drilled stays inside, the Watchdog above all: else the heartbeat
// would go on while the real one is dead.
func prometheusConfig(o Options, labels map[string]string, service string) (string, error) {
	u, err := url.Parse(o.Alertmanager.URL)
	if err != nil {
		return "", err
	}
	login := ""
	switch {
	case o.Alertmanager.Token != "":
		login = "      authorization: {credentials_file: secret}\n"
	case o.Alertmanager.User != "":
		login = fmt.Sprintf("      basic_auth: {username: %q, password_file: secret}\n", o.Alertmanager.User)
	}
	host := u.Host
	if u.Port() == "" {
		host += map[string]string{"http": ":80", "https": ":443"}[u.Scheme]
	}
	return fmt.Sprintf(`global:
  scrape_interval: 15s
  evaluation_interval: 15s
  external_labels: {%s: "true", %s: %q}
rule_files: [callprobe.rules.yml]
scrape_configs:
  - job_name: callprobe
    scrape_interval: 5s
    static_configs: [{targets: [%q]}]
alerting:
  alert_relabel_configs:
    - {source_labels: [alertname], regex: %s, action: keep}
  alertmanagers:
    - scheme: %s
      path_prefix: %q
%s      static_configs: [{targets: [%q]}]
`, labelDrill, labelRun, labels[labelRun], service, o.Alert.Name, u.Scheme, "/"+strings.Trim(u.Path, "/"), login, host), nil
}

// end ends what was started, in the order in which nothing of it raises another
// alarm.
func (r *processes) end() error {
	var errs []error
	for i := len(r.servers) - 1; i >= 0; i-- {
		errs = append(errs, r.servers[i].Stop())
	}
	r.servers = nil
	if r.lab != nil {
		errs = append(errs, r.lab.Stop())
		r.lab = nil
	}
	return errors.Join(append(errs, os.RemoveAll(r.folder))...)
}
