package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/alecthomas/kingpin/v2"

	"callprobe/internal/app"
	"callprobe/internal/config"
	"callprobe/internal/terminal"
	"callprobe/probe"
)

type runCommand struct {
	configFile  string
	textfile    string
	pushgateway string
	shard       config.Shard
	log         logFlags
}

func (c *runCommand) register(cli *kingpin.Application) *kingpin.CmdClause {
	cmd := cli.Command("run", "Call everything that is configured once, for cron and CI. Exit code: as that of call.")
	registerConfigFile(cmd, &c.configFile)
	cmd.Flag("textfile", "Write metrics to this file for node_exporter's textfile collector; what was counted is kept beside it, from run to run.").PlaceHolder("PATH").StringVar(&c.textfile)
	cmd.Flag("pushgateway.url", "Push the figures of the latest calls to this Pushgateway.").PlaceHolder("URL").StringVar(&c.pushgateway)
	registerShard(cmd, &c.shard)
	c.log.register(cmd)
	return cmd
}

func (c *runCommand) run(ctx context.Context, s streams) (int, error) {
	if c.configFile == "" {
		return exitUsage, errors.New("give --config.file: it says what to call")
	}
	conf, err := config.LoadShard(c.configFile, s.getenv, c.shard)
	if err != nil {
		return exitUsage, err
	}
	if len(conf.Probes) == 0 && c.shard.Count > 1 {
		_, _ = fmt.Fprintf(s.errOut, "callprobe: nothing of %s falls to shard %d of %d\n", c.configFile, c.shard.Index, c.shard.Count)
		return exitPassed, nil
	}
	if len(conf.Probes) == 0 {
		return exitUsage, fmt.Errorf("%s has no probe: add one under \"probes\"", c.configFile)
	}
	module, commit := build()
	style := terminal.Detect(s.out, s.getenv)
	var printErr error
	reports, skipped, err := app.Once{
		Config: conf, Textfile: c.textfile, Pushgateway: c.pushgateway, Version: module, Commit: commit, Log: c.log.logger(s.errOut),
		Done: func(r *probe.Report) {
			printErr = errors.Join(printErr, terminal.Report(s.out, style, r), blankLine(s.out))
		},
	}.Run(ctx)
	for _, key := range skipped {
		_, _ = fmt.Fprintf(s.errOut, "callprobe: %s was not called with %s: it is in a maintenance window\n", key.Target, key.Scenario)
	}
	if err := errors.Join(err, printErr); err != nil {
		return max(exitCode(reports), exitUsage), err
	}
	if err := terminal.Summary(s.out, style, reports); err != nil {
		return exitUsage, err
	}
	return exitCode(reports), nil
}
