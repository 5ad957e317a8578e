package pages

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"callprobe/internal/history"
	"callprobe/probe"
)

func noon() time.Time { return time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC) }

// ended is a call that began some minutes ago and ended so.
func ended(minutes int, reason probe.Reason) *history.Entry {
	return &history.Entry{ID: fmt.Sprint(reason, minutes), Started: noon().Add(-time.Duration(minutes) * time.Minute), Verdict: reason.Verdict(), Reason: reason,
		Run: history.Run{Since: noon().Add(-time.Duration(minutes) * time.Minute), Calls: 1}}
}

func TestHowAProbeIsNow(t *testing.T) {
	every := func(change func(*Probe)) Probe {
		p := Probe{Interval: time.Minute}
		if change != nil {
			change(&p)
		}
		return p
	}
	long, just := noon().Add(-time.Hour), noon().Add(-time.Minute)
	maintained := func(p *Probe) { p.Paused, p.Maintenance = "maintenance", true }
	paused := func(p *Probe) { p.Paused = "the budget is used up" }
	for _, tc := range []struct {
		name    string
		probe   Probe
		last    *history.Entry
		started time.Time
		want    state
	}{
		{"as its last call", every(nil), ended(1, probe.Answered), long, statePassed},
		{"failing", every(nil), ended(1, probe.NoAgent), long, stateFailed},
		{"inconclusive", every(nil), ended(1, probe.Unreachable), long, stateInconclusive},
		{"not called yet", every(nil), nil, just, stateWaiting},
		{"never called although it should have been", every(nil), nil, long, stateStale},
		{"not called for more than three intervals", every(nil), ended(5, probe.Answered), long, stateStale},
		{"three intervals and no more", every(nil), ended(3, probe.Answered), long, statePassed},
		{"its last call was before a restart just now", every(nil), ended(50, probe.NoAgent), just, stateFailed},
		{"a call is being made", every(func(p *Probe) { p.Running = true }), ended(10, probe.Answered), long, statePassed},
		{"an unknown interval is never too long", Probe{}, ended(500, probe.Answered), long, statePassed},
		{"maintenance hides what was before", every(maintained), ended(30, probe.NoAgent), long, statePaused},
		{"another pause does not", every(paused), ended(30, probe.NoAgent), long, stateFailed},
		{"a pause is no silence", every(paused), ended(30, probe.Answered), long, statePaused},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := probeState(tc.probe, tc.last, tc.started, noon()); got != tc.want {
				t.Errorf("got %s, want %s", got, tc.want)
			}
		})
	}
}

func TestTheHeadlineNamesTheWorst(t *testing.T) {
	for _, tc := range []struct {
		states     []state
		worst      state
		title, sub string
	}{
		{nil, stateWaiting, "Nothing is configured to be called", "add probes to the configuration"},
		{[]state{statePassed}, statePassed, "The probe passes", ""},
		{[]state{statePassed, statePassed}, statePassed, "All 2 probes pass", ""},
		{[]state{statePassed, statePaused}, statePassed, "1 of 2 probes passes", "1 paused"},
		{[]state{stateFailed, statePassed, stateStale, stateInconclusive}, stateFailed, "1 of 4 probes fails", "1 no longer called, 1 inconclusive, 1 passing"},
		{[]state{stateInconclusive, stateInconclusive, statePassed}, stateInconclusive, "2 of 3 probes cannot be measured", "1 passing"},
		{[]state{stateStale, stateInconclusive}, stateStale, "1 of 2 probes no longer called", "1 inconclusive"},
		{[]state{statePaused, statePaused}, statePaused, "All calls are paused", ""},
		{[]state{stateWaiting}, stateWaiting, "No call has been made yet", ""},
	} {
		t.Run(tc.title, func(t *testing.T) {
			worst, title, sub := headline(tc.states)
			if worst != tc.worst || title != tc.title || sub != tc.sub {
				t.Errorf("got %s, %q, %q", worst, title, sub)
			}
		})
	}
}

