package wer

import "slices"

// ContainsPhrase reports whether the words of phrase stand in the hypothesis,
// side by side and in order, after both were normalized. A number counts whole:
// "order 4711" is not in "order 47112", nor "5 degrees" in "minus 5 degrees". A
// phrase without words is in every hypothesis.
func ContainsPhrase(hypothesis, phrase, language string) bool {
	words, wanted := Normalize(hypothesis, language), Normalize(phrase, language)
	if len(wanted) == 0 {
		return true
	}
	for start := 0; start+len(wanted) <= len(words); start++ {
		end := start + len(wanted)
		if slices.Equal(words[start:end], wanted) && !numberAcross(words, start) && !numberAcross(words, end) {
			return true
		}
	}
	return false
}

// numberAcross reports whether a number goes on across the gap before word i: a
// digit or a sign, and more digits or a decimal point after it.
func numberAcross(words []string, i int) bool {
	at := func(i int) string {
		if i < 0 || i >= len(words) {
			return ""
		}
		return words[i]
	}
	before, after := at(i-1), at(i)
	switch {
	case isDigitWord(before) && isDigitWord(after),
		before == "minus" && isDigitWord(after),
		isDigitWord(before) && after == "point" && isDigitWord(at(i+1)),
		isDigitWord(at(i-2)) && before == "point" && isDigitWord(after):
		return true
	}
	return false
}
