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
// writing: American spelling, contractions in full, numbers digit by digit,
// amounts and units in the order in which they are spoken. What it returns for
// its own output is that output.
//
//	Dr. Lee can't pay $5.99.     doctor lee can not pay 5 point 9 9 dollars
//	order four seven one one     order 4 7 1 1
//	May 5th, 2024, at 3:30 p.m.  may 5 2 0 2 4 at 3 3 0 pm
//	it's, um, 20°C               it is 2 0 degrees celsius
//
// Where one sound has several meanings the words decide, not the meaning: three
// thirty is 3 3 0, whether a time or a room, and five pounds are money or weight.
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
	words = readQuantities(words)
	return sayDigits(words)
}
