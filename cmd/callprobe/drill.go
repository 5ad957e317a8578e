package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kingpin/v2"

	"callprobe/deploy"
	"callprobe/internal/app"
	"callprobe/internal/drill"
	"callprobe/internal/terminal"
)

type drillCommand struct {
	alert, target           string
	alertmanager            drill.Server
	passwordFile, tokenFile string
	configFile              string
	rules                   deploy.Rules
	timeout                 time.Duration
	endToEnd                bool
	lab, prometheus         string
	interval                time.Duration
}

func (c *drillCommand) register(cli *kingpin.Application) *kingpin.CmdClause {
	c.rules = deploy.DefaultRules()
	d := deploy.DefaultRules()
	cmd := cli.Command("drill", "A fire drill: send a test alert, marked as one, through a real Alertmanager, and say step by step whether it reaches the one it should, and whether they are told that it is over.")
	cmd.Arg("alert", "Name of the alert, as in callprobe rules.").Required().StringVar(&c.alert)
	cmd.Flag("alertmanager.url", "Root of Alertmanager; of a cluster, its first member.").Default("http://localhost:9093").StringVar(&c.alertmanager.URL)
	cmd.Flag("alertmanager.username", "User for HTTP basic authentication.").PlaceHolder("NAME").StringVar(&c.alertmanager.User)
	cmd.Flag("alertmanager.password-file", "File with the password of that user.").PlaceHolder("FILE").StringVar(&c.passwordFile)
	cmd.Flag("alertmanager.bearer-token-file", "File with a token, instead of user and password.").PlaceHolder("FILE").StringVar(&c.tokenFile)
	cmd.Flag("alertmanager.config.file", "The configuration that Alertmanager should run: what it promises counts. Default: the running one.").PlaceHolder("FILE").StringVar(&c.configFile)
	cmd.Flag("target", "What the alert is said to be about. The name of a real target would mute alerts of it meanwhile.").Default("drill").StringVar(&c.target)
	cmd.Flag("target-label", "Label that tells one agent from another, as given to callprobe rules.").Default(d.TargetLabel).StringVar(&c.rules.TargetLabel)
	cmd.Flag("service-url", "Where callprobe serves its pages, for the links in the page.").Default(d.ServiceURL).StringVar(&c.rules.ServiceURL)
	cmd.Flag("grafana-url", "Root of Grafana, for the links in the page.").Default(d.GrafanaURL).StringVar(&c.rules.GrafanaURL)
	cmd.Flag("runbook-url", "What the name of an alert is appended to. Default: the runbooks that callprobe serves.").StringVar(&c.rules.RunbookURL)
	cmd.Flag("timeout", "Give up after this, such as 5m. Default: as long as the configuration needs.").PlaceHolder("DURATION").DurationVar(&c.timeout)
	cmd.Flag("end-to-end", "Begin at the agent: let the lab's agent die, and time it from death to page. For NoActiveAgents; starts lab, calls and Prometheus, and ends them.").BoolVar(&c.endToEnd)
	cmd.Flag("lab.path", "The lab's program for --end-to-end; `make lab` builds it. Also from CALLPROBE_LAB.").PlaceHolder("FILE").StringVar(&c.lab)
	cmd.Flag("prometheus.path", "Prometheus' program for --end-to-end. Also from CALLPROBE_PROMETHEUS; else it is looked for.").PlaceHolder("FILE").StringVar(&c.prometheus)
	cmd.Flag("interval", "From call to call, for --end-to-end.").Default("30s").DurationVar(&c.interval)
	return cmd
}

