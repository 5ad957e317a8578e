package probe

import (
	"time"

	"callprobe/probe/wer"
)

// Measured is one figure: a value with its uncertainty, or nothing and why.
type Measured struct {
	// Value is meaningful only when OK.
	Value time.Duration
	OK    bool
	// Uncertainty is the half-width of the interval that holds the true
	// value.
	Uncertainty time.Duration
	// Missing says why there is no value.
	Missing string
}

// Warning is something a reader of the figures should know; it fails nothing.
type Warning string

// Report is what one call showed.
type Report struct {
	Scenario string
	Target   string
	CallID   string
	Room     string
	Started  time.Time
	Verdict  Verdict
	Reason   Reason
	// Stage, Detail and Remedy say more about a reason other than answered.
	Stage  Stage
	Detail string
	Remedy string
	// Duration is from the start of the call to hanging up.
	Duration time.Duration
	// Join is from the start of the call to our join complete.
	Join Measured
	// AgentJoin is from the room created to the agent participant seen.
	AgentJoin Measured
	// Greeting is from our join complete to the agent's first onset.
	Greeting Measured
	// Agents are the identities of the agents that joined.
	Agents  []string
	Turns   []TurnReport
	Network Network
	Pacing  Pacing
	// Talk holds everything the agent said, as heard.
	Talk     []Talk
	Warnings []Warning
}

// TurnReport is what one turn showed.
type TurnReport struct {
	// Utterance is the recording's name, empty for a silent turn.
	Utterance  string
	Reference  string
	Transcript string
	// AgentText is what the agent published of its own reply.
	AgentText string
	Outcome   Reason
	Detail    string
	// Said is when the caller's speech began and ended, in call time.
	Said Interval
	// Reply is when the agent's reply began and ended; zero without one.
	Reply Interval
	// TTFA is from the end of the caller's last word to the onset of the
	// agent's reply. Negative when the agent talked over the caller.
	TTFA     Measured
	TalkOver bool
	// FirstEnergy is from the end of the caller's last word to the first
	// sustained sound of any kind.
	FirstEnergy Measured
	STT         STTReport
	// BargeInStop is from the onset of an interrupting utterance to the end
	// of the agent's interrupted talk.
	BargeInStop Measured
	// AgentE2E is the agent's own figure for its latency in this turn.
	AgentE2E Measured
	Warnings []Warning
}

// Silent reports whether the caller said nothing in this turn.
func (t TurnReport) Silent() bool { return t.Utterance == "" }

// STTOutcome says how the agent understood a turn.
type STTOutcome string

// The outcomes of speech recognition.
const (
	STTCorrect       STTOutcome = "correct"
	STTIncorrect     STTOutcome = "wrong"
	STTNotThere      STTOutcome = "missing"
	STTUnsupported   STTOutcome = "unsupported"
	STTNotApplicable STTOutcome = ""
)

// STTReport compares what the agent heard with what was said.
type STTReport struct {
	Outcome STTOutcome
	// Score is set when the outcome is correct or wrong.
	Score *wer.Result
	// Phrases are the key phrases of the turn and whether each was understood;
	// set together with Score.
	Phrases []KeyPhrase
	// Interim and Final are from the end of the caller's last word to the
	// first interim and the last final transcript.
	Interim, Final Measured
}

// KeyPhrase is a phrase that must be understood whatever the error rate.
type KeyPhrase struct {
	Phrase string `json:"phrase"`
	// Heard reports whether it stands in the transcript, word for word, after
	// both were normalized.
	Heard bool `json:"heard"`
}

// MissedPhrases returns the key phrases that were not understood.
func (s STTReport) MissedPhrases() []string {
	var missed []string
	for _, p := range s.Phrases {
		if !p.Heard {
			missed = append(missed, p.Phrase)
		}
	}
	return missed
}

// Interval is a stretch of call time.
type Interval struct{ Start, End time.Duration }

// Talk is one talkspurt of the agent in call time.
type Talk struct {
	Interval
	LevelDBFS float64
}

// Network is what the agent's track showed of the way to us.
type Network struct {
	Packets, Lost, DecodeErrors int64
	Jitter                      time.Duration
	SkewPPM                     float64
	Known                       bool
}

// Pacing is how well the prober kept its own schedule.
type Pacing struct {
	Frames int
	// LateP99 is by nearest rank: the least lateness that 99 of 100 frames did
	// not exceed.
	LateP99 time.Duration
	LateMax time.Duration
}
