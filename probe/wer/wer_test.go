package wer

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
)

// TestPublishedExamples aligns examples that others have published, with the
// counts and, where they print them, the places of the errors.
func TestPublishedExamples(t *testing.T) {
	tests := []struct {
		source, reference, hypothesis string
		want                          Counts
		steps                         string
	}{
		// Strings of the kind on which Morris, Maier and Green compare measures, "From
		// WER and RIL to MER and WIL", Interspeech 2004.
		{"Morris, all hit", "X", "X", Counts{Hits: 1}, "H"},
		{"Morris, insertions beyond 100%", "X", "X X Y Y", Counts{Hits: 1, Insertions: 3}, ""},
		{"Morris, substitution and deletion", "X Y X", "X Z", Counts{Hits: 1, Substitutions: 1, Deletions: 1}, ""},
		{"Morris, substitution", "X", "Y", Counts{Substitutions: 1}, "S"},
		{"Morris, substitution and insertion", "X", "Y Z", Counts{Substitutions: 1, Insertions: 1}, ""},
		// Janus Recognition Toolkit, documentation, lecture ASR4.
		{"JRTk", "HI HOW are you today", "HEY are you IN today", Counts{Hits: 3, Substitutions: 1, Deletions: 1, Insertions: 1}, "SDHHIH"},
		// jiwer 3, documentation, "Usage".
		{"jiwer, hello", "hello world", "hello duck", Counts{Hits: 1, Substitutions: 1}, "HS"},
		{"jiwer, python", "i like monthy python", "i like python", Counts{Hits: 3, Deletions: 1}, "HHDH"},
		{"jiwer, short", "short one here", "shoe order one", Counts{Hits: 1, Substitutions: 1, Deletions: 1, Insertions: 1}, "ISHD"},
		{
			"jiwer, longer", "quite a bit of longer sentence", "quite bit of an even longest sentence here",
			Counts{Hits: 4, Substitutions: 1, Deletions: 1, Insertions: 3}, "HDHHIISHI",
		},
		// wersim, documentation of wer.
		{
			"wersim", "The meadow is very nice and the sun shines bright", "The meadoww very nice and the two sun shines bright",
			Counts{Hits: 8, Substitutions: 1, Deletions: 1, Insertions: 1}, "HSDHHHHIHHH",
		},
		{"kitten, by letters", "k i t t e n", "s i t t i n g", Counts{Hits: 4, Substitutions: 2, Insertions: 1}, "SHHHSHI"},
		{"nothing heard", "a b c", "", Counts{Deletions: 3}, "DDD"},
		{"nothing said", "", "a b", Counts{Insertions: 2}, "II"},
	}
	for _, test := range tests {
		t.Run(test.source, func(t *testing.T) {
			got := Align(strings.Fields(test.reference), strings.Fields(test.hypothesis))
			if got.Counts != test.want {
				t.Errorf("%q against %q: got %+v, want %+v", test.reference, test.hypothesis, got.Counts, test.want)
			}
			var steps strings.Builder
			for _, s := range got.Steps {
				steps.WriteString(strings.ToUpper(s.Op.String()[:1]))
			}
			if test.steps != "" && steps.String() != test.steps {
				t.Errorf("%q against %q: got steps %s, want %s", test.reference, test.hypothesis, &steps, test.steps)
			}
		})
	}
}

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
