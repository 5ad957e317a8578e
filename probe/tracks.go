package probe

func (r *Recording) hasTrack(id string) bool {
	for _, t := range r.Tracks {
		if t.ID == id {
			return true
		}
	}
	return false
}

// trackOf returns the id under which the track of an event is kept. A track that
// an agent publishes anew after it lost its connection has another id and goes
// on with the one of the same name.
func (c *conductor) trackOf(e Event) string {
	if e.Kind == TrackUp && e.TrackName != "" && !c.rec.hasTrack(e.Track) && len(c.tracks) < maxTracks {
		for _, t := range c.rec.Tracks {
			if t.Name == e.TrackName && t.Participant == e.Participant {
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
