package schedule

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestAnUnansweredCallIsConfirmedOnceAtOnce(t *testing.T) {
	const interval = 30 * time.Second
	for name, c := range map[string]struct {
		answer func(since time.Duration) Answer
		want   string // one letter a call: t for one on schedule, c for one that confirms
	}{
		"an answered one is not":                {func(time.Duration) Answer { return Answered }, "ttttt"},
		"an inconclusive one is not":            {func(time.Duration) Answer { return Unknown }, "ttttt"},
		"an outage is confirmed at its start":   {func(time.Duration) Answer { return Unanswered }, "tctttt"},
		"a blip is confirmed and over":          {blip(0, 5*time.Second), "tctttt"},
		"each blip is confirmed":                {blip(0, 5*time.Second, 60*time.Second, 65*time.Second), "tcttctt"},
		"after an outage the next is confirmed": {blip(0, 40*time.Second, 90*time.Second, 150*time.Second), "tctttct"},
		"what confirms may be inconclusive":     {func(since time.Duration) Answer { return Unanswered * Answer(boolInt(since%interval == 0)) }, "tctttt"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				begin := time.Now()
				f := &fake{answer: func(_ Key, at time.Time) Answer { return c.answer(at.Sub(begin)) }}
				r := start(t, f, Rules{}, every("a", "s", interval))
				time.Sleep(5*interval - time.Second)
				r.stop()
				var got []byte
				calls := f.of(Key{"a", "s"})
				for i, call := range calls {
					switch {
					case !call.attempt.Confirms:
						got = append(got, 't')
					case call.began.Equal(calls[i-1].ended):
						got = append(got, 'c')
					default:
						got = append(got, '?')
					}
				}
				if string(got) != c.want {
					t.Errorf("calls %s, want %s", got, c.want)
				}
			})
		})
	}
}

func TestACallIsProvisionalUnlessItConfirmsOrNobodyAnsweredBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{answer: func(Key, time.Time) Answer { return Unanswered }}
		// The budget of an hour is used up after the fourth.
		r := start(t, f, Rules{Allowances: map[string]Allowance{"a": {CallsPerHour: 4}}}, every("a", "s", time.Minute))
		time.Sleep(150 * time.Second)
		f.mu.Lock()
		f.answer = func(Key, time.Time) Answer { return Answered }
		f.mu.Unlock()
		time.Sleep(62*time.Minute - 150*time.Second)
		r.stop()
		want := []Attempt{{Provisional: true}, {Confirms: true}, {}, {}, {}, {Provisional: true}}
		for i, c := range f.of(Key{"a", "s"})[:6] {
			if c.attempt != want[i] {
				t.Errorf("call %d is %+v, want %+v", i+1, c.attempt, want[i])
			}
		}
	})
}

func TestACallThatCannotBeConfirmedIsConfirmedByTheNextOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{answer: func(Key, time.Time) Answer { return Unanswered }}
		r := start(t, f, Rules{Allowances: map[string]Allowance{"a": {CallsPerHour: 1}}}, every("a", "s", time.Hour))
		time.Sleep(3*time.Hour - time.Second)
		r.stop()
		want := []Attempt{{Provisional: true}, {}, {}}
		calls := f.of(Key{"a", "s"})
		if len(calls) != 3 || f.skipped(Key{"a", "s"}, BudgetCalls) != 1 {
			t.Fatalf("%d calls made and %d skipped, want 3 and 1", len(calls), f.skipped(Key{"a", "s"}, BudgetCalls))
		}
		for i, c := range calls {
			if c.attempt != want[i] {
				t.Errorf("call %d is %+v, want %+v", i+1, c.attempt, want[i])
			}
		}
	})
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// blip is unanswered between each pair of times.
func blip(bounds ...time.Duration) func(time.Duration) Answer {
	return func(since time.Duration) Answer {
		for i := 0; i < len(bounds); i += 2 {
			if since >= bounds[i] && since < bounds[i+1] {
				return Unanswered
			}
		}
		return Answered
	}
}

func TestADeadTargetDelaysNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{lasts: func(k Key, _ int) time.Duration {
			if k.Target == "dead" {
				return 2 * time.Minute
			}
			return 9 * time.Second
		}}
		jobs := []Job{every("well", "a", 10*time.Second)}
		for _, s := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
			jobs = append(jobs, every("dead", s, 10*time.Second))
		}
		r := start(t, f, Rules{AtOnce: 4, Targets: []string{"well", "dead"}}, jobs...)
		time.Sleep(time.Hour - time.Second)
		r.stop()
		calls := f.of(Key{"well", "a"})
		if len(calls) != 360 {
			t.Errorf("%d calls to the target that is well, 360 were due", len(calls))
		}
		noDrift(t, calls, 10*time.Second)
		if f.maximum != 4 {
			t.Errorf("%d calls at once, want 4", f.maximum)
		}
		if f.skipped(Key{"dead", "h"}, Concurrency) == 0 {
			t.Error("nothing was skipped for concurrency")
		}
	})
}

func TestNoCallBeginsInAMaintenanceWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{}
		window := Window{Starts: parseCron(t, "0 1 * * *", "UTC"), Length: 30 * time.Minute, Targets: []string{"a"}}
		r := start(t, f, Rules{Windows: []Window{window}}, every("a", "s", time.Minute), Job{Key: Key{"b", "s"}, Timing: Timing{Interval: time.Minute}})
		time.Sleep(3 * time.Hour)
		r.stop()
		for _, c := range f.of(Key{"a", "s"}) {
			if c.began.Hour() == 1 && c.began.Minute() < 30 {
				t.Errorf("a call began at %v", c.began)
			}
		}
		if n := f.skipped(Key{"a", "s"}, Maintenance); n != 30 {
			t.Errorf("%d calls skipped, want 30", n)
		}
		if n := f.skipped(Key{"b", "s"}, Maintenance); n != 0 {
			t.Errorf("%d calls to a target without a window skipped", n)
		}
	})
}

func TestJitterDelaysEachCallAndDoesNotAddUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{lasts: func(Key, int) time.Duration { return time.Second }}
		begin := time.Now()
		j := every("a", "s", time.Minute)
		j.Timing.Jitter = 20 * time.Second
		r := start(t, f, Rules{}, j)
		time.Sleep(1000 * time.Minute)
		r.stop()
		early, late := 0, 0
		for k, c := range f.of(j.Key) {
			switch delay := c.began.Sub(begin) - time.Duration(k)*time.Minute; {
			case delay < 0 || delay >= 20*time.Second:
				t.Fatalf("call %d is %v late", k, delay)
			case delay < 5*time.Second:
				early++
			case delay >= 15*time.Second:
				late++
			}
		}
		if early < 150 || late < 150 {
			t.Errorf("of 1000 calls, %d within the first quarter of the jitter and %d within the last", early, late)
		}
	})
}

func TestTheFirstCallComesWithinAMinuteWhateverTheInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		f := &fake{}
		var jobs []Job
		for _, s := range []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"} {
			jobs = append(jobs, every("t", s, time.Hour))
		}
		r := start(t, f, Rules{}, jobs...)
		time.Sleep(10*time.Hour + time.Minute)
		r.stop()
		for _, j := range jobs {
			calls := f.of(j.Key)
			if first := calls[0].began.Sub(begin); first > time.Minute {
				t.Errorf("%v: the first call comes after %v", j.Key, first)
			}
			if pause := calls[1].began.Sub(calls[0].began); pause < 30*time.Minute || pause > 90*time.Minute {
				t.Errorf("%v: %v between the first call and the second", j.Key, pause)
			}
			noDrift(t, calls[1:], time.Hour)
		}
		// All begin at once and do not go on so.
		if f.of(jobs[0].Key)[2].began.Sub(begin).Round(time.Hour) != 2*time.Hour || f.maximum < 2 {
			t.Errorf("%d calls at once", f.maximum)
		}
	})
}

func TestAReloadKeepsTheRhythmAndTheCallsUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{lasts: func(Key, int) time.Duration { return 25 * time.Second }}
		begin := time.Now()
		kept, goes, changes := every("a", "kept", 30*time.Second), every("a", "goes", 30*time.Second), every("a", "changes", 30*time.Second)
		kept.Timing.Jitter = 0
		r := start(t, f, Rules{}, kept, goes, changes)
		time.Sleep(95 * time.Second)
		changes.Timing.Interval = 40 * time.Second
		kept.Longest = time.Hour // Another bound is no other timing.
		r.jobs <- []Job{kept, changes, every("b", "new", 30*time.Second), {Key: Key{"b", "never"}}}
		time.Sleep(105 * time.Second)
		r.stop()
		noDrift(t, f.of(kept.Key), 30*time.Second)
		if calls := f.of(kept.Key); len(calls) != 7 || !calls[0].began.Equal(begin) {
			t.Errorf("%d calls of the probe that stays, want 7", len(calls))
		}
		for _, key := range []Key{goes.Key, changes.Key} {
			noOverlap(t, f.of(key))
			for _, c := range f.of(key) {
				if c.began.Before(begin.Add(95*time.Second)) && c.ended.Sub(c.began) != 25*time.Second {
					t.Errorf("the reload ended a call of %v after %v", key, c.ended.Sub(c.began))
				}
				if key == goes.Key && c.began.After(begin.Add(95*time.Second)) {
					t.Errorf("a probe that is gone called at %v", c.began.Sub(begin))
				}
			}
		}
		if len(f.of(Key{"b", "new"})) == 0 || len(f.of(Key{"b", "never"})) != 0 {
			t.Error("a new probe does not call, or one without a timing does")
		}
	})
}

