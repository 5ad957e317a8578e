package wer

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Normalize brings a text to the words that are compared: what is only a way of
// writing goes, what differs in meaning stays. Texts in English (language "en",
// "en-GB", …) also lose hesitations, and come out with American spelling,
// contractions in full and numbers digit by digit. Texts in any other language, or in
// one that is not named, lose case, punctuation and compatible forms of
// characters; scripts without spaces are split into characters.
//
// Normalizing the result, joined by spaces, gives the result again.
func Normalize(text, language string) []string {
	primary := primaryLanguage(language)
	if primary == "en" {
		return normalizeEnglish(text)
	}
	return normalizePlain(text, primary)
}

// primaryLanguage returns the first part of a language tag in lower case.
func primaryLanguage(tag string) string {
	primary, _, _ := strings.Cut(strings.ReplaceAll(tag, "_", "-"), "-")
	primary = strings.ToLower(strings.TrimSpace(primary))
	if primary == "eng" {
		return "en" // ISO 639-2, which some recognizers use.
	}
	return primary
}

// normalizePlain folds case and removes punctuation.
func normalizePlain(text, language string) []string {
	words := plainPass(text, language)
	for range maxPasses {
		again := plainPass(strings.Join(words, " "), language)
		if slices.Equal(again, words) {
			return words
		}
		words = again
	}
	return words
}

func plainPass(text, language string) []string {
	text = strings.Map(dropInvisible, strings.ToValidUTF8(text, " "))
	if language == "tr" || language == "az" {
		text = strings.NewReplacer("I", "ı", "İ", "i").Replace(norm.NFC.String(text))
	}
	text = foldCase(norm.NFKC.String(text))
	if hasOptionalVowels(language) {
		text = strings.Map(dropVowelSign, norm.NFD.String(text))
	}
	text = strings.Map(plainDigit, norm.NFKC.String(text))
	var words []string
	for field := range strings.FieldsFuncSeq(text, isSeparator) {
		words = append(words, splitUnspaced(field)...)
	}
	return words
}

// foldCase removes the difference between capital and small letters (Unicode
// Standard, section 3.13). Cherokee, which folds to its capitals, is set to them:
// folding alone would exchange one for the other.
func foldCase(text string) string {
	if isASCII(text) {
		return strings.ToLower(text)
	}
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cherokee, r) {
			return unicode.ToUpper(r)
		}
		return r
	}, cases.Fold().String(text))
}

func isSeparator(r rune) bool { return !unicode.In(r, unicode.L, unicode.M, unicode.N) }

// dropInvisible removes characters that only steer how text is drawn.
func dropInvisible(r rune) rune {
	if unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Variation_Selector, r) {
		return -1
	}
	return r
}

// hasOptionalVowels reports whether a language is written with vowel signs or
// without them: Arabic, Persian, Urdu, Hebrew, Yiddish.
func hasOptionalVowels(language string) bool {
	switch language {
	case "ar", "fa", "ur", "he", "iw", "yi":
		return true
	}
	return false
}

// dropVowelSign removes the marks of Arabic and Hebrew, and the line that
// stretches Arabic words. Hamza and madda, which make other letters, stay.
func dropVowelSign(r rune) rune {
	switch {
	case r == 0x0640, r >= 0x0591 && r <= 0x05bd, r == 0x05bf, r == 0x05c1, r == 0x05c2, r >= 0x064b && r <= 0x0652, r == 0x0670:
		return -1
	}
	return r
}
