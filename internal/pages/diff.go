package pages

import (
	"unicode"
	"unicode/utf8"

	"callprobe/probe/wer"
)

// mostSteps is how many words of a comparison are shown.
const mostSteps = 300

// diffWord is a word that was said and heard, or what became of it. Kind is the
// operation's name; a word that was heard as another has both.
type diffWord struct {
	Kind, Said, Heard string
	// Glued words follow the one before without a space, as in scripts that
	// have none between words.
	Glued bool
}

type diffView struct {
	Words []diffWord
	// Left is how many words more there are.
	Left int
}

func newDiff(steps []wer.Step) diffView {
	shown := steps[:min(len(steps), mostSteps)]
	v := diffView{Left: len(steps) - len(shown)}
	for i, step := range shown {
		w := diffWord{Kind: step.Op.String(), Said: clean(step.Reference), Heard: clean(step.Hypothesis)}
		if i > 0 && step.Op == wer.Hit && shown[i-1].Op == wer.Hit {
			w.Glued = unspaced(v.Words[i-1].Said, w.Said)
		}
		v.Words = append(v.Words, w)
	}
	return v
}

func unspaced(before, after string) bool {
	last, _ := utf8.DecodeLastRuneInString(before)
	first, _ := utf8.DecodeRuneInString(after)
	scripts := []*unicode.RangeTable{unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar, unicode.Tibetan}
	return unicode.In(last, scripts...) && unicode.In(first, scripts...)
}
