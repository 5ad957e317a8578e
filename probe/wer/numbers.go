package wer

import (
	"math"
	"strconv"
	"strings"
)

// numberReader writes numbers in digits, however they are said: as cardinals
// and ordinals, as years and codes in groups, digit by digit, with "oh" for zero
// and "double" for two of a kind, with a decimal point, with a half.
//
// Numbers that follow one another are one: whether "4 7 1 1", "47 11",
// "forty-seven eleven" or "4711" was meant cannot be heard.
type numberReader struct {
	words []string
	out   []string
}

func readNumbers(words []string) []string {
	r := numberReader{words: words, out: make([]string, 0, len(words))}
	for i := 0; i < len(words); {
		if next := r.read(i); next > i {
			i = next
			continue
		}
		sign := words[i]
		switch {
		case sign == "negative" && r.startsNumber(i+1):
			sign = "minus"
		case sign == "positive" && r.startsNumber(i+1):
			sign = "plus"
		}
		r.out = append(r.out, sign)
		i++
	}
	return r.out
}

func (r *numberReader) word(i int) string {
	if i < 0 || i >= len(r.words) {
		return ""
	}
	return r.words[i]
}

func (r *numberReader) previous() string {
	if len(r.out) == 0 {
		return ""
	}
	return r.out[len(r.out)-1]
}

// read reads the number that begins at word i, and returns the word after it,
// or i when there is none.
func (r *numberReader) read(i int) int {
	if next := r.halfOf(i); next > i {
		return next
	}
	if (r.word(i) == "two" || r.word(i) == "2") && r.word(i+1) == "thousands" {
		r.out = append(r.out, "2000s")
		return i + 2
	}
	if r.secondIsTime(i) {
		return i
	}
	if value, next, ordinal, ok := r.cardinal(i); ok && ordinal {
		r.out = append(r.out, ordinalText(strconv.FormatUint(value, 10)))
		return next
	}
	if value, ok := decadeValue(r.word(i)); ok {
		r.out = append(r.out, strconv.FormatUint(value, 10)+"s")
		return i + 1
	}
	groups, next := r.groups(i)
	if len(groups) == 0 {
		return r.leadingPoint(i)
	}
	if year, ok := r.yearAfterDay(groups); ok {
		r.out = append(r.out, groups[0], year)
		return next
	}
	return r.finish(strings.Join(groups, ""), len(groups), next)
}

// finish reads what may follow a whole number: decimals, a half, a scale, the
// name of a part, a decade.
func (r *numberReader) finish(digits string, groups, next int) int {
	for r.word(next) == "point" || r.word(next) == "dot" {
		fraction, after := r.fractionDigits(next + 1)
		if fraction == "" {
			break
		}
		digits, next = digits+"."+fraction, after
	}
	if isInteger(digits) {
		if value, ok := decadeValue(r.word(next)); ok && len(digits) == 2 {
			r.out = append(r.out, digits+strconv.FormatUint(value, 10)+"s")
			return next + 1
		}
		if parts, ok := denominatorValue(r.word(next), digits == "1"); ok && groups == 1 && len(digits) <= 2 && digits != "0" {
			r.out = append(r.out, digits+"/"+strconv.Itoa(parts))
			return next + 1
		}
		if part, after := r.andPart(next); part != "" {
			digits, next = digits+part, after
		}
	}
	if scaled, ok := shiftPoint(digits, r.word(next)); ok {
		digits, next = scaled, next+1
	}
	r.out = append(r.out, digits)
	return next
}

// groups reads numbers that follow one another.
func (r *numberReader) groups(i int) (groups []string, next int) {
	if w := r.word(i); isNumeric(w) && !isInteger(w) {
		return []string{w}, i + 1
	}
	for {
		if zeros := r.ohs(i, groups); zeros > 0 {
			groups = append(groups, strings.Repeat("0", zeros))
			i += zeros
			continue
		}
		group, after := r.group(i)
		if group == "" {
			return groups, i
		}
		groups, i = append(groups, group), after
	}
}

// group reads one number: digits as they are written, a cardinal in words, or
// two or three of a kind.
func (r *numberReader) group(i int) (digits string, next int) {
	if times := repetitions(r.word(i)); times > 0 {
		if digit := r.singleDigit(i + 1); digit != "" {
			return strings.Repeat(digit, times), i + 2
		}
		return "", i
	}
	if isInteger(r.word(i)) && !isScale(r.word(i+1)) {
		return r.word(i), i + 1
	}
	value, next, ordinal, ok := r.cardinal(i)
	if !ok || ordinal {
		if isInteger(r.word(i)) {
			return r.word(i), i + 1
		}
		return "", i
	}
	return strconv.FormatUint(value, 10), next
}

// maxZeros bounds how many zeros are looked for at once.
const maxZeros = 8

