// Demoalerts shows a new user the way from a dead agent to the right pager: a
// real Alertmanager with the shipped configuration, stand-ins for PagerDuty and
// Slack, and `callprobe drill`, which brings the lab, calls and a real Prometheus.
// `make demo-alerts` builds what it needs and runs it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"callprobe/internal/alerttest"
)

// groupInterval takes the place of the shipped minute, so that nobody has to wait
// for the end of an incident.
const groupInterval = 10 * time.Second

func main() {
	var d demo
	flag.StringVar(&d.callprobe, "callprobe", "", "path of callprobe")
	flag.StringVar(&d.alertmanager, "alertmanager", "", "path of Alertmanager")
	flag.StringVar(&d.deploy, "deploy", "deploy", "the repository's folder of that name")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := d.run(ctx)
	if ctx.Err() != nil {
		fmt.Println("\nInterrupted; everything was ended.")
		os.Exit(130) //nolint:gocritic // What stop would do, the end does.
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "demo-alerts: %v\n", err)
		os.Exit(1)
	}
}

// demo is what is shown.
type demo struct {
	callprobe, alertmanager, deploy string
	folder                          string
	stack                           *alerttest.Stack
	// refused is when PagerDuty refused the wrong key, seen from here.
	refused time.Time
}

func (d *demo) run(ctx context.Context) (err error) {
	if d.folder, err = os.MkdirTemp("", "callprobe-demo-*"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(d.folder)) }()
	fmt.Println("Starting a real Alertmanager with the shipped configuration, and stand-ins for")
	fmt.Println("PagerDuty and Slack that refuse what the real ones refuse.")
	fmt.Printf("Shortened for you: calls every 10 s, not 30 s; group_interval %v, not 1m.\n", groupInterval)
	d.stack, err = alerttest.Start(ctx, alerttest.Options{
		Alertmanager: d.alertmanager, Folder: d.folder, Deploy: d.deploy, Service: "localhost:9877", GroupInterval: groupInterval,
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.stack.Stop()) }()
	for _, scene := range []func(context.Context) error{d.drill, d.spoiled, d.outage} {
		if err := scene(ctx); err != nil {
			return err
		}
	}
	d.table()
	return nil
}

// drill is a fire drill that goes well.
func (d *demo) drill(ctx context.Context) error {
	title("1. A fire drill: does a warning reach Slack?")
	if err := d.callprobeDrill(ctx, 0, "AgentHighLatency"); err != nil {
		return err
	}
	messages := d.stack.Slack.Messages()
	if len(messages) == 0 {
		return errors.New("the drill says that Slack was told, and it was not")
	}
	card("What Slack got at "+clock(messages[0].At), slackFields(messages[0])...)
	return nil
}

// spoiled is one that finds a fault: a wrong key.
func (d *demo) spoiled(ctx context.Context) error {
	title("2. Another: somebody has put a wrong key into PagerDuty's key file")
	path := filepath.Join(d.folder, "pagerduty-key")
	if err := os.WriteFile(path, []byte("not-the-key\n"), 0o600); err != nil {
		return err
	}
	if err := d.callprobeDrill(ctx, 1, "STTFailureRate"); err != nil {
		return err
	}
	d.refused = time.Now()
	for _, why := range d.stack.PagerDuty.Refused() {
		card("What PagerDuty answered", field{"", why})
	}
	fmt.Println("The key is put right again.")
	return os.WriteFile(path, []byte(alerttest.RoutingKey+"\n"), 0o600)
}

// outage is the whole way, with what PagerDuty sees in between.
func (d *demo) outage(ctx context.Context) error {
	title("3. The real thing: the agent dies. It takes some two minutes")
	watched, done := context.WithCancel(ctx)
	watching := make(chan struct{})
	go func() {
		defer close(watching)
		d.watchPagerDuty(watched)
	}()
	err := d.callprobeDrill(ctx, 0, "NoActiveAgents", "--end-to-end", "--interval=10s")
	done()
	<-watching
	return err
}

// endLimit is how long a drill that was interrupted may take to end what it
// started.
const endLimit = 40 * time.Second

// callprobeDrill runs the command as a user would, and expects its exit code.
func (d *demo) callprobeDrill(ctx context.Context, want int, args ...string) error {
	fmt.Printf("$ callprobe drill %s \\\n      --alertmanager.url=%s\n\n", strings.Join(args, " "), d.stack.Alertmanager)
	cmd := exec.CommandContext(ctx, d.callprobe, append([]string{"drill", "--alertmanager.url=" + d.stack.Alertmanager}, args...)...) //nolint:gosec // It is what is shown.
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = endLimit
	err := cmd.Run()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if _, ended := errors.AsType[*exec.ExitError](err); err != nil && !ended {
		return err
	}
	if got := cmd.ProcessState.ExitCode(); got != want {
		return fmt.Errorf("exit %d instead of %d; Alertmanager said:\n%s", got, want, d.stack.Logs())
	}
	fmt.Printf("(exit code %d)\n", want)
	return nil
}

// watchPagerDuty shows an incident when it is opened.
func (d *demo) watchPagerDuty(ctx context.Context) {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	shown, resolved := 0, 0
	for {
		for i, incident := range d.stack.PagerDuty.Incidents() {
			if i == shown {
				card("What PagerDuty gets at "+clock(incident.First.At)+": an incident", pageFields(incident.First)...)
				shown++
			}
			if i == resolved && !incident.Resolved.IsZero() {
				card("What PagerDuty gets at "+clock(incident.Resolved)+": it is resolved", field{"incident", incident.First.Payload.Summary})
				resolved++
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// table sums up who was told.
func (d *demo) table() {
	title("Who was told what")
	row := func(at time.Time, who, what, did string) {
		fmt.Printf("  %-9s %-10s %-28s %s\n", at.UTC().Format(time.TimeOnly), who, cut(what, 28), did)
	}
	for _, m := range d.stack.Slack.Messages() {
		did := "resolved"
		if strings.Contains(m.String(), "Firing") {
			did = "firing"
		}
		_, about, _ := strings.Cut(m.Attachments[0].Title, "– ")
		row(m.At, "Slack", alertOf(about), did)
	}
	row(d.refused, "PagerDuty", "STTFailureRate drill", "refused: the wrong key")
	for _, i := range d.stack.PagerDuty.Incidents() {
		row(i.First.At, "PagerDuty", alertOf(i.First.Payload.Summary), "opened")
		if !i.Resolved.IsZero() {
			row(i.Resolved, "PagerDuty", alertOf(i.First.Payload.Summary), fmt.Sprintf("resolved, %.0f s later", i.Resolved.Sub(i.First.At).Seconds()))
		}
	}
	fmt.Println("\nThe same against yours: callprobe drill NoActiveAgents --alertmanager.url=…")
	fmt.Println("docs/alerting.md has the rest: rules, routing, runbooks, fire drills.")
}
