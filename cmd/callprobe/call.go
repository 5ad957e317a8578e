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
	cmd := cli.Command("call", "Make one call per scenario now and judge it.")
	cmd.Arg("scenario", "Built-in scenario, or path of a scenario file. Default: opening-hours.").StringsVar(&c.scenarios)
	c.target.register(cmd)
	cmd.Flag("count", "How many times to call each scenario.").Default("1").IntVar(&c.count)
	cmd.Flag("output", "What to print on stdout: text, json (one object a line) or junit.").Default(outputText).EnumVar(&c.output, outputText, outputJSON, outputJUnit)
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
	names := c.scenarios
	if len(names) == 0 {
		names = []string{"opening-hours"}
	}
	batch := app.Calls{Count: c.count, RecordDir: c.recordDir}
	for _, name := range names {
		plan, err := scenarios.Resolve(".", name)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		batch.Plans = append(batch.Plans, plan)
	}
	target, err := c.target.target(s.getenv)
	if err != nil {
		errs = append(errs, err)
	}
	batch.Target = target
	return batch, errors.Join(errs...)
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
