package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"

	"github.com/alecthomas/kingpin/v2"

	"callprobe/internal/app"
	"callprobe/internal/terminal"
	"callprobe/probe"
)

type replayCommand struct {
	dirs   []string
	output string
}

func (c *replayCommand) register(cli *kingpin.Application) *kingpin.CmdClause {
	cmd := cli.Command("replay", "Evaluate recorded calls again.")
	cmd.Arg("calldir", "Directory of one call, as made by call --record.dir, or its recording alone, as the page of a call offers it.").Required().StringsVar(&c.dirs)
	oneOf(cmd.Flag("output", "What to print on stdout: text, json or junit.").Default(outputText), &c.output, outputText, outputJSON, outputJUnit)
	return cmd
}

func (c *replayCommand) run(_ context.Context, s streams) (int, error) {
	style := terminal.Detect(s.out, s.getenv)
	var reports []*probe.Report
	var errs []error
	for _, dir := range c.dirs {
		report, err := app.Replay(dir)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		reports = append(reports, report)
		errs = append(errs, c.printOne(s.out, style, report))
	}
	switch {
	case len(reports) == 0:
	case c.output == outputJUnit:
		errs = append(errs, terminal.JUnit(s.out, reports))
	case c.output == outputText:
		errs = append(errs, terminal.Summary(s.out, style, reports))
	}
	if err := errors.Join(errs...); err != nil {
		return exitUsage, err
	}
	return exitCode(reports), nil
}

func (c *replayCommand) printOne(w io.Writer, style terminal.Style, report *probe.Report) error {
	switch {
	case c.output == outputJSON:
		return json.NewEncoder(w).Encode(report)
	case c.output == outputText && len(c.dirs) > 1:
		return errors.Join(terminal.Report(w, style, report), blankLine(w))
	case c.output == outputText:
		return terminal.Report(w, style, report)
	}
	return nil
}
