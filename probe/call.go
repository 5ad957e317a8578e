package probe

import (
	"context"
	"fmt"
	"time"

	"callprobe/audio/playout"
)

// Dialer opens calls. It knows the room server, the credentials and the agent
// to ask for; the core does not.
type Dialer interface {
	// Dial creates a room, asks for the agent, joins and publishes a
	// microphone. Times of all events count from start. An error is a
	// [*CallError]; whatever was created before it is gone again when Dial
	// returns.
	Dial(ctx context.Context, start time.Time) (Call, error)
}

// Call is one call in progress. Send is called by one goroutine, Close once.
type Call interface {
	// Room returns the room's name.
	Room() string
	// Send puts the next 20 ms Opus packet of the caller on the wire. It did so
	// between before and after, the times next to the write since the start of
	// the call.
	Send(packet []byte) (before, after time.Duration, err error)
	// Events returns what happens in the room, in order of arrival. The
	// channel is never closed: the call is over when the caller closes it.
	Events() <-chan Event
	// Close leaves the room and deletes it. It returns when nothing of the
	// call is running any more.
	Close(ctx context.Context) error
}

// EventKind says what happened.
type EventKind string

// The kinds of events.
const (
	RoomCreated     EventKind = "room_created"
	Joined          EventKind = "joined"
	AgentJoined     EventKind = "agent_joined"
	AgentWentAway   EventKind = "agent_left"
	MicSubscribed   EventKind = "mic_subscribed"
	TrackUp         EventKind = "track_up"
	TrackDown       EventKind = "track_down"
	TrackRefused    EventKind = "track_refused" // Its codec, in Text, is not Opus.
	TrackMuted      EventKind = "track_muted"
	TrackUnmuted    EventKind = "track_unmuted"
	PacketIn        EventKind = "packet"
	AgentState      EventKind = "agent_state"
	TranscriptHeard EventKind = "transcript"
	SessionReport   EventKind = "session"
	Reconnecting    EventKind = "reconnecting"
	Reconnected     EventKind = "reconnected"
	Disconnected    EventKind = "disconnected"
)

// Event is something that was seen in the room. Fields that do not belong to
// its kind are zero.
type Event struct {
	// At is when it was seen, taken next to where it came in, since the start
	// of the call on the prober's monotonic clock.
	At   time.Duration `json:"at"`
	Kind EventKind     `json:"kind"`
	// Participant is the identity of whom it is about.
	Participant string `json:"participant,omitempty"`
	// Track is the server's id of the track, TrackName the publisher's name.
	Track     string `json:"track,omitempty"`
	TrackName string `json:"track_name,omitempty"`
	// Text is the agent's state, or why somebody left.
	Text       string          `json:"text,omitempty"`
	Transcript *Transcript     `json:"transcript,omitempty"`
	Session    *SessionMessage `json:"session,omitempty"`
	// Packet of a PacketIn is kept with its track, not among the events.
	Packet *playout.Packet `json:"-"`
}

// Speaker is whose words a transcript holds.
type Speaker string

// The speakers of a call.
const (
	CallerSpeaks Speaker = "caller"
	AgentSpeaks  Speaker = "agent"
)

// Transcript is what the agent published about somebody's words. Its text is
// all of the segment so far.
type Transcript struct {
	Speaker Speaker `json:"speaker"`
	// Channel is how it came: as a text stream or as a legacy packet. Both
	// carry the same words under different segment ids.
	Channel Channel `json:"channel"`
	Segment string  `json:"segment"`
	Text    string  `json:"text"`
	Final   bool    `json:"final"`
	// Opened is when the stream was opened, where there was one.
	Opened time.Duration `json:"opened,omitzero"`
}

// Channel is a way in which transcripts reach a caller.
type Channel string

// The channels.
const (
	StreamChannel Channel = "stream"
	LegacyChannel Channel = "legacy"
)

// SessionMessage is what an agent says of itself over lk.agent.session.
type SessionMessage struct {
	// Type is the event's name in the protocol, in snake case.
	Type string `json:"type"`
	// CreatedAt is the agent's own wall clock.
	CreatedAt time.Time `json:"created_at,omitzero"`
	// Role and Text are of a conversation item, a transcript, a state or an
	// error.
	Role        string `json:"role,omitempty"`
	Text        string `json:"text,omitempty"`
	Final       bool   `json:"final,omitempty"`
	Interrupted bool   `json:"interrupted,omitempty"`
	// Metrics are the agent's own figures, in seconds, by their protocol
	// name in snake case.
	Metrics map[string]float64 `json:"metrics,omitempty"`
}

// Stage is the part of a call in which something went wrong.
type Stage string

// The stages of a call.
const (
	StageCreateRoom Stage = "create room"
	StageJoin       Stage = "join"
	StagePublish    Stage = "publish microphone"
	StageAgent      Stage = "wait for agent"
	StageGreeting   Stage = "wait for greeting"
	StageTurn       Stage = "turn"
	StageTranscript Stage = "wait for transcript"
	StageHangUp     Stage = "hang up"
)

// CallError is why a call could not be made or went down.
type CallError struct {
	Reason Reason
	Stage  Stage
	// Remedy is one line that says what to do about it.
	Remedy string
	Err    error
}

func (e *CallError) Error() string { return fmt.Sprintf("%s: %v", e.Stage, e.Err) }

func (e *CallError) Unwrap() error { return e.Err }
