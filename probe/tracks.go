package probe

import "slices"

func (r *Recording) hasTrack(id string) bool {
	for _, t := range r.Tracks {
		if t.ID == id {
			return true
		}
	}
	return false
}

// isDown reports whether a track was taken down and did not come up again.
func (r *Recording) isDown(id string) bool { return r.latest(id, TrackUp, TrackDown) == TrackDown }

// isSilenced reports whether a track was taken down or muted, and stayed so.
func (r *Recording) isSilenced(id string) bool {
	return r.isDown(id) || r.latest(id, TrackUp, TrackMuted, TrackUnmuted) == TrackMuted
}

// latest returns which of some kinds the last event of a track is, and nothing
// when there was none of them.
func (r *Recording) latest(id string, kinds ...EventKind) EventKind {
	for _, e := range slices.Backward(r.Events) {
		if e.Track == id && slices.Contains(kinds, e.Kind) {
			return e.Kind
		}
	}
	return ""
}

// trackOf returns the id under which the track of an event is kept. A track that
// an agent publishes anew, as after it lost its connection, has another id and
// goes on with the one of the same name; where it has no name, with one that was
// taken down, for several may have none.
func (c *conductor) trackOf(e Event) string {
	if e.Kind == TrackUp && !c.rec.hasTrack(e.Track) && len(c.tracks) < maxTracks {
		for _, t := range c.rec.Tracks {
			if t.Name == e.TrackName && t.Participant == e.Participant && (t.Name != "" || c.rec.isDown(t.ID)) {
				c.tracks[e.Track] = t.ID
			}
		}
	}
	if id, ok := c.tracks[e.Track]; ok {
		return id
	}
	return e.Track
}

// listenTo opens an ear on a track that is kept and has none yet.
func (c *conductor) listenTo(track string) {
	if c.ears[track] != nil || !c.rec.hasTrack(track) {
		return
	}
	if ear, err := newEar(); err == nil {
		c.ears[track] = ear
	}
}
