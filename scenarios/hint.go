package scenarios

import (
	"slices"
	"strings"
)

// hint names the known word that was probably meant, and all known words when
// none is near.
func hint(word string, known []string) string {
	if best, ok := nearest(word, known); ok {
		return "did you mean \"" + best + "\"?"
	}
	return "known here: " + strings.Join(known, ", ")
}

// nearest returns the known word that the fewest edits make of word, if that is
// at most a third of its letters: more is another word, not a slip.
func nearest(word string, known []string) (string, bool) {
	best, least := "", max(1, len(word)/3)+1
	for _, k := range known {
		if d := edits(strings.ToLower(word), k, least); d < least {
			best, least = k, d
		}
	}
	return best, best != ""
}

// edits is the Levenshtein distance of two words, or limit when their lengths
// alone show that it is no smaller.
func edits(a, b string, limit int) int {
	if max(len(a)-len(b), len(b)-len(a)) >= limit {
		return limit
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			substitution := diagonal
			if a[i] != b[j] {
				substitution++
			}
			diagonal = row[j+1]
			row[j+1] = min(substitution, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// quoted lists words for a message: "a", "b" or "c".
func quoted(words []string) string {
	words = slices.Clone(words)
	for i, w := range words {
		words[i] = `"` + w + `"`
	}
	if n := len(words); n > 1 {
		return strings.Join(words[:n-1], ", ") + " or " + words[n-1]
	}
	return strings.Join(words, "")
}
