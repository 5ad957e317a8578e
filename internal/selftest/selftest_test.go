package selftest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"callprobe/probe"
)

func ms(f float64) time.Duration { return time.Duration(f * float64(time.Millisecond)) }

// resultOf is a result with these errors in milliseconds, each stated to be
// within 2 ms.
func resultOf(errs ...float64) Result {
	var r Result
	for _, e := range errs {
		r.Samples = append(r.Samples, Sample{TTFA: probe.Measured{Value: time.Second + ms(e), OK: true, Uncertainty: ms(2)}, Truth: time.Second})
	}
	return r
}

func TestQuantilesAreOfTheAbsoluteError(t *testing.T) {
	r := resultOf(-4, 1, 3, -2)
	for q, want := range map[float64]float64{0: 1, 0.25: 1, 0.5: 2, 0.75: 3, 0.99: 4, 1: 4} {
		if got := r.Quantile(q); got != ms(want) {
			t.Errorf("quantile %g is %v, want %g ms", q, got, want)
		}
	}
	if got := (Result{}).Quantile(0.5); got != 0 {
		t.Errorf("of nothing it is %v", got)
	}
	if got, want := r.Errors(), []time.Duration{ms(-4), ms(1), ms(3), ms(-2)}; !slices.Equal(got, want) {
		t.Errorf("errors %v, want %v", got, want)
	}
}

func TestEachFigureHasItsBound(t *testing.T) {
	within := Bound{Median: ms(1), P99: ms(5), Coverage: 0.75}
	for _, tc := range []struct {
		name   string
		result Result
		want   []string
	}{
		{"all is well", resultOf(1, -1, 0.5, 5), nil},
		{"the median is too high", resultOf(1.2, -1.2, 0.5, 1.2), []string{"median"}},
		{"one in four is far off", resultOf(1, -1, 0.5, -5.1), []string{"99th percentile"}},
		{"the uncertainty promises too much", resultOf(0, 0, 3, -3), []string{"uncertainty holds the truth in 50 %"}},
		{"all is wrong", resultOf(9, 9), []string{"median", "99th percentile", "uncertainty"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := tc.result.Exceeds(within)
			if len(got) != len(tc.want) {
				t.Fatalf("got %q, want %d complaints", got, len(tc.want))
			}
			for i, want := range tc.want {
				if !strings.Contains(got[i], want) {
					t.Errorf("%q does not speak of %q", got[i], want)
				}
			}
		})
	}
}

func TestDelaysAreSpreadOverTheirRangeAndOverAFrame(t *testing.T) {
	const calls = 40
	frames := map[time.Duration]bool{}
	thirds := map[time.Duration]int{}
	for i := range calls {
		d := Delay(i)
		if d < 300*time.Millisecond || d > 1500*time.Millisecond {
			t.Errorf("delay %d is %v", i, d)
		}
		frames[d%(20*time.Millisecond)/(2*time.Millisecond)] = true
		thirds[(d-300*time.Millisecond)/(400*time.Millisecond)]++
	}
	if len(frames) < 9 {
		t.Errorf("only %d of 10 places within a frame are met", len(frames))
	}
	for third, n := range thirds {
		if n < calls/4 {
			t.Errorf("only %d of %d delays lie in third %d of the range", n, calls, third)
		}
	}
}

func report(reason probe.Reason, ttfa, truth time.Duration) *probe.Report {
	r := &probe.Report{Reason: reason, Verdict: reason.Verdict(), Turns: []probe.TurnReport{{TTFA: probe.Measured{Value: ttfa, OK: true}}}}
	if truth > 0 {
		r.Turns[0].AgentE2E = probe.Measured{Value: truth, OK: true}
	}
	return r
}

func TestAllCallsAreMadeSoManyAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var running, most atomic.Int64
		var counts []int
		r, err := Run(t.Context(), Options{
			Calls: 6, Parallel: 2,
			Call: func(context.Context, int, time.Duration) (*probe.Report, error) {
				if n := running.Add(1); n > most.Load() {
					most.Store(n)
				}
				time.Sleep(10 * time.Second)
				running.Add(-1)
				return report(probe.Answered, time.Second, time.Second), nil
			},
			Done: func(made int, _ *probe.Report) { counts = append(counts, made) },
		})
		if err != nil || len(r.Samples) != 6 || most.Load() != 2 || !slices.Equal(counts, []int{1, 2, 3, 4, 5, 6}) {
			t.Errorf("%d turns, %d calls at once, counted %v: %v", len(r.Samples), most.Load(), counts, err)
		}
		if took := time.Since(start); took != 30*time.Second+stagger {
			t.Errorf("it took %v", took)
		}
	})
}

func TestWhatIsNoMeasurement(t *testing.T) {
	for _, tc := range []struct {
		name string
		call func() (*probe.Report, error)
		want string // in the error
		is   error
	}{
		{"an agent that tells nothing", func() (*probe.Report, error) { return report(probe.Answered, time.Second, 0), nil }, "reference agent", ErrNoTruth},
		{"a server that is not there", func() (*probe.Report, error) { return report(probe.Unreachable, 0, 0), nil }, "cannot be reached", ErrUnreachable},
		{"a call that failed", func() (*probe.Report, error) { return report(probe.AgentSilent, 0, time.Second), nil }, "agent_silent", nil},
		{"a call that could not be evaluated", func() (*probe.Report, error) { return nil, errors.New("broken") }, "broken", nil},
		{"a machine that is always too busy", func() (*probe.Report, error) { return report(probe.ProberOverloaded, 0, 0), nil }, "too busy for all 5", nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				_, err := Run(t.Context(), Options{Calls: 5, Parallel: 2, Call: func(context.Context, int, time.Duration) (*probe.Report, error) { return tc.call() }})
				if err == nil || !strings.Contains(err.Error(), tc.want) || tc.is != nil && !errors.Is(err, tc.is) {
					t.Errorf("got %v, want an error with %q", err, tc.want)
				}
			})
		})
	}
}

func TestABusyMachineIsCountedAndNotMeasured(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, err := Run(t.Context(), Options{Calls: 4, Parallel: 1, Call: func(_ context.Context, i int, _ time.Duration) (*probe.Report, error) {
			if i == 1 {
				return report(probe.ProberOverloaded, time.Minute, time.Second), nil
			}
			return report(probe.Answered, time.Second, time.Second), nil
		}})
		if err != nil || len(r.Samples) != 3 || r.Disturbed != 1 {
			t.Errorf("%d turns, %d disturbed: %v", len(r.Samples), r.Disturbed, err)
		}
	})
}

func TestAnInterruptEndsTheSelfTest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		_, err := Run(ctx, Options{Calls: 100, Parallel: 3, Call: func(ctx context.Context, _ int, _ time.Duration) (*probe.Report, error) {
			select {
			case <-time.After(25 * time.Second):
				return report(probe.Answered, time.Second, time.Second), nil
			case <-ctx.Done():
				return report(probe.Canceled, 0, 0), nil
			}
		}})
		if err == nil {
			t.Error("no error")
		}
	})
}

func TestThePlanIsValidAndAsksShortQuestions(t *testing.T) {
	p, err := Plan()
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Turns) != maxTurns {
		t.Errorf("%d turns, want %d", len(p.Turns), maxTurns)
	}
	for i, turn := range p.Turns {
		if turn.Silent() || turn.Say.Clip.Duration() > longest || turn.When.Kind != probe.AfterAgent {
			t.Errorf("turn %d: %q, %v", i+1, turn.Say.Name, turn.Say.Clip.Duration())
		}
	}
}
