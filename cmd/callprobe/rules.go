package main

import (
	"context"
	"io"
	"time"

	"github.com/alecthomas/kingpin/v2"

	"callprobe/deploy"
)

type rulesCommand struct {
	rules   deploy.Rules
	latency time.Duration
	output  string
}

func (c *rulesCommand) register(cli *kingpin.Application) *kingpin.CmdClause {
	d := deploy.DefaultRules()
	cmd := cli.Command("rules", "Print the alert rules for Prometheus, fitted to your labels, limits and addresses.")
	oneOf(cmd.Flag("output", "rules for Prometheus' rule_files, prometheusrule for the Prometheus operator.").Default("rules"), &c.output, "rules", "prometheusrule")
	cmd.Flag("target-label", "Label that tells one agent from another.").Default(d.TargetLabel).StringVar(&c.rules.TargetLabel)
	cmd.Flag("job", "Regular expression of the jobs whose series count, where an agent's own metrics have the targets of callprobe: callprobe.*. Default: all.").PlaceHolder("REGEX").StringVar(&c.rules.Job)
	cmd.Flag("error-rate", "AgentHighErrorRate: share of turns without an answer in time.").Default("0.05").Float64Var(&c.rules.ErrorRate)
	cmd.Flag("stt-failure-rate", "STTFailureRate: share of utterances that are misheard.").Default("0.02").Float64Var(&c.rules.STTFailureRate)
	cmd.Flag("latency", "AgentHighLatency: limit of the 95th percentile; a bucket of agent_response_seconds.").Default("1.5s").DurationVar(&c.latency)
	cmd.Flag("objective", "AnswerSLOBurn: share of turns that are to be answered.").Default("0.99").Float64Var(&c.rules.Objective)
	cmd.Flag("service-url", "Where callprobe serves its pages, for the links in a page.").Default(d.ServiceURL).StringVar(&c.rules.ServiceURL)
	cmd.Flag("grafana-url", "Root of Grafana, for the links in a page.").Default(d.GrafanaURL).StringVar(&c.rules.GrafanaURL)
	cmd.Flag("runbook-url", "What the name of an alert is appended to. Default: the runbooks that callprobe serves.").StringVar(&c.rules.RunbookURL)
	return cmd
}

func (c *rulesCommand) run(_ context.Context, s streams) (int, error) {
	c.rules.LatencySeconds = c.latency.Seconds()
	text, err := c.print()
	if err != nil {
		return exitUsage, err
	}
	if _, err := io.WriteString(s.out, text); err != nil {
		return exitUsage, err
	}
	return exitPassed, nil
}

func (c *rulesCommand) print() (string, error) {
	if c.output == "prometheusrule" {
		return c.rules.PrometheusRule()
	}
	return c.rules.Print()
}
