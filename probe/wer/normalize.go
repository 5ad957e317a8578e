package wer

import (
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Normalize brings a text to the words that are compared: what is only a way of
// writing goes, what differs in meaning stays different.
func Normalize(text, language string) []string {
	text = norm.NFKC.String(cases.Fold().String(norm.NFKC.String(strings.ToValidUTF8(text, " "))))
	fields := strings.FieldsFunc(text, func(r rune) bool {
		return !unicode.In(r, unicode.L, unicode.N, unicode.M)
	})
	var words []string
	for _, f := range fields {
		words = append(words, splitUnspaced(f)...)
	}
	return words
}
