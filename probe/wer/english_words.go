package wer

import "strings"

// expandEnglish drops filled pauses, writes contractions and abbreviations in
// full, and brings spellings to the American form.
func expandEnglish(tokens []string) []string {
	var out []string
	for i := 0; i < len(tokens); i++ {
		token := tokens[i]
		next, previous := "", ""
		if i+1 < len(tokens) {
			next = tokens[i+1]
		}
		if len(out) > 0 {
			previous = out[len(out)-1]
		}
		if answer := affirmation(token, next); answer != "" {
			out = append(out, answer)
			i++
			continue
		}
		if isHesitation(token, previous) {
			continue
		}
		out = append(out, expandWord(token, next, out)...)
	}
	return out
}

// affirmation reads "uh huh" and "mm hmm", which mean yes and are not pauses.
func affirmation(token, next string) string {
	switch {
	case token == "uh" && next == "huh":
		return "uhhuh"
	case squeezed(token) == "m" && len(token) > 1 && (squeezed(next) == "hm" || next == "mhm"):
		return "mhm"
	}
	return ""
}

// isHesitation reports whether a token is a filled pause, of any length. "5 mm"
// is a measure, and "the ER" is a place.
func isHesitation(token, previous string) bool {
	if token == "err" || token == "er" && (previous == "the" || previous == "an") {
		return false
	}
	short := squeezed(token)
	if short == "m" {
		return len(token) > 1 && !isNumeric(previous) && !isNumberWord(previous)
	}
	return listed(englishHesitations, short)
}

// squeezed writes letters that repeat once: "ummm" is "um".
func squeezed(token string) string {
	if !isASCII(token) || len(token) > 12 {
		return token
	}
	var b strings.Builder
	for i := range len(token) {
		if i == 0 || token[i] != token[i-1] {
			b.WriteByte(token[i])
		}
	}
	return b.String()
}

// expandWord returns the words that a token stands for.
func expandWord(token, next string, before []string) []string {
	if full, known := translate(englishContractions, token); known {
		return full
	}
	if strings.Contains(token, "'") {
		return splitContraction(token, next)
	}
	if full, known := translate(englishAbbreviations, token); known {
		return full
	}
	if month, known := translate(englishMonths, token); known && besideNumber(next, before) {
		return month
	}
	switch token {
	case "ext":
		if besideNumber(next, nil) {
			return []string{"extension"}
		}
	case "st":
		if endsStreet(next, before) {
			return []string{"street"}
		}
		return []string{"saint"}
	case "dr":
		if endsStreet(next, before) {
			return []string{"drive"}
		}
		return []string{"doctor"}
	}
	return []string{americanSpelling(token)}
}

// besideNumber reports whether a number stands before or after a word, as it
// does beside the name of a month.
func besideNumber(next string, before []string) bool {
	if next != "" && (isDigit(rune(next[0])) || isNumberWord(next) || isOrdinalWord(next)) {
		return true
	}
	if len(before) == 0 {
		return false
	}
	last := before[len(before)-1]
	return isDigit(rune(last[0])) || isNumberWord(last)
}

// endsStreet reports whether a word stands where the kind of a street does:
// after a house number and a name, and before no name.
func endsStreet(next string, before []string) bool {
	if next != "" && !listed("apartment apt suite unit and in at on number near", next) {
		return false
	}
	for distance := 2; distance <= 4 && distance <= len(before); distance++ {
		word := before[len(before)-distance]
		if isNumeric(word) || isNumberWord(word) {
			return true
		}
	}
	return false
}

// splitContraction writes a word with apostrophes in full: the regular endings,
// and the verb 's where it is one. What is left is a possessive or a name, and
// loses its apostrophe.
func splitContraction(token, next string) []string {
	at := strings.LastIndex(token, "'")
	host, ending := token[:at], token[at+1:]
	switch ending {
	case "t":
		if stem, isNot := strings.CutSuffix(host, "n"); isNot && stem != "" {
			return append(expandWord(stem, "not", nil), "not")
		}
	case "re":
		return append(expandWord(host, "are", nil), "are")
	case "ll":
		return append(expandWord(host, "will", nil), "will")
	case "ve":
		return append(expandWord(host, "have", nil), "have")
	case "m":
		return append(expandWord(host, "am", nil), "am")
	case "d":
		verb := "would"
		if host == "where" || host == "how" || host == "why" {
			verb = "did"
		} else if listed(englishHadFollows, next) || isParticiple(next) {
			verb = "had"
		}
		return append(expandWord(host, verb, nil), verb)
	case "s":
		if verb := verbOfS(host, next); verb != "" {
			return append(expandWord(host, verb, nil), verb)
		}
	}
	return []string{americanSpelling(strings.ReplaceAll(token, "'", ""))}
}

