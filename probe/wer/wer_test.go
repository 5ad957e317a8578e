package wer

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
)

func TestRateIsErrorsPerReferenceWord(t *testing.T) {
	tests := []struct {
		name   string
		counts Counts
		want   float64
		wantOK bool
	}{
		{"all hit", Counts{Hits: 4}, 0, true},
		{"one of each", Counts{Hits: 7, Substitutions: 1, Deletions: 1, Insertions: 1}, 3.0 / 9, true},
		{"insertions pass 1", Counts{Hits: 1, Insertions: 3}, 3, true},
		{"no reference, nothing heard", Counts{}, 0, false},
		{"no reference, words heard", Counts{Insertions: 2}, 0, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got, ok := test.counts.WER(); got != test.want || ok != test.wantOK {
				t.Errorf("got %v, %v, want %v, %v", got, ok, test.want, test.wantOK)
			}
		})
	}
}

func TestSumsOfCountsWeighLongTextsMore(t *testing.T) {
	// jiwer documentation: two sentences, two errors in six words.
	total := Align(strings.Fields("hello world"), strings.Fields("hello duck")).Counts.
		Add(Align(strings.Fields("i like monthy python"), strings.Fields("i like python")).Counts)
	if got, ok := total.WER(); !ok || math.Abs(got-2.0/6) > 1e-12 {
		t.Errorf("got %v, want %v", got, 2.0/6)
	}
}

func TestCharacterErrorsArePublishedOnes(t *testing.T) {
	// jiwer documentation: "i can spell" and "i hope", three errors.
	a := compareCharacters("i can spell", "i kan cpell")
	b := compareCharacters("i hope", "i hop")
	if total := a.Add(b); total != (Characters{Errors: 3, Reference: 17}) {
		t.Errorf("got %+v, want 3 errors in 17 characters", total)
	}
}

func TestComparePrintsBothScores(t *testing.T) {
	tests := []struct{ name, reference, hypothesis, language, want string }{
		{
			"normalized and raw", "Order four seven one one, please.", "order 4711 please", "en",
			`{"hits":6,"substitutions":0,"deletions":0,"insertions":0,"wer":0,"cer":0,` +
				`"raw":{"hits":0,"substitutions":3,"deletions":3,"insertions":0,"wer":1,"cer":0.6363636363636364}}`,
		},
		{
			"no rate without a reference", "", "hello", "en",
			`{"hits":0,"substitutions":0,"deletions":0,"insertions":1,` +
				`"raw":{"hits":0,"substitutions":0,"deletions":0,"insertions":1}}`,
		},
		{
			"characters without spaces", "我想订四张票。", "我想定四张票", "zh",
			`{"hits":5,"substitutions":1,"deletions":0,"insertions":0,"wer":0.16666666666666666,"cer":0.16666666666666666,` +
				`"raw":{"hits":5,"substitutions":1,"deletions":1,"insertions":0,"wer":0.2857142857142857,"cer":0.2857142857142857}}`,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := json.Marshal(Compare(test.reference, test.hypothesis, test.language))
			if err != nil || string(got) != test.want {
				t.Errorf("got %s, %v\nwant %s", got, err, test.want)
			}
		})
	}
}

func TestStepsArePrintedByName(t *testing.T) {
	steps := Compare("a b c", "a x c d", "").Steps
	got, err := json.Marshal(steps)
	want := `[{"op":"hit","reference":"a","hypothesis":"a"},{"op":"substitution","reference":"b","hypothesis":"x"},` +
		`{"op":"hit","reference":"c","hypothesis":"c"},{"op":"insertion","hypothesis":"d"}]`
	if err != nil || string(got) != want {
		t.Fatalf("got %s, %v\nwant %s", got, err, want)
	}
	var back []Step
	if err := json.Unmarshal(got, &back); err != nil || len(back) != 4 || back[3].Op != Insertion {
		t.Errorf("read back: %+v, %v", back, err)
	}
	if err := json.Unmarshal([]byte(`[{"op":"swap"}]`), &back); err == nil {
		t.Error("an unknown operation was read")
	}
}

func TestKeyPhrases(t *testing.T) {
	tests := []struct {
		name, hypothesis, phrase string
		want                     bool
	}{
		{"digits said and written", "It's about order 4711, please.", "order 4 7 1 1", true},
		{"one digit wrong", "It's about order 4717, please.", "order 4 7 1 1", false},
		{"one digit too many", "order 47112", "order 4 7 1 1", false},
		{"words apart", "order number 4711", "order 4 7 1 1", false},
		{"part of a word", "reorder 4711", "order 4711", false},
		{"at the end", "my code is double oh seven", "007", true},
		{"negation is another phrase", "I can't pay", "can pay", false},
		{"no phrase", "hello", "", true},
		{"nothing heard", "", "hello", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := ContainsPhrase(test.hypothesis, test.phrase, "en"); got != test.want {
				t.Errorf("%q in %q: got %v", test.phrase, test.hypothesis, got)
			}
		})
	}
}
