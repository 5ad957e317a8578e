package terminal

import (
	"cmp"
	"fmt"
	"strings"
	"unicode/utf8"

	"callprobe/probe"
	"callprobe/probe/wer"
)

// turnIndent sets the figures of a turn off from those of the call.
const turnIndent = 2

// turn prints the figures of the i-th turn. What headline has said already is
// not said again.
func (s *sheet) turn(i int, t *probe.TurnReport, said string) {
	s.turnTitle(i, t)
	if t.Detail != "" && !strings.HasSuffix(said, t.Detail) {
		s.to(labelCol + turnIndent)
		s.flow(labelCol+turnIndent, s.outside(t.Detail, plain))
	}
	if t.Reference != "" {
		s.row(turnIndent, "caller", s.quoted(t.Reference), nil)
	}
	s.figure(turnIndent, "TTFA", t.TTFA, s.besideTTFA(t))
	s.optional("first energy", t.FirstEnergy, nil)
	s.stt(t)
	s.reply(t)
	s.optional("barge-in stop", t.BargeInStop, nil)
	s.warnings(turnIndent, t.Warnings)
}

func (s *sheet) turnTitle(i int, t *probe.TurnReport) {
	s.to(labelCol)
	title := wordsf(bold, "turn %d", i+1)
	title = append(title, s.outside(t.Utterance, bold)...)
	if t.Utterance == "" && t.Reference == "" {
		title = append(title, words("(says nothing)", plain)...)
	}
	if length := t.Said.End - t.Said.Start; length > 0 {
		title[len(title)-1].text += ","
		title = append(title, words(seconds(length), plain)...)
	}
	if t.Outcome != "" {
		k := green
		if t.Outcome != probe.Answered {
			k = verdictInk(t.Outcome.Verdict())
		}
		title[len(title)-1].text += ":"
		title = append(title, s.outside(string(t.Outcome), k)...)
	}
	s.flow(labelCol+turnIndent, title)
}

// optional prints a figure that does not belong to every turn.
func (s *sheet) optional(label string, m probe.Measured, note []word) {
	if m.OK || m.Missing != "" {
		s.figure(turnIndent, label, m, note)
	}
}

// besideTTFA is what the agent says of the same latency.
func (s *sheet) besideTTFA(t *probe.TurnReport) []word {
	var out []word
	if t.TalkOver {
		out = words("the agent talked over the caller", yellow)
	}
	switch {
	case t.AgentE2E.OK:
		return join(out, wordsf(plain, "agent's own figure %s", seconds(t.AgentE2E.Value)))
	case t.AgentE2E.Missing != "" && t.TTFA.OK:
		own := words("agent's own figure "+s.glyphs().missing, plain)
		return join(out, append(own, s.outside("("+t.AgentE2E.Missing+")", dim)...))
	}
	return out
}

// reply says how long the agent spoke and what it says it said. Why there is no
// reply stands beside the time to first audio already.
func (s *sheet) reply(t *probe.TurnReport) {
	switch length := t.Reply.End - t.Reply.Start; {
	case length > 0:
		s.row(turnIndent, "reply", words(seconds(length), plain), wordsf(plain, "ends %s into the call", seconds(t.Reply.End)))
	case t.TTFA.OK:
		s.row(turnIndent, "reply", s.none(), words("its end was not heard", dim))
	}
	if t.AgentText != "" {
		s.row(turnIndent, "agent", s.quoted(t.AgentText), nil)
	}
}

// stt says how the agent understood the turn.
func (s *sheet) stt(t *probe.TurnReport) {
	switch t.STT.Outcome {
	case probe.STTCorrect:
		s.row(turnIndent, "STT", words("correct", green), s.scoreNote(t))
	case probe.STTIncorrect:
		s.row(turnIndent, "STT", words("wrong", bad), s.scoreNote(t))
	case probe.STTNotThere:
		s.row(turnIndent, "STT", words("missing", bad), words(missingNote(t), plain))
	case probe.STTUnsupported:
		s.row(turnIndent, "STT", words("unsupported", plain), words("the agent publishes no transcripts", plain))
	case probe.STTNotApplicable:
		if t.TTFA.OK || t.Reference != "" {
			s.row(turnIndent, "STT", s.none(), s.reason("not compared"))
		}
	}
	s.heard(t)
	s.keyPhrases(t.STT.Phrases)
	since := words("from the caller's last word", plain)
	s.optional("first interim", t.STT.Interim, since)
	s.optional("final", t.STT.Final, since)
}

func missingNote(t *probe.TurnReport) string {
	if t.STT.Final.OK && t.Transcript != "" {
		return "the final transcript came too late"
	}
	return "no final transcript came"
}

// keyPhrases says of each whether it was understood.
func (s *sheet) keyPhrases(phrases []probe.KeyPhrase) {
	for _, p := range phrases {
		value := words("right", green)
		if !p.Heard {
			value = words("missed", bad)
		}
		s.row(turnIndent, "key phrase", value, s.quoted(p.Phrase))
	}
}

// scoreNote is the error rate, that of the texts as they were written beside it,
// and what it is made of.
func (s *sheet) scoreNote(t *probe.TurnReport) []word {
	if t.STT.Score == nil {
		return s.reason("no score")
	}
	c, rate, unit := t.STT.Score.Counts, "WER", "word"
	if inCharacters(t.STT.Score.Steps) {
		rate, unit = "CER", "character"
	}
	normalized, ok := c.WER()
	if !ok {
		return wordsf(plain, "%s %s (nothing was said), %s heard", rate, s.glyphs().missing, counted(c.Insertions, unit, unit+"s"))
	}
	out := fmt.Sprintf("%s %s", rate, percent(normalized))
	if raw, ok := t.STT.Score.Raw.WER(); ok {
		out += fmt.Sprintf(" (raw %s)", percent(raw))
	}
	if cer, ok := t.STT.Score.Characters.CER(); ok && c.Errors() > 0 && rate == "WER" {
		out += fmt.Sprintf(", CER %s", percent(cer))
	}
	out += fmt.Sprintf(", %d of %s right", c.Hits, counted(c.Reference(), unit, unit+"s"))
	if c.Insertions > 0 {
		out += fmt.Sprintf(", %d inserted", c.Insertions)
	}
	return words(out, plain)
}

// inCharacters reports whether a text was compared character by character,
// because its script has no spaces between words.
func inCharacters(steps []wer.Step) bool {
	for _, s := range steps {
		first, _ := utf8.DecodeRuneInString(cmp.Or(s.Reference, s.Hypothesis))
		if !unspaced(first) {
			return false
		}
	}
	return len(steps) > 0
}

// heard prints what the agent understood: as a comparison when words differ,
// not at all when it is what was said.
func (s *sheet) heard(t *probe.TurnReport) {
	switch score := t.STT.Score; {
	case score != nil && score.Errors() > 0 && len(score.Steps) > 0:
		s.row(turnIndent, "understood", s.diff(score.Steps), nil)
	case score == nil && t.Transcript != "":
		s.row(turnIndent, "understood", s.quoted(t.Transcript), nil)
	}
}
