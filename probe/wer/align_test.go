package wer

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// better orders two alignments of the same words as Align documents it: fewest
// errors, then most hits, then insertions early and deletions late.
func better(a, b []Op) bool {
	errorsOf := func(ops []Op) (errors, hits int) {
		for _, op := range ops {
			if op == Hit {
				hits++
			} else {
				errors++
			}
		}
		return errors, hits
	}
	aErrors, aHits := errorsOf(a)
	bErrors, bHits := errorsOf(b)
	if aErrors != bErrors {
		return aErrors < bErrors
	}
	if aHits != bHits {
		return aHits > bHits
	}
	rank := map[Op]int{Insertion: 0, Hit: 1, Substitution: 1, Deletion: 2}
	for i := range min(len(a), len(b)) {
		if rank[a[i]] != rank[b[i]] {
			return rank[a[i]] < rank[b[i]]
		}
	}
	return false
}

// bruteForce tries every alignment.
func bruteForce(ref, hyp []string) []Op {
	var best []Op
	found := false
	var try func(i, j int, ops []Op)
	try = func(i, j int, ops []Op) {
		if i == len(ref) && j == len(hyp) {
			if !found || better(ops, best) {
				best, found = slices.Clone(ops), true
			}
			return
		}
		if i < len(ref) {
			try(i+1, j, append(ops, Deletion))
		}
		if j < len(hyp) {
			try(i, j+1, append(ops, Insertion))
		}
		if i < len(ref) && j < len(hyp) {
			op := Substitution
			if ref[i] == hyp[j] {
				op = Hit
			}
			try(i+1, j+1, append(ops, op))
		}
	}
	try(0, 0, nil)
	return best
}

func randomWords(rng *rand.Rand, longest, vocabulary int) []string {
	words := make([]string, rng.IntN(longest+1))
	for i := range words {
		words[i] = string(rune('a' + rng.IntN(vocabulary)))
	}
	return words
}

func opsOf(a Alignment) []Op {
	ops := make([]Op, len(a.Steps))
	for i, s := range a.Steps {
		ops[i] = s.Op
	}
	return ops
}

func TestAlignAgreesWithEveryAlignmentTried(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for n := range 10000 {
		ref, hyp := randomWords(rng, 5, 3), randomWords(rng, 5, 3)
		want := bruteForce(ref, hyp)
		for _, cells := range []int{maxTableCells, 1} {
			got := alignWithin(ref, hyp, cells)
			if !slices.Equal(opsOf(got), want) {
				t.Fatalf("pair %d, tables of %d cells: %q against %q:\n got %v\nwant %v", n, cells, ref, hyp, opsOf(got), want)
			}
		}
	}
}

func TestHalvedProblemsGiveTheSameSteps(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		ref, hyp := randomWords(rng, 60, 4), randomWords(rng, 60, 4)
		whole := Align(ref, hyp)
		for _, cells := range []int{1, 50, 700} {
			if got := alignWithin(ref, hyp, cells); !slices.Equal(got.Steps, whole.Steps) {
				t.Fatalf("tables of %d cells: %q against %q:\n got %v\nwant %v", cells, ref, hyp, got.Steps, whole.Steps)
			}
		}
	}
}

func TestAlignmentSpellsBothTexts(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for range 300 {
		ref, hyp := randomWords(rng, 40, 5), randomWords(rng, 40, 5)
		a := Align(ref, hyp)
		var counts Counts
		var gotRef, gotHyp []string
		for _, s := range a.Steps {
			counts.count(s.Op)
			if s.Op != Insertion {
				gotRef = append(gotRef, s.Reference)
			}
			if s.Op != Deletion {
				gotHyp = append(gotHyp, s.Hypothesis)
			}
			if (s.Op == Hit) != (s.Reference == s.Hypothesis) {
				t.Fatalf("step %+v is named wrongly", s)
			}
		}
		if !slices.Equal(gotRef, ref) || !slices.Equal(gotHyp, hyp) {
			t.Fatalf("%q against %q came out as %q against %q", ref, hyp, gotRef, gotHyp)
		}
		if counts != a.Counts || a.Reference() != len(ref) || a.Hypothesis() != len(hyp) {
			t.Fatalf("counts %+v do not fit the steps of %q against %q", a.Counts, ref, hyp)
		}
	}
}

func TestAlignOfLongTextsIsBounded(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	words := make([]string, 3000)
	for i := range words {
		words[i] = fmt.Sprint("w", rng.IntN(500))
	}
	heard := slices.Clone(words)
	heard = slices.Delete(heard, 100, 101)
	heard[1500] = "garbled"
	heard = slices.Insert(heard, 2500, "extra")
	want := Counts{Hits: 2998, Substitutions: 1, Deletions: 1, Insertions: 1}
	if got := Align(words, heard).Counts; got != want {
		t.Errorf("injected errors: got %+v, want %+v", got, want)
	}
}

func TestDistanceAgreesWithAlignment(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 10))
	for range 500 {
		ref, hyp := randomWords(rng, 200, 4), randomWords(rng, 200, 4)
		want := Align(ref, hyp).Errors()
		got := distance([]rune(strings.Join(ref, "")), []rune(strings.Join(hyp, "")))
		if got != want {
			t.Fatalf("distance of %q and %q: got %d, want %d", ref, hyp, got, want)
		}
	}
}

func BenchmarkAlign10000(b *testing.B) {
	rng := rand.New(rand.NewPCG(11, 12))
	ref, hyp := make([]string, 10000), make([]string, 10000)
	for i := range ref {
		ref[i], hyp[i] = fmt.Sprint("w", rng.IntN(2000)), fmt.Sprint("w", rng.IntN(2000))
	}
	b.ReportAllocs()
	for b.Loop() {
		Align(ref, hyp)
	}
}
