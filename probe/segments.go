package probe

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"
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
	finals := map[Channel]map[key]string{StreamChannel: {}, LegacyChannel: {}}
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
			if segments != nil {
				finals[t.Channel][id] = t.Text
			}
		case t.Segment == "" || strings.TrimSpace(t.Text) == "" || segments == nil:
		case t.Text == finals[t.Channel][id]: // The doubled final, out of order.
		default:
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

// joinFinals joins the final segments of one speaker, in order of arrival. Text
// streams and legacy packets carry the same words under other ids: the streams
// are taken where there are any. A doubled final counts once.
func joinFinals(heard []segmentText) string {
	for _, channel := range []Channel{StreamChannel, LegacyChannel} {
		if text := joinFinalsOn(channel, heard); text != "" {
			return text
		}
	}
	return ""
}

func joinFinalsOn(channel Channel, heard []segmentText) string {
	var order []string
	texts := map[string]string{}
	for _, t := range heard {
		if t.Channel != channel || !t.Final {
			continue
		}
		text := strings.TrimSpace(t.Text)
		segment := t.Segment
		if segment == "" {
			segment = text
		}
		if _, seen := texts[segment]; !seen {
			order = append(order, segment)
		}
		texts[segment] = text
	}
	parts := make([]string, 0, len(order))
	for _, id := range order {
		if texts[id] != "" {
			parts = append(parts, texts[id])
		}
	}
	return cut(strings.Join(parts, " "), maxTranscriptBytes)
}

// maxTranscriptBytes bounds the words of one turn, a hundred times what can be
// said in it: comparing them takes time.
const maxTranscriptBytes = 64 << 10

// cut returns at most n bytes of a text, in whole characters.
func cut(text string, n int) string {
	if len(text) <= n {
		return text
	}
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n]
}

// splitLate parts what came up to a limit from what came after it.
func splitLate(heard []segmentText, limit time.Duration) (inTime, late []segmentText) {
	for _, t := range heard {
		if t.at > limit {
			late = append(late, t)
		} else {
			inTime = append(inTime, t)
		}
	}
	return inTime, late
}

// whenHeard returns when the first interim and the last final with words came,
// counted from the caller's last word.
func whenHeard(heard []segmentText, lastWord time.Duration) (interim, final Measured) {
	for _, t := range heard {
		since := Measured{Value: t.at - lastWord, OK: true}
		switch {
		case strings.TrimSpace(t.Text) == "":
		case t.Final:
			final = since
		case !interim.OK:
			interim = since
		}
	}
	return interim, final
}

// publishesTranscripts reports whether the agent published any text at all in
// this call.
func (e *evaluation) publishesTranscripts() bool { return len(e.texts) > 0 }
