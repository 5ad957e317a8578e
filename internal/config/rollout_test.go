package config

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// rollout plays what a StatefulSet of Kubernetes does (podManagementPolicy
// Parallel, updateStrategy RollingUpdate): replicas are added or taken away at
// the end first; then the others are stopped and started with the new count one
// at a time, from the last to the first.
type rollout struct {
	t     *testing.T
	names []string
	// running are the processes, by ordinal.
	running map[int]Shard
	// callers counts, for each target, the processes that call it.
	callers func(name string) int
}

func newRollout(t *testing.T) *rollout {
	t.Helper()
	r := &rollout{t: t, names: names()[:200], running: map[int]Shard{}}
	owned := map[string]bool{}
	r.callers = func(name string) int {
		n := 0
		for _, s := range r.running {
			key := fmt.Sprint(name, s)
			owns, known := owned[key]
			if !known {
				owns = s.Owns(name)
				owned[key] = owns
			}
			if owns {
				n++
			}
		}
		return n
	}
	return r
}

// settled demands that every target has exactly one caller.
func (r *rollout) settled(after string) {
	r.t.Helper()
	for _, name := range r.names {
		if n := r.callers(name); n != 1 {
			r.t.Fatalf("after %s, %d processes call %s", after, n, name)
		}
	}
}

// scale goes from the replicas that run to so many, and looks after each step.
func (r *rollout) scale(to int, look func(step string, down int)) {
	from := len(r.running)
	for i := from; i < to; i++ {
		r.running[i] = Shard{i, to}
		look(fmt.Sprintf("start of %d", i), -1)
	}
	for i := from - 1; i >= to; i-- {
		delete(r.running, i)
		look(fmt.Sprintf("end of %d", i), i)
	}
	for i := min(from, to) - 1; i >= 0; i-- {
		r.restart(i, to, look)
	}
}

// restart stops a process and starts it with a count.
func (r *rollout) restart(i, count int, look func(step string, down int)) {
	delete(r.running, i)
	look(fmt.Sprintf("stop of %d", i), i)
	r.running[i] = Shard{i, count}
	look(fmt.Sprintf("start of %d", i), -1)
}

func TestThroughAScaleUpNoTargetIsWithoutACallerButWhileItsOwnRestarts(t *testing.T) {
	r := newRollout(t)
	r.running[0] = Shard{0, 1}
	for _, to := range []int{2, 3, 8} {
		r.scale(to, func(step string, down int) {
			for _, name := range r.names {
				n := r.callers(name)
				if n > 2 {
					t.Fatalf("scaling to %d, after the %s, %d processes call %s", to, step, n, name)
				}
				if n == 0 && (down < 0 || !(Shard{down, to}).Owns(name)) {
					t.Fatalf("scaling to %d, after the %s, nobody calls %s, and it is not the one that restarts that will", to, step, name)
				}
			}
		})
		r.settled(fmt.Sprintf("scaling to %d", to))
	}
}

func TestThroughAScaleDownNoTargetIsCalledTwice(t *testing.T) {
	r := newRollout(t)
	for i := range 8 {
		r.running[i] = Shard{i, 8}
	}
	for _, to := range []int{5, 2, 1} {
		before := Shard{Count: len(r.running)}
		r.scale(to, func(step string, down int) {
			for _, name := range r.names {
				n := r.callers(name)
				if n > 1 {
					t.Fatalf("scaling to %d, after the %s, %d processes call %s", to, step, n, name)
				}
				// Who had it may have ended, or be the one that restarts.
				had := ownerIn(name, before.Count)
				if n == 0 && had < to && had != down {
					t.Fatalf("scaling to %d, after the %s, nobody calls %s, and %d that had it goes on", to, step, name, had)
				}
			}
		})
		r.settled(fmt.Sprintf("scaling to %d", to))
	}
}

func ownerIn(name string, count int) int {
	for i := range count {
		if (Shard{i, count}).Owns(name) {
			return i
		}
	}
	return -1
}

func TestARestartTakesItsOwnTargetsAwayAndBringsTheSameBack(t *testing.T) {
	r := newRollout(t)
	const count = 4
	for i := range count {
		r.running[i] = Shard{i, count}
	}
	for i := range count {
		r.restart(i, count, func(step string, down int) {
			for _, name := range r.names {
				want := 1
				if ownerIn(name, count) == down {
					want = 0
				}
				if n := r.callers(name); n != want {
					t.Fatalf("after the %s, %d processes call %s", step, n, name)
				}
			}
		})
	}
	r.settled("all restarts")
}

func TestAfterAnySequenceOfChangesEveryTargetHasOneCaller(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 7)) //nolint:gosec // A test needs no secret numbers.
	r := newRollout(t)
	r.running[0] = Shard{0, 1}
	for change := range 30 {
		switch n := len(r.running); random.IntN(3) {
		case 0:
			r.restart(random.IntN(n), n, func(string, int) {})
		default:
			r.scale(1+random.IntN(12), func(string, int) {})
		}
		r.settled(fmt.Sprintf("change %d, with %d processes", change, len(r.running)))
	}
}
