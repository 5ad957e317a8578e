package wer

import (
	"strings"
	"unicode"
)

// scanner cuts English text into tokens: words in lower case, numbers with
// their decimal points, ordinals ("21st"), decades ("90s"), times ("3:30"),
// fractions ("1/2"), and currency signs. Signs that are said become words.
type scanner struct {
	text   []rune
	pos    int
	tokens []string
	// address is set while the scanner is in something like an Internet
	// address, where dots and slashes are said.
	address bool
}

func scanEnglish(text string) []string {
	s := scanner{text: []rune(dropAnnotations(cleanEnglish(text)))}
	for s.pos < len(s.text) {
		r := s.text[s.pos]
		switch {
		case isDigit(r):
			s.number("")
		case r == '.' && isDigit(s.at(1)) && !isWordRune(s.at(-1)):
			s.pos++
			s.number("0.")
		case isWordRune(r), r == '\'' && unicode.IsLetter(s.at(1)) && !isWordRune(s.at(-1)):
			s.word()
		default:
			s.sign(r)
		}
	}
	return s.tokens
}

// at returns the character at a distance from the current one, or a space
// beyond the ends.
func (s *scanner) at(distance int) rune {
	if i := s.pos + distance; i >= 0 && i < len(s.text) {
		return s.text[i]
	}
	return ' '
}

func (s *scanner) emit(tokens ...string) { s.tokens = append(s.tokens, tokens...) }

func (s *scanner) last() string {
	if len(s.tokens) == 0 {
		return ""
	}
	return s.tokens[len(s.tokens)-1]
}

// sign handles a character that is neither letter nor digit.
func (s *scanner) sign(r rune) {
	s.pos++
	switch r {
	case '$', '£', '€', '¥', '₹':
		s.emit(string(r))
	case '¢':
		s.emit("cents")
	case '%':
		s.emit("percent")
	case '°':
		s.emit("degrees")
	case '&':
		s.emit("and")
	case '+':
		s.emit("plus")
	case '=':
		s.emit("equals")
	case '@':
		s.emit("at")
	case '#':
		s.hash()
	case '_':
		if s.address || s.mailAhead() {
			s.emit("underscore")
		}
	case '-', '–':
		s.dash(r)
	case '/':
		if s.address && isWordRune(s.at(0)) {
			s.emit("slash")
		}
	default:
		if unicode.IsSpace(r) {
			s.address = false
		}
	}
}

func (s *scanner) hash() {
	switch {
	case isDigit(s.at(0)):
		s.emit("number")
	case unicode.IsLetter(s.at(0)):
		s.emit("hashtag")
	case unicode.IsLetter(s.at(-2)):
		s.emit("sharp")
	}
}

// dash says a dash between two times of day, a hyphen that stands before a
// number and after nothing, and one in an Internet address.
func (s *scanner) dash(r rune) {
	isTime := isHalfOfDay(s.last()) || strings.Contains(s.last(), ":")
	if isTime && (isDigit(s.at(0)) || unicode.IsSpace(s.at(0)) && isDigit(s.at(1))) {
		s.emit("to")
		return
	}
	if r != '-' {
		return
	}
	if isWordRune(s.at(-2)) && isWordRune(s.at(0)) && (s.address || s.mailAhead()) {
		s.emit("dash")
		return
	}
	before := s.at(-2)
	if before != ' ' && before != '(' && !unicode.IsSpace(before) {
		return
	}
	next := s.at(0)
	if isDigit(next) || strings.ContainsRune("$£€¥₹.", next) && isDigit(s.at(1)) {
		s.emit("minus")
	}
}

func (s *scanner) word() {
	start := s.pos
	if s.at(0) == '\'' {
		s.pos++
		length := s.lettersAhead(0)
		word := foldCase(string(s.text[start : s.pos+length]))
		if _, known := lineFor(englishContractions, word); known {
			s.pos += length
			s.emit(word)
			return
		}
		start = s.pos
	}
	if s.acronym() {
		return
	}
	for s.pos < len(s.text) {
		if r := s.at(0); !isWordRune(r) && !(r == '\'' && unicode.IsLetter(s.at(1))) {
			break
		}
		s.pos++
	}
	original := string(s.text[start:s.pos])
	word := plainLetters(foldCase(original))
	switch {
	case s.hyphenated(word), s.address && s.dot(word), s.abbreviated(word, original), s.dot(word):
	default:
		s.emit(splitUnspaced(word)...)
	}
}

// lettersAhead counts the letters from a distance on.
func (s *scanner) lettersAhead(distance int) int {
	n := 0
	for unicode.IsLetter(s.at(distance + n)) {
		n++
	}
	return n
}

// acronym reads single letters with a full stop after each: U.S.A., p.m.
func (s *scanner) acronym() bool {
	var letters []rune
	i := 0
	for unicode.IsLetter(s.at(i)) && s.at(i+1) == '.' && !isWordRune(s.at(i-1)) {
		letters = append(letters, s.at(i))
		i += 2
	}
	if unicode.IsLetter(s.at(i)) && !isWordRune(s.at(i+1)) && len(letters) > 0 && s.at(i+1) != '\'' {
		letters = append(letters, s.at(i))
		i++
	}
	if len(letters) < 2 || isWordRune(s.at(i)) {
		return false
	}
	s.pos += i
	s.emit(plainLetters(foldCase(string(letters))))
	return true
}

