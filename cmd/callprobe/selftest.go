package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/alecthomas/kingpin/v2"

	"callprobe/internal/app"
	"callprobe/internal/selftest"
	"callprobe/internal/terminal"
	"callprobe/probe"
	"callprobe/probe/livekit"
	"callprobe/probe/loopback"
)

type selftestCommand struct {
	target          targetFlags
	calls, parallel int
	bound           selftest.Bound
	output          string
}

func (c *selftestCommand) register(cli *kingpin.Application) *kingpin.CmdClause {
	cmd := cli.Command("selftest", "Say how wrong the latencies measured on this machine are: calls of known delay to the lab's reference agent, or over a virtual network inside this process.")
	c.target.register(cmd)
	cmd.Flag("calls", "How many calls to make, of five turns each.").Default("4").IntVar(&c.calls)
	cmd.Flag("parallel", "How many of them at once.").Default("1").IntVar(&c.parallel)
	cmd.Flag("max-median", "The median of the absolute error must not be above this.").Default("1ms").DurationVar(&c.bound.Median)
	cmd.Flag("max-p99", "Its 99th percentile must not be above this.").Default("5ms").DurationVar(&c.bound.P99)
	cmd.Flag("min-coverage", "The stated uncertainty must hold the true error in at least this share of the turns.").Default("0.95").Float64Var(&c.bound.Coverage)
	oneOf(cmd.Flag("output", "What to print on stdout: text, or json (one object).").Default(outputText), &c.output, outputText, outputJSON)
	return cmd
}

func (c *selftestCommand) run(ctx context.Context, s streams) (int, error) {
	plan, err := selftest.Plan()
	if err := errors.Join(err, c.check()); err != nil {
		return exitUsage, err
	}
	way, err := c.way(s, plan)
	if err != nil {
		return exitUsage, err
	}
	result, err := c.calling(ctx, s, way)
	if errors.Is(err, selftest.ErrUnreachable) {
		_, _ = fmt.Fprintf(s.errOut, "callprobe: %v\ncallprobe: going over the virtual network instead\n", err)
		way = virtual(plan)
		result, err = c.calling(ctx, s, way)
	}
	if err != nil {
		return exitInconclusive, err
	}
	over := result.Exceeds(c.bound)
	if err := c.print(s, way, result, over); err != nil {
		return exitUsage, err
	}
	if len(over) > 0 {
		return exitFailed, nil
	}
	return exitPassed, nil
}

func (c *selftestCommand) calling(ctx context.Context, s streams, w way) (selftest.Result, error) {
	progress := terminal.NewProgress(s.errOut, terminal.Live(s.errOut, s.getenv), terminal.Detect(s.errOut, s.getenv))
	defer progress.Done()
	return selftest.Run(ctx, selftest.Options{
		Calls: c.calls, Parallel: c.parallel, Call: w.call,
		Done: func(made int, r *probe.Report) {
			last := fmt.Sprintf("%s after %.1f s", r.Verdict, r.Duration.Seconds())
			if r.Verdict != probe.Passed {
				last += ", " + r.Detail
			}
			progress.Count(made, c.calls, last)
		},
	})
}

func (c *selftestCommand) check() error {
	var errs []error
	if c.calls < 1 || c.calls > maxCount {
		errs = append(errs, fmt.Errorf("--calls=%d is not between 1 and %d", c.calls, maxCount))
	}
	if c.parallel < 1 || c.parallel > maxCount {
		errs = append(errs, fmt.Errorf("--parallel=%d is not between 1 and %d", c.parallel, maxCount))
	}
	if c.bound.Coverage < 0 || c.bound.Coverage > 1 {
		errs = append(errs, fmt.Errorf("--min-coverage=%g is not between 0 and 1", c.bound.Coverage))
	}
	return errors.Join(errs...)
}

// way is how the calls of a self-test are made.
type way struct {
	name string
	call func(ctx context.Context, i int, delay time.Duration) (*probe.Report, error)
}

// way goes to the lab where one is named, and over the virtual network
// otherwise.
func (c *selftestCommand) way(s streams, plan probe.Plan) (way, error) {
	if c.target.url == "" && c.target.configFile == "" && s.getenv("LIVEKIT_URL") == "" {
		return virtual(plan), nil
	}
	if c.target.agentMetadata != "" {
		return way{}, errors.New("--agent-metadata cannot be given: a self-test sets the delays of the reference agent by it")
	}
	called, err := c.target.callee(s.getenv)
	if err != nil {
		return way{}, err
	}
	lab := app.Calls{Plans: []probe.Plan{plan}, Target: called.target, TargetName: called.name, Count: 1}
	return way{
		name: "the room server at " + called.target.URL,
		call: func(ctx context.Context, _ int, delay time.Duration) (*probe.Report, error) {
			batch := lab
			batch.Target.AgentMetadata = fmt.Sprintf(`{"no_greeting":true,"reply_delay":%q}`, delay)
			return only(batch.Run(ctx))
		},
	}, nil
}

// virtual goes over the virtual network. What the caller asks first serves as
// the reply.
func virtual(plan probe.Plan) way {
	return way{
		name: "a virtual network in this process",
		call: func(ctx context.Context, _ int, delay time.Duration) (*probe.Report, error) {
			return only(app.Calls{
				Plans: []probe.Plan{plan}, Count: 1,
				Dialer: func(livekit.Target, string) probe.Dialer {
					return loopback.Dialer{Plan: plan, Reply: plan.Turns[0].Say, Delay: delay}
				},
			}.Run(ctx))
		},
	}
}

func only(reports []*probe.Report, err error) (*probe.Report, error) {
	if err != nil {
		return nil, err
	}
	return reports[0], nil
}

// selftestJSON is what --output=json prints.
type selftestJSON struct {
	Over          string   `json:"over"`
	Turns         int      `json:"turns"`
	Disturbed     int      `json:"disturbed_calls"`
	MedianSeconds float64  `json:"error_median_seconds"`
	P95Seconds    float64  `json:"error_p95_seconds"`
	P99Seconds    float64  `json:"error_p99_seconds"`
	MaxSeconds    float64  `json:"error_max_seconds"`
	Coverage      float64  `json:"coverage"`
	PacingSeconds float64  `json:"pacing_late_p99_median_seconds"`
	Exceeds       []string `json:"exceeds"`
}

func (c *selftestCommand) print(s streams, w way, r selftest.Result, over []string) error {
	if c.output == outputText {
		return terminal.PrintAccuracy(s.out, terminal.Detect(s.out, s.getenv), terminal.Accuracy{
			Over: w.name, Errors: r.Errors(), Median: r.Quantile(0.5), P95: r.Quantile(0.95), P99: r.Quantile(0.99), Most: r.Quantile(1),
			PacingMedian: r.PacingQuantile(0.5), PacingMost: r.PacingQuantile(1),
			Coverage: r.Coverage(), Disturbed: r.Disturbed, Exceeds: over,
		})
	}
	return json.NewEncoder(s.out).Encode(selftestJSON{
		Over: w.name, Turns: len(r.Samples), Disturbed: r.Disturbed,
		MedianSeconds: r.Quantile(0.5).Seconds(), P95Seconds: r.Quantile(0.95).Seconds(),
		P99Seconds: r.Quantile(0.99).Seconds(), MaxSeconds: r.Quantile(1).Seconds(),
		Coverage: r.Coverage(), PacingSeconds: r.PacingQuantile(0.5).Seconds(), Exceeds: append([]string{}, over...),
	})
}
