package main

import (
	"context"
	"errors"

	"github.com/alecthomas/kingpin/v2"

	"callprobe/internal/terminal"
	"callprobe/probe"
	"callprobe/scenarios"
)

type checkCommand struct {
	scenarios []string
}

func (c *checkCommand) register(cli *kingpin.Application) *kingpin.CmdClause {
	cmd := cli.Command("check", "Check configuration, scenarios and audio; say everything that is wrong at once.")
	cmd.Arg("scenario", "Built-in scenario or path of a scenario file. Default: the built-in ones.").StringsVar(&c.scenarios)
	return cmd
}

func (c *checkCommand) run(_ context.Context, s streams) (int, error) {
	names := c.scenarios
	if len(names) == 0 {
		names = scenarios.BuiltinNames()
	}
	var plans []probe.Plan
	var errs []error
	for _, name := range names {
		plan, err := scenarios.Resolve(".", name)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		plans = append(plans, plan)
	}
	if err := errors.Join(errs...); err != nil {
		return exitUsage, err
	}
	return exitPassed, terminal.Plans(s.out, terminal.Detect(s.out, s.getenv), plans)
}
