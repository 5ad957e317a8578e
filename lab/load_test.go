package main

import (
	"fmt"
	"math"
	"slices"
	"sync"
	"testing"
	"time"
)

// BenchmarkCalls makes calls at once, each with one question, and reports how
// far the callers' own measures are from the truth and how late the agents'
// first words left, in milliseconds. All share one process and the machine, so
// it says what the lab costs more than what it could do.
func BenchmarkCalls(b *testing.B) {
	for _, calls := range []int{1, 10, 50} {
		b.Run(fmt.Sprint(calls), func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				lab := start(b, "--reply-grid=20ms")
				b.StartTimer()
				off, late := manyCalls(b, lab, calls)
				b.ReportMetric(percentile(off, 0.5), "off-p50-ms")
				b.ReportMetric(percentile(off, 0.95), "off-p95-ms")
				b.ReportMetric(percentile(late, 0.95), "late-p95-ms")
				b.ReportMetric(float64(len(off)), "answered")
			}
		})
	}
}

func manyCalls(b *testing.B, lab *running, calls int) (off, late []float64) {
	b.Helper()
	var mu sync.Mutex
	var wait sync.WaitGroup
	names := []string{"opening-hours", "order-number", "booking-request", "services", "long-question"}
	for i := range calls {
		clip := utterance(b, names[i%len(names)])
		wait.Go(func() {
			// Calls come over two seconds, not all in one instant.
			<-time.After(time.Duration(i) * 2 * time.Second / time.Duration(calls))
			c, truth := dial(b, lab, `{"no_greeting":true}`)
			truth.truth("hearing", 1, soonEnough)
			end := c.speak(clip)
			said := truth.truth("said", 1, 2*soonEnough)
			truth.truth("stopped", 1, 2*soonEnough)
			at, ok := c.audible(end.Add(200 * time.Millisecond))
			if !ok {
				b.Errorf("no reply was audible in %d packets; truth:\n%s", len(c.packets), truth.story())
				return
			}
			mu.Lock()
			defer mu.Unlock()
			off = append(off, 1e3*math.Abs(at.Sub(end).Seconds()-seconds(b, said, "ttfa_smooth")))
			late = append(late, 1e3*(seconds(b, said, "start")-seconds(b, said, "planned")))
		})
	}
	wait.Wait()
	return off, late
}

func percentile(xs []float64, p float64) float64 {
	if len(xs) == 0 {
		return math.NaN()
	}
	slices.Sort(xs)
	return xs[min(len(xs)-1, int(p*float64(len(xs))))]
}
