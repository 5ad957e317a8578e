package history

import (
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"callprobe/probe"
	"callprobe/probe/wer"
)

func TestCallsAreFoundByWhatTheyWere(t *testing.T) {
	s := open(t, "", DefaultLimits())
	now := time.Now()
	for i, c := range []call{
		{target: "a", scenario: "x", reason: probe.Answered},
		{target: "a", scenario: "y", reason: probe.NoAgent},
		{target: "b", scenario: "x", reason: probe.Unreachable},
		{target: "b", scenario: "y", reason: probe.Answered},
	} {
		c.id, c.started = string(rune('0'+i)), now.Add(time.Duration(i)*time.Minute-time.Hour)
		c.addTo(s)
	}
	minute := func(i int) time.Time { return now.Add(time.Duration(i)*time.Minute - time.Hour) }
	for _, tc := range []struct {
		name   string
		filter Filter
		want   []string
	}{
		{"all, the newest first", Filter{}, []string{"3", "2", "1", "0"}},
		{"by target", Filter{Target: "a"}, []string{"1", "0"}},
		{"by scenario", Filter{Scenario: "y"}, []string{"3", "1"}},
		{"by both", Filter{Target: "b", Scenario: "x"}, []string{"2"}},
		{"by verdict", Filter{Verdict: probe.Inconclusive}, []string{"2"}},
		{"whatever did not pass", Filter{NotPassed: true}, []string{"2", "1"}},
		{"since a time, with it", Filter{Since: minute(2)}, []string{"3", "2"}},
		{"before a time, without it", Filter{Before: minute(2)}, []string{"1", "0"}},
		{"not more than", Filter{Limit: 2}, []string{"3", "2"}},
		{"a page further", Filter{Before: minute(2), Limit: 1}, []string{"1"}},
		{"none", Filter{Target: "c"}, []string{}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := ids(s.List(tc.filter)); !slices.Equal(got, tc.want) {
				t.Errorf("got %v, want %v", got, tc.want)
			}
		})
	}
}

func TestCallsThatEndInAnotherOrderAreListedByTheirStart(t *testing.T) {
	s := open(t, "", DefaultLimits())
	for _, i := range []int{2, 0, 3, 1} {
		numbered(i, time.Now().Add(-time.Hour), probe.Answered).addTo(s)
	}
	if got := ids(s.List(Filter{})); !slices.Equal(got, []string{"call-00003", "call-00002", "call-00001", "call-00000"}) {
		t.Errorf("got %v", got)
	}
}

func TestTheRunSaysSinceWhenItIsSo(t *testing.T) {
	from := time.Now().Add(-time.Hour).UTC().Round(0)
	minute := func(i int) time.Time { return from.Add(time.Duration(i) * time.Minute) }
	dir := t.TempDir()
	limits := DefaultLimits()
	s := open(t, dir, limits)
	for i, step := range []struct {
		reason probe.Reason
		want   Run
	}{
		{probe.NoAgent, Run{minute(0), 1, time.Time{}}},
		{probe.Answered, Run{minute(1), 1, minute(1)}},
		{probe.Answered, Run{minute(1), 2, minute(2)}},
		{probe.ReplyLate, Run{minute(3), 1, minute(2)}},
		{probe.Unreachable, Run{minute(3), 2, minute(2)}}, // Still not passed.
		{probe.NoAgent, Run{minute(3), 3, minute(2)}},
		{probe.Answered, Run{minute(6), 1, minute(6)}},
	} {
		if i == 5 {
			// A restart in the middle, after which the calls before are gone.
			limits.MaxBytes = 1
			s = open(t, dir, limits)
			if calls, _, _ := s.Usage(); calls != 1 {
				t.Fatalf("%d calls are left", calls)
			}
		}
		numbered(i, from, step.reason).addTo(s)
		call{id: fmt.Sprint("other-", i), target: "other", scenario: "s", started: minute(i), reason: probe.Answered}.addTo(open(t, "", limits))
		got := s.Latest()[Pair{"t", "s"}]
		if got == nil || got.Run != step.want {
			t.Errorf("call %d: %+v, want %+v", i, got, step.want)
		}
	}
}