func TestAProbeWhoseTimingChangesDuringItsCallDoesNotCallTwiceAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{lasts: func(Key, int) time.Duration { return time.Minute }}
		j := every("a", "s", 2*time.Minute)
		r := start(t, f, Rules{}, j)
		time.Sleep(time.Second)
		j.Timing.Interval = 10 * time.Second
		r.jobs <- []Job{j}
		time.Sleep(3 * time.Minute)
		r.stop()
		noOverlap(t, f.of(j.Key))
		if f.skipped(j.Key, Overlap) == 0 || len(f.of(j.Key)) < 3 {
			t.Errorf("%d calls, %d skipped", len(f.of(j.Key)), f.skipped(j.Key, Overlap))
		}
	})
}

func TestAProbeFollowsItsNewTimingOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{lasts: func(Key, int) time.Duration { return time.Second }}
		j := every("a", "s", 10*time.Second)
		r := start(t, f, Rules{}, j)
		time.Sleep(time.Minute - time.Second)
		before := len(f.of(j.Key))
		j.Timing.Interval = time.Hour
		r.jobs <- []Job{j}
		time.Sleep(2 * time.Hour)
		r.stop()
		if after := len(f.of(j.Key)) - before; before != 6 || after > 3 {
			t.Errorf("%d calls in a minute of every 10 s, %d in two hours of every hour", before, after)
		}
	})
}

func TestTheEndEndsCallsAndWaitsForThem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{lasts: func(Key, int) time.Duration { return time.Hour }}
		r := start(t, f, Rules{}, every("a", "s", time.Minute), every("b", "s", 10*time.Second))
		time.Sleep(30 * time.Second)
		before := time.Now()
		r.stop()
		if len(f.calls) != 2 || time.Since(before) != 0 {
			t.Errorf("%d calls ended, after %v", len(f.calls), time.Since(before))
		}
	})
}

func TestABudgetOutlivesAReload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewGate()
		rules := Rules{Allowances: map[string]Allowance{"a": {CallsPerHour: 2}}}
		g.Configure(rules)
		for i, want := range []Skip{"", "", BudgetCalls, BudgetCalls} {
			leave, reason := g.Enter("a", time.Minute)
			if reason != want {
				t.Errorf("call %d: %q, want %q", i+1, reason, want)
			}
			if leave != nil {
				leave()
				leave() // A second time changes nothing.
			}
			g.Configure(rules)
		}
		if _, reason := g.Enter("b", time.Minute); reason != "" {
			t.Errorf("another target is skipped: %s", reason)
		}
		time.Sleep(time.Hour)
		if _, reason := g.Enter("a", time.Minute); reason != "" {
			t.Errorf("skipped an hour later: %s", reason)
		}
	})
}

func TestAGateTellsWhatHindersACallWithoutCountingIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewGate()
		g.Configure(Rules{
			Allowances: map[string]Allowance{"a": {CallsPerHour: 1}, "b": {TimePerDay: 3 * time.Minute}},
			Windows:    []Window{{Starts: parseCron(t, "0 1 * * *", "UTC"), Length: time.Hour, Targets: []string{"c"}}},
		})
		hinders := func(want map[string]Skip) {
			t.Helper()
			for target, reason := range want {
				if got := g.Hinders(target, 2*time.Minute); got != reason {
					t.Errorf("%s is hindered by %q, want %q", target, got, reason)
				}
			}
		}
		hinders(map[string]Skip{"a": "", "b": "", "c": ""})
		hinders(map[string]Skip{"a": "", "b": "", "c": ""})
		for _, target := range []string{"a", "b"} {
			leave, _ := g.Enter(target, 2*time.Minute)
			time.Sleep(90 * time.Second)
			leave()
		}
		hinders(map[string]Skip{"a": BudgetCalls, "b": BudgetMinutes, "c": ""})
		time.Sleep(time.Hour - time.Minute) // It is past one in the morning.
		hinders(map[string]Skip{"a": "", "b": BudgetMinutes, "c": Maintenance})
		time.Sleep(24 * time.Hour)
		hinders(map[string]Skip{"a": "", "b": "", "c": Maintenance})
		time.Sleep(time.Hour)
		hinders(map[string]Skip{"a": "", "b": "", "c": ""})
	})
}
