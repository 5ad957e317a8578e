package wer

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// cleanEnglish brings the characters of a text to the few that the scanner
// knows: compatible forms (NFKC), one apostrophe, one hyphen, ASCII digits.
func cleanEnglish(text string) string {
	var b strings.Builder
	for _, r := range strings.ToValidUTF8(text, " ") {
		switch {
		case unicode.Is(unicode.Cf, r) || r == '™' || r == '®' || r == '©':
		case strings.ContainsRune("’‘ʼ´`＇", r):
			b.WriteByte('\'')
		case r == '‐' || r == '‑' || r == '−':
			b.WriteByte('-')
		case r == '—' || r == '―':
			b.WriteString(" , ")
		case r == '№':
			b.WriteString(" number ")
		case r == '²':
			b.WriteString(" squared ")
		case r == '³':
			b.WriteString(" cubed ")
		case isVulgarFraction(r):
			b.WriteByte(' ')
			b.WriteRune(r)
			b.WriteByte(' ')
		default:
			b.WriteRune(r)
		}
	}
	return strings.Map(plainDigit, norm.NFKC.String(b.String()))
}

// isVulgarFraction reports whether r is one character for a fraction, which
// stands beside a whole number without a space.
func isVulgarFraction(r rune) bool {
	return r >= '¼' && r <= '¾' || r >= '⅐' && r <= '⅟' || r == '↉'
}

// plainDigit returns the ASCII digit for a decimal digit of any script, and the
// ASCII form of a fraction's bar.
func plainDigit(r rune) rune {
	if r == '⁄' {
		return '/'
	}
	if r < 0x80 || !unicode.IsDigit(r) {
		return r
	}
	// The decimal digits of a script are ten characters in a row (Unicode
	// Standard, section 4.6), so the zero is at most nine before r.
	zero := r
	for r-zero < 9 && unicode.IsDigit(zero-1) {
		zero--
	}
	return '0' + (r-zero)%10
}

// plainLetters writes a word without accents and joined letters, which English
// uses as ornaments: café, naïve, façade.
func plainLetters(word string) string {
	if isASCII(word) {
		return word
	}
	word = strings.NewReplacer("æ", "ae", "œ", "oe", "ø", "o", "ł", "l", "đ", "d", "ı", "i").Replace(word)
	word = strings.Map(func(r rune) rune {
		if r >= 0x0300 && r <= 0x036f {
			return -1
		}
		return r
	}, norm.NFD.String(word))
	return norm.NFKC.String(word)
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
