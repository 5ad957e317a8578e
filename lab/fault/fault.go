// Package fault says in which ways the reference agent can misbehave, and
// reads that from the metadata of a call.
package fault

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Fault is how the agent behaves in one call. The zero value is a good agent.
type Fault struct {
	ReplyDelay       *Duration `json:"reply_delay,omitempty"`
	JoinDelay        Duration  `json:"join_delay,omitempty"`
	NoJoin           bool      `json:"no_join,omitempty"`
	Reject           bool      `json:"reject,omitempty"`
	Silent           bool      `json:"silent,omitempty"`
	DigitalSilence   bool      `json:"digital_silence,omitempty"`
	Deaf             bool      `json:"deaf,omitempty"`
	NoGreeting       bool      `json:"no_greeting,omitempty"`
	GreetingDelay    Duration  `json:"greeting_delay,omitempty"`
	WrongReply       bool      `json:"wrong_reply,omitempty"`
	Garble           Garble    `json:"garble,omitzero"`
	NoTranscript     bool      `json:"no_transcript,omitempty"`
	TranscriptDelay  Duration  `json:"transcript_delay,omitempty"`
	NoText           bool      `json:"no_text,omitempty"`
	NoSession        bool      `json:"no_session,omitempty"`
	ReplyError       bool      `json:"reply_error,omitempty"`
	Hang             bool      `json:"hang,omitempty"`
	TalkOver         *Duration `json:"talk_over,omitempty"`
	BargeInAfter     *Duration `json:"barge_in_after,omitempty"`
	NoBargeIn        bool      `json:"no_barge_in,omitempty"`
	DTX              *bool     `json:"dtx,omitempty"`
	ComfortNoise     *float64  `json:"comfort_noise,omitempty"`
	BackgroundNoise  *float64  `json:"background_noise,omitempty"`
	ClickBeforeReply *Duration `json:"click_before_reply,omitempty"`
	LeaveAfter       *Duration `json:"leave_after,omitempty"`
	DieAfter         *Duration `json:"die_after,omitempty"`
	CloseRoomAfter   *Duration `json:"close_room_after,omitempty"`
}

// Garble is how many mistakes the agent makes in each transcript.
type Garble struct {
	Substitute int `json:"substitute,omitempty"`
	Drop       int `json:"drop,omitempty"`
	Insert     int `json:"insert,omitempty"`
}

// Help is one line of the list of faults.
type Help struct{ Key, Text string }

// Table lists every fault with what it does, in the order of a call.
func Table() []Help {
	return []Help{
		{"reject", "true: the worker refuses the job"},
		{"no_join", "true: the worker takes the job and never joins"},
		{"join_delay", "duration: wait this long before joining"},
		{"no_greeting", "true: say nothing until spoken to"},
		{"greeting_delay", "duration: wait this long before the greeting, from the moment the caller hears the agent's track"},
		{"silent", "true: join, publish a track and never say anything; what is heard is still transcribed"},
		{"digital_silence", "true: behave well in everything, but every sample sent is zero"},
		{"deaf", "true: never hear anything"},
		{"reply_delay", "duration: from the caller's last voiced sample to the agent's first audible one, exact where it leaves about 0.2 s to notice the end of the utterance"},
		{"talk_over", "duration: begin to answer this long after the caller's utterance began, before it has ended"},
		{"reply_error", "true: fail to answer: thinking, listening, and a session event that names the failed component"},
		{"hang", "true: think for ever about the first question; session requests are not answered either"},
		{"wrong_reply", "true: answer with the reply to another question"},
		{"click_before_reply", "duration: a click this long before the first word of every reply"},
		{"garble", "object {substitute, drop, insert}: exactly this many words of each transcript are wrong: from the left, first substituted, then dropped; inserted words follow the last word"},
		{"no_transcript", "true: publish no transcripts of the caller, neither as text nor as session events"},
		{"no_text", "true: publish no words at all as text, neither the caller's nor its own; session events still have them"},
		{"transcript_delay", "duration: publish the caller's transcript this much later; the answer does not wait for it"},
		{"no_session", "true: send nothing on lk.agent.session"},
		{"barge_in_after", "duration: fall silent when the caller has spoken over the agent for this long (default 0.5s)"},
		{"no_barge_in", "true: talk on, whatever the caller says"},
		{"dtx", "false: send a packet every 20 ms also in silence (default true)"},
		{"comfort_noise", "number: send noise at this level (dBFS) whenever the agent does not speak"},
		{"background_noise", "number: send noise at this level (dBFS) all the time, also under the agent's voice"},
		{"leave_after", "duration: leave the room this long after joining"},
		{"die_after", "duration: this long after joining, fall off the network like a killed process: no more packets, no farewell"},
		{"close_room_after", "duration: delete the room this long after joining"},
	}
}