// hyphenated reads words that are one with what follows the hyphen.
func (s *scanner) hyphenated(word string) bool {
	if s.at(0) != '-' || !unicode.IsLetter(s.at(1)) {
		return false
	}
	length := s.lettersAhead(1)
	next := plainLetters(foldCase(string(s.text[s.pos+1 : s.pos+1+length])))
	joined := ""
	switch {
	case word == "uh" && next == "huh":
		joined = "uhhuh"
	case (word == "uh" || word == "nuh") && next == "uh":
		joined = "uhuh"
	case listed(englishJoiningPrefixes, word) && joinsPrefix(word, next):
		joined = word + next
	default:
		return false
	}
	s.pos += 1 + length
	if s.at(0) == '\'' && unicode.IsLetter(s.at(1)) {
		s.pos -= 1 + length
		return false
	}
	s.emit(joined)
	return true
}

// dot says the full stop in an Internet address.
func (s *scanner) dot(word string) bool {
	if s.at(0) != '.' || !unicode.IsLower(s.at(1)) {
		return false
	}
	next := string(s.text[s.pos+1 : s.pos+1+s.lettersAhead(1)])
	if !s.address && word != "www" && !listed(englishTopDomains, next) && !s.mailAhead() {
		return false
	}
	s.address = true
	s.pos++
	s.emit(word, "dot")
	return true
}

// maxLocalPart is how many characters stand before the @ of a mail address at
// most (RFC 5321, section 4.5.3.1.1).
const maxLocalPart = 64

// mailAhead reports whether an @ stands in what is written without a space.
func (s *scanner) mailAhead() bool {
	for i := 0; i <= maxLocalPart && !unicode.IsSpace(s.at(i)); i++ {
		if s.at(i) == '@' {
			return true
		}
	}
	return false
}

// abbreviated expands what depends on a full stop, on capitals or on a sign
// that only the text shows.
func (s *scanner) abbreviated(word, original string) bool {
	dotted := s.at(0) == '.' && !isWordRune(s.at(1))
	if dotted {
		if full, known := translate(englishDottedAbbreviations, word); known && s.sentenceGoesOn() {
			s.emit(full...)
			return true
		}
	}
	switch word {
	case "no":
		if dotted && original == "No" && s.at(1) == ' ' && isDigit(s.at(2)) && s.last() != "" {
			s.emit("number")
			return true
		}
	case "w":
		if s.at(0) == '/' {
			s.pos++
			if s.at(0) == 'o' && !isWordRune(s.at(1)) {
				s.pos++
				s.emit("without")
				return true
			}
			s.emit("with")
			return true
		}
	case "km", "mi", "m":
		return s.speed(word)
	case "st", "dr":
		return s.placeOrPerson(word, original)
	}
	return false
}

// speed reads km/h, mi/h and m/s.
func (s *scanner) speed(distance string) bool {
	if s.at(0) != '/' || isWordRune(s.at(2)) {
		return false
	}
	switch distance + "/" + string(s.at(1)) {
	case "km/h":
		s.emit("kilometers", "per", "hour")
	case "mi/h":
		s.emit("miles", "per", "hour")
	case "m/s":
		s.emit("meters", "per", "second")
	default:
		return false
	}
	s.pos += 2
	return true
}

// sentenceGoesOn reports whether something follows the full stop that may
// belong to an abbreviation: a capital, a digit, a comma or another sign, but
// not the end.
func (s *scanner) sentenceGoesOn() bool {
	for i := 1; s.pos+i < len(s.text); i++ {
		if !unicode.IsSpace(s.at(i)) {
			return true
		}
	}
	return false
}

// placeOrPerson reads St and Dr by the capitals around them: St. Louis and Dr.
// Smith, Main St and Ocean Dr. Without capitals the words decide later.
func (s *scanner) placeOrPerson(word, original string) bool {
	if original != "St" && original != "Dr" {
		return false
	}
	i := 0
	if s.at(i) == '.' {
		i++
	}
	next := s.at(i)
	if unicode.IsSpace(next) {
		next = s.at(i + 1)
		if unicode.IsUpper(next) || s.last() == "" {
			s.emit(map[string]string{"st": "saint", "dr": "doctor"}[word])
			return true
		}
	}
	if word == "st" {
		s.emit("street")
		return true
	}
	if listed(englishDeterminers, s.last()) || s.last() == "" {
		s.emit("doctor")
		return true
	}
	s.emit("drive")
	return true
}

func isDigit(r rune) bool { return '0' <= r && r <= '9' }

// isWordRune reports whether r is part of a word: a letter, a mark, or a number
// that is not a digit.
func isWordRune(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsMark(r) || unicode.In(r, unicode.Nl, unicode.No)
}

// dropAnnotations removes what transcribers write in brackets about sounds. All
// other words in brackets stay.
func dropAnnotations(text string) string {
	var b strings.Builder
	for {
		open := strings.IndexAny(text, "([<*")
		if open < 0 {
			b.WriteString(text)
			return b.String()
		}
		closing := map[byte]string{'(': ")", '[': "]", '<': ">", '*': "*"}[text[open]]
		length := strings.Index(text[open+1:], closing)
		b.WriteString(text[:open])
		b.WriteByte(' ')
		if length >= 0 && isAnnotation(text[open+1:open+1+length]) {
			text = text[open+1+length+1:]
			continue
		}
		// "(" matters to the sign before a number only as white space does.
		text = text[open+1:]
	}
}

func isAnnotation(inside string) bool {
	words := strings.Fields(strings.ToLower(inside))
	for _, w := range words {
		if !listed(englishAnnotations, w) {
			return false
		}
	}
	return len(words) > 0
}
