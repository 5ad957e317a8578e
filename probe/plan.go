package probe

import (
	"errors"
	"fmt"
	"regexp"
	"time"

	"callprobe/audio"
)

// Plan is what a caller is to do and what it expects: one scenario, with its
// recordings decoded. It says nothing about which room server or agent.
type Plan struct {
	Name        string   `json:"name"`
	Description string   `json:"description,omitempty"`
	Language    string   `json:"language"`
	Greeting    Greeting `json:"greeting"`
	Turns       []Turn   `json:"turns"`
	Limits      Limits   `json:"limits"`
}

// GreetingMode says whether the agent speaks first.
type GreetingMode string

// The ways an agent may open a call.
const (
	// GreetingRequired fails the call when the agent does not greet in time.
	GreetingRequired GreetingMode = "required"
	// GreetingOptional waits for a greeting and goes on when none comes.
	GreetingOptional GreetingMode = "optional"
	// GreetingNone lets the caller speak as soon as the agent can hear it.
	GreetingNone GreetingMode = "none"
)

// Greeting is what is expected of the agent before the caller's first turn.
type Greeting struct {
	Mode GreetingMode `json:"mode"`
	// Within bounds the time from our join complete to the agent's first
	// onset.
	Within time.Duration `json:"within"`
}

// Turn is one thing the caller does and what is expected back.
type Turn struct {
	// Say is what the caller says. Its zero value stands for saying nothing
	// for the time of Silence.
	Say     Utterance     `json:"say,omitzero"`
	Silence time.Duration `json:"silence,omitzero"`
	When    Trigger       `json:"when"`
	Reply   Reply         `json:"reply"`
	STT     STT           `json:"stt"`
}

// Silent reports whether the caller says nothing in this turn.
func (t Turn) Silent() bool { return len(t.Say.Packets) == 0 && t.Say.Name == "" }

// TriggerKind names the moment at which the caller begins a turn.
type TriggerKind string

// The moments at which a caller may begin.
const (
	// AfterAgent waits until the agent has been silent for Hold.
	AfterAgent TriggerKind = "after_agent"
	// BargeIn speaks over the agent, After from the onset of its talk.
	BargeIn TriggerKind = "barge_in"
)

// Trigger is when a turn begins.
type Trigger struct {
	Kind TriggerKind `json:"kind"`
	// Hold is how long the agent must have been silent, from its last offset
	// to the caller's first frame.
	Hold time.Duration `json:"hold,omitzero"`
	// After is the time from the agent's onset to the caller's first frame.
	After time.Duration `json:"after,omitzero"`
}

// Reply is what is expected of the agent's answer.
type Reply struct {
	// Within is the longest time to first audio that passes; a reply after it
	// is late.
	Within time.Duration `json:"within"`
	// Timeout is how long the caller waits, from its own offset, before it
	// takes the agent to be silent.
	Timeout time.Duration `json:"timeout"`
	// Matches, if set, must match the agent's own transcript of its reply.
	Matches *regexp.Regexp `json:"matches,omitempty"`
}

// STT is how well the agent must have understood the turn.
type STT struct {
	// MaxWER is the highest word error rate that passes, as a ratio.
	MaxWER float64 `json:"max_wer"`
	// Phrases must be in the transcript, word for word, whatever the rate.
	Phrases []string `json:"phrases,omitempty"`
	// Required makes an agent that publishes no transcript at all a failure.
	Required bool `json:"required"`
}

// Limits bound the phases of a call. Each is positive.
type Limits struct {
	// Join bounds the time from the start of the call to our join complete.
	Join time.Duration `json:"join"`
	// AgentJoin bounds the time from our join complete to an agent in the
	// room that has subscribed to our microphone.
	AgentJoin time.Duration `json:"agent_join"`
	// Transcript bounds the wait for a final transcript, from the reply's
	// onset, or from the caller's last word where the agent talked over it. A
	// final that comes later is not counted.
	Transcript time.Duration `json:"transcript"`
	// Call bounds the whole call up to hanging up.
	Call time.Duration `json:"call"`
}

