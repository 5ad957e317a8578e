package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/alecthomas/kingpin/v2"

	"callprobe/internal/app"
	"callprobe/internal/config"
	"callprobe/probe"
	"callprobe/probe/livekit"
)

// targetFlags say what to call: a target of a configuration file, or one by
// hand.
type targetFlags struct {
	configFile, name         string
	url, keyFile, secretFile string
	agentName, agentMetadata string
}

func (f *targetFlags) register(cmd *kingpin.CmdClause) {
	registerConfigFile(cmd, &f.configFile)
	cmd.Flag("target", "Which target of the configuration to call; may be left out where it has only one.").PlaceHolder("NAME").StringVar(&f.name)
	cmd.Flag("livekit.url", "Address of the LiveKit server: ws, wss, http or https. Also from LIVEKIT_URL.").PlaceHolder("URL").StringVar(&f.url)
	cmd.Flag("livekit.api-key-file", "File with the API key. Also from LIVEKIT_API_KEY.").PlaceHolder("FILE").StringVar(&f.keyFile)
	cmd.Flag("livekit.api-secret-file", "File with the API secret. Also from LIVEKIT_API_SECRET.").PlaceHolder("FILE").StringVar(&f.secretFile)
	cmd.Flag("agent-name", "Agent to dispatch to the call's room; without it the server dispatches by itself.").PlaceHolder("NAME").StringVar(&f.agentName)
	cmd.Flag("agent-metadata", "Text handed to the agent's job.").PlaceHolder("TEXT").StringVar(&f.agentMetadata)
}

func registerConfigFile(cmd *kingpin.CmdClause, path *string) {
	cmd.Flag("config.file", "Configuration file: targets and what to call them with.").PlaceHolder("FILE").StringVar(path)
}

// conflicts says which flags exclude each other.
func (f *targetFlags) conflicts() error {
	if f.configFile == "" {
		if f.name != "" {
			return fmt.Errorf("--target=%s names a target of a configuration: give --config.file too", f.name)
		}
		return nil
	}
	var errs []error
	for _, byHand := range []struct{ flag, value string }{
		{"--livekit.url", f.url},
		{"--livekit.api-key-file", f.keyFile},
		{"--livekit.api-secret-file", f.secretFile},
		{"--agent-name", f.agentName},
		{"--agent-metadata", f.agentMetadata},
	} {
		if byHand.value != "" {
			errs = append(errs, fmt.Errorf("%s and --config.file exclude each other: the configuration says what to call", byHand.flag))
		}
	}
	return errors.Join(errs...)
}

// callee is what to call, and what with unless the command line says.
type callee struct {
	target livekit.Target
	// name is that of the configured target; empty for one by hand.
	name  string
	plans []probe.Plan
}

// callee reads the configuration, or else the flags and the environment.
func (f *targetFlags) callee(getenv func(string) string) (callee, error) {
	if err := f.conflicts(); err != nil {
		return callee{}, err
	}
	if f.configFile == "" {
		target, err := f.target(getenv)
		return callee{target: target}, err
	}
	conf, err := config.Load(f.configFile, getenv)
	if err != nil {
		return callee{}, err
	}
	target, err := conf.Target(f.name)
	if err != nil {
		return callee{}, fmt.Errorf("--target: %w", err)
	}
	called := callee{target: app.LiveKitTarget(target), name: target.Name, plans: conf.Plans(target.Name)}
	return called, called.target.Validate()
}

// target reads the flags and, where they are not given, the environment.
func (f *targetFlags) target(getenv func(string) string) (livekit.Target, error) {
	t := livekit.Target{
		URL: f.url, AgentName: f.agentName, AgentMetadata: f.agentMetadata,
		RoomPrefix: livekit.DefaultRoomPrefix, IdentityPrefix: livekit.DefaultIdentityPrefix,
	}
	if t.URL == "" {
		t.URL = strings.TrimSpace(getenv("LIVEKIT_URL"))
	}
	key, keyErr := credential(f.keyFile, "LIVEKIT_API_KEY", getenv)
	secret, secretErr := credential(f.secretFile, "LIVEKIT_API_SECRET", getenv)
	if err := errors.Join(keyErr, secretErr); err != nil {
		return livekit.Target{}, err
	}
	t.APIKey, t.APISecret = key, livekit.Secret(secret)
	return t, t.Validate()
}

// credential reads a file, or else an environment variable. A line that ends
// behind either is no part of it.
func credential(file, variable string, getenv func(string) string) (string, error) {
	if file != "" {
		return app.ReadSecret(file)
	}
	text := strings.TrimSpace(getenv(variable))
	if text != "" && !config.IsCredential(text) {
		return "", fmt.Errorf("%s must hold the key on one line and nothing else", variable)
	}
	return text, nil
}
