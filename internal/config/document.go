package config

import (
	"strings"

	"callprobe/internal/yamlfile"
)

func format() yamlfile.Format {
	return yamlfile.Format{Noun: "configuration", Needs: "targets"}
}

// document is a configuration file as it is written. The tags are the keys;
// every key is described in schema.json, and a test holds the two together.
type document struct {
	Targets []target     `yaml:"targets"`
	Probes  []probeEntry `yaml:"probes"`
}

type target struct {
	yamlfile.Group
	Name           yamlfile.Field[string] `yaml:"name"`
	URL            yamlfile.Field[string] `yaml:"url"`
	APIKeyFile     yamlfile.Field[string] `yaml:"api_key_file"`
	APIKeyEnv      yamlfile.Field[string] `yaml:"api_key_env"`
	APISecretFile  yamlfile.Field[string] `yaml:"api_secret_file"`
	APISecretEnv   yamlfile.Field[string] `yaml:"api_secret_env"`
	AgentName      yamlfile.Field[string] `yaml:"agent_name"`
	AgentMetadata  yamlfile.Field[string] `yaml:"agent_metadata"`
	RoomPrefix     yamlfile.Field[string] `yaml:"room_prefix"`
	IdentityPrefix yamlfile.Field[string] `yaml:"identity_prefix"`
}

type probeEntry struct {
	yamlfile.Group
	Scenario yamlfile.Field[string]   `yaml:"scenario"`
	Targets  []yamlfile.Field[string] `yaml:"targets"`
}

// Refuse keeps keys and secrets out of the file, however their key is spelled:
// configuration is shown, copied and committed.
func (*target) Refuse(key string) string {
	word := strings.NewReplacer("_", "", "-", "", " ", "").Replace(strings.ToLower(key))
	switch {
	case strings.HasSuffix(word, "key"):
		return `keys stay out of this file; name a file in "api_key_file" or an environment variable in "api_key_env"`
	case strings.HasSuffix(word, "secret"), strings.HasSuffix(word, "password"), strings.HasSuffix(word, "token"):
		return `secrets stay out of this file; name a file in "api_secret_file" or an environment variable in "api_secret_env"`
	}
	return ""
}
