package probe

import "strings"

// awaitedTexts is what the agent has published so far of the turn under way, as
// far as the caller waits for it before it goes on. What the texts are worth is
// judged later, on the recording.
type awaitedTexts struct {
	// caller and agent report whether a final of their words came.
	caller, agent bool
	// ended says of the caller's segments whether their final came.
	ended map[segmentKey]bool
	// shown is the last transcript of the caller that was reported.
	shown string
}

// segmentKey names a segment: the two channels give it different ids.
type segmentKey struct {
	channel Channel
	segment string
}

// mostSegments bounds the segments that are waited for. A turn has few.
const mostSegments = 50

// complete reports whether every part of what the caller said has its final, as
// far as can be known.
func (a awaitedTexts) complete() bool {
	for _, ended := range a.ended {
		if !ended {
			return false
		}
	}
	return a.caller
}

// note books that a segment was seen. Streams may overtake one another: an
// interim that comes after its final changes nothing.
func (a *awaitedTexts) note(key segmentKey, final bool) {
	if _, known := a.ended[key]; key.segment == "" || !known && len(a.ended) == mostSegments {
		return
	}
	if a.ended == nil {
		a.ended = map[segmentKey]bool{}
	}
	a.ended[key] = a.ended[key] || final
}

// noteTranscript books a text of this turn. Others in the room talk too, and are
// not waited for.
func (c *conductor) noteTranscript(e Event) {
	t, a := *e.Transcript, &c.texts
	blank := strings.TrimSpace(t.Text) == ""
	if t.Speaker == AgentSpeaks {
		if t.Final && !blank && (e.Participant == "" || c.agents[e.Participant]) {
			a.agent = true
		}
		return
	}
	if t.Final || !blank {
		a.note(segmentKey{t.Channel, t.Segment}, t.Final)
	}
	if !t.Final || blank {
		return
	}
	if c.phase >= speaking && t.Text != a.shown {
		c.report(StepTranscript, t.Text)
		a.shown = t.Text
	}
	// A final before the last word is of an earlier part: more is to come.
	a.caller = a.caller || e.At >= c.offset
}