// Parse reads faults from JSON over the defaults in base. Faults that it knows
// take effect even when there are others that it does not: those are in the
// error.
func Parse(base Fault, data []byte) (Fault, error) {
	f, err := base.clone()
	if err != nil || len(bytes.TrimSpace(data)) == 0 {
		return f, err
	}
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(data, &keys); err != nil {
		return f, fmt.Errorf("read fault: not a JSON object such as {\"reply_delay\":\"1.2s\"}: %w", err)
	}
	var errs []error
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		one, err := json.Marshal(map[string]json.RawMessage{key: keys[key]})
		if err != nil {
			errs = append(errs, fmt.Errorf("read fault %q: %w", key, err))
			continue
		}
		dec := json.NewDecoder(bytes.NewReader(one))
		dec.DisallowUnknownFields()
		next := f
		if err := dec.Decode(&next); err != nil {
			errs = append(errs, explain(key, err))
			continue
		}
		f = next
	}
	return f, errors.Join(errs...)
}

// FromMetadata reads the faults of one call from the metadata of its dispatch
// and of its room, over the defaults in base. Dispatch metadata is the fault
// object itself, or an object with one under "fault"; room metadata may hold
// anything and is read only under "fault". The dispatch wins.
func FromMetadata(base Fault, dispatch, room string) (Fault, error) {
	f := base
	var errs []error
	if under, ok := underFault(room); ok {
		var err error
		if f, err = Parse(f, under); err != nil {
			errs = append(errs, fmt.Errorf("room metadata: %w", err))
		}
	}
	text := []byte(strings.TrimSpace(dispatch))
	if under, ok := underFault(dispatch); ok {
		text = under
	}
	var err error
	if f, err = Parse(f, text); err != nil {
		errs = append(errs, fmt.Errorf("dispatch metadata: %w", err))
	}
	return f, errors.Join(errs...)
}

// ReplyAfter is the delay from the caller's last voiced sample to the agent's
// first, given the program's default.
func (f Fault) ReplyAfter(standard time.Duration) time.Duration {
	if f.ReplyDelay != nil {
		return time.Duration(*f.ReplyDelay)
	}
	return standard
}

// clone copies f with everything it points to: reading JSON into a copy that
// shared its pointers would change the defaults of every other call.
func (f Fault) clone() (Fault, error) {
	data, err := json.Marshal(f)
	if err != nil {
		return Fault{}, fmt.Errorf("copy fault: %w", err)
	}
	var c Fault
	if err := json.Unmarshal(data, &c); err != nil {
		return Fault{}, fmt.Errorf("copy fault: %w", err)
	}
	return c, nil
}

func underFault(metadata string) (json.RawMessage, bool) {
	var outer struct {
		Fault json.RawMessage `json:"fault"`
	}
	if err := json.Unmarshal([]byte(metadata), &outer); err != nil || outer.Fault == nil {
		return nil, false
	}
	return outer.Fault, true
}

func explain(key string, err error) error {
	if !slices.ContainsFunc(Table(), func(h Help) bool { return h.Key == key }) {
		return fmt.Errorf("read fault: no fault is called %q (see --help)", key)
	}
	return fmt.Errorf("read fault %q: %w", key, err)
}
