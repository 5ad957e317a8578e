package wer

import (
	"encoding/json"
	"strings"
)

// Score is what a text is worth against its reference, in words and in
// characters.
type Score struct {
	Counts
	Characters Characters
}

// Add returns the sum of two scores.
func (s Score) Add(other Score) Score {
	return Score{Counts: s.Counts.Add(other.Counts), Characters: s.Characters.Add(other.Characters)}
}

// MarshalJSON prints hits, substitutions, deletions, insertions, wer and cer. A
// rate that does not exist, because the reference is empty, is absent.
func (s Score) MarshalJSON() ([]byte, error) { return json.Marshal(s.line()) }

// Result compares one reference with one hypothesis.
type Result struct {
	// Score is that of the normalized texts.
	Score
	// Steps aligns the normalized words, for display.
	Steps []Step
	// Raw is the score of the texts as they were given, split at white space
	// only.
	Raw Score
}

// MarshalJSON prints the fields of the normalized score, and those of the raw
// one in raw. The steps are left out: whoever shows them prints them by
// themselves.
func (r Result) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		scoreLine
		Raw scoreLine `json:"raw"`
	}{r.Score.line(), r.Raw.line()})
}

type scoreLine struct {
	Counts
	WER *float64 `json:"wer,omitempty"`
	CER *float64 `json:"cer,omitempty"`
}

func (s Score) line() scoreLine {
	out := scoreLine{Counts: s.Counts}
	if rate, ok := s.WER(); ok {
		out.WER = &rate
	}
	if rate, ok := s.Characters.CER(); ok {
		out.CER = &rate
	}
	return out
}

// Compare scores a hypothesis against its reference, both normalized for the
// language (a BCP 47 tag such as "en" or "de-AT"; empty when unknown), and both
// raw.
func Compare(reference, hypothesis, language string) Result {
	refWords, hypWords := Normalize(reference, language), Normalize(hypothesis, language)
	normalized := Align(refWords, hypWords)
	return Result{
		Score: Score{
			Counts:     normalized.Counts,
			Characters: compareCharacters(joinWords(refWords), joinWords(hypWords)),
		},
		Steps: normalized.Steps,
		Raw:   compareRaw(reference, hypothesis),
	}
}

func compareRaw(reference, hypothesis string) Score {
	return Score{
		Counts:     Align(rawWords(reference), rawWords(hypothesis)).Counts,
		Characters: compareCharacters(spaced(reference), spaced(hypothesis)),
	}
}

func spaced(text string) string { return strings.Join(strings.Fields(text), " ") }