func (c *drillCommand) run(ctx context.Context, s streams) (int, error) {
	o, err := c.options(s)
	if err != nil {
		return exitUsage, err
	}
	list := terminal.NewChecklist(s.out, terminal.Live(s.out, s.getenv), terminal.Detect(s.out, s.getenv))
	o.Watcher.Waiting = list.Waiting
	if c.endToEnd {
		chain, err := c.chain(s)
		if err != nil {
			return exitUsage, err
		}
		return c.outage(ctx, list, o, chain), nil
	}
	o.Watcher.Step = func(step drill.Step) { list.Item(item(step, step.Name)) }
	result := drill.Run(ctx, o)
	switch result.State {
	case drill.Passed:
		texts := []string{fmt.Sprintf("%s reached its receiver after %.1f s.", c.alert, result.Delivered.Seconds())}
		if result.Resolved > 0 {
			texts[0] = fmt.Sprintf("%s reached its receiver after %.1f s, and its end after %.1f s.", c.alert, result.Delivered.Seconds(), result.Resolved.Seconds())
		}
		list.Conclusion(terminal.Good, "DELIVERED", append(texts, proof)...)
	case drill.Failed:
		list.Conclusion(terminal.Bad, "NOT AS PROMISED", fmt.Sprintf("A real %s would fare the same.", c.alert))
	case drill.Unclear:
		list.Conclusion(terminal.Doubtful, "UNCLEAR", "Nobody can tell from here whether a real alert would arrive.")
	}
	return drillExit(result.State), nil
}

// proof is what a delivery proves, and what not.
const proof = "That means: the receiver's server answered 2xx, by Alertmanager's counters. Whether a phone rang, only its owner knows: look for DRILL."

func (c *drillCommand) outage(ctx context.Context, list *terminal.Checklist, o drill.Options, chain drill.Chain) int {
	o.Watcher.Step = func(step drill.Step) {
		name := step.Name
		if step.Timed {
			name = fmt.Sprintf("%6.1f s", step.At.Seconds())
		}
		list.Item(item(step, name))
	}
	result := drill.RunOutage(ctx, o, chain)
	list.Waterfall("From the agent's death", moments(result.Marks))
	list.Waterfall("From its return", moments(result.Back))
	switch result.State {
	case drill.Passed:
		list.Conclusion(terminal.Good, "DELIVERED", fmt.Sprintf("%.1f s from the agent's death to the page, with calls every %v.", result.Delivered.Seconds(), c.interval), proof)
	case drill.Failed:
		list.Conclusion(terminal.Bad, "NOT AS PROMISED", "A real outage would fare the same.")
	case drill.Unclear:
		list.Conclusion(terminal.Doubtful, "UNCLEAR", "Nobody can tell from this whether a real outage would page.")
	}
	return drillExit(result.State)
}

func moments(marks []drill.Mark) []terminal.Moment {
	all := make([]terminal.Moment, len(marks))
	for i, m := range marks {
		all[i] = terminal.Moment(m)
	}
	return all
}

// item shows a step.
func item(s drill.Step, name string) terminal.Item {
	marks := map[drill.State]terminal.Mark{drill.Passed: terminal.Good, drill.Unclear: terminal.Doubtful, drill.Failed: terminal.Bad}
	return terminal.Item{Mark: marks[s.State], Name: name, Text: s.Text, Details: s.Details, Caution: s.Caution, Remedy: s.Remedy}
}

func drillExit(s drill.State) int {
	return map[drill.State]int{drill.Passed: exitPassed, drill.Unclear: exitInconclusive, drill.Failed: exitFailed}[s]
}

