package wer

import "fmt"

// Op says what became of a word.
type Op uint8

// The four things that can happen to a word.
const (
	// Hit is a word that was said and heard.
	Hit Op = iota
	// Substitution is a word that was heard as another one.
	Substitution
	// Deletion is a word that was said and not heard.
	Deletion
	// Insertion is a word that was heard and not said.
	Insertion
)

// String returns the operation's name in lower case.
func (o Op) String() string {
	switch o {
	case Hit:
		return "hit"
	case Substitution:
		return "substitution"
	case Deletion:
		return "deletion"
	case Insertion:
		return "insertion"
	}
	return fmt.Sprintf("Op(%d)", uint8(o))
}

// MarshalText returns the operation's name.
func (o Op) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalText reads the name that MarshalText wrote.
func (o *Op) UnmarshalText(text []byte) error {
	for known := Hit; known <= Insertion; known++ {
		if known.String() == string(text) {
			*o = known
			return nil
		}
	}
	return fmt.Errorf("read alignment operation: unknown name %q: use hit, substitution, deletion or insertion", text)
}

// Step is one place of an alignment: a word of the reference, of the
// hypothesis, or of both. The word that a deletion or an insertion lacks is
// empty.
type Step struct {
	Op         Op     `json:"op"`
	Reference  string `json:"reference,omitempty"`
	Hypothesis string `json:"hypothesis,omitempty"`
}

// Alignment pairs the words of a reference with those of a hypothesis, in the
// order in which they were spoken.
type Alignment struct {
	Counts
	Steps []Step `json:"steps"`
}

// Align finds the alignment with the fewest substitutions, deletions and
// insertions, one error each (Levenshtein 1966). Of several such alignments it
// takes one with the most hits; this fixes the four counts. Of those that are
// left it takes the one that inserts as early and deletes as late as can be, so
// that the same words give the same steps at any length.
//
// Time grows with the product of the lengths, memory with their sum beyond
// [maxTableCells].
func Align(reference, hypothesis []string) Alignment {
	return alignWithin(reference, hypothesis, maxTableCells)
}

func alignWithin(reference, hypothesis []string, cells int) Alignment {
	ids := make(map[string]int32)
	a := aligner{cells: cells, ops: make([]Op, 0, max(len(reference), len(hypothesis)))}
	a.align(number(ids, reference), number(ids, hypothesis))

	out := Alignment{Steps: make([]Step, 0, len(a.ops))}
	for _, op := range a.ops {
		step := Step{Op: op}
		if op != Insertion {
			step.Reference, reference = reference[0], reference[1:]
		}
		if op != Deletion {
			step.Hypothesis, hypothesis = hypothesis[0], hypothesis[1:]
		}
		out.Counts.count(op)
		out.Steps = append(out.Steps, step)
	}
	return out
}

func (c *Counts) count(op Op) {
	switch op {
	case Hit:
		c.Hits++
	case Substitution:
		c.Substitutions++
	case Deletion:
		c.Deletions++
	case Insertion:
		c.Insertions++
	}
}

// number replaces words by small integers, which compare faster.
func number(ids map[string]int32, words []string) []int32 {
	out := make([]int32, len(words))
	for i, w := range words {
		id, known := ids[w]
		if !known {
			id = int32(len(ids))
			ids[w] = id
		}
		out[i] = id
	}
	return out
}
