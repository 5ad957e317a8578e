package wer

import "testing"

func TestScoresThatAreFixed(t *testing.T) {
	rows := rowsOf(t, "testdata/scored.txt")
	if len(rows) < 40 {
		t.Errorf("%d pairs, want at least 40", len(rows))
	}
	for _, r := range rows {
		if len(r.cells) != 4 {
			t.Fatalf("%s: want language | reference | hypothesis | H S D I", r.place)
		}
		got := Compare(r.cells[1], r.cells[2], r.cells[0])
		if want := r.counts(t, r.cells[3]); got.Counts != want {
			t.Errorf("%s: %q against %q is %+v, want %+v\n\t%q\n\t%q", r.place, r.cells[1], r.cells[2], got.Counts, want,
				Normalize(r.cells[1], r.cells[0]), Normalize(r.cells[2], r.cells[0]))
		}
	}
}

// One digit of a number said one by one is one error, whatever the number and
// however both sides write it.
func TestOneDigitIsOneError(t *testing.T) {
	for _, said := range []string{"4711", "4 7 1 1", "47 11", "4-7-1-1", "four seven one one", "forty-seven eleven"} {
		for heard, want := range map[string]Counts{
			"471": {Hits: 4, Deletions: 1}, "four seven one": {Hits: 4, Deletions: 1}, "47 1": {Hits: 4, Deletions: 1},
			"4712": {Hits: 4, Substitutions: 1}, "47011": {Hits: 5, Insertions: 1}, "four seven oh one one": {Hits: 5, Insertions: 1},
		} {
			if got := Compare("order "+said, "Order "+heard+".", "en").Counts; got != want {
				t.Errorf("%q heard as %q: %+v, want %+v", said, heard, got, want)
			}
		}
	}
}
