package wer

import (
	"math"
	"strconv"
)

// cardinal reads one number in words, or in digits and words, as it is spoken
// in full: "two thousand and five", "2 million 500 thousand". ordinal says that
// its last word was one.
func (r *numberReader) cardinal(i int) (value uint64, next int, ordinal, ok bool) {
	part, next, ordinal, ok := r.belowThousand(i)
	if !ok {
		return 0, i, false, false
	}
	limit := uint64(math.MaxUint64)
	for {
		if ordinal {
			return value + part, next, true, true
		}
		scale, scaleOrdinal := scaleValue(r.word(next))
		if scale == 0 || scale >= limit || part > math.MaxUint64/scale/2 {
			return value + part, next, false, true
		}
		value, limit, next = value+part*scale, scale, next+1
		if scaleOrdinal {
			return value, next, true, true
		}
		rest, after, restOrdinal, more := r.rest(next, limit)
		if !more {
			return value, next, false, true
		}
		part, next, ordinal = rest, after, restOrdinal
	}
}

// rest reads what is left of a number after a scale: less than the scale.
func (r *numberReader) rest(i int, limit uint64) (value uint64, next int, ordinal, ok bool) {
	joined := r.word(i) == "and"
	if joined {
		i++
	}
	if isInteger(r.word(i)) && (joined || r.word(i)[0] == '0') || r.word(i) == "a" {
		return 0, i, false, false
	}
	value, next, ordinal, ok = r.belowThousand(i)
	if !ok || value == 0 || value >= limit {
		return 0, i, false, false
	}
	if scale, _ := scaleValue(r.word(next)); scale >= limit || !joined && r.digitByDigit(i, next) {
		return 0, i, false, false
	}
	return value, next, ordinal, true
}

// belowThousand reads a number up to the first power of a thousand. Digits may
// be any number that fits.
func (r *numberReader) belowThousand(i int) (value uint64, next int, ordinal, ok bool) {
	value, next, ordinal, ok = r.leading(i)
	if !ok || ordinal || value == 0 || value > 99 {
		return value, next, ordinal, ok
	}
	switch r.word(next) {
	case "hundredth":
		return value * 100, next + 1, true, true
	case "hundred":
		value, next = value*100, next+1
	default:
		return value, next, false, true
	}
	rest := next
	joined := r.word(rest) == "and"
	if joined {
		rest++
	}
	tail, after, tailOrdinal, more := r.belowHundred(rest)
	if !more && !joined {
		tail, after, more = r.digitsBelowHundred(rest)
	}
	if !more || tail == 0 || isHundred(r.word(after)) || !joined && r.digitByDigit(rest, after) {
		return value, next, false, true
	}
	return value + tail, after, tailOrdinal, true
}

// digitByDigit reports whether digits are read one by one from word i on, with
// one word until next: "eight hundred, five five five".
func (r *numberReader) digitByDigit(i, next int) bool {
	return next == i+1 && r.singleDigit(i) != "" && r.singleDigit(next) != ""
}

func isHundred(word string) bool { return word == "hundred" || word == "hundredth" }

// leading reads the first part of a number: digits before a scale, an article
// before a scale, or words.
func (r *numberReader) leading(i int) (value uint64, next int, ordinal, ok bool) {
	word := r.word(i)
	switch {
	case isInteger(word):
		if len(word) > 15 || word[0] == '0' {
			return 0, i, false, false
		}
		value, err := strconv.ParseUint(word, 10, 64)
		return value, i + 1, false, err == nil
	case (word == "a" || word == "an") && isScale(r.word(i+1)):
		return 1, i + 1, false, true
	}
	return r.belowHundred(i)
}

// belowHundred reads a number below a hundred in words.
func (r *numberReader) belowHundred(i int) (value uint64, next int, ordinal, ok bool) {
	word := r.word(i)
	if value, ok = unitValue(word); ok {
		return value, i + 1, false, true
	}
	if value, ok = teenValue(word); ok {
		return value, i + 1, false, true
	}
	if value, ok = tensValue(word); ok {
		if unit, ok := unitValue(r.word(i + 1)); ok && unit > 0 {
			return value + unit, i + 2, false, true
		}
		if unit, ok := unitOrdinal(r.word(i + 1)); ok {
			return value + unit, i + 2, true, true
		}
		return value, i + 1, false, true
	}
	if value, ok = unitOrdinal(word); ok {
		return value, i + 1, true, true
	}
	value, ok = roundOrdinal(word)
	return value, i + 1, true, ok
}

func (r *numberReader) digitsBelowHundred(i int) (value uint64, next int, ok bool) {
	word := r.word(i)
	if !isInteger(word) || len(word) > 2 || word[0] == '0' || isScale(r.word(i+1)) {
		return 0, i, false
	}
	value, err := strconv.ParseUint(word, 10, 64)
	return value, i + 1, err == nil
}
