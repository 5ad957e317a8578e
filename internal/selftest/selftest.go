// Package selftest says how wrong the prober's latency is on this machine: it
// compares the time to first audio of calls with what an agent that knows the
// truth says of the same turns.
//
// The truth is the agent's own figure, from the packet with the caller's last
// voiced sample arriving there to the packet with its first voiced sample
// written, both by RTP time over their de-jittered clocks. That is exact for the
// reference agent of the lab and for the agent of package loopback, and for no
// other.
package selftest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"time"

	"callprobe/probe"
	"callprobe/scenarios"
)

// Sample is one turn, measured from outside and known from inside.
type Sample struct {
	CallID string
	// Turn counts from 1.
	Turn int
	TTFA probe.Measured
	// Truth is the agent's own figure.
	Truth time.Duration
}

// Error is by how much the measured figure is above the truth.
func (s Sample) Error() time.Duration { return s.TTFA.Value - s.Truth }

// Covered reports whether the stated uncertainty holds the truth.
func (s Sample) Covered() bool { return s.Error().Abs() <= s.TTFA.Uncertainty }

// Bound is how wrong the prober may be.
type Bound struct {
	// Median and P99 are of the absolute error.
	Median, P99 time.Duration
	// Coverage is the least share of turns whose stated uncertainty holds the
	// truth.
	Coverage float64
}

// Result is what the calls of a self-test showed.
type Result struct {
	Samples []Sample
	// Pacing is, for each call that was measured, how late 99 of 100 of its
	// frames left at most.
	Pacing []time.Duration
	// Disturbed counts calls that said themselves that this machine was too
	// busy for them; they are no measurement.
	Disturbed int
}

// Quantile returns the nearest-rank quantile of the absolute error: the least
// one that at least the share q of the turns stays within.
func (r Result) Quantile(q float64) time.Duration {
	absolute := r.Errors()
	for i, e := range absolute {
		absolute[i] = e.Abs()
	}
	return quantile(absolute, q)
}

// PacingQuantile returns the nearest-rank quantile of Pacing over the calls.
func (r Result) PacingQuantile(q float64) time.Duration { return quantile(r.Pacing, q) }

func quantile(all []time.Duration, q float64) time.Duration {
	n := len(all)
	if n == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(all))
	return sorted[min(max(int(math.Ceil(q*float64(n)))-1, 0), n-1)]
}

// Errors are those of all turns, with their signs.
func (r Result) Errors() []time.Duration {
	errs := make([]time.Duration, len(r.Samples))
	for i, s := range r.Samples {
		errs[i] = s.Error()
	}
	return errs
}

// Coverage is the share of turns whose stated uncertainty holds the truth.
func (r Result) Coverage() float64 {
	n := 0
	for _, s := range r.Samples {
		if s.Covered() {
			n++
		}
	}
	return float64(n) / float64(max(len(r.Samples), 1))
}

// Exceeds says in which ways the result is outside of the bound.
func (r Result) Exceeds(b Bound) []string {
	var over []string
	if m := r.Quantile(0.5); m > b.Median {
		over = append(over, fmt.Sprintf("the median error of %v is above %v", m.Round(time.Microsecond), b.Median))
	}
	if p := r.Quantile(0.99); p > b.P99 {
		over = append(over, fmt.Sprintf("the 99th percentile of %v is above %v", p.Round(time.Microsecond), b.P99))
	}
	if c := r.Coverage(); c < b.Coverage {
		over = append(over, fmt.Sprintf("the stated uncertainty holds the truth in %.0f %% of the turns, which is below %.0f %%", 100*c, 100*b.Coverage))
	}
	return over
}

// Options say which calls to make.
type Options struct {
	// Calls is how many, Parallel how many of them at once.
	Calls, Parallel int
	// Call makes the i-th call: the agent is to answer after delay.
	Call func(ctx context.Context, i int, delay time.Duration) (*probe.Report, error)
	// Done, if set, is told after each call, from one goroutine at a time.
	Done func(made int, r *probe.Report)
}

// stagger is the time between the beginnings of calls that run at once.
const stagger = 200 * time.Millisecond

// ErrUnreachable says that the room server could not be reached.
var ErrUnreachable = errors.New("the room server cannot be reached")

