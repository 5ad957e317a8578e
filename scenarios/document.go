package scenarios

import (
	"time"

	"callprobe/internal/yamlfile"
)

// format tells how scenario files are read. A call is short, and a duration
// above an hour is a slip of the unit.
func format() yamlfile.Format {
	return yamlfile.Format{Noun: "scenario", Needs: "turns", MaxDuration: time.Hour, DurationOf: "call"}
}

// document is a scenario file as it is written. The tags are the keys; every
// key is described in schema.json, and a test holds the two together.
type document struct {
	Name        yamlfile.Field[string] `yaml:"name"`
	Description yamlfile.Field[string] `yaml:"description"`
	Language    yamlfile.Field[string] `yaml:"language"`
	Greeting    greeting               `yaml:"greeting"`
	Turns       []turn                 `yaml:"turns"`
	Limits      limits                 `yaml:"limits"`
}

// Refuse says what a configuration is that was named in place of a scenario.
func (*document) Refuse(key string) string {
	if key == "targets" || key == "probes" {
		return "it makes the file a configuration, which is named by --config.file"
	}
	return ""
}

type greeting struct {
	yamlfile.Group
	Expect yamlfile.Field[string]        `yaml:"expect"`
	Within yamlfile.Field[time.Duration] `yaml:"within"`
}

type turn struct {
	yamlfile.Group
	Say     yamlfile.Field[string]        `yaml:"say"`
	Text    yamlfile.Field[string]        `yaml:"text"`
	Silence yamlfile.Field[time.Duration] `yaml:"silence"`
	Hold    yamlfile.Field[time.Duration] `yaml:"hold"`
	BargeIn yamlfile.Field[time.Duration] `yaml:"barge_in"`
	Reply   reply                         `yaml:"reply"`
	STT     stt                           `yaml:"stt"`
}

type reply struct {
	yamlfile.Group
	Within  yamlfile.Field[time.Duration] `yaml:"within"`
	Timeout yamlfile.Field[time.Duration] `yaml:"timeout"`
	Matches yamlfile.Field[string]        `yaml:"matches"`
}

type stt struct {
	yamlfile.Group
	MaxWER   yamlfile.Field[float64]  `yaml:"max_wer"`
	Phrases  []yamlfile.Field[string] `yaml:"phrases"`
	Required yamlfile.Field[bool]     `yaml:"required"`
}

type limits struct {
	yamlfile.Group
	Join       yamlfile.Field[time.Duration] `yaml:"join"`
	AgentJoin  yamlfile.Field[time.Duration] `yaml:"agent_join"`
	Transcript yamlfile.Field[time.Duration] `yaml:"transcript"`
	Call       yamlfile.Field[time.Duration] `yaml:"call"`
}