// options checks the flags, and says everything that is wrong with them.
func (c *drillCommand) options(s streams) (drill.Options, error) {
	o := drill.Options{TargetLabel: c.rules.TargetLabel, Target: c.target, Sender: sender(s.getenv("USER")), Timeout: c.timeout}
	alert, alertErr := c.find()
	o.Alert = alert
	errs := []error{alertErr, c.credentials()}
	if err := c.alertmanager.Validate(); err != nil {
		errs = append(errs, fmt.Errorf("--alertmanager.url: %w", err))
	}
	o.Alertmanager = c.alertmanager
	if !regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`).MatchString(c.target) {
		errs = append(errs, fmt.Errorf(`--target=%s is no name of a target: use up to 64 letters, digits, ".", "_" and "-", a letter or digit first`, c.target))
	}
	if alertErr == nil && c.target != "drill" && !slices.Contains(alert.Carried(), c.rules.TargetLabel) {
		errs = append(errs, fmt.Errorf("--target=%s: %s is not about a target; leave it out", c.target, c.alert))
	}
	if c.timeout < 0 {
		errs = append(errs, fmt.Errorf("--timeout=%v is less than nothing", c.timeout))
	}
	if c.configFile != "" {
		text, err := os.ReadFile(c.configFile)
		if err == nil {
			var promise drill.Configuration
			promise, err = drill.ParseConfiguration(c.configFile, string(text))
			o.Promise = &promise
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("--alertmanager.config.file: %w", err))
		}
	}
	return o, errors.Join(errs...)
}

// find returns the shipped alert of that name.
func (c *drillCommand) find() (deploy.Alert, error) {
	alerts, err := c.rules.Alerts()
	if err != nil {
		return deploy.Alert{}, err
	}
	var names []string
	for _, a := range alerts {
		if a.Name == c.alert {
			return a, nil
		}
		names = append(names, a.Name)
	}
	slices.Sort(names)
	return deploy.Alert{}, fmt.Errorf("there is no alert %q: it is one of %s", c.alert, strings.Join(names, ", "))
}

func (c *drillCommand) credentials() (err error) {
	if (c.passwordFile == "") != (c.alertmanager.User == "") {
		err = errors.New("--alertmanager.username and --alertmanager.password-file belong together: give both")
	}
	if c.passwordFile != "" {
		var readErr error
		c.alertmanager.Password, readErr = app.ReadSecret(c.passwordFile)
		err = errors.Join(err, readErr)
	}
	if c.tokenFile != "" {
		var readErr error
		c.alertmanager.Token, readErr = app.ReadSecret(c.tokenFile)
		err = errors.Join(err, readErr)
	}
	return err
}

// sender is the user's name, if it is one that can stand in a page.
func sender(name string) string {
	if !regexp.MustCompile(`^[A-Za-z0-9._-]{1,32}$`).MatchString(name) {
		return ""
	}
	return name
}

// chain finds the programs that an outage needs.
func (c *drillCommand) chain(s streams) (drill.Chain, error) {
	var errs []error
	if c.alert != "NoActiveAgents" {
		errs = append(errs, fmt.Errorf("--end-to-end is for NoActiveAgents, for what it does is let the agent die: %s can be drilled without it", c.alert))
	}
	if c.rules.TargetLabel != deploy.DefaultRules().TargetLabel {
		errs = append(errs, fmt.Errorf("--target-label=%s and --end-to-end exclude each other: the lab's calls carry %s", c.rules.TargetLabel, deploy.DefaultRules().TargetLabel))
	}
	if c.interval < time.Second || c.interval > 5*time.Minute {
		errs = append(errs, fmt.Errorf("--interval=%v is not between 1s and 5m", c.interval))
	}
	self, err := os.Executable()
	errs = append(errs, err)
	lab, err := findProgram("the lab", "--lab.path", c.lab, s.getenv("CALLPROBE_LAB"), "callprobe-lab", "`make lab` builds it")
	errs = append(errs, err)
	prometheus, err := findProgram("Prometheus", "--prometheus.path", c.prometheus, s.getenv("CALLPROBE_PROMETHEUS"), "prometheus", "Debian's package prometheus has it")
	errs = append(errs, err)
	return drill.Chain{Lab: lab, Prometheus: prometheus, Callprobe: self, Interval: c.interval, Rules: c.rules}, errors.Join(errs...)
}

// findProgram returns the absolute path of a program.
func findProgram(what, flag, given, fallback, name, remedy string) (string, error) {
	if given == "" {
		given = fallback
	}
	if given == "" {
		given = name
	}
	path, err := exec.LookPath(given)
	if err != nil {
		return "", fmt.Errorf("%s is not to be found (%w): give %s; %s", what, err, flag, remedy)
	}
	return filepath.Abs(path)
}
