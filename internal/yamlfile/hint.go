package yamlfile

import (
	"slices"
	"strings"
)

// Hint names the known word that was probably meant, and all known words when
// none is near.
func Hint(word string, known []string) string {
	if best, ok := Nearest(word, known); ok {
		return "did you mean \"" + best + "\"?"
	}
	return "known here: " + strings.Join(known, ", ")
}

// Nearest returns the known word that the fewest edits make of word, if that is
// at most a third of its letters: more is another word, not a slip.
func Nearest(word string, known []string) (string, bool) {
	best, least := "", max(1, len(word)/3)+1
	for _, k := range known {
		if d := edits(strings.ToLower(word), k, least); d < least {
			best, least = k, d
		}
	}
	return best, best != ""
}

// edits counts the letters to replace, add, drop or swap with their neighbour
// that make one word of the other (the optimal string alignment distance), or
// returns limit when the lengths alone show that it is no smaller.
func edits(a, b string, limit int) int {
	if max(len(a)-len(b), len(b)-len(a)) >= limit {
		return limit
	}
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			replaced := rows[i-1][j-1]
			if a[i-1] != b[j-1] {
				replaced++
			}
			rows[i][j] = min(replaced, rows[i-1][j]+1, rows[i][j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}

// Alternatives lists words for a message: "a", "b" or "c".
func Alternatives(words []string) string {
	words = slices.Clone(words)
	for i, w := range words {
		words[i] = `"` + w + `"`
	}
	if n := len(words); n > 1 {
		return strings.Join(words[:n-1], ", ") + " or " + words[n-1]
	}
	return strings.Join(words, "")
}

// Quote puts a value of a file into a message, cut to a readable length.
func Quote(text string) string {
	const most = 200
	if r := []rune(text); len(r) > most {
		text = string(r[:most]) + "…"
	}
	return `"` + strings.ReplaceAll(text, "\n", " ") + `"`
}
