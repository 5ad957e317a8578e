package app

import (
	"slices"
	"testing"

	"callprobe/internal/schedule"
	"callprobe/metrics"
)

// Each package has a closed set of its own; where one of them had another word,
// all such calls would count as skipped for no reason that is known.
func TestEveryReasonOfTheScheduleHasACounter(t *testing.T) {
	for _, reason := range schedule.Skips() {
		if !slices.Contains(metrics.SkipReasons(), string(reason)) {
			t.Errorf("%q is not counted", reason)
		}
		if inWords(reason) == string(reason) {
			t.Errorf("%q has no words for people", reason)
		}
	}
}
