package main

import (
	"context"
	"encoding/json"

	"github.com/alecthomas/kingpin/v2"

	"callprobe/internal/app"
	"callprobe/internal/terminal"
	"callprobe/probe"
)

type replayCommand struct {
	dir    string
	output string
}

func (c *replayCommand) register(cli *kingpin.Application) *kingpin.CmdClause {
	cmd := cli.Command("replay", "Evaluate a recorded call again.")
	cmd.Arg("calldir", "Directory of one call, as made by call --record.dir.").Required().StringVar(&c.dir)
	oneOf(cmd.Flag("output", "What to print on stdout: text, json or junit.").Default(outputText), &c.output, outputText, outputJSON, outputJUnit)
	return cmd
}

func (c *replayCommand) run(_ context.Context, s streams) (int, error) {
	report, err := app.Replay(c.dir)
	if err != nil {
		return exitUsage, err
	}
	reports := []*probe.Report{report}
	switch c.output {
	case outputJSON:
		err = json.NewEncoder(s.out).Encode(report)
	case outputJUnit:
		err = terminal.JUnit(s.out, reports)
	default:
		err = terminal.Report(s.out, terminal.Detect(s.out, s.getenv), report)
	}
	if err != nil {
		return exitUsage, err
	}
	return exitCode(reports), nil
}
