package schedule

import (
	"context"
	"math"
	"slices"
	"sync"
)

// Schedule drives a caller.
type Schedule struct {
	Caller Caller
	Gate   *Gate
}

// Run follows the latest jobs that it receives until ctx ends, and returns when
// all calls have ended. A job that is received again with the same timing goes
// on as if nothing had happened; calls under way go on whatever is received.
// The end of ctx ends them.
func (s Schedule) Run(ctx context.Context, jobs <-chan []Job) {
	r := &runner{Schedule: s, lanes: map[Key]*lane{}}
	defer r.loops.Wait()
	for {
		select {
		case <-ctx.Done():
			return
		case latest := <-jobs:
			r.apply(ctx, latest)
		}
	}
}

type runner struct {
	Schedule
	loops sync.WaitGroup
	lanes map[Key]*lane
	// begun counts the loops that were begun, for the stagger.
	begun int
}

func (r *runner) apply(ctx context.Context, jobs []Job) {
	for key, l := range r.lanes {
		if slices.ContainsFunc(jobs, func(j Job) bool { return j.Key == key && !j.Timing.Never() }) {
			continue
		}
		l.stop()
		if len(l.busy) == 0 {
			delete(r.lanes, key)
		}
	}
	for _, j := range jobs {
		if !j.Timing.Never() {
			r.follow(ctx, j)
		}
	}
}

// follow makes a job's lane follow it.
func (r *runner) follow(ctx context.Context, j Job) {
	l := r.lanes[j.Key]
	if l == nil {
		l = &lane{caller: r.Caller, gate: r.Gate, key: j.Key, busy: make(chan struct{}, 1), stop: func() {}}
		r.lanes[j.Key] = l
	}
	l.longest.Store(int64(j.Longest))
	if l.timing.equal(j.Timing) && l.following {
		return
	}
	l.stop()
	following, stop := context.WithCancel(ctx)
	l.timing, l.following = j.Timing, true
	l.stop = func() {
		stop()
		l.following = false
	}
	share := stagger(r.begun)
	r.begun++
	r.loops.Go(func() {
		defer stop()
		l.follow(following, ctx, j.Timing, share)
	})
}

// stagger returns by which share of its interval the k-th loop begins later,
// in [0, 1). Multiples of the golden ratio spread any number of them nearly
// evenly, and the first begins at once.
func stagger(k int) float64 {
	_, share := math.Modf(float64(k) * math.Phi)
	return share
}
