package app

import (
	"fmt"

	"callprobe/probe"
)

// measured evaluates a recording. There is a report in any case; the error says
// that the recording could not be measured. A mistake of ours that one call lays
// bare is such an error, too, and does not end the calls to all others; replaying
// the recording shows where it is.
func measured(rec *probe.Recording) (*probe.Report, error) {
	report, err := guarded(func() (*probe.Report, error) { return probe.Evaluate(rec) })
	if err != nil {
		return probe.Unmeasured(rec, err), err
	}
	return report, nil
}

func guarded(evaluate func() (*probe.Report, error)) (report *probe.Report, err error) {
	defer func() {
		if r := recover(); r != nil {
			report, err = nil, fmt.Errorf("evaluate call: a mistake in callprobe (%v): please report it with the recording", r)
		}
	}()
	return evaluate()
}
