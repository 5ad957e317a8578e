package wer

import (
	"slices"
	"strings"
)

// maxPasses bounds how often a text is normalized again. One pass can bring
// words together that the next one joins ("four um seven"); two suffice for
// speech, and fuzzing has found no text that needs more than a few.
const maxPasses = 8

// normalizeEnglish returns the words of an English text in one canonical way of
// writing: American spelling, contractions in full, numbers in digits, amounts
// and units in the order in which they are spoken. What it returns for its own
// output is that output.
func normalizeEnglish(text string) []string {
	words := englishPass(text)
	for range maxPasses {
		again := englishPass(strings.Join(words, " "))
		if slices.Equal(again, words) {
			return words
		}
		words = again
	}
	return words
}

func englishPass(text string) []string {
	words := scanEnglish(text)
	words = expandEnglish(words)
	words = joinCompounds(words)
	words = joinLetters(words)
	words = readNumbers(words)
	return readQuantities(words)
}