// ErrNoTruth says that the agent did not tell what it knows.
var ErrNoTruth = errors.New("the agent says nothing of its own latency: a self-test needs the reference agent of the lab")

// Run makes the calls. It stops at the first call that is no measurement for
// another reason than a busy machine, and says why.
func Run(ctx context.Context, o Options) (Result, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var (
		mu     sync.Mutex
		group  sync.WaitGroup
		result Result
		made   int
	)
	next := make(chan int)
	for worker := range o.Parallel {
		group.Go(func() {
			// Joining takes far more work than talking: calls that begin
			// together disturb each other as they would nowhere else.
			select {
			case <-time.After(time.Duration(worker) * stagger):
			case <-ctx.Done():
			}
			for i := range next {
				report, err := o.Call(ctx, i, Delay(i))
				if err == nil {
					err = usable(report)
				}
				if err != nil {
					cancel(fmt.Errorf("self-test call %d: %w", i+1, err))
					return
				}
				mu.Lock()
				made++
				result.add(report)
				if o.Done != nil {
					o.Done(made, report)
				}
				mu.Unlock()
			}
		})
	}
	for i := range o.Calls {
		select {
		case next <- i:
		case <-ctx.Done():
		}
	}
	close(next)
	group.Wait()
	if err := context.Cause(ctx); err != nil {
		return result, err
	}
	if len(result.Samples) == 0 {
		return result, fmt.Errorf("self-test: this machine was too busy for all %d calls", o.Calls)
	}
	return result, nil
}

func (r *Result) add(report *probe.Report) {
	if report.Reason == probe.ProberOverloaded {
		r.Disturbed++
		return
	}
	r.Pacing = append(r.Pacing, report.Pacing.LateP99)
	for i, t := range report.Turns {
		if t.TTFA.OK && t.AgentE2E.OK {
			r.Samples = append(r.Samples, Sample{CallID: report.CallID, Turn: i + 1, TTFA: t.TTFA, Truth: t.AgentE2E.Value})
		}
	}
}

// usable says why a call is no measurement. A disturbed one is counted, not an
// error.
func usable(r *probe.Report) error {
	switch {
	case r.Reason == probe.ProberOverloaded:
		return nil
	case r.Reason == probe.Unreachable:
		return fmt.Errorf("%w: %s: %s", ErrUnreachable, r.Detail, r.Remedy)
	case r.Verdict != probe.Passed:
		return fmt.Errorf("%s: %s: %s", r.Reason, r.Detail, r.Remedy)
	case !slices.ContainsFunc(r.Turns, func(t probe.TurnReport) bool { return t.TTFA.OK && t.AgentE2E.OK }):
		return ErrNoTruth
	}
	return nil
}

// Delay is how long the agent of call i is to wait: from 0.3 to 1.5 s, spread
// evenly over any number of calls by the golden ratio, and at every place within
// a frame.
func Delay(i int) time.Duration {
	const least, span = 300 * time.Millisecond, 1200 * time.Millisecond
	_, part := math.Modf(float64(i+1) / math.Phi)
	return least + time.Duration(part*float64(span)).Round(time.Microsecond)
}

// maxTurns and longest say which utterances of the built-in scenarios a call is
// made of: enough of them, and short ones.
const (
	maxTurns = 5
	longest  = 2400 * time.Millisecond
)

// Plan is what the caller of a self-test says: short questions of the built-in
// scenarios, with limits that no delay of the agent reaches.
func Plan() (probe.Plan, error) {
	plan := probe.Plan{Name: "selftest", Language: "en", Greeting: probe.Greeting{Mode: probe.GreetingNone}, Limits: probe.DefaultLimits()}
	for _, name := range scenarios.BuiltinNames() {
		p, err := scenarios.Builtin(name)
		if err != nil {
			return probe.Plan{}, fmt.Errorf("load scenario of the self-test: %w", err)
		}
		for _, t := range p.Turns {
			if t.Silent() || t.When.Kind != probe.AfterAgent || t.Say.Clip.Duration() > longest || len(plan.Turns) == maxTurns {
				continue
			}
			t.Reply = probe.Reply{Within: 8 * time.Second, Timeout: 10 * time.Second}
			t.STT = probe.STT{MaxWER: math.MaxInt}
			plan.Turns = append(plan.Turns, t)
		}
	}
	return plan, plan.Validate()
}
