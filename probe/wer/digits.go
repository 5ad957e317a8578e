package wer

// sayDigits writes each number one digit a word: 4711 is 4 7 1 1, and 3.14 is 3
// point 1 4.
//
// A digit is the least part of a number that can be misheard. Were the number one
// word, an order number with one digit missing and one that is all wrong would
// both be one error, and of a different weight than in a text that writes its
// digits apart. And whether "4 7 1 1", "47 11" or "4711" was meant cannot be
// heard, so they must weigh the same. Ordinals (21st), decades (1990s) and
// fractions (1/2) stay one word each: they are spoken in one.
func sayDigits(words []string) []string {
	out := make([]string, 0, len(words))
	for _, w := range words {
		if !isNumeric(w) {
			out = append(out, w)
			continue
		}
		for _, r := range w {
			if r == '.' {
				out = append(out, "point")
			} else {
				out = append(out, string(r))
			}
		}
	}
	return out
}

// isDigitWord reports whether a word is one digit of a number.
func isDigitWord(word string) bool { return len(word) == 1 && isDigit(rune(word[0])) }