func TestOnlyWhatIsInTheIndexIsOpened(t *testing.T) {
	s := open(t, t.TempDir(), DefaultLimits())
	numbered(1, time.Now(), probe.Answered).addTo(s)
	for _, id := range []string{"", ".", "..", "../call-00001", "call-00001/..", "/etc", "call-00002", "call-00001\x00"} {
		if _, err := s.Call(id); !errors.Is(err, ErrNotKept) {
			t.Errorf("Call(%q): %v", id, err)
		}
		if _, err := s.OpenRecording(id); !errors.Is(err, ErrNotKept) {
			t.Errorf("OpenRecording(%q): %v", id, err)
		}
	}
	for _, id := range []string{"..", "../escaped", "/escaped", "a/b", ""} {
		call{id: id, scenario: "s", started: time.Now(), reason: probe.Answered}.addTo(s)
		if s.Trouble() == nil {
			t.Errorf("a call named %q was written", id)
		}
	}
}

func TestACallIsReadBackAsItWas(t *testing.T) {
	for where, dir := range map[string]string{"on disk": t.TempDir(), "in memory": ""} {
		t.Run(where, func(t *testing.T) {
			s := open(t, dir, DefaultLimits())
			c := numbered(1, time.Now().Round(0).UTC(), probe.ReplyLate)
			c.log = "first\nsecond\n"
			c.addTo(s)
			got, err := s.Call(c.id)
			if err != nil {
				t.Fatal(err)
			}
			if string(got.Log) != c.log || !reflect.DeepEqual(got.Limits, []time.Duration{2 * time.Second}) {
				t.Errorf("log %q, limits %v", got.Log, got.Limits)
			}
			if !reflect.DeepEqual(got.Report, c.report()) {
				t.Errorf("report\n%+v, want\n%+v", got.Report, c.report())
			}
			if !reflect.DeepEqual(got.Events, c.recording().Events) {
				t.Errorf("events %+v", got.Events)
			}
			if want := s.List(Filter{})[0]; got.Entry != *want && !reflect.DeepEqual(got.Entry, *want) {
				t.Errorf("entry %+v, want %+v", got.Entry, *want)
			}
		})
	}
}

func TestNoAgentCanFillTheHistory(t *testing.T) {
	s := open(t, "", DefaultLimits())
	c := numbered(1, time.Now(), probe.NoAgent)
	rec, r := c.recording(), c.report()
	long := strings.Repeat("é", 1<<20)
	r.Detail = long
	rec.Events[1].Transcript.Text = long
	rec.Events = slices.Repeat(rec.Events, 5000)
	r.Turns[0].Transcript, r.Turns[0].AgentText = long, long
	r.Turns[0].STT.Score = &wer.Result{Steps: make([]wer.Step, 1_000_000)}
	s.Add(rec, r, []byte(strings.Repeat("a line\n", 100_000)))
	e := s.List(Filter{})[0]
	if len(e.Detail) > maxText+10 || !strings.HasSuffix(e.Detail, "é…") {
		t.Errorf("the index holds %d bytes of detail", len(e.Detail))
	}
	if size := len(s.records[0].memory); size > maxCallFile/2 {
		t.Errorf("the call takes %d bytes", size)
	}
	got, err := s.Call(c.id)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Log) > maxLog+100 || !strings.Contains(string(got.Log), "too long") {
		t.Errorf("%d bytes of log", len(got.Log))
	}
	if len(got.Events) != maxEvents || got.EventsCut != 10_000-maxEvents {
		t.Errorf("%d events, %d cut", len(got.Events), got.EventsCut)
	}
}

func TestCallsAreAddedAndListedAtTheSameTime(t *testing.T) {
	limits := DefaultLimits()
	limits.MaxBytes = 300 << 10
	s := open(t, t.TempDir(), limits)
	var all sync.WaitGroup
	for w := range 4 {
		all.Go(func() {
			for i := range 20 {
				c := numbered(w*100+i, time.Now().Add(-10*time.Hour), []probe.Reason{probe.Answered, probe.NoAgent}[i%2])
				c.target = string(rune('a' + w))
				c.addTo(s)
			}
		})
		all.Go(func() {
			for range 100 {
				for _, e := range s.List(Filter{Limit: 5}) {
					if c, err := s.Call(e.ID); err != nil && !errors.Is(err, ErrNotKept) {
						t.Errorf("%v: %+v", err, c)
					}
				}
				s.Usage()
				s.Latest()
			}
		})
	}
	all.Wait()
	if s.Trouble() != nil {
		t.Error(s.Trouble())
	}
	if _, bytes, _ := s.Usage(); bytes > limits.MaxBytes {
		t.Errorf("%d bytes", bytes)
	}
}

// heap returns the memory in use.
func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc) //nolint:gosec // Far below the limit.
}
