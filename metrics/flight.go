package metrics

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// flights makes calls on behalf of scrapes: one at a time for each pair, which
// all scrapers of the pair share, and a bounded number in all.
type flights struct {
	run        RunFunc
	maxCalls   int
	maxWaiting int

	mu      sync.Mutex
	running map[Pair]*flight
	waiting int
	closed  bool
	calls   sync.WaitGroup
}

// flight is one call under way. Its result is set before done is closed.
type flight struct {
	done   chan struct{}
	cancel context.CancelFunc
	result ProbeResult
	err    error
}

// Why a scrape gets no call.
var (
	errBusy    = errors.New("as many calls for scrapes as are allowed are under way, or as many scrapers wait: try again later, or let the schedule make the calls")
	errClosing = errors.New("callprobe is shutting down")
)

// evaluationMargin is how much longer than its call a flight may take, to
// evaluate and keep it.
const evaluationMargin = 15 * time.Second

// join waits for the call of the pair that is under way, or for a new one, which
// is bounded by bound. A scraper that goes away leaves the call to the others;
// so does the last one, for calls that come and go as scrapers do would be a
// flood of calls.
func (f *flights) join(ctx context.Context, p Pair, bound time.Duration) (ProbeResult, error) {
	call, err := f.board(ctx, p, bound)
	if err != nil {
		return ProbeResult{}, err
	}
	defer f.leave()
	select {
	case <-call.done:
		return call.result, call.err
	case <-ctx.Done():
		return ProbeResult{}, fmt.Errorf("wait for the call: %w", context.Cause(ctx))
	}
}

// board returns the flight of the pair and counts the scraper in.
func (f *flights) board(ctx context.Context, p Pair, bound time.Duration) (*flight, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	call := f.running[p]
	switch {
	case f.closed:
		return nil, errClosing
	case f.waiting >= f.maxWaiting, call == nil && len(f.running) >= f.maxCalls:
		return nil, errBusy
	}
	f.waiting++
	if call != nil {
		return call, nil
	}
	callCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), bound+evaluationMargin)
	call = &flight{done: make(chan struct{}), cancel: cancel}
	f.running[p] = call
	f.calls.Go(func() {
		defer cancel()
		call.result, call.err = f.run(callCtx, p)
		if call.err == nil && call.result.Report == nil {
			call.err = errors.New("the call has no report")
		}
		f.mu.Lock()
		delete(f.running, p)
		f.mu.Unlock()
		close(call.done)
	})
	return call, nil
}

func (f *flights) leave() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.waiting--
}

// close interrupts the calls under way and waits for them.
func (f *flights) close() {
	f.mu.Lock()
	f.closed = true
	for _, call := range f.running {
		call.cancel()
	}
	f.mu.Unlock()
	f.calls.Wait()
}
