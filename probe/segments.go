package probe

import (
	"slices"
	"strings"
	"time"
)

// segmentText is a transcript with its place in the call.
type segmentText struct {
	Transcript
	// at is when it came, began when the first words of its segment came: a
	// segment belongs to the turn in which it began, however late it ends.
	at, began time.Duration
}

// segmentTexts returns the transcripts of the caller's words and of the words
// of agents, in order of arrival. What others in the room publish is left out.
func segmentTexts(rec *Recording, agents []string) []segmentText {
	type key struct{ participant, segment string }
	open := map[Channel]map[key]time.Duration{StreamChannel: {}, LegacyChannel: {}}
	var out []segmentText
	for _, ev := range rec.Events {
		t := ev.Transcript
		if ev.Kind != TranscriptHeard || t.Speaker == AgentSpeaks && ev.Participant != "" && !slices.Contains(agents, ev.Participant) {
			continue
		}
		began := ev.At
		if t.Opened > 0 {
			began = t.Opened
		}
		segments, id := open[t.Channel], key{ev.Participant, t.Segment}
		if first, known := segments[id]; known {
			began = min(began, first)
		}
		switch {
		case t.Final:
			delete(segments, id) // An id that comes again is another segment.
		case t.Segment != "" && strings.TrimSpace(t.Text) != "" && segments != nil:
			segments[id] = began
		}
		out = append(out, segmentText{*t, ev.At, began})
	}
	return out
}

// transcripts returns what a speaker's segments that began in w say.
func (e *evaluation) transcripts(who Speaker, w Interval) []segmentText {
	var out []segmentText
	for _, t := range e.texts {
		if t.Speaker == who && w.contains(t.began) {
			out = append(out, t)
		}
	}
	return out
}
