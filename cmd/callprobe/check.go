package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/alecthomas/kingpin/v2"

	"callprobe/internal/config"
	"callprobe/internal/terminal"
	"callprobe/probe"
	"callprobe/scenarios"
)

type checkCommand struct {
	scenarios  []string
	configFile string
	shards     int
}

func (c *checkCommand) register(cli *kingpin.Application) *kingpin.CmdClause {
	cmd := cli.Command("check", "Check configuration, scenarios and audio; say everything that is wrong at once.")
	cmd.Arg("scenario", "Built-in scenario or path of a scenario file. Default: those of the configuration, else the built-in ones.").StringsVar(&c.scenarios)
	registerConfigFile(cmd, &c.configFile)
	cmd.Flag("shard.count", "Check the configuration for each of so many processes that share it, and list which targets fall to whom.").PlaceHolder("N").IntVar(&c.shards)
	return cmd
}

func (c *checkCommand) run(_ context.Context, s streams) (int, error) {
	var good string
	var plans []probe.Plan
	var errs []error
	names := c.scenarios
	switch {
	case c.shards != 0:
		if c.configFile == "" {
			return exitUsage, errors.New("--shard.count is how many processes share a configuration: give --config.file too")
		}
		return c.listShards(s)
	case c.configFile != "":
		conf, err := config.Load(c.configFile, s.getenv)
		if err != nil {
			errs = append(errs, err)
			break
		}
		good, plans = contents(conf)+"\n", configured(conf)
	case len(names) == 0:
		names = scenarios.BuiltinNames()
	}
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
	if _, err := io.WriteString(s.out, good); err != nil {
		return exitUsage, err
	}
	if len(plans) == 0 {
		return exitPassed, nil
	}
	return exitPassed, terminal.Plans(s.out, terminal.Detect(s.out, s.getenv), plans)
}

// listShards lists which targets fall to which of the processes that share the
// configuration.
func (c *checkCommand) listShards(s streams) (int, error) {
	for i := range max(c.shards, 1) {
		shard := config.Shard{Index: i, Count: c.shards}
		conf, err := config.LoadShard(c.configFile, s.getenv, shard)
		if err != nil {
			return exitUsage, err
		}
		names := conf.TargetNames()
		if _, err := fmt.Fprintf(s.out, "shard %d: %d targets%s\n", i, len(names), strings.Join(append([]string{""}, names...), " ")); err != nil {
			return exitUsage, err
		}
	}
	return exitPassed, nil
}

// contents says in one line what a configuration holds.
func contents(conf *config.Config) string {
	names := make([]string, len(conf.Targets))
	for i, t := range conf.Targets {
		names[i] = t.Name
	}
	return fmt.Sprintf("%s: targets %s; probes %d", conf.Path, strings.Join(names, ", "), len(conf.Probes))
}

// configured are the scenarios of a configuration, each once.
func configured(conf *config.Config) []probe.Plan {
	var plans []probe.Plan
	for _, p := range conf.Probes {
		if !slices.ContainsFunc(plans, func(known probe.Plan) bool { return known.Name == p.Plan.Name }) {
			plans = append(plans, p.Plan)
		}
	}
	return plans
}
