package app

import (
	"strings"
	"testing"

	"callprobe/probe"
)

func TestAMistakeOfOursIsAnErrorOfOneCall(t *testing.T) {
	_, err := guarded(func() (*probe.Report, error) { panic("index out of range") })
	if err == nil || !strings.Contains(err.Error(), "index out of range") || strings.Contains(err.Error(), "\n") {
		t.Errorf("the error does not say what in a line: %v", err)
	}
}

func TestARecordingThatTripsUsHasAReport(t *testing.T) {
	// A turn of which the plan knows nothing: no file that was read is so.
	rec := &probe.Recording{CallID: "x", Target: "a", Turns: []probe.TurnTrace{{Turn: 7}}, Ended: probe.Ending{At: 1}}
	report, err := measured(rec)
	if err == nil || report == nil || report.CallID != "x" || report.Verdict != probe.Inconclusive {
		t.Errorf("got %+v, %v", report, err)
	}
}
