package wer

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
)

// longTexts returns two texts of n words that have little in common.
func longTexts(n int) (reference, hypothesis string) {
	rng := rand.New(rand.NewPCG(17, 18))
	var ref, hyp strings.Builder
	for range n {
		fmt.Fprintf(&ref, "word%c%c ", 'a'+rng.IntN(26), 'a'+rng.IntN(26))
		fmt.Fprintf(&hyp, "Word%c%c, ", 'a'+rng.IntN(26), 'a'+rng.IntN(26))
	}
	return ref.String(), hyp.String()
}

// What is allocated in all is more than is in use at any time.
func TestTenThousandWordsStayUnder100MB(t *testing.T) {
	reference, hypothesis := longTexts(10000)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	score := Compare(reference, hypothesis, "en") // Normalizes, and aligns twice.
	runtime.ReadMemStats(&after)
	if score.Reference() != 10000 || score.Hypothesis() != 10000 || score.Raw.Reference() != 10000 {
		t.Fatalf("words were lost: %+v", score)
	}
	if used := (after.TotalAlloc - before.TotalAlloc) >> 20; used >= 100 {
		t.Errorf("allocated %d MiB in all, want under 100", used)
	}
}

func BenchmarkCompare10000(b *testing.B) {
	reference, hypothesis := longTexts(10000)
	b.ReportAllocs()
	for b.Loop() {
		Compare(reference, hypothesis, "en")
	}
}

func BenchmarkNormalizeSentence(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Normalize("I'd like to change order 4711, it's $5.99 and due on May 5th at 3:30 p.m., please.", "en")
	}
}
