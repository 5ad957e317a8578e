package probe

import "strings"

// awaitedTexts is what the agent has published so far of the turn under way, as
// far as the caller waits for it before it goes on. What the texts are worth is
// judged later, on the recording.
type awaitedTexts struct {
	// caller and agent report whether a final of their words came.
	caller, agent bool
	// unended are the caller's segments that have interims and no final.
	unended map[segmentKey]bool
	// shown is the last transcript of the caller that was reported.
	shown string
}

// segmentKey names a segment: the two channels give it different ids.
type segmentKey struct {
	channel Channel
	segment string
}

// mostUnended bounds the segments that are waited for. A turn has few.
const mostUnended = 50

// complete reports whether every part of what the caller said has its final, as
// far as can be known.
func (a awaitedTexts) complete() bool { return a.caller && len(a.unended) == 0 }

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
	key := segmentKey{t.Channel, t.Segment}
	if t.Final {
		delete(a.unended, key)
	}
	switch {
	case blank:
	case !t.Final:
		if t.Segment != "" && len(a.unended) < mostUnended {
			if a.unended == nil {
				a.unended = map[segmentKey]bool{}
			}
			a.unended[key] = true
		}
	default:
		if c.phase >= speaking && t.Text != a.shown {
			c.report(StepTranscript, t.Text)
			a.shown = t.Text
		}
		// A final before the last word is of an earlier part: more is to come.
		a.caller = a.caller || e.At >= c.offset
	}
}
