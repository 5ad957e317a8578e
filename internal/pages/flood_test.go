package pages

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"callprobe/internal/history"
	"callprobe/probe"
)

// TestAFloodOfRequestsTakesTwoProcessorsAtMost holds that no more pages than
// that are made at the same time, and that whoever waits too long is told so.
func TestAFloodOfRequestsTakesTwoProcessorsAtMost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, err := history.Open("", history.DefaultLimits(), slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		var mu sync.Mutex
		working, most := 0, 0
		handler, err := New(Config{Calls: store, Log: slog.New(slog.DiscardHandler), View: func() View {
			mu.Lock()
			working++
			most = max(most, working)
			mu.Unlock()
			time.Sleep(time.Second) // A page that takes long.
			mu.Lock()
			working--
			mu.Unlock()
			return View{}
		}})
		if err != nil {
			t.Fatal(err)
		}
		codes := map[int]int{}
		var all sync.WaitGroup
		for range 100 {
			all.Go(func() {
				rec := httptest.NewRecorder()
				handler.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/", nil))
				mu.Lock()
				defer mu.Unlock()
				codes[rec.Code]++
			})
		}
		all.Wait()
		// Two a second for five seconds, and the two that were at work.
		if most != atOnce || codes[http.StatusOK] < 10 || codes[http.StatusOK] > 12 || codes[http.StatusOK]+codes[http.StatusServiceUnavailable] != 100 {
			t.Errorf("%d at the same time, answers %v", most, codes)
		}
	})
}

// BenchmarkOverview makes an overview of fifty probes and five hundred calls.
func BenchmarkOverview(b *testing.B) {
	store, err := history.Open("", history.DefaultLimits(), slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	view := View{}
	for i := range 10 {
		target := Target{Name: fmt.Sprint("target-", i)}
		for k := range 5 {
			target.Probes = append(target.Probes, Probe{Scenario: fmt.Sprint("scenario-", k), Interval: time.Minute, Limit: time.Second})
		}
		view.Targets = append(view.Targets, target)
	}
	for i := range 500 {
		rec := &probe.Recording{CallID: fmt.Sprint(i)}
		store.Add(rec, &probe.Report{Target: fmt.Sprint("target-", i%10), Scenario: fmt.Sprint("scenario-", i%5), Started: time.Now().Add(-time.Duration(i) * time.Second), Verdict: probe.Failed, Reason: probe.NoAgent}, nil)
	}
	handler, err := New(Config{Calls: store, Log: slog.New(slog.DiscardHandler), View: func() View { return view }})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil))
	}
}
