package agent

import (
	"errors"
	"strings"

	"github.com/livekit/protocol/livekit"
	"github.com/livekit/protocol/utils/guid"

	"callprobe/lab/fault"
)

// garble makes the given numbers of mistakes in text, at known places: words
// from the left are substituted, the ones after them dropped, and new words
// follow the last. A text that is too short gets as many as it has words for.
func garble(text string, g fault.Garble) string {
	words := strings.Fields(text)
	substitute := min(g.Substitute, len(words))
	for i := range substitute {
		words[i] = "mumble"
	}
	drop := min(g.Drop, len(words)-substitute)
	words = append(words[:substitute:substitute], words[substitute+drop:]...)
	for range g.Insert {
		words = append(words, "extra")
	}
	return strings.Join(words, " ")
}

// interims returns what a recognizer shows on its way to text: its first words,
// growing, without the whole.
func interims(text string) []string {
	words := strings.Fields(text)
	const most = 4
	var parts []string
	step := max(1, (len(words)+most-1)/most)
	for n := step; n < len(words); n += step {
		parts = append(parts, strings.Join(words[:n], " "))
	}
	return parts
}

// segment is one utterance of the caller on its way to a transcript, published
// as the agents framework does: each interim as one whole text stream in the
// caller's own name, the final twice, and the same over legacy packets, under
// another segment id.
type segment struct {
	wire            *wire
	caller, trackID string
	id, legacy      string
	shown           int // Interims so far.
	closed          bool
}

func (w *wire) newSegment(caller, trackID string) *segment {
	return &segment{wire: w, caller: caller, trackID: trackID, id: guid.New("SG_"), legacy: guid.New("SL_")}
}

// interim publishes what is understood so far.
func (s *segment) interim(text string) error {
	s.shown++
	return errors.Join(
		s.wire.wholeText(s.caller, s.trackID, s.id, text, "false"),
		s.wire.sendLegacy(s.caller, s.trackID, &livekit.TranscriptionSegment{Id: s.legacy, Text: text, Language: "en"}))
}

// final publishes the whole, after interims where there were none.
func (s *segment) final(text string) error {
	s.closed = true
	var errs []error
	if s.shown == 0 {
		for _, part := range interims(text) {
			errs = append(errs, s.interim(part))
		}
	}
	errs = append(errs,
		s.interim(text),
		s.wire.wholeText(s.caller, s.trackID, s.id, text, "true"),
		s.wire.sendLegacy(s.caller, s.trackID, &livekit.TranscriptionSegment{Id: s.legacy, Text: text, Language: "en", Final: true}))
	return errors.Join(errs...)
}

func (w *wire) wholeText(sender, trackID, id, text, final string) error {
	s, err := w.openText(sender, map[string]string{
		attrSegment: id, attrTranscribed: trackID, attrFinal: final,
	})
	if err != nil {
		return err
	}
	return errors.Join(s.write([]byte(text)), s.close(nil))
}

// ownTranscript publishes the agent's own words as one stream that grows while
// they are spoken, and as legacy packets with the text so far.
type ownTranscript struct {
	wire            *wire
	agent, trackID  string
	legacy          string
	stream          *stream
	words, spoken   []string
	sentAnyFragment bool
}

func (w *wire) ownTranscript(agent, trackID, text string) (*ownTranscript, error) {
	s, err := w.openText("", map[string]string{
		attrSegment: guid.New("SG_"), attrTranscribed: trackID, attrFinal: "false",
	})
	return &ownTranscript{
		wire: w, agent: agent, trackID: trackID, legacy: guid.New("SL_"),
		stream: s, words: strings.Fields(text),
	}, err
}

// advance publishes the first n words, as far as they are not out yet.
func (o *ownTranscript) advance(n int) error {
	n = min(n, len(o.words))
	if n <= len(o.spoken) {
		return nil
	}
	fragment := strings.Join(o.words[len(o.spoken):n], " ")
	if o.sentAnyFragment {
		fragment = " " + fragment
	}
	o.sentAnyFragment = true
	o.spoken = o.words[:n]
	return errors.Join(
		o.stream.write([]byte(fragment)),
		o.wire.sendLegacy(o.agent, o.trackID, &livekit.TranscriptionSegment{Id: o.legacy, Text: o.text(), Language: "en"}))
}

// close ends the stream after the words that are out.
func (o *ownTranscript) close() error {
	return errors.Join(
		o.stream.close(nil),
		o.wire.sendLegacy(o.agent, o.trackID, &livekit.TranscriptionSegment{Id: o.legacy, Text: o.text(), Language: "en", Final: true}))
}

// text is what was published so far.
func (o *ownTranscript) text() string { return strings.Join(o.spoken, " ") }
