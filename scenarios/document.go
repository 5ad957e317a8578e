package scenarios

import "time"

// document is a scenario file as it is written. The tags are the keys; every
// key is described in schema.json, and a test holds the two together.
type document struct {
	Name        field[string] `yaml:"name"`
	Description field[string] `yaml:"description"`
	Language    field[string] `yaml:"language"`
	Greeting    greeting      `yaml:"greeting"`
	Turns       []turn        `yaml:"turns"`
	Limits      limits        `yaml:"limits"`
}

type greeting struct {
	group
	Expect field[string]        `yaml:"expect"`
	Within field[time.Duration] `yaml:"within"`
}

type turn struct {
	group
	Say     field[string]        `yaml:"say"`
	Text    field[string]        `yaml:"text"`
	Silence field[time.Duration] `yaml:"silence"`
	Hold    field[time.Duration] `yaml:"hold"`
	BargeIn field[time.Duration] `yaml:"barge_in"`
	Reply   reply                `yaml:"reply"`
	STT     stt                  `yaml:"stt"`
}

type reply struct {
	group
	Within  field[time.Duration] `yaml:"within"`
	Timeout field[time.Duration] `yaml:"timeout"`
	Matches field[string]        `yaml:"matches"`
}

type stt struct {
	group
	MaxWER   field[float64] `yaml:"max_wer"`
	Required field[bool]    `yaml:"required"`
}

type limits struct {
	group
	Join       field[time.Duration] `yaml:"join"`
	AgentJoin  field[time.Duration] `yaml:"agent_join"`
	Transcript field[time.Duration] `yaml:"transcript"`
	Call       field[time.Duration] `yaml:"call"`
}

// group is the place of a mapping, if the file has it.
type group struct {
	at  position
	set bool
}

func (g *group) place(at position) { g.at, g.set = at, true }

// field is a scalar with its place in the file.
type field[T scalar] struct {
	value T
	at    position
	set   bool
}

type scalar interface {
	string | bool | float64 | time.Duration
}

// tried notes where the file has a field, whatever is wrong with its value.
func (f *field[T]) tried(at position) { f.at = at }

// absent reports whether the file does not have the field at all, not even with
// a wrong value.
func (f field[T]) absent() bool { return f.at == position{} }

// or returns the value, or what holds when the file does not say.
func (f field[T]) or(otherwise T) T {
	if f.set {
		return f.value
	}
	return otherwise
}
