package pages

import (
	"slices"
	"testing"
	"time"

	"callprobe/deploy"
	"callprobe/probe"
)

func TestEveryReasonHasWordsAFaultAndARemedy(t *testing.T) {
	titles := map[string]probe.Reason{}
	for _, r := range probe.Reasons() {
		m := meaningOf(r)
		if other, taken := titles[m.Title]; taken || m.Title == "unknown result" {
			t.Errorf("%s is called %q, as is %s", r, m.Title, other)
		}
		titles[m.Title] = r
		switch r.Verdict() {
		case probe.Passed:
			if m.Fault != "" {
				t.Errorf("%s is the fault of %s", r, m.Fault)
			}
			continue
		case probe.Failed:
			if m.Fault != faultAgent {
				t.Errorf("%s fails the agent and is the fault of %s", r, m.Fault)
			}
		case probe.Inconclusive:
			if m.Fault == faultAgent || m.Fault == "" {
				t.Errorf("%s says nothing about the agent and is the fault of %q", r, m.Fault)
			}
		}
		if m.Remedy == "" {
			t.Errorf("%s has no remedy", r)
		}
		if !slices.Contains(deploy.RunbookNames(), m.Runbook) {
			t.Errorf("%s leads to the runbook %q, which is not there", r, m.Runbook)
		}
	}
	if m := meaningOf("new"); m.Title == "" || m.Remedy == "" {
		t.Errorf("a reason of a later version: %+v", m)
	}
}

func TestTimesAreShownAsPeopleSayThem(t *testing.T) {
	now := time.Date(2026, 11, 26, 3, 12, 30, 0, time.UTC)
	for _, tc := range []struct {
		name       string
		t          time.Time
		text, ago  string
		clock, iso string
	}{
		{"today", now.Add(-14 * time.Minute), "02:58:30 UTC", "14 min ago", "02:58:30", "2026-11-26T02:58:30Z"},
		{"in another zone", now.Add(-time.Second).In(time.FixedZone("X", 3600)), "03:12:29 UTC", "1 s ago", "03:12:29", "2026-11-26T03:12:29Z"},
		{"yesterday", now.Add(-24 * time.Hour), "25 Nov 03:12 UTC", "1 d ago", "25 Nov 03:12", "2026-11-25T03:12:30Z"},
		{"last year", now.AddDate(-1, 0, 0), "26 Nov 2025 03:12 UTC", "365 d ago", "26 Nov 2025 03:12", "2025-11-26T03:12:30Z"},
		{"to come", now.Add(12 * time.Second), "03:12:42 UTC", "in 12 s", "03:12:42", "2026-11-26T03:12:42Z"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got, want := at(tc.t, now), (moment{tc.iso, tc.text, tc.clock, tc.ago}); got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
		})
	}
	if at(time.Time{}, now).Known() {
		t.Error("no time is shown as one")
	}
}

func TestSpansUseTheUnitThatFits(t *testing.T) {
	for want, d := range map[string]time.Duration{
		"0 s": 0, "59 s": 59999 * time.Millisecond, "1 min": 60 * time.Second, "59 min": 3599 * time.Second,
		"1 h": time.Hour, "1 h 30 min": 90 * time.Minute, "7 h": 7*time.Hour + 50*time.Minute, "2 d 3 h": 51 * time.Hour, "3 d": 72 * time.Hour, "40 d": 960 * time.Hour,
	} {
		if got := span(d); got != want {
			t.Errorf("span(%v) = %q, want %q", d, got, want)
		}
	}
}

func TestFiguresAreNeverBetterThanTheyAre(t *testing.T) {
	for _, tc := range []struct {
		name string
		m    probe.Measured
		want figure
	}{
		{"a value", probe.Measured{Value: 806 * time.Millisecond, OK: true, Uncertainty: 3001 * time.Microsecond}, figure{Value: "0.806 s", Uncertainty: "± 4 ms"}},
		{"without an uncertainty", probe.Measured{Value: time.Second, OK: true}, figure{Value: "1.000 s"}},
		{"a negative one", probe.Measured{Value: -50 * time.Millisecond, OK: true}, figure{Value: "−0.050 s"}},
		{"a wide uncertainty", probe.Measured{Value: time.Second, OK: true, Uncertainty: 1500 * time.Millisecond}, figure{Value: "1.000 s", Uncertainty: "± 1.500 s"}},
		{"why it is missing", probe.Measured{Value: time.Second, Missing: "no reply was heard"}, figure{Missing: "no reply was heard"}},
		{"missing without a word", probe.Measured{Value: time.Second}, figure{Missing: "not measured"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := measured("", tc.m, ""); got != tc.want {
				t.Errorf("got %+v, want %+v", got, tc.want)
			}
		})
	}
}
