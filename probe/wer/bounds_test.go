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
	ref, hyp := strings.Fields(reference), strings.Fields(hypothesis)
	for name, score := range map[string]func() Counts{
		"aligned":                    func() Counts { return Align(ref, hyp).Counts },
		"normalized, aligned, twice": func() Counts { return Compare(reference, hypothesis, "en").Counts },
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			counts := score()
			runtime.ReadMemStats(&after)
			if counts.Reference() != 10000 || counts.Hypothesis() != 10000 {
				t.Fatalf("words were lost: %+v", counts)
			}
			if used := (after.TotalAlloc - before.TotalAlloc) >> 20; used >= 100 {
				t.Errorf("allocated %d MiB in all, want under 100", used)
			}
		})
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
