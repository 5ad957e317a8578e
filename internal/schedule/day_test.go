package schedule

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// A day in virtual time that begins at noon before clocks change: what holds
// for the schedule must hold across it.
func TestADayOfScheduleAcrossAChangeOfClocks(t *testing.T) {
	berlin := zone(t, "Europe/Berlin")
	// Virtual time begins on 1 January 2000.
	for name, noon := range map[string]time.Time{
		"in spring": time.Date(2000, 3, 25, 12, 0, 0, 0, berlin),
		"in autumn": time.Date(2000, 10, 28, 12, 0, 0, 0, berlin),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { aDay(t, noon) })
		})
	}
}

func aDay(t *testing.T, noon time.Time) {
	t.Helper()
	const fastest = 30 * time.Second
	time.Sleep(time.Until(noon))
	jobs := []Job{
		every("a", "fast", fastest), every("a", "slow", 5*time.Minute), every("b", "hangs", time.Minute), every("c", "odd", 7*time.Second),
		{Key: Key{"a", "nightly"}, Timing: Timing{Cron: parseCron(t, "30 2 * * *", "Europe/Berlin")}, Longest: time.Minute},
		{Key: Key{"a", "often"}, Timing: Timing{Cron: parseCron(t, "*/5 * * * *", "Europe/Berlin")}, Longest: time.Minute},
		{Key: Key{"d", "thrifty"}, Timing: Timing{Interval: time.Minute, Jitter: 20 * time.Second}, Longest: 2 * time.Minute},
		{Key: Key{"e", "thrifty"}, Timing: Timing{Interval: time.Minute}, Longest: 2 * time.Minute},
	}
	f := &fake{lasts: func(k Key, n int) time.Duration {
		switch {
		case k.Target == "b":
			return 100 * time.Second // Hangs longer than its interval.
		case k.Scenario == "odd":
			return time.Second
		}
		return time.Duration(10+n%5) * time.Second
	}}
	allowances := map[string]Allowance{"d": {CallsPerHour: 20}, "e": {TimePerDay: time.Hour}}
	r := start(t, f, Rules{AtOnce: 10, Targets: []string{"a", "b", "c", "d", "e"}, Allowances: allowances}, jobs...)
	time.Sleep(24*time.Hour - time.Second) // What is due at noon is the next day's.
	r.stop()

	for _, j := range jobs {
		noOverlap(t, f.of(j.Key))
	}
	exactly := func(k Key, want int) {
		t.Helper()
		if got := len(f.of(k)); got != want {
			t.Errorf("%v: %d calls, want %d", k, got, want)
		}
	}
	exactly(Key{"a", "fast"}, 2880)
	exactly(Key{"a", "slow"}, 288)
	exactly(Key{"a", "nightly"}, 1)
	exactly(Key{"a", "often"}, 287) // The first at 12:05.
	exactly(Key{"c", "odd"}, 24*3600/7)
	noDrift(t, f.of(Key{"a", "fast"}), fastest)
	noDrift(t, f.of(Key{"a", "slow"})[1:], 5*time.Minute) // The first call comes early.
	noDrift(t, f.of(Key{"c", "odd"}), 7*time.Second)
	// What hangs is due every minute and called every other.
	exactly(Key{"b", "hangs"}, 720)
	if n := f.skipped(Key{"b", "hangs"}, Overlap); n != 720 {
		t.Errorf("%d calls skipped for overlap, want 720", n)
	}
	withinBudget(t, f.of(Key{"d", "thrifty"}), allowances["d"])
	withinBudget(t, f.of(Key{"e", "thrifty"}), allowances["e"])
	exactly(Key{"d", "thrifty"}, 24*20)
	for _, target := range []string{"d", "e"} {
		k := Key{target, "thrifty"}
		// The last one may lie in its jitter.
		if got := len(f.of(k)) + f.skipped(k, BudgetCalls) + f.skipped(k, BudgetMinutes); got > 24*60 || got < 24*60-1 {
			t.Errorf("%v: %d calls made or skipped, %d were due", k, got, 24*60)
		}
	}
}

func noOverlap(t *testing.T, calls []made) {
	t.Helper()
	for i := 1; i < len(calls); i++ {
		if calls[i].began.Before(calls[i-1].ended) {
			t.Errorf("%v: a call began at %v, the one before ended at %v", calls[i].Key, calls[i].began, calls[i-1].ended)
		}
	}
}

func noDrift(t *testing.T, calls []made, interval time.Duration) {
	t.Helper()
	for k, c := range calls {
		if want := calls[0].began.Add(time.Duration(k) * interval); !c.began.Equal(want) {
			t.Errorf("%v: call %d began %v late", c.Key, k, c.began.Sub(want))
			return
		}
	}
}

func withinBudget(t *testing.T, calls []made, a Allowance) {
	t.Helper()
	for i := range calls {
		inHour, inDay := 0, time.Duration(0)
		for _, c := range calls[i:] {
			if c.began.Sub(calls[i].began) < time.Hour {
				inHour++
			}
			if c.began.Sub(calls[i].began) < 24*time.Hour {
				inDay += c.ended.Sub(c.began)
			}
		}
		if a.CallsPerHour > 0 && inHour > a.CallsPerHour || a.TimePerDay > 0 && inDay > a.TimePerDay {
			t.Fatalf("%v: %d calls in an hour, %v in a day from %v on", calls[i].Key, inHour, inDay, calls[i].began)
		}
	}
}

func TestTheStaggerSpreadsAnyNumberOfProbes(t *testing.T) {
	for _, n := range []int{2, 3, 10, 57, 400} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			slots := make([]int, n)
			for k := range n {
				slots[int(stagger(k)*float64(n))]++
			}
			for slot, count := range slots {
				if count > 2 {
					t.Errorf("%d of %d begin within one %d-th of the interval, the %d-th", count, n, n, slot)
				}
			}
			if stagger(0) != 0 {
				t.Error("the first does not begin at once")
			}
		})
	}
}
