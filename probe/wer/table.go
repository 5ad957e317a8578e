package wer

import "strings"

// The tables of this package are constant text, one entry a line or a word, so
// that they can be read and extended like a list. Looking up a word scans the
// table, which takes less than a microsecond at these sizes.

// listed reports whether word stands in a list of words separated by white
// space.
func listed(list, word string) bool {
	if word == "" {
		return false
	}
	for from := 0; ; {
		at := strings.Index(list[from:], word)
		if at < 0 {
			return false
		}
		at += from
		end := at + len(word)
		if (at == 0 || isGap(list[at-1])) && (end == len(list) || isGap(list[end])) {
			return true
		}
		from = at + 1
	}
}

// translate finds the line of a table that begins with word and a colon, and
// returns the words after it.
func translate(table, word string) (replacement []string, found bool) {
	line, found := lineFor(table, word)
	if !found {
		return nil, false
	}
	return strings.Fields(line), true
}

// lineFor returns what follows "key: " in the line of a table that begins with
// it.
func lineFor(table, key string) (rest string, found bool) {
	if key == "" {
		return "", false
	}
	at := strings.Index(table, "\n"+key+": ")
	if at < 0 {
		return "", false
	}
	rest = table[at+len(key)+3:]
	rest, _, _ = strings.Cut(rest, "\n")
	return rest, true
}

func isGap(b byte) bool { return b == ' ' || b == '\n' || b == '\t' }
