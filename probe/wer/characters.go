package wer

// Characters counts errors in characters (Unicode code points). The words of a
// text are joined by one space, which counts as a character; scripts without
// spaces are not.
type Characters struct {
	// Errors is the least number of substituted, deleted and inserted
	// characters that lead from the reference to the hypothesis.
	Errors int
	// Reference is the number of characters in the reference.
	Reference int
}

// CER returns the character error rate, Errors/Reference. With an empty
// reference there is none, and ok is false.
func (c Characters) CER() (rate float64, ok bool) { return errorRate(c.Errors, c.Reference) }

// Add returns the sum of two counts.
func (c Characters) Add(other Characters) Characters {
	return Characters{Errors: c.Errors + other.Errors, Reference: c.Reference + other.Reference}
}

func compareCharacters(reference, hypothesis string) Characters {
	ref, hyp := []rune(reference), []rune(hypothesis)
	return Characters{Errors: distance(ref, hyp), Reference: len(ref)}
}
