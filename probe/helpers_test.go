package probe_test

import (
	"regexp"
	"testing"
)

func matches(expr string) *regexp.Regexp { return regexp.MustCompile(expr) }

// sample returns the cases that are run: all of them, but with the race detector
// one in three, for it slows the codec and the detector of speech down tenfold.
// The rules are tested without it; races do not depend on the case.
func sample[T any](t *testing.T, cases []T) []T {
	t.Helper()
	if !raceEnabled {
		return cases
	}
	var some []T
	for i := 0; i < len(cases); i += 3 {
		some = append(some, cases[i])
	}
	t.Logf("with the race detector, %d of %d cases", len(some), len(cases))
	return some
}
