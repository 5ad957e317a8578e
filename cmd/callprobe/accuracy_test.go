package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"callprobe/internal/app"
	"callprobe/internal/labproc"
	"callprobe/probe"
	"callprobe/scenarios"
)

// accuracyDelays are the reply delays under test: 20 of them from 0.2 to 4 s,
// each in a call of its own with as many turns as accuracyPlan has.
func accuracyDelays() []time.Duration {
	delays := make([]time.Duration, 20)
	for i := range delays {
		delays[i] = 200*time.Millisecond + time.Duration(i)*200*time.Millisecond
	}
	return delays
}

// accuracyPlan asks every question of the built-in scenarios that takes less
// than 4 s, up to five.
func accuracyPlan(t *testing.T) probe.Plan {
	t.Helper()
	plan := quickPlan()
	plan.Name, plan.Turns = "accuracy", nil
	plan.Limits.Call = 3 * time.Minute
	for _, name := range scenarios.BuiltinNames() {
		p, err := scenarios.Builtin(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, turn := range p.Turns {
			if turn.Silent() || turn.When.Kind != probe.AfterAgent || turn.Say.Clip.Duration() > 4*time.Second || len(plan.Turns) == 6 {
				continue
			}
			turn.Reply = probe.Reply{Within: 8 * time.Second, Timeout: 10 * time.Second}
			plan.Turns = append(plan.Turns, turn)
		}
	}
	return plan
}

// sample is one turn, measured from outside and known from inside.
type sample struct {
	call                                 string
	turn                                 int
	measured, truth, smooth, uncertainty float64
	late                                 time.Duration
}

// TestTheLatencyAgreesWithTheAgentsOwnTruth compares the TTFA of at least 100
// turns with what the reference agent knows: when the packet with the caller's
// last voiced sample arrived there, and when the packet with its own first
// voiced sample was written. The figures are printed; the bound in the test is
// wide enough for any machine.
func TestTheLatencyAgreesWithTheAgentsOwnTruth(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector slows the prober; make accuracy runs this without it")
	}
	lab := ownLab(t)
	plan := accuracyPlan(t)
	samples := collect(t, lab, plan, atOnce(t))
	if want := 100; len(samples) < want {
		t.Fatalf("only %d turns have a truth, want %d", len(samples), want)
	}
	raw := errorsOf(samples, func(s sample) float64 { return s.truth })
	smooth := errorsOf(samples, func(s sample) float64 { return s.smooth })
	covered := 0
	for _, s := range samples {
		if abs(s.measured-s.truth) <= s.uncertainty {
			covered++
		}
	}
	t.Logf("TTFA against the agent's truth, %d turns, %d calls at once, delays 0.2 to 4 s", len(samples), atOnce(t))
	t.Logf("  error: %s", describe(raw))
	t.Logf("  (against an agent's ear that is de-jittered: %s)", describe(smooth))
	t.Logf("  the stated uncertainty covers the error in %.1f %% of turns", 100*float64(covered)/float64(len(samples)))
	for _, s := range worst(samples, 5) {
		t.Logf("  worst: call %s turn %d: measured %.4f s ± %.1f ms, truth %.4f s; the prober's frames up to %v late", s.call, s.turn, s.measured, 1000*s.uncertainty, s.truth, s.late)
	}
	if median := quantile(raw, 0.5); median > 0.020 {
		t.Errorf("median error %.1f ms, want at most 20 ms on any machine", 1000*median)
	}
}

// worst returns the n samples with the largest errors.
func worst(samples []sample, n int) []sample {
	sorted := slices.SortedFunc(slices.Values(samples), func(a, b sample) int {
		return cmp.Compare(abs(b.measured-b.truth), abs(a.measured-a.truth))
	})
	return sorted[:min(n, len(sorted))]
}

// atOnce is how many calls are made at a time.
func atOnce(t *testing.T) int {
	t.Helper()
	text := os.Getenv("CALLPROBE_ACCURACY_CALLS")
	if text == "" {
		return 10
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("CALLPROBE_ACCURACY_CALLS=%q is not a number of calls", text)
	}
	return n
}

func collect(t *testing.T, lab *labproc.Lab, plan probe.Plan, workers int) []sample {
	t.Helper()
	var (
		mu      sync.Mutex
		samples []sample
		group   sync.WaitGroup
	)
	delays := make(chan time.Duration, 100)
	for _, d := range accuracyDelays() {
		delays <- d
	}
	close(delays)
	for range workers {
		group.Go(func() {
			for d := range delays {
				got := oneCall(t, lab, plan, d)
				mu.Lock()
				samples = append(samples, got...)
				mu.Unlock()
			}
		})
	}
	group.Wait()
	return samples
}

func oneCall(t *testing.T, lab *labproc.Lab, plan probe.Plan, delay time.Duration) []sample {
	t.Helper()
	r := undisturbedCall(t, lab, plan, delay)
	if r == nil {
		return nil
	}
	var out []sample
	for _, line := range lab.Lines(r.Room) {
		if line.Event != "said" || line.TTFA == nil || line.TTFASmooth == nil || line.Turn < 1 || line.Turn > len(r.Turns) {
			continue
		}
		turn := r.Turns[line.Turn-1]
		if turn.TTFA.OK {
			out = append(out, sample{
				call: r.CallID, turn: line.Turn, measured: turn.TTFA.Value.Seconds(), truth: *line.TTFA, smooth: *line.TTFASmooth,
				uncertainty: turn.TTFA.Uncertainty.Seconds(), late: r.Pacing.LateMax,
			})
		}
	}
	return out
}

// undisturbedCall makes a call, and makes it again when this machine was too
// busy for it: such a call says so and is no measurement.
func undisturbedCall(t *testing.T, lab *labproc.Lab, plan probe.Plan, delay time.Duration) *probe.Report {
	t.Helper()
	target := labTarget(lab)
	target.AgentMetadata = fmt.Sprintf(`{"no_greeting":true,"reply_delay":%q}`, delay)
	for range 3 {
		reports, err := app.Calls{Plans: []probe.Plan{plan}, Target: target, Count: 1}.Run(context.Background())
		if err != nil || len(reports) != 1 {
			t.Errorf("call with delay %v: %v", delay, err)
			return nil
		}
		r := reports[0]
		if r.Reason == probe.ProberOverloaded {
			t.Logf("call with delay %v was disturbed and is made again: %s", delay, r.Detail)
			continue
		}
		if r.Verdict != probe.Passed {
			t.Errorf("call with delay %v: %s: %s", delay, r.Reason, r.Detail)
		}
		return r
	}
	t.Errorf("call with delay %v: this machine was too busy three times in a row", delay)
	return nil
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

func describe(sorted []float64) string {
	return fmt.Sprintf("median %.2f ms, p95 %.2f ms, p99 %.2f ms, maximum %.2f ms",
		1000*quantile(sorted, 0.5), 1000*quantile(sorted, 0.95), 1000*quantile(sorted, 0.99), 1000*quantile(sorted, 1))
}

// quantile is the nearest-rank quantile.
func quantile(sorted []float64, q float64) float64 {
	return sorted[min(int(q*float64(len(sorted))), len(sorted)-1)]
}

func abs(f float64) float64 { return max(f, -f) }
