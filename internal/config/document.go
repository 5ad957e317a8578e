package config

import (
	"strings"
	"time"

	"callprobe/internal/yamlfile"
)

func format() yamlfile.Format {
	return yamlfile.Format{Noun: "configuration", Needs: "targets"}
}

// document is a configuration file as it is written. The tags are the keys;
// every key is described in schema.json, and a test holds the two together.
type document struct {
	Targets     []target                `yaml:"targets"`
	Probes      []probeEntry            `yaml:"probes"`
	CallsAtOnce yamlfile.Field[float64] `yaml:"calls_at_once"`
	Maintenance []window                `yaml:"maintenance"`
	Recording   recording               `yaml:"recording"`
	Web         web                     `yaml:"web"`
}

// Refuse says what a scenario is that was named in place of a configuration.
func (*document) Refuse(key string) string {
	if key == "turns" || key == "greeting" {
		return `it makes the file a scenario, which is named under "probes", or without --config.file`
	}
	return ""
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

	Labels    []yamlfile.Field[string] `yaml:"labels"`
	Budget    budget                   `yaml:"budget"`
	Reference yamlfile.Field[bool]     `yaml:"reference"`
}

type budget struct {
	yamlfile.Group
	CallsPerHour  yamlfile.Field[float64] `yaml:"calls_per_hour"`
	MinutesPerDay yamlfile.Field[float64] `yaml:"minutes_per_day"`
}

type probeEntry struct {
	yamlfile.Group
	Scenario yamlfile.Field[string]        `yaml:"scenario"`
	Targets  []yamlfile.Field[string]      `yaml:"targets"`
	Interval yamlfile.Field[time.Duration] `yaml:"interval"`
	Cron     yamlfile.Field[string]        `yaml:"cron"`
	TimeZone yamlfile.Field[string]        `yaml:"time_zone"`
	Jitter   yamlfile.Field[time.Duration] `yaml:"jitter"`
	Limits   limits                        `yaml:"limits"`
}

// limits take the place of those of the scenario.
type limits struct {
	yamlfile.Group
	Join       yamlfile.Field[time.Duration] `yaml:"join"`
	AgentJoin  yamlfile.Field[time.Duration] `yaml:"agent_join"`
	Transcript yamlfile.Field[time.Duration] `yaml:"transcript"`
	Call       yamlfile.Field[time.Duration] `yaml:"call"`
}

type window struct {
	yamlfile.Group
	Starts   yamlfile.Field[string]        `yaml:"starts"`
	TimeZone yamlfile.Field[string]        `yaml:"time_zone"`
	Length   yamlfile.Field[time.Duration] `yaml:"length"`
	Targets  []yamlfile.Field[string]      `yaml:"targets"`
}

type recording struct {
	yamlfile.Group
	Dir        yamlfile.Field[string]  `yaml:"dir"`
	Days       yamlfile.Field[float64] `yaml:"days"`
	DaysPassed yamlfile.Field[float64] `yaml:"days_passed"`
	Megabytes  yamlfile.Field[float64] `yaml:"megabytes"`
	Audio      yamlfile.Field[string]  `yaml:"audio"`
}

type web struct {
	yamlfile.Group
	ExternalURL      yamlfile.Field[string] `yaml:"external_url"`
	NativeHistograms yamlfile.Field[bool]   `yaml:"native_histograms"`
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
