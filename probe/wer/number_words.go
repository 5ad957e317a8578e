package wer

import "strings"

// unitValue returns the value of a word below ten.
func unitValue(word string) (uint64, bool) {
	switch word {
	case "zero", "nought", "naught":
		return 0, true
	}
	return valueIn("one two three four five six seven eight nine", word, 1, 1)
}

// teenValue returns the value of a word from ten to nineteen.
func teenValue(word string) (uint64, bool) {
	return valueIn("ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen", word, 10, 1)
}

// tensValue returns the value of a word for a multiple of ten.
func tensValue(word string) (uint64, bool) {
	if word == "fourty" {
		return 40, true
	}
	return valueIn("twenty thirty forty fifty sixty seventy eighty ninety", word, 20, 10)
}

// decadeValue returns the value of a word for ten years.
func decadeValue(word string) (uint64, bool) {
	return valueIn("twenties thirties forties fifties sixties seventies eighties nineties", word, 20, 10)
}

// unitOrdinal returns the value of an ordinal below the tenth.
func unitOrdinal(word string) (uint64, bool) {
	return valueIn("first second third fourth fifth sixth seventh eighth ninth", word, 1, 1)
}

// roundOrdinal returns the value of an ordinal that ends a number below a
// hundred without a unit before it.
func roundOrdinal(word string) (uint64, bool) {
	if v, ok := valueIn("tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth", word, 10, 1); ok {
		return v, true
	}
	return valueIn("twentieth thirtieth fortieth fiftieth sixtieth seventieth eightieth ninetieth", word, 20, 10)
}

// scaleValue returns the value of a power of a thousand, and whether the word
// is the ordinal.
func scaleValue(word string) (value uint64, ordinal bool) {
	word, ordinal = strings.CutSuffix(word, "th")
	switch word {
	case "thousand":
		return 1e3, ordinal
	case "million":
		return 1e6, ordinal
	case "billion":
		return 1e9, ordinal
	case "trillion":
		return 1e12, ordinal
	}
	return 0, false
}

// isScale reports whether a word multiplies the number before it.
func isScale(word string) bool {
	value, _ := scaleValue(word)
	return value > 0 || word == "hundred" || word == "hundredth"
}

// isNumberWord reports whether a word is a cardinal number below a hundred.
func isNumberWord(word string) bool {
	_, unit := unitValue(word)
	_, teen := teenValue(word)
	_, tens := tensValue(word)
	return unit || teen || tens
}

// isOrdinalWord reports whether a word is an ordinal number below a hundred.
func isOrdinalWord(word string) bool {
	_, unit := unitOrdinal(word)
	_, round := roundOrdinal(word)
	return unit || round
}

// denominatorWord returns the plural name of the parts of a whole, or nothing
// when it is not commonly divided so.
func denominatorWord(parts int) string {
	switch parts {
	case 2:
		return "halves"
	case 3:
		return "thirds"
	case 4:
		return "quarters"
	case 5:
		return "fifths"
	case 6:
		return "sixths"
	case 7:
		return "sevenths"
	case 8:
		return "eighths"
	case 9:
		return "ninths"
	case 10:
		return "tenths"
	case 12:
		return "twelfths"
	case 16:
		return "sixteenths"
	case 20:
		return "twentieths"
	case 32:
		return "thirtyseconds"
	case 100:
		return "hundredths"
	}
	return ""
}

// denominatorValue returns into how many parts a word divides. one is set when
// there is one part, which is named in the singular.
func denominatorValue(word string, one bool) (parts int, ok bool) {
	switch word {
	case "half", "halves":
		return 2, true
	case "fourth", "quarter":
		return 4, one
	case "fourths", "quarters":
		return 4, true
	case "second", "seconds":
		return 0, false
	}
	if one {
		word += "s"
	}
	for parts := 3; parts <= 100; parts++ {
		if name := denominatorWord(parts); name != "" && name == word {
			return parts, true
		}
	}
	return 0, false
}

// valueIn returns first + step*k for the k-th word of a list.
func valueIn(list, word string, first, step uint64) (uint64, bool) {
	if word == "" {
		return 0, false
	}
	for candidate := range strings.FieldsSeq(list) {
		if candidate == word {
			return first, true
		}
		first += step
	}
	return 0, false
}
