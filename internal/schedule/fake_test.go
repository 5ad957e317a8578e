package schedule

import (
	"context"
	"sync"
	"testing"
	"time"
)

// made is one call that a fake caller made.
type made struct {
	Key
	began, ended time.Time
	attempt      Attempt
}

// fake makes calls that take virtual time and notes them.
type fake struct {
	// lasts is how long a call takes; answer what it says. Both may be nil.
	lasts  func(k Key, n int) time.Duration
	answer func(k Key, at time.Time) Answer

	mu      sync.Mutex
	begun   map[Key]int
	calls   []made
	skips   map[Key]map[Skip]int
	atOnce  int
	maximum int
}

func (f *fake) Call(ctx context.Context, key Key, attempt Attempt) Answer {
	began := time.Now()
	f.mu.Lock()
	if f.begun == nil {
		f.begun = map[Key]int{}
	}
	n := f.begun[key]
	f.begun[key]++
	f.atOnce++
	f.maximum = max(f.maximum, f.atOnce)
	f.mu.Unlock()
	lasts := 10 * time.Second
	if f.lasts != nil {
		lasts = f.lasts(key, n)
	}
	select {
	case <-time.After(lasts):
	case <-ctx.Done():
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.atOnce--
	f.calls = append(f.calls, made{key, began, time.Now(), attempt})
	if f.answer != nil {
		return f.answer(key, began)
	}
	return Answered
}

func (f *fake) Planned(Key, time.Time) {}

func (f *fake) Skipped(key Key, reason Skip) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.skips == nil {
		f.skips = map[Key]map[Skip]int{}
	}
	if f.skips[key] == nil {
		f.skips[key] = map[Skip]int{}
	}
	f.skips[key][reason]++
}

// of returns the calls of a probe, in order.
func (f *fake) of(k Key) []made {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []made
	for _, c := range f.calls {
		if c.Key == k {
			out = append(out, c)
		}
	}
	return out
}

func (f *fake) skipped(k Key, reason Skip) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.skips[k][reason]
}

// running is a schedule under way.
type running struct {
	*fake
	gate   *Gate
	jobs   chan []Job
	cancel context.CancelFunc
	done   chan struct{}
}

// start runs a schedule in a bubble until stop is called.
func start(t *testing.T, f *fake, rules Rules, jobs ...Job) *running {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r := &running{fake: f, gate: NewGate(), jobs: make(chan []Job), cancel: cancel, done: make(chan struct{})}
	r.gate.Configure(rules)
	go func() {
		defer close(r.done)
		Schedule{f, r.gate}.Run(ctx, r.jobs)
	}()
	r.jobs <- jobs
	return r
}

func (r *running) stop() {
	r.cancel()
	<-r.done
}

func every(target, scenario string, interval time.Duration) Job {
	return Job{Key: Key{target, scenario}, Timing: Timing{Interval: interval}, Longest: 2 * time.Minute}
}
