package drill

import "time"

// State says how a step ended.
type State int

// The states, from good to bad.
const (
	// Passed is a step that went as the configuration promises.
	Passed State = iota
	// Unclear is a step of which nobody can tell how it went.
	Unclear
	// Failed is a step that did not go as promised.
	Failed
)

// Step is one thing that a drill found out.
type Step struct {
	// Name is a word or two: "route".
	Name  string
	State State
	// Text says in a sentence what was found.
	Text string
	// Details add to it, one to a line.
	Details []string
	// Caution is what somebody should know although the step passed.
	Caution string
	// Remedy says what to do when it did not.
	Remedy string
	// At is from the start of the drill to the moment when this was seen. Where Timed
	// is set, it is from the death of the agent, or from its return.
	At    time.Duration
	Timed bool
}

// Watcher is told how a drill goes on, from the goroutine that runs it. Both
// functions may be nil.
type Watcher struct {
	// Step is told of what was found.
	Step func(Step)
	// Waiting is told about twice a second what is waited for, and for how long
	// already.
	Waiting func(what string, since time.Duration)
}

func (w Watcher) step(s Step) {
	if w.Step != nil {
		w.Step(s)
	}
}

func (w Watcher) waiting(what string, since time.Duration) {
	if w.Waiting != nil {
		w.Waiting(what, since)
	}
}
