package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"callprobe/internal/app"
	"callprobe/internal/labproc"
	"callprobe/internal/selftest"
	"callprobe/probe"
)

// sample is one turn, measured from outside and known from inside.
type sample struct {
	call                                 string
	turn                                 int
	measured, truth, smooth, uncertainty float64
	late                                 time.Duration
}

// TestTheLatencyAgreesWithTheAgentsOwnTruth compares the TTFA of many turns with
// what the reference agent knows: when the packet with the caller's
// last voiced sample arrived there, and when the packet with its own first
// voiced sample was written. The figures are printed; the bound in the test is
// wide enough for any machine.
func TestTheLatencyAgreesWithTheAgentsOwnTruth(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector slows the prober; make accuracy runs this without it")
	}
	lab := ownLab(t)
	calls, parallel := number(t, "CALLPROBE_ACCURACY_CALLS", 20), number(t, "CALLPROBE_ACCURACY_PARALLEL", 10)
	samples := collect(t, lab, calls, parallel)
	if want := 5 * calls / 2; len(samples) < want {
		t.Fatalf("only %d turns have a truth, want %d", len(samples), want)
	}
	t.Logf("TTFA against the agent's truth, %d turns, %d calls at once, delays 0.3 to 1.5 s", len(samples), parallel)
	smooth := func(s sample) float64 { return s.smooth }
	raw := func(s sample) float64 { return s.truth }
	t.Logf("  error against the agent's de-jittered clock: %s", describe(samples, smooth))
	t.Logf("  error against its raw packet times:          %s", describe(samples, raw))
	for _, s := range worst(samples, 5) {
		t.Logf("  worst: call %s turn %d: measured %.4f s ± %.1f ms, truth %.4f s; the prober's frames up to %v late", s.call, s.turn, s.measured, 1000*s.uncertainty, s.smooth, s.late)
	}
	if median := quantile(errorsOf(samples, smooth), 0.5); median > 0.020 {
		t.Errorf("median error %.1f ms, want at most 20 ms on any machine", 1000*median)
	}
}

// worst returns the n samples with the largest errors.
func worst(samples []sample, n int) []sample {
	sorted := slices.SortedFunc(slices.Values(samples), func(a, b sample) int {
		return cmp.Compare(abs(b.measured-b.smooth), abs(a.measured-a.smooth))
	})
	return sorted[:min(n, len(sorted))]
}

// number is a positive number from the environment.
func number(t *testing.T, variable string, standard int) int {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return standard
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("%s=%q is not a positive number", variable, text)
	}
	return n
}

// collect makes the calls of a self-test and compares each turn with the lab's
// truth log, which has more than the agent says in the call.
func collect(t *testing.T, lab *labproc.Lab, calls, parallel int) []sample {
	t.Helper()
	plan, err := selftest.Plan()
	if err != nil {
		t.Fatal(err)
	}
	var reports []*probe.Report
	result, err := selftest.Run(t.Context(), selftest.Options{
		Calls: calls, Parallel: parallel,
		Call: func(ctx context.Context, _ int, delay time.Duration) (*probe.Report, error) {
			target := labTarget(lab)
			target.AgentMetadata = fmt.Sprintf(`{"no_greeting":true,"reply_delay":%q}`, delay)
			made, err := app.Calls{Plans: []probe.Plan{plan}, Target: target, Count: 1}.Run(ctx)
			if err != nil {
				return nil, err
			}
			return made[0], nil
		},
		Done: func(_ int, r *probe.Report) { reports = append(reports, r) },
	})
	if err != nil {
		t.Fatal(err)
	}
	if result.Disturbed > 0 {
		t.Logf("%d of %d calls say that this machine was too busy for them, and are left out", result.Disturbed, calls)
	}
	var out []sample
	for _, r := range reports {
		if r.Reason != probe.ProberOverloaded {
			out = append(out, truthOf(lab, r)...)
		}
	}
	return out
}

// truthOf pairs the turns of a call with what the lab logged of them.
func truthOf(lab *labproc.Lab, r *probe.Report) []sample {
	var out []sample
	for _, line := range lab.Lines(r.Room) {
		if line.Event != "said" || line.TTFA == nil || line.TTFASmooth == nil || line.Turn < 1 || line.Turn > len(r.Turns) {
			continue
		}
		if turn := r.Turns[line.Turn-1]; turn.TTFA.OK {
			out = append(out, sample{
				call: r.CallID, turn: line.Turn, measured: turn.TTFA.Value.Seconds(), truth: *line.TTFA, smooth: *line.TTFASmooth,
				uncertainty: turn.TTFA.Uncertainty.Seconds(), late: r.Pacing.LateMax,
			})
		}
	}
	return out
}

// errorsOf returns the sorted absolute errors in seconds.
func errorsOf(samples []sample, truth func(sample) float64) []float64 {
	out := make([]float64, len(samples))
	for i, s := range samples {
		out[i] = abs(s.measured - truth(s))
	}
	slices.Sort(out)
	return out
}

func describe(samples []sample, truth func(sample) float64) string {
	sorted := errorsOf(samples, truth)
	covered := 0
	for _, s := range samples {
		if abs(s.measured-truth(s)) <= s.uncertainty {
			covered++
		}
	}
	return fmt.Sprintf("median %.2f ms, p95 %.2f ms, p99 %.2f ms, maximum %.2f ms, covered %.1f %%",
		1000*quantile(sorted, 0.5), 1000*quantile(sorted, 0.95), 1000*quantile(sorted, 0.99), 1000*quantile(sorted, 1),
		100*float64(covered)/float64(len(samples)))
}

// quantile is the nearest-rank quantile.
func quantile(sorted []float64, q float64) float64 {
	return sorted[min(int(q*float64(len(sorted))), len(sorted)-1)]
}

func abs(f float64) float64 { return max(f, -f) }
