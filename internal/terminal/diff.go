package terminal

import (
	"fmt"
	"unicode"
	"unicode/utf8"

	"callprobe/probe/wer"
)

const (
	// mostSteps is how many words of a comparison are shown.
	mostSteps = 120
	// longestWord is how many columns of one word are shown.
	longestWord = 60
)

// diff writes an alignment in the notation of GNU wdiff: [-said-] where a word
// was not heard, {+heard+} where one was not said, both for a word that was
// heard as another.
func (s *sheet) diff(steps []wer.Step) []word {
	shown := steps[:min(len(steps), mostSteps)]
	var out []word
	for i := 0; i < len(shown); {
		run := 1
		for i+run < len(shown) && shown[i+run].Op == shown[i].Op && shown[i].Op != wer.Substitution {
			run++
		}
		out = follow(out, s.run(shown[i:i+run]))
		i += run
	}
	if left := len(steps) - len(shown); left > 0 {
		out = append(out, wordsf(dim, "%s and %d more words", s.glyphs().ellipsis, left)...)
	}
	return out
}

// run writes neighbouring steps of one kind.
func (s *sheet) run(steps []wer.Step) []word {
	var said, heard []word
	for _, step := range steps {
		said = follow(said, s.spoken(step.Reference))
		heard = follow(heard, s.spoken(step.Hypothesis))
	}
	switch steps[0].Op {
	case wer.Hit:
		return said
	case wer.Deletion:
		return bracketed("[-", said, "-]", red)
	case wer.Insertion:
		return bracketed("{+", heard, "+}", green)
	case wer.Substitution:
		said, heard = bracketed("[-", said, "-]", red), bracketed("{+", heard, "+}", green)
		heard[0].glued = true
		return append(said, heard...)
	}
	return words(fmt.Sprintf("(%v)", steps[0].Op), dim)
}

func (s *sheet) spoken(text string) []word {
	return words(s.shorten(s.clean(text), longestWord), plain)
}

// follow appends words to others, without a space between characters of scripts
// that have none between words.
func follow(before, after []word) []word {
	if len(before) > 0 && len(after) > 0 {
		last, _ := utf8.DecodeLastRuneInString(before[len(before)-1].text)
		first, _ := utf8.DecodeRuneInString(after[0].text)
		if unspaced(last) && unspaced(first) {
			after[0].glued = true
		}
	}
	return append(before, after...)
}

func unspaced(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana,
		unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar, unicode.Tibetan)
}

func bracketed(open string, ws []word, closing string, k ink) []word {
	if len(ws) == 0 {
		ws = []word{{}}
	}
	ws[0].text = open + ws[0].text
	ws[len(ws)-1].text += closing
	for i := range ws {
		ws[i].ink = k
	}
	return ws
}
