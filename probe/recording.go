package probe

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"callprobe/audio"
	"callprobe/audio/playout"
)

// recordingVersion is raised when a stored recording changes its meaning.
const recordingVersion = 1

// Recording is all that was sent, heard and seen in one call, on one axis: the
// prober's monotonic clock since the start of the call. A Report is a function
// of it and of nothing else.
type Recording struct {
	Version int    `json:"version"`
	CallID  string `json:"call_id"`
	Target  string `json:"target,omitempty"`
	Room    string `json:"room,omitempty"`
	// Started is the wall clock at the start of the call, for people.
	Started time.Time `json:"started"`
	// WallDrift is how much further the wall clock moved than the monotonic
	// clock during the call: a step or a suspend shows here.
	WallDrift time.Duration `json:"wall_drift"`
	Plan      Plan          `json:"plan"`
	// Sent holds, for each 20 ms frame of the caller, when it was put on the
	// wire; frame k was due at Due + k*20 ms by the sender's own schedule.
	Sent []time.Duration `json:"sent"`
	Due  time.Duration   `json:"due"`
	// Held lists the frames whose write took long: the machine had something
	// else to do, and each left at some time within it.
	Held []Hold `json:"held,omitempty"`
	// Turns are the turns that were begun, in order.
	Turns []TurnTrace `json:"turns"`
	// Tracks are the audio tracks of agents.
	Tracks []Track `json:"tracks"`
	// SoundRemoved says that the payloads of the packets were not kept: what
	// was heard cannot be known any more.
	SoundRemoved bool    `json:"sound_removed,omitempty"`
	Events       []Event `json:"events"`
	// Ended says how the call came to its end.
	Ended Ending `json:"ended"`
	// HangUpError is why the room could not be left or deleted.
	HangUpError string `json:"hang_up_error,omitempty"`

	// kept is how many bytes of the room's are in it; a bound of the call under
	// way.
	kept int
}

// Hold is a frame that left at its time in Sent or up to For later.
type Hold struct {
	Frame int           `json:"frame"`
	For   time.Duration `json:"for"`
}

// heldUp is how long writing a frame may take before it is noted: it takes
// some 30 µs.
const heldUp = 200 * time.Microsecond

// TurnTrace is where one turn lies in the call.
type TurnTrace struct {
	// Turn is its index in the plan.
	Turn int `json:"turn"`
	// FirstFrame is the index of the frame that carries the first sample of
	// the utterance; of a silent turn, the first frame of the silence.
	FirstFrame int `json:"first_frame"`
	// GaveUp is when the caller stopped waiting for a reply; zero when it
	// heard one.
	GaveUp time.Duration `json:"gave_up,omitzero"`
}

// Track is one audio track of an agent, as it came in.
type Track struct {
	ID          string           `json:"id"`
	Name        string           `json:"name"`
	Participant string           `json:"participant"`
	Packets     []playout.Packet `json:"packets"`
}

// Ending is how a call ended. Reason is empty when all turns were played.
type Ending struct {
	At     time.Duration `json:"at"`
	Stage  Stage         `json:"stage,omitempty"`
	Reason Reason        `json:"reason,omitempty"`
	Detail string        `json:"detail,omitempty"`
	Remedy string        `json:"remedy,omitempty"`
}

// Write stores the recording as JSON. It holds no audio of the caller beyond
// the names and positions of the utterances, and no credential.
func (r *Recording) Write(w io.Writer) error {
	if err := json.NewEncoder(w).Encode(r); err != nil {
		return fmt.Errorf("write recording: %w", err)
	}
	return nil
}

// WithoutSound returns the recording without anybody's voice: when each packet
// came, its place in the stream and its size stay, what was in it does not. One
// in which the agent sent no sound is returned as it is.
func (r *Recording) WithoutSound() *Recording {
	out := *r
	out.Tracks = slices.Clone(r.Tracks)
	for i, t := range out.Tracks {
		packets := slices.Clone(t.Packets)
		for j, p := range packets {
			if len(p.Payload) > 0 {
				packets[j].Payload, packets[j].Size = nil, len(p.Payload)
				out.SoundRemoved = true
			}
		}
		out.Tracks[i].Packets = packets
	}
	return &out
}

// ReadRecording reads what Write stored.
func ReadRecording(src io.Reader) (*Recording, error) {
	var r Recording
	if err := json.NewDecoder(src).Decode(&r); err != nil {
		return nil, fmt.Errorf("read recording: %w", err)
	}
	if r.Version != recordingVersion {
		return nil, fmt.Errorf("read recording: version %d, this program reads version %d; use the callprobe that made it", r.Version, recordingVersion)
	}
	if err := r.check(); err != nil {
		return nil, fmt.Errorf("read recording: %w", err)
	}
	return &r, nil
}

// maxUtterance bounds where speech can lie in a stored utterance.
const maxUtterance = audio.Pos(audio.Rate48k) * 600

// check reports what would make a stored recording impossible to evaluate.
func (r *Recording) check() error {
	for i, t := range r.Turns {
		if t.Turn < 0 || t.Turn >= len(r.Plan.Turns) || t.FirstFrame < 0 {
			return fmt.Errorf("turn trace %d points at turn %d, frame %d: the file is damaged", i+1, t.Turn, t.FirstFrame)
		}
	}
	for i, t := range r.Plan.Turns {
		if s := t.Say.Speech; s.Start < 0 || s.End < s.Start || s.End > maxUtterance {
			return fmt.Errorf("the speech of turn %d lies at samples %d to %d: the file is damaged", i+1, s.Start, s.End)
		}
	}
	for i, e := range r.Events {
		if e.Kind == TranscriptHeard && e.Transcript == nil || e.Kind == SessionReport && e.Session == nil {
			return fmt.Errorf("event %d (%s) is empty: the file is damaged", i+1, e.Kind)
		}
	}
	return nil
}

// event returns the first event of a kind.
func (r *Recording) event(kind EventKind) (Event, bool) {
	for _, e := range r.Events {
		if e.Kind == kind {
			return e, true
		}
	}
	return Event{}, false
}

// agentTrack returns the track on which the agent speaks: the one with the
// name that LiveKit Agents gives it, else the first that came up. Others carry
// background sound.
func (r *Recording) agentTrack() (Track, bool) {
	for _, t := range r.Tracks {
		if t.Name == AgentTrackName {
			return t, true
		}
	}
	if len(r.Tracks) == 0 {
		return Track{}, false
	}
	return r.Tracks[0], true
}

// AgentTrackName is the name under which LiveKit Agents publishes an agent's
// voice.
const AgentTrackName = "roomio_audio"
