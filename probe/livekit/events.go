package livekit

import (
	"strings"
	"time"

	lksdk "github.com/livekit/server-sdk-go/v2"
	"github.com/pion/webrtc/v4"

	"callprobe/audio/playout"
	"callprobe/probe"
)

// stateAttribute is where LiveKit Agents says what the agent is doing.
const stateAttribute = "lk.agent.state"

func (c *call) callbacks() *lksdk.RoomCallback {
	return &lksdk.RoomCallback{
		OnParticipantConnected:    c.participantConnected,
		OnParticipantDisconnected: c.participantDisconnected,
		OnLocalTrackSubscribed: func(*lksdk.LocalTrackPublication, *lksdk.LocalParticipant) {
			c.emit(probe.Event{At: time.Since(c.start), Kind: probe.MicSubscribed})
		},
		OnReconnecting: func() { c.emit(probe.Event{At: time.Since(c.start), Kind: probe.Reconnecting}) },
		OnReconnected:  func() { c.emit(probe.Event{At: time.Since(c.start), Kind: probe.Reconnected}) },
		OnDisconnected: func() {
			c.emit(probe.Event{At: time.Since(c.start), Kind: probe.Disconnected, Text: c.lk.DisconnectReason().String()})
		},
		ParticipantCallback: lksdk.ParticipantCallback{
			OnAttributesChanged: func(changed map[string]string, p lksdk.Participant) {
				if isAgent(p.Kind()) {
					c.agentState(p.Identity(), changed[stateAttribute])
				}
			},
			OnTrackSubscribed: c.trackSubscribed,
			OnTrackMuted: func(pub lksdk.TrackPublication, p lksdk.Participant) {
				c.trackEvent(probe.TrackMuted, pub, p)
			},
			OnTrackUnmuted: func(pub lksdk.TrackPublication, p lksdk.Participant) {
				c.trackEvent(probe.TrackUnmuted, pub, p)
			},
			OnTranscriptionReceived: c.legacyTranscript,
		},
	}
}

func isAgent(kind lksdk.ParticipantKind) bool { return kind == lksdk.ParticipantAgent }

func (c *call) participantConnected(p *lksdk.RemoteParticipant) {
	if isAgent(p.Kind()) {
		c.agentConnected(p.Identity(), p.Attributes()[stateAttribute])
	}
}

func (c *call) participantDisconnected(p *lksdk.RemoteParticipant) {
	if isAgent(p.Kind()) {
		c.agentDisconnected(p.Identity(), p.DisconnectReason().String())
	}
}

// alreadyHere tells of the agents that joined before us: the SDK calls back only
// for those that come later.
func (c *call) alreadyHere() {
	for _, p := range c.lk.GetRemoteParticipants() {
		c.participantConnected(p)
	}
}

// agentConnected passes on that an agent is there, once.
func (c *call) agentConnected(identity, state string) {
	at := time.Since(c.start)
	c.mu.Lock()
	news := !c.agents[identity]
	c.agents[identity] = true
	c.mu.Unlock()
	if news {
		c.emit(probe.Event{At: at, Kind: probe.AgentJoined, Participant: identity})
	}
	c.agentState(identity, state)
}

func (c *call) agentDisconnected(identity, reason string) {
	at := time.Since(c.start)
	c.mu.Lock()
	delete(c.agents, identity)
	delete(c.states, identity)
	c.mu.Unlock()
	c.emit(probe.Event{At: at, Kind: probe.AgentWentAway, Participant: identity, Text: reason})
}

// agentState passes on a state that is news.
func (c *call) agentState(identity, state string) {
	at := time.Since(c.start)
	c.mu.Lock()
	news := state != "" && c.states[identity] != state
	if news {
		c.states[identity] = state
	}
	c.mu.Unlock()
	if news {
		c.emit(probe.Event{At: at, Kind: probe.AgentState, Participant: identity, Text: state})
	}
}

func (c *call) trackEvent(kind probe.EventKind, pub lksdk.TrackPublication, p lksdk.Participant) {
	at := time.Since(c.start)
	if isAgent(p.Kind()) {
		c.emit(probe.Event{At: at, Kind: kind, Participant: p.Identity(), Track: pub.SID(), TrackName: pub.Name()})
	}
}

func (c *call) trackSubscribed(track *webrtc.TrackRemote, pub *lksdk.RemoteTrackPublication, p *lksdk.RemoteParticipant) {
	if !isAgent(p.Kind()) || track.Kind() != webrtc.RTPCodecTypeAudio {
		return
	}
	up := probe.Event{At: time.Since(c.start), Kind: probe.TrackUp, Participant: p.Identity(), Track: pub.SID(), TrackName: pub.Name()}
	if up = understood(up, track.Codec().MimeType); up.Kind != probe.TrackUp {
		c.emit(up)
		return
	}
	c.emit(up)
	c.startReader(func() { c.readTrack(track, up.Track, up.Participant) })
}

// understood turns the event of a track in a codec that nobody here can decode
// into one that says so: taken for Opus, it would be noise that passes for speech.
func understood(up probe.Event, codec string) probe.Event {
	if codec != "" && !strings.EqualFold(codec, webrtc.MimeTypeOpus) {
		up.Kind, up.Text = probe.TrackRefused, codec
	}
	return up
}

// readTrack stamps each packet as soon as it is read, before anything else is
// done with it.
func (c *call) readTrack(track *webrtc.TrackRemote, id, identity string) {
	for {
		pkt, _, err := track.ReadRTP()
		at := time.Since(c.start)
		if err != nil {
			c.emit(probe.Event{At: at, Kind: probe.TrackDown, Participant: identity, Track: id, Text: err.Error()})
			return
		}
		c.emit(probe.Event{At: at, Kind: probe.PacketIn, Participant: identity, Track: id, Packet: &playout.Packet{
			At: at, SSRC: pkt.SSRC, Sequence: pkt.SequenceNumber, Timestamp: pkt.Timestamp,
			Marker: pkt.Marker, Payload: pkt.Payload,
		}})
	}
}
