package probe

import "callprobe/audio/playout"

// What a hostile room can make a recording keep: some times what the longest
// call of an honest one needs.
const (
	maxEvents  = 20_000
	maxTracks  = 16
	maxPackets = 100_000
	// maxKeptBytes bounds all texts and packets of a call together. The longest
	// call with all that it says needs some 10 MB.
	maxKeptBytes = 64 << 20
	// maxNameBytes bounds an identity, an id, or a state.
	maxNameBytes = 1 << 10
)

// keep stores an event, a packet with its track.
func (r *Recording) keep(e Event) {
	size := e.bytes()
	switch {
	case r.kept+size > maxKeptBytes:
		return
	case e.Kind == PacketIn:
		if r.keepPacket(e.Track, *e.Packet) {
			r.kept += size
		}
		return
	case len(r.Events) >= maxEvents:
		return
	case e.Kind == TrackUp && !r.hasTrack(e.Track):
		if len(r.Tracks) == maxTracks {
			return
		}
		r.Tracks = append(r.Tracks, Track{ID: e.Track, Name: e.TrackName, Participant: e.Participant})
	}
	r.kept += size
	r.Events = append(r.Events, e)
}

// keepPacket reports whether there is a track with room for the packet.
func (r *Recording) keepPacket(track string, p playout.Packet) bool {
	for i := range r.Tracks {
		if r.Tracks[i].ID == track && len(r.Tracks[i].Packets) < maxPackets {
			r.Tracks[i].Packets = append(r.Tracks[i].Packets, p)
			return true
		}
	}
	return false
}

// bytes is how much of what a room sends an event holds.
func (e Event) bytes() int {
	if e.Packet != nil {
		return len(e.Packet.Payload)
	}
	n := len(e.Participant) + len(e.Track) + len(e.TrackName) + len(e.Text)
	if t := e.Transcript; t != nil {
		n += len(t.Segment) + len(t.Text)
	}
	if m := e.Session; m != nil {
		n += len(m.Type) + len(m.Role) + len(m.Text)
	}
	return n
}

// bounded returns the event with texts no longer than people say and programs
// name things.
func (e Event) bounded() Event {
	for _, name := range []*string{&e.Participant, &e.Track, &e.TrackName, &e.Text} {
		*name = cut(*name, maxNameBytes)
	}
	if e.Transcript != nil {
		t := *e.Transcript
		t.Segment, t.Text = cut(t.Segment, maxNameBytes), cut(t.Text, maxTranscriptBytes)
		e.Transcript = &t
	}
	if e.Session != nil {
		m := *e.Session
		m.Type, m.Role, m.Text = cut(m.Type, maxNameBytes), cut(m.Role, maxNameBytes), cut(m.Text, maxTranscriptBytes)
		e.Session = &m
	}
	return e
}