// DefaultLimits suit an agent that is well.
func DefaultLimits() Limits {
	return Limits{
		Join:       10 * time.Second,
		AgentJoin:  8 * time.Second,
		Transcript: 2 * time.Second,
		Call:       2 * time.Minute,
	}
}

// MaxCall is the longest call, up to hanging up: beyond it, what was heard would
// soon be more than is measured at once.
const MaxCall = 10 * time.Minute

// hangUpLimit bounds leaving and deleting the room after a call.
const hangUpLimit = 5 * time.Second

// MaxDuration bounds the call before it starts, from the start of the call to
// its room deleted.
func (p Plan) MaxDuration() time.Duration { return p.Limits.Call + hangUpLimit }

// MinDuration is how long the call takes when the agent answers each turn as
// late as allowed and says nothing more; a call limit below it cannot be kept.
func (p Plan) MinDuration() time.Duration {
	var total time.Duration
	for _, t := range p.Turns {
		total += t.Say.Clip.Duration() + t.Silence + t.When.Hold + t.When.After
		if !t.Silent() {
			total += t.Reply.Within
		}
	}
	return total
}

// Validate reports everything that makes the plan impossible to run.
func (p Plan) Validate() error {
	var errs []error
	add := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if p.Name == "" {
		add("plan has no name")
	}
	switch p.Greeting.Mode {
	case GreetingRequired, GreetingOptional:
		if p.Greeting.Within <= 0 {
			add("greeting limit %v is not positive", p.Greeting.Within)
		}
	case GreetingNone:
	default:
		add("greeting mode %q is none of required, optional, none", p.Greeting.Mode)
	}
	if len(p.Turns) == 0 {
		add("plan has no turn")
	}
	for i, t := range p.Turns {
		for _, err := range t.validate() {
			add("turn %d: %w", i+1, err)
		}
	}
	for _, l := range []struct {
		name string
		d    time.Duration
	}{{"join", p.Limits.Join}, {"agent_join", p.Limits.AgentJoin}, {"transcript", p.Limits.Transcript}, {"call", p.Limits.Call}} {
		if l.d <= 0 {
			add("limit %s of %v is not positive", l.name, l.d)
		}
	}
	if p.Limits.Call > MaxCall {
		add("call limit %v is longer than the %v that a call may take", p.Limits.Call, MaxCall)
	}
	if least := p.MinDuration(); p.Limits.Call > 0 && p.Limits.Call < least {
		add("call limit %v is shorter than the %v that the turns take", p.Limits.Call, least)
	}
	return errors.Join(errs...)
}

func (t Turn) validate() []error {
	var errs []error
	if t.Silent() && t.Silence <= 0 {
		errs = append(errs, errors.New("says nothing and has no silence"))
	}
	if !t.Silent() {
		if t.Reply.Within <= 0 || t.Reply.Timeout < t.Reply.Within {
			errs = append(errs, fmt.Errorf("reply limit %v must be positive and no longer than its timeout %v", t.Reply.Within, t.Reply.Timeout))
		}
		if t.Say.Speech.Empty() || t.Say.Speech.End > audio.Pos(len(t.Say.Clip.Samples)) {
			errs = append(errs, fmt.Errorf("utterance %q has no speech span within its clip", t.Say.Name))
		}
	}
	if t.STT.MaxWER < 0 {
		errs = append(errs, fmt.Errorf("max_wer %v is negative", t.STT.MaxWER))
	}
	switch t.When.Kind {
	case AfterAgent:
	case BargeIn:
		if t.Silent() {
			errs = append(errs, errors.New("a silent turn cannot barge in"))
		}
	default:
		errs = append(errs, fmt.Errorf("trigger %q is none of after_agent, barge_in", t.When.Kind))
	}
	return errs
}
