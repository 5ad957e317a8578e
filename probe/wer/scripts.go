package wer

import (
	"strings"
	"unicode"
)

// isUnspaced reports whether r belongs to a script that is written without
// spaces between words. Each of its characters counts as a word, which makes the
// word error rate a character error rate.
func isUnspaced(r rune) bool {
	if r < 0x0e00 {
		return false
	}
	return r == 'ー' || unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana,
		unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar, unicode.Tibetan)
}

// joinsPrevious reports whether r continues the character before it: an accent,
// a vowel sign, a joiner.
func joinsPrevious(r rune) bool {
	return unicode.IsMark(r)
}

// rawWords splits a text at white space, and between the characters of scripts
// without spaces. It changes nothing else.
func rawWords(text string) []string {
	var words []string
	for field := range strings.FieldsSeq(text) {
		words = append(words, splitUnspaced(field)...)
	}
	return words
}

// splitUnspaced cuts a word around each character of a script without spaces.
func splitUnspaced(word string) []string {
	var out []string
	start, single := 0, false
	for i, r := range word {
		if joinsPrevious(r) {
			continue
		}
		unspaced := isUnspaced(r)
		if i > start && (single || unspaced) {
			out = append(out, word[start:i])
			start = i
		}
		single = unspaced
	}
	if start < len(word) {
		out = append(out, word[start:])
	}
	return out
}

// joinWords writes words as a text again: one space between them, none between
// the characters of scripts without spaces and between the digits of a number.
func joinWords(words []string) string {
	var b strings.Builder
	for i, w := range words {
		if i > 0 && !writtenTogether(words[i-1], w) {
			b.WriteByte(' ')
		}
		b.WriteString(w)
	}
	return b.String()
}

func writtenTogether(before, after string) bool {
	return startsUnspaced(before) && startsUnspaced(after) || isDigitWord(before) && isDigitWord(after)
}

func startsUnspaced(word string) bool {
	for _, r := range word {
		return isUnspaced(r)
	}
	return false
}
