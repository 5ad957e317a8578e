// Package wer says how much of what was said was understood: it normalizes
// texts, aligns their words, and counts hits, substitutions, deletions and
// insertions. Error rates are derived from the counts, and sums of counts give
// the rate of many utterances; rates are never averaged.
package wer

// Counts holds what became of the words of a reference, and the words that were
// heard but not said. Counts of several utterances can be added up.
type Counts struct {
	Hits          int `json:"hits"`
	Substitutions int `json:"substitutions"`
	Deletions     int `json:"deletions"`
	Insertions    int `json:"insertions"`
}

// Reference returns N, the number of words in the reference.
func (c Counts) Reference() int { return c.Hits + c.Substitutions + c.Deletions }

// Hypothesis returns the number of words in the hypothesis.
func (c Counts) Hypothesis() int { return c.Hits + c.Substitutions + c.Insertions }

// Errors returns S + D + I.
func (c Counts) Errors() int { return c.Substitutions + c.Deletions + c.Insertions }

// WER returns the word error rate (S + D + I)/N, which exceeds 1 when more
// words were inserted than hit. With an empty reference there is no rate, and
// ok is false: not when the hypothesis is empty too, and not when it holds
// words either. Those words stay in Insertions, so that a sum of counts keeps
// them.
func (c Counts) WER() (rate float64, ok bool) {
	return errorRate(c.Errors(), c.Reference())
}

// Add returns the sum of two counts.
func (c Counts) Add(other Counts) Counts {
	return Counts{
		Hits:          c.Hits + other.Hits,
		Substitutions: c.Substitutions + other.Substitutions,
		Deletions:     c.Deletions + other.Deletions,
		Insertions:    c.Insertions + other.Insertions,
	}
}

func errorRate(errors, reference int) (rate float64, ok bool) {
	if reference == 0 {
		return 0, false
	}
	return float64(errors) / float64(reference), true
}
