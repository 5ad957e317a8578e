// Package calltest stands in for a room with an agent in it: calls without a
// network, in the virtual time of testing/synctest, with an agent that does
// exactly what its script says. It is for what reality cannot be asked for, and
// for laws that want exact times.
package calltest

import (
	"time"

	"callprobe/audio"
	"callprobe/probe"
)

// Agent is a scripted agent. Its zero value joins at once, says nothing and
// hears nothing.
type Agent struct {
	// DialError makes Dial fail, DialAfter makes it take that long.
	DialError error
	DialAfter time.Duration
	// NeverJoins leaves the room without an agent.
	NeverJoins bool
	// NeverSubscribes joins an agent that does not listen.
	NeverSubscribes bool
	// LosesSubscribed lets the word be lost that the agent listens.
	LosesSubscribed bool
	// JoinAfter is from our join to the agent's.
	JoinAfter time.Duration
	// Greeting is played GreetAfter the agent's join.
	Greeting   audio.Clip
	GreetAfter time.Duration
	// Reply is played for each utterance, its first sample ReplyAfter the
	// caller's last frame of speech was sent.
	Reply      audio.Clip
	ReplyAfter time.Duration
	// Hears is the final transcript published for each utterance, Says the
	// agent's own words.
	Hears, Says string
	// TranscriptAfter delays the transcript, from the caller's last frame.
	TranscriptAfter time.Duration
	// Answers, where there is one for an utterance, take the place of all that
	// the fields above say of replies and transcripts.
	Answers []Answer
	// Lines and Cues are said and happen at times after the agent's join.
	Lines []Line
	Cues  []Cue
	// Background is played in a loop on a second track, which comes up before
	// that of the agent's voice.
	Background audio.Clip
	// VoiceTrack names the track of the agent's voice; the name that LiveKit
	// Agents gives it by default.
	VoiceTrack string
	// MovesTo, if set, is the id of the track on which the voice goes on
	// MovesAfter the agent's join. The cue that it is up is the script's.
	MovesTo    string
	MovesAfter time.Duration
	// States publishes lk.agent.state.
	States bool
	// StopsAfter ends the agent's packets this long after its join, without a
	// word; LeavesAfter makes it leave the room; DisconnectsAfter cuts the
	// caller off.
	StopsAfter, LeavesAfter, DisconnectsAfter time.Duration
	// SendFailsAfter makes sending fail, from our join; CloseError is what
	// hanging up says.
	SendFailsAfter time.Duration
	// WriteTakes is how long each write of the caller claims to take.
	WriteTakes time.Duration
	CloseError error
	// Transit is how long each packet of the agent is under way.
	Transit func(sequence uint16) time.Duration
	// Gain shifts the level of all that the agent says, in dB.
	Gain float64
}

// Answer is what the agent does about one utterance.
type Answer struct {
	// Reply is played ReplyAfter the caller's last voiced sample was sent.
	Reply      audio.Clip
	ReplyAfter time.Duration
	// Hears and Says are the final transcripts, TranscriptAfter the caller's
	// last frame of speech.
	Hears, Says     string
	TranscriptAfter time.Duration
	// Yields, if positive, is when the agent breaks off what it is saying,
	// from the first frame of the utterance.
	Yields time.Duration
	// Lines and Cues are said and happen at times after the first frame of the
	// utterance.
	Lines []Line
	Cues  []Cue
}

// Line is something to say.
type Line struct {
	After time.Duration
	Clip  audio.Clip
}

// Cue is an event to happen. The time of the event is filled in.
type Cue struct {
	After time.Duration
	Event probe.Event
}

// State is the cue for the agent to publish a state.
func State(after time.Duration, state string) Cue {
	return Cue{after, probe.Event{Kind: probe.AgentState, Participant: agentIdentity, Text: state}}
}

// Heard is the cue for the agent to publish what it heard of the caller.
func Heard(after time.Duration, t probe.Transcript) Cue {
	t.Speaker = probe.CallerSpeaks
	return Cue{after, probe.Event{Kind: probe.TranscriptHeard, Transcript: &t}}
}

// answer returns what the agent does about the k-th utterance.
func (a Agent) answer(k int) Answer {
	if k < len(a.Answers) {
		return a.Answers[k]
	}
	return Answer{Reply: a.Reply, ReplyAfter: a.ReplyAfter, Hears: a.Hears, Says: a.Says, TranscriptAfter: a.TranscriptAfter}
}

// Dialer returns a dialer whose calls are answered by a, for the utterances of
// plan.
func (a Agent) Dialer(plan probe.Plan) *Dialer {
	d := &Dialer{agent: a, starts: map[*byte]bool{}, ends: map[*byte]time.Duration{}}
	for _, t := range plan.Turns {
		if t.Silent() {
			continue
		}
		last := int(t.Say.Speech.End-1) / audio.FrameSamples
		into := audio.Rate48k.Duration(int64(t.Say.Speech.End) - int64(last)*audio.FrameSamples)
		d.starts[&t.Say.Packets[0][0]] = true
		d.ends[&t.Say.Packets[last][0]] = into
	}
	return d
}
