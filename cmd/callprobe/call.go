package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/alecthomas/kingpin/v2"

	"callprobe/internal/app"
	"callprobe/internal/terminal"
	"callprobe/probe"
	"callprobe/scenarios"
)

const (
	outputText  = "text"
	outputJSON  = "json"
	outputJUnit = "junit"
)

// maxCount bounds how many calls one command makes of each scenario.
const maxCount = 10000

type callCommand struct {
	scenarios []string
	target    targetFlags
	count     int
	output    string
	recordDir string
}

func (c *callCommand) register(cli *kingpin.Application) *kingpin.CmdClause {
	cmd := cli.Command("call", "Make one call per scenario now and judge it. Exit code: 0 passed, 1 failed, 2 wrong usage or configuration, 3 inconclusive.")
	cmd.Arg("scenario", "Built-in scenario, path of a scenario file, or name of a scenario of the configured target. Default: all of the configured target, else opening-hours.").StringsVar(&c.scenarios)
	c.target.register(cmd)
	cmd.Flag("count", "How many times to call each scenario.").Default("1").IntVar(&c.count)
	oneOf(cmd.Flag("output", "What to print on stdout: text, json (one object a line) or junit.").Default(outputText), &c.output, outputText, outputJSON, outputJUnit)
	cmd.Flag("record.dir", "Keep each call (audio, recording, report) in a directory of its own below this one.").PlaceHolder("DIR").StringVar(&c.recordDir)
	return cmd
}

func (c *callCommand) run(ctx context.Context, s streams) (int, error) {
	batch, err := c.batch(s)
	if err != nil {
		return exitUsage, err
	}
	style := terminal.Detect(s.out, s.getenv)
	progress := terminal.NewProgress(s.errOut, terminal.Live(s.errOut, s.getenv), terminal.Detect(s.errOut, s.getenv))
	var printErr error
	batch.Progress = progress.Update
	batch.Done = func(r *probe.Report, keptIn string) {
		progress.Done()
		printErr = errors.Join(printErr, c.printOne(s, style, r, keptIn))
	}
	reports, err := batch.Run(ctx)
	progress.Done()
	if err != nil {
		return max(exitCode(reports), exitUsage), errors.Join(err, printErr)
	}
	if err := errors.Join(printErr, c.printAll(s.out, style, reports)); err != nil {
		return exitUsage, err
	}
	return exitCode(reports), nil
}

// batch checks everything that can be checked before the first call.
func (c *callCommand) batch(s streams) (app.Calls, error) {
	var errs []error
	if c.count < 1 || c.count > maxCount {
		errs = append(errs, fmt.Errorf("--count=%d is not between 1 and %d", c.count, maxCount))
	}
	called, err := c.target.callee(s.getenv)
	errs = append(errs, err)
	// The name of a configured scenario means nothing where the configuration
	// could not be read.
	var plans []probe.Plan
	if err == nil || c.target.configFile == "" {
		plans, err = c.plans(called)
		errs = append(errs, err)
	}
	return app.Calls{
		Plans: plans, Target: called.target, TargetName: called.name, Count: c.count, RecordDir: c.recordDir,
	}, errors.Join(errs...)
}

// plans are what the command line names: scenarios of the configured target,
// built-in ones, files. Without any, it is all of the target.
func (c *callCommand) plans(called callee) ([]probe.Plan, error) {
	names := c.scenarios
	switch {
	case len(names) > 0:
	case len(called.plans) > 0:
		return called.plans, nil
	case called.name != "":
		return nil, fmt.Errorf("%s has no probe of target %q: name a scenario to call it with, or add one under \"probes\"", c.target.configFile, called.name)
	default:
		names = []string{"opening-hours"}
	}
	var plans []probe.Plan
	var errs []error
	for _, name := range names {
		plan, err := resolve(called, name)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		plans = append(plans, plan)
	}
	return plans, errors.Join(errs...)
}

func resolve(called callee, name string) (probe.Plan, error) {
	for _, plan := range called.plans {
		if plan.Name == name {
			return plan, nil
		}
	}
	return scenarios.Resolve(".", name)
}

func (c *callCommand) printOne(s streams, style terminal.Style, r *probe.Report, keptIn string) error {
	if keptIn != "" {
		if _, err := fmt.Fprintf(s.errOut, "kept in %s\n", keptIn); err != nil {
			return err
		}
	}
	switch c.output {
	case outputJSON:
		return json.NewEncoder(s.out).Encode(r)
	case outputText:
		return errors.Join(terminal.Report(s.out, style, r), blankLine(s.out))
	}
	return nil
}

func blankLine(w io.Writer) error {
	_, err := fmt.Fprintln(w)
	return err
}

func (c *callCommand) printAll(w io.Writer, style terminal.Style, reports []*probe.Report) error {
	switch {
	case c.output == outputJUnit:
		return terminal.JUnit(w, reports)
	case c.output == outputText && len(reports) > 1:
		return terminal.Summary(w, style, reports)
	}
	return nil
}