// ohs counts the words "oh" and letters o that mean zero: those between digits,
// two in a row after one, and those before at least two digits.
func (r *numberReader) ohs(i int, groups []string) int {
	n := 0
	for n < maxZeros && isOh(r.word(i+n)) {
		n++
	}
	followed := r.singleDigit(i+n) != "" || repetitions(r.word(i+n)) > 0 || isInteger(r.word(i+n)) || isNumberWord(r.word(i+n))
	switch {
	case n == 0:
		return 0
	case len(groups) == 0:
		two := n > 1 || r.singleDigit(i+n) != "" && (r.singleDigit(i+n+1) != "" || repetitions(r.word(i+n+1)) > 0 || isOh(r.word(i+n+1))) ||
			len(r.word(i+n)) > 1 && isInteger(r.word(i+n)) || repetitions(r.word(i+n)) > 0
		if !followed || !two {
			return 0
		}
	case !followed && n < 2 && len(groups) < 2:
		return 0
	}
	return n
}

func isOh(word string) bool { return word == "oh" || word == "o" }

// singleDigit returns the digit that a word is, or nothing.
func (r *numberReader) singleDigit(i int) string {
	word := r.word(i)
	if isInteger(word) && len(word) == 1 {
		return word
	}
	if isOh(word) && i > 0 && repetitions(r.word(i-1)) > 0 {
		return "0"
	}
	if value, ok := unitValue(word); ok {
		return strconv.FormatUint(value, 10)
	}
	return ""
}

func repetitions(word string) int {
	switch word {
	case "double":
		return 2
	case "triple", "treble":
		return 3
	case "quadruple":
		return 4
	}
	return 0
}

func (r *numberReader) startsNumber(i int) bool {
	group, _ := r.group(i)
	return group != "" || isNumeric(r.word(i))
}

// fractionDigits reads the digits after a decimal point.
func (r *numberReader) fractionDigits(i int) (digits string, next int) {
	for {
		word := r.word(i)
		switch {
		case isOh(word):
			digits, i = digits+"0", i+1
			continue
		case isInteger(word):
			digits, i = digits+word, i+1
			continue
		case repetitions(word) > 0 && r.singleDigit(i+1) != "":
			digits, i = digits+strings.Repeat(r.singleDigit(i+1), repetitions(word)), i+2
			continue
		}
		value, next, ordinal, ok := r.belowHundred(i)
		if !ok || ordinal {
			return digits, i
		}
		digits, i = digits+strconv.FormatUint(value, 10), next
	}
}

// leadingPoint reads a decimal without a zero: "point five". After a determiner
// the word is a noun.
func (r *numberReader) leadingPoint(i int) int {
	if r.word(i) != "point" || listed(englishDeterminers, r.previous()) || isOh(r.word(i+1)) {
		return i
	}
	fraction, next := r.fractionDigits(i + 1)
	if fraction == "" {
		return i
	}
	return r.finish("0."+fraction, 1, next)
}

// andPart reads "and a half", "and a quarter" and "and three quarters".
func (r *numberReader) andPart(i int) (decimals string, next int) {
	if r.word(i) != "and" {
		return "", i
	}
	one := r.word(i+1) == "a" || r.word(i+1) == "one" || r.word(i+1) == "1"
	three := r.word(i+1) == "three" || r.word(i+1) == "3"
	switch part := r.word(i + 2); {
	case one && part == "half":
		return ".5", i + 3
	case one && (part == "quarter" || part == "fourth"):
		return ".25", i + 3
	case three && (part == "quarters" || part == "fourths"):
		return ".75", i + 3
	}
	return "", i
}

// halfOf reads "half a million".
func (r *numberReader) halfOf(i int) int {
	if r.word(i) != "half" || r.word(i+1) != "a" || !isScale(r.word(i+2)) {
		return i
	}
	if half, ok := shiftPoint("0.5", r.word(i+2)); ok {
		r.out = append(r.out, half)
		return i + 3
	}
	return i
}

// secondIsTime reports whether the word second is a unit of time: after a
// number, an article, per, each, every or split.
func (r *numberReader) secondIsTime(i int) bool {
	if r.word(i) != "second" {
		return false
	}
	return isNumeric(r.previous()) || listed("a per each every split half", r.previous())
}

// yearAfterDay keeps the day of a month apart from the year after it.
func (r *numberReader) yearAfterDay(groups []string) (year string, ok bool) {
	if len(groups) < 2 || !listed(englishMonthNames, r.previous()) {
		return "", false
	}
	day, err := strconv.Atoi(groups[0])
	year = strings.Join(groups[1:], "")
	return year, err == nil && day >= 1 && day <= 31 && len(year) == 4 && (year[0] == '1' || year[0] == '2')
}

// shiftPoint multiplies a number that has decimals, or is no cardinal in words,
// by a scale.
func shiftPoint(digits, scale string) (string, bool) {
	value, ordinal := scaleValue(scale)
	if scale == "hundred" {
		value = 100
	}
	whole, fraction, hasPoint := strings.Cut(digits, ".")
	if value == 0 || ordinal || !hasPoint || strings.Contains(fraction, ".") {
		return digits, false
	}
	places := int(math.Round(math.Log10(float64(value))))
	if len(fraction) < places {
		fraction += strings.Repeat("0", places-len(fraction))
	}
	whole, fraction = strings.TrimLeft(whole+fraction[:places], "0"), fraction[places:]
	if whole == "" {
		whole = "0"
	}
	if fraction != "" {
		return whole + "." + fraction, true
	}
	return whole, true
}
