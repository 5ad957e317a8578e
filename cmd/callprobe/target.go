package main

import (
	"errors"

	"github.com/alecthomas/kingpin/v2"

	"callprobe/internal/app"
	"callprobe/probe/livekit"
)

// targetFlags say what to call.
type targetFlags struct {
	url, keyFile, secretFile string
	agentName, agentMetadata string
}

func (f *targetFlags) register(cmd *kingpin.CmdClause) {
	cmd.Flag("livekit.url", "Address of the LiveKit server: ws, wss, http or https. Also from LIVEKIT_URL.").PlaceHolder("URL").StringVar(&f.url)
	cmd.Flag("livekit.api-key-file", "File with the API key. Also from LIVEKIT_API_KEY.").PlaceHolder("FILE").StringVar(&f.keyFile)
	cmd.Flag("livekit.api-secret-file", "File with the API secret. Also from LIVEKIT_API_SECRET.").PlaceHolder("FILE").StringVar(&f.secretFile)
	cmd.Flag("agent-name", "Agent to dispatch to the call's room; without it the server dispatches by itself.").PlaceHolder("NAME").StringVar(&f.agentName)
	cmd.Flag("agent-metadata", "Text handed to the agent's job.").PlaceHolder("TEXT").StringVar(&f.agentMetadata)
}

// target reads the flags and, where they are not given, the environment.
func (f *targetFlags) target(getenv func(string) string) (livekit.Target, error) {
	t := livekit.Target{
		URL: f.url, AgentName: f.agentName, AgentMetadata: f.agentMetadata,
		RoomPrefix: livekit.DefaultRoomPrefix, IdentityPrefix: livekit.DefaultIdentityPrefix,
	}
	if t.URL == "" {
		t.URL = getenv("LIVEKIT_URL")
	}
	key, keyErr := credential(f.keyFile, getenv("LIVEKIT_API_KEY"))
	secret, secretErr := credential(f.secretFile, getenv("LIVEKIT_API_SECRET"))
	if err := errors.Join(keyErr, secretErr); err != nil {
		return livekit.Target{}, err
	}
	t.APIKey, t.APISecret = key, livekit.Secret(secret)
	return t, t.Validate()
}

func credential(file, fallback string) (string, error) {
	if file == "" {
		return fallback, nil
	}
	return app.ReadSecret(file)
}
