package main

import (
	"context"
	"errors"

	"github.com/alecthomas/kingpin/v2"

	"callprobe/internal/app"
	"callprobe/internal/terminal"
	"callprobe/probe"
	"callprobe/scenarios"
)

type checkCommand struct {
	configFile string
	scenarios  []string
}

func (c *checkCommand) register(cli *kingpin.Application) *kingpin.CmdClause {
	cmd := cli.Command("check", "Check configuration, scenarios and audio; say everything that is wrong at once.")
	cmd.Arg("scenario", "Built-in scenario or path of a scenario file. Default: the built-in ones.").StringsVar(&c.scenarios)
	cmd.Flag("config.file", "Configuration file to check.").PlaceHolder("FILE").StringVar(&c.configFile)
	return cmd
}

func (c *checkCommand) run(_ context.Context, s streams) (int, error) {
	names := c.scenarios
	if len(names) == 0 && c.configFile == "" {
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
	if c.configFile != "" {
		cfg, err := app.LoadConfig(c.configFile)
		if err != nil {
			errs = append(errs, err)
		} else {
			plans = append(plans, cfg.Plans()...)
		}
	}
	if err := errors.Join(errs...); err != nil {
		return exitUsage, err
	}
	return exitPassed, terminal.Plans(s.out, terminal.Detect(s.out, s.getenv), plans)
}
