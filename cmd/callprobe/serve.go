package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kingpin/v2"

	"callprobe/internal/app"
	"callprobe/internal/config"
)

type serveCommand struct {
	configFile string
	listen     []string
	webConfig  string
	shard      config.Shard
	log        logFlags
}

func (c *serveCommand) register(cli *kingpin.Application) *kingpin.CmdClause {
	cmd := cli.Command("serve", "Call on schedule; answer /metrics, /probe and the status pages.")
	registerConfigFile(cmd, &c.configFile)
	cmd.Flag("web.listen-address", "Address to listen on. Can be repeated.").Default(":9877").StringsVar(&c.listen)
	cmd.Flag("web.config.file", "TLS and passwords of the HTTP server, in the format of Prometheus' exporters.").PlaceHolder("FILE").StringVar(&c.webConfig)
	registerShard(cmd, &c.shard)
	c.log.register(cmd)
	return cmd
}

func (c *serveCommand) run(ctx context.Context, s streams) (int, error) {
	if c.configFile == "" {
		return exitUsage, errors.New("give --config.file: it says what to call and when")
	}
	module, commit := build()
	err := app.Serve(ctx, app.ServeOptions{
		ConfigFile: c.configFile, Getenv: s.getenv, Shard: c.shard, Listen: c.listen, WebConfigFile: c.webConfig,
		Reload: onHangup(ctx), Version: module, Commit: commit, Log: c.log.logger(s.errOut),
	})
	if usage, ok := errors.AsType[*app.UsageError](err); ok {
		return exitUsage, usage.Unwrap()
	}
	if err != nil {
		return exitFailed, err
	}
	return exitPassed, nil
}

// onHangup is told of each SIGHUP until ctx ends.
func onHangup(ctx context.Context) <-chan struct{} {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGHUP)
	reload := make(chan struct{})
	go func() {
		defer signal.Stop(signals)
		for {
			select {
			case <-ctx.Done():
				return
			case <-signals:
			}
			select {
			case <-ctx.Done():
				return
			case reload <- struct{}{}:
			}
		}
	}()
	return reload
}

// logFlags say what the log of a service looks like.
type logFlags struct{ level, format string }

func (f *logFlags) register(cmd *kingpin.CmdClause) {
	oneOf(cmd.Flag("log.level", "Least level of what is logged: debug, info, warn or error.").Default("info"), &f.level, "debug", "info", "warn", "error")
	oneOf(cmd.Flag("log.format", "Format of the log: logfmt or json.").Default("logfmt"), &f.format, "logfmt", "json")
}

func (f *logFlags) logger(w interface{ Write([]byte) (int, error) }) *slog.Logger {
	levels := map[string]slog.Level{"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError}
	opts := &slog.HandlerOptions{Level: levels[f.level]}
	if f.format == "json" {
		return slog.New(slog.NewJSONHandler(w, opts))
	}
	return slog.New(slog.NewTextHandler(w, opts))
}