func TestWhatIsBrokenInTheSameWayIsOneIncident(t *testing.T) {
	entry := func(minutes, calls int, reason probe.Reason, detail string) *history.Entry {
		e := ended(minutes, reason)
		e.Detail, e.Run.Since, e.Run.Calls = detail, noon().Add(-time.Duration(minutes+calls)*time.Minute), calls
		e.Run.LastPassed = e.Run.Since.Add(-time.Minute)
		return e
	}
	got := incidents([]trouble{
		{"a", Probe{Scenario: "x"}, stateInconclusive, entry(1, 90, probe.Unauthorized, "")},
		{"b", Probe{Scenario: "x"}, stateInconclusive, entry(1, 60, probe.Unreachable, "")},
		{"a", Probe{Scenario: "y"}, stateFailed, entry(2, 3, probe.NoAgent, "older call")},
		{"a", Probe{Scenario: "z"}, stateFailed, entry(1, 9, probe.NoAgent, "newer call")},
		{"b", Probe{Scenario: "y"}, stateFailed, entry(1, 20, probe.NoAgent, "of another target")},
		{"a", Probe{Scenario: "w"}, stateFailed, entry(1, 2, probe.ReplyLate, "another reason")},
		{"c", Probe{Scenario: "x"}, stateStale, nil},
	}, noon().Add(-3*time.Hour), noon())
	type brief struct {
		target, reason, who string
		scenarios           []string
		streak, since, last string
	}
	var seen []brief
	for _, in := range got {
		seen = append(seen, brief{in.Target, in.Reason, string(in.Fault), in.Scenarios, in.Streak, in.For, in.LastID})
		if in.Remedy == "" || in.Title == "" {
			t.Errorf("%+v says too little", in)
		}
	}
	want := []brief{
		{"b", "no_agent", "the agent", []string{"y"}, "20 calls", "21 min", "no_agent1"},
		{"a", "no_agent", "the agent", []string{"y", "z"}, "12 calls", "10 min", "no_agent1"},
		{"a", "reply_late", "the agent", []string{"w"}, "2 calls", "3 min", "reply_late1"},
		{"b", "unreachable", "the room server", []string{"x"}, "60 calls", "1 h 1 min", "unreachable1"},
		{"c", "", "the prober", []string{"x"}, "0 calls", "3 h", ""},
		{"a", "unauthorized", "the prober", []string{"x"}, "90 calls", "1 h 31 min", "unauthorized1"},
	}
	if !slices.EqualFunc(seen, want, func(a, b brief) bool { return fmt.Sprint(a) == fmt.Sprint(b) }) {
		t.Errorf("got\n%v, want\n%v", seen, want)
	}
	if got[1].Detail != "newer call" {
		t.Errorf("the detail is that of the %s", got[1].Detail)
	}
}

func TestTheStripShowsTheWorstOfEachSlot(t *testing.T) {
	wait := func(e *history.Entry, ms int) *history.Entry {
		e.Slowest = &history.Reply{TTFA: time.Duration(ms) * time.Millisecond, Limit: time.Second}
		return e
	}
	calls := []*history.Entry{
		ended(70, probe.NoAgent), // Before the strip begins.
		wait(ended(59, probe.Answered), 500),
		wait(ended(40, probe.Answered), 500), wait(ended(40, probe.ReplyLate), 1200), // One slot.
		ended(20, probe.NoAgent),
		ended(10, probe.Unreachable),
		wait(ended(5, probe.ReplyLate), 99_000),
	}
	s := newStrip(calls, noon().Add(-time.Hour), noon().Add(time.Second), time.Second)
	classes := []string{}
	for _, b := range s.Bars {
		classes = append(classes, b.Class)
		if b.Y < stripTop-0.1 || b.Y+b.H > stripBottom+0.1 || b.X < 0 || b.X+b.W > s.Width {
			t.Errorf("%+v lies outside", b)
		}
	}
	if want := []string{"bar-passed", "bar-failed", "bar-failed", "bar-inconclusive", "bar-failed"}; !slices.Equal(classes, want) {
		t.Errorf("the bars are %v, want %v", classes, want)
	}
	if crosses, diamonds := strings.Count(s.Crosses(), "M"), strings.Count(s.Diamonds(), "M"); crosses != 3 || diamonds != 1 {
		t.Errorf("%d crosses, %d diamonds", crosses, diamonds)
	}
	// A wait as long as the limit reaches the line.
	line := newStrip([]*history.Entry{wait(ended(1, probe.Answered), 1000)}, noon().Add(-time.Hour), noon(), time.Second)
	if diff := line.Bars[0].Y - line.LimitY; diff > 0.01 || diff < -0.01 {
		t.Errorf("the bar ends at %v, the line is at %v", line.Bars[0].Y, line.LimitY)
	}
	if want := "Last 1 h: 6 calls, 3 failed, 1 inconclusive; wait for the reply: median 1.20 s, longest 99.00 s, limit 1 s"; s.Label != want {
		t.Errorf("it says %q, want %q", s.Label, want)
	}
}

func TestTheStripBeginsWithTheShortestTimeThatHoldsFortyCalls(t *testing.T) {
	for interval, want := range map[time.Duration]string{0: "1h", 30 * time.Second: "1h", 90 * time.Second: "1h", 5 * time.Minute: "6h", time.Hour: "7d", 24 * time.Hour: "7d"} {
		if _, got := (query{}).window([]Probe{{Interval: 48 * time.Hour}, {Interval: interval}}); got != want && interval > 0 {
			t.Errorf("every %v: %s, want %s", interval, got, want)
		}
	}
	if d, got := (query{span: "24h"}).window(nil); got != "24h" || d != 24*time.Hour {
		t.Errorf("what was asked for is not shown: %s", got)
	}
}
