package wer

import (
	"strconv"
	"strings"
	"unicode"
)

// number reads a number that begins at the current digit, and what is written
// close to it. prefix is "0." for numbers that begin with their decimal point.
func (s *scanner) number(prefix string) {
	digits := prefix + s.integer(prefix == "")
	if prefix == "" {
		start := s.pos
		for s.at(0) == '.' && isDigit(s.at(1)) {
			s.pos++
			s.run()
		}
		digits += string(s.text[start:s.pos])
	}
	if !strings.Contains(digits, ".") && (s.ordinal(digits) || s.decade(digits) || s.clock(digits) ||
		s.fraction(digits) || s.span(digits) || s.height(digits)) {
		return
	}
	s.emit(digits)
	s.shortScale()
	if s.at(0) == '.' && unicode.IsLower(s.at(1)) && listed(englishTopDomains, string(s.text[s.pos+1:s.pos+1+s.lettersAhead(1)])) {
		s.address = true
		s.emit("dot")
	}
}

func (s *scanner) run() string {
	start := s.pos
	for isDigit(s.at(0)) {
		s.pos++
	}
	return string(s.text[start:s.pos])
}

// integer reads digits, and commas between thousands.
func (s *scanner) integer(grouped bool) string {
	digits := s.run()
	if !grouped || len(digits) > 3 || digits[0] == '0' {
		return digits
	}
	for s.at(0) == ',' && isDigit(s.at(1)) && isDigit(s.at(2)) && isDigit(s.at(3)) && !isDigit(s.at(4)) {
		s.pos++
		digits += s.run()
	}
	return digits
}

// ordinal reads the ending of 1st, 2nd, 3rd, 4th.
func (s *scanner) ordinal(digits string) bool {
	if s.lettersAhead(0) != 2 || isDigit(s.at(2)) {
		return false
	}
	switch foldCase(string(s.text[s.pos : s.pos+2])) {
	case "st", "nd", "rd", "th":
		s.pos += 2
		s.emit(ordinalText(digits))
		return true
	}
	return false
}

// decade reads the s of 1990s, 1990's and 90s.
func (s *scanner) decade(digits string) bool {
	i := 0
	if s.at(0) == '\'' {
		i = 1
	}
	if r := s.at(i); r != 's' && r != 'S' || isWordRune(s.at(i+1)) || isDigit(s.at(i+1)) {
		return false
	}
	s.pos += i + 1
	s.emit(digits + "s")
	return true
}

// clock reads the minutes of a time of day.
func (s *scanner) clock(digits string) bool {
	hour, err := strconv.Atoi(digits)
	if err != nil || hour > 24 || len(digits) > 2 || s.at(0) != ':' {
		return false
	}
	tens, ones := s.at(1), s.at(2)
	if tens < '0' || tens > '5' || !isDigit(ones) || isDigit(s.at(3)) || s.at(3) == ':' && isDigit(s.at(4)) {
		return false
	}
	if before := s.pos - len(digits) - 1; before >= 0 && s.text[before] == ':' {
		return false
	}
	s.pos += 3
	s.emit(digits + ":" + string(tens) + string(ones))
	return true
}

// fraction reads a bar between a smaller and a larger number. Dates, and
// numbers whose parts are said one after the other (24/7), are no fractions.
func (s *scanner) fraction(digits string) bool {
	if s.at(0) != '/' || !isDigit(s.at(1)) {
		return false
	}
	if before := s.pos - len(digits) - 1; before >= 0 && s.text[before] == '/' {
		return false
	}
	end := 1
	for isDigit(s.at(end)) {
		end++
	}
	denominator := string(s.text[s.pos+1 : s.pos+end])
	top, topErr := strconv.Atoi(digits)
	bottom, bottomErr := strconv.Atoi(denominator)
	if topErr != nil || bottomErr != nil || digits[0] == '0' || denominator[0] == '0' || top >= bottom ||
		s.at(end) == '/' && isDigit(s.at(end+1)) || denominatorWord(bottom) == "" {
		return false
	}
	s.pos += end
	s.emit(digits + "/" + denominator)
	return true
}

// span says "to" between two numbers that grow: 5-10 minutes, 2019–2021. A
// dash between other numbers separates groups of digits: 555-1234.
func (s *scanner) span(digits string) bool {
	dash := s.at(0)
	if dash != '-' && dash != '–' || !isDigit(s.at(1)) {
		return false
	}
	if before := s.pos - len(digits) - 1; before >= 0 && (s.text[before] == '-' && before > 0 && isDigit(s.text[before-1])) {
		return false
	}
	end := 1
	for isDigit(s.at(end)) {
		end++
	}
	upper := string(s.text[s.pos+1 : s.pos+end])
	growing := digits[0] != '0' && upper[0] != '0' &&
		(len(digits) < len(upper) || len(digits) == len(upper) && digits < upper)
	short := len(upper) <= 3 && len(digits) <= 3 || len(upper) == 4 && len(digits) == 4
	chained := s.at(end) == '-' && isDigit(s.at(end+1))
	if !growing || !short || chained {
		return false
	}
	s.pos++
	s.emit(digits, "to")
	return true
}

// height reads feet and inches: 6'2".
func (s *scanner) height(digits string) bool {
	if s.at(0) != '\'' || !isDigit(s.at(1)) || len(digits) > 2 {
		return false
	}
	s.pos++
	inches := s.run()
	s.emit(digits, "feet", inches)
	if s.at(0) == '"' || s.at(0) == '\'' {
		s.pos++
		s.emit("inches")
	}
	return true
}

// shortScale reads the k, m or bn of an amount of money: $5k, £2.5m.
func (s *scanner) shortScale() {
	if len(s.tokens) < 2 || !isCurrencySign(s.tokens[len(s.tokens)-2]) {
		return
	}
	length := s.lettersAhead(0)
	if length == 0 || isDigit(s.at(length)) {
		return
	}
	var scale string
	switch foldCase(string(s.text[s.pos : s.pos+length])) {
	case "k":
		scale = "thousand"
	case "m", "mn", "mm", "mil":
		scale = "million"
	case "b", "bn":
		scale = "billion"
	case "t", "tn":
		scale = "trillion"
	default:
		return
	}
	s.pos += length
	s.emit(scale)
}

// ordinalText writes a number with the ending that belongs to it.
func ordinalText(digits string) string {
	if len(digits) >= 2 && digits[len(digits)-2] == '1' {
		return digits + "th"
	}
	switch digits[len(digits)-1] {
	case '1':
		return digits + "st"
	case '2':
		return digits + "nd"
	case '3':
		return digits + "rd"
	}
	return digits + "th"
}

// isNumeric reports whether a token is digits, with decimal points or without.
func isNumeric(token string) bool {
	for i, r := range token {
		if !isDigit(r) && (r != '.' || i == 0) {
			return false
		}
	}
	return token != ""
}

// isInteger reports whether a token is digits only.
func isInteger(token string) bool {
	return token != "" && strings.IndexFunc(token, func(r rune) bool { return !isDigit(r) }) < 0
}

func isCurrencySign(token string) bool {
	switch token {
	case "$", "£", "€", "¥", "₹":
		return true
	}
	return false
}

func isLetter(token string) bool {
	return len(token) == 1 && unicode.IsLetter(rune(token[0]))
}