// verbOfS says which verb an 's is, or nothing for a possessive.
func verbOfS(host, next string) string {
	isHost := listed(englishVerbHosts, host)
	switch {
	case (isHost || host != "one") && listed(englishHadFollows, next) && next != "better" && next != "broken":
		return "has"
	case isHost, listed(englishPredicates, next):
		return "is"
	case strings.HasSuffix(next, "ing") && !listed("king ring thing string spring wing morning evening building meeting", next):
		return "is"
	}
	return ""
}

// isParticiple reports whether a regular verb stands in its past form.
func isParticiple(word string) bool {
	return len(word) > 4 && strings.HasSuffix(word, "ed") && !strings.HasSuffix(word, "eed")
}

// joinCompounds writes words that are written as two and as one as one.
func joinCompounds(tokens []string) []string {
	var out []string
	for i := 0; i < len(tokens); i++ {
		if tokens[i] == "dash" && betweenNumbers(tokens, i) {
			continue // A code may be read with its dashes or without them.
		}
		if i+1 < len(tokens) {
			if joined, known := translate(englishCompounds, tokens[i]+" "+tokens[i+1]); known {
				out = append(out, joined...)
				i++
				continue
			}
			if listed(englishOpenPrefixes, tokens[i]) && len(tokens[i+1]) > 2 && joinsPrefix(tokens[i], tokens[i+1]) {
				out = append(out, tokens[i]+tokens[i+1])
				i++
				continue
			}
		}
		out = append(out, tokens[i])
	}
	return out
}

// joinsPrefix reports whether a prefix and the word after it are written as one.
// Numbers stay apart: mid-nineties.
func joinsPrefix(prefix, next string) bool {
	_, isDecade := decadeValue(next)
	return len(next) > 1 && isASCII(next) && !isDigit(rune(next[0])) && !isNumberWord(next) && !isOrdinalWord(next) &&
		!isDecade && !listed(englishHyphenMatters, prefix+next)
}

func betweenNumbers(tokens []string, i int) bool {
	isNumber := func(token string) bool { return isNumeric(token) || isNumberWord(token) }
	return i > 0 && i+1 < len(tokens) && isNumber(tokens[i-1]) && isNumber(tokens[i+1])
}

// joinLetters writes letters that are spelled one by one as one word: U S A. An
// article and the pronoun I are letters only where they can be nothing else.
func joinLetters(tokens []string) []string {
	var out []string
	for i := 0; i < len(tokens); {
		end := i
		for end < len(tokens) && isLetter(tokens[end]) {
			end++
		}
		run := tokens[i:end]
		switch {
		case len(run) == 0:
			out = append(out, tokens[i])
			i++
		case len(run) == 1 || len(run) == 2 && !spelledPair(run, out, tokens[end:]) || strings.Trim(strings.Join(run, ""), "o") == "":
			out = append(out, run...)
			i = end
		default:
			out = append(out, strings.Join(run, ""))
			i = end
		}
	}
	return out
}

// spelledPair reports whether two letters are spelled, and not an article and a
// letter.
func spelledPair(run, before, after []string) bool {
	previous := ""
	if len(before) > 0 {
		previous = before[len(before)-1]
	}
	switch {
	case run[1] == "m" && (run[0] == "a" || run[0] == "p"):
		return isNumeric(previous) || isNumberWord(previous) || previous == "oclock"
	case run[0] == "a" && run[1] != "i", run[1] == "a":
		return listed(englishDeterminers, previous) || isNumeric(previous) || isNumberWord(previous) ||
			len(after) > 0 && (isDigit(rune(after[0][0])) || isNumberWord(after[0]))
	case run[0] == "o" || run[1] == "o":
		return false
	}
	return true
}
