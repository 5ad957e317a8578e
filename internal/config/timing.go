package config

import (
	"time"

	"callprobe/internal/schedule"
	"callprobe/internal/yamlfile"
	"callprobe/probe"
)

const (
	// shortestInterval and longestInterval bound how often a probe calls. No
	// call is shorter than some seconds, and one in a week watches nothing.
	shortestInterval = time.Second
	longestInterval  = 7 * 24 * time.Hour
)

// timing reads when a probe is due. One that says nothing is never due by
// itself: it calls when /probe is scraped.
func (b *builder) timing(e probeEntry) schedule.Timing {
	t := schedule.Timing{Interval: e.Interval.Value, Jitter: e.Jitter.Value}
	switch {
	case e.Interval.Set && e.Cron.Set:
		b.Add(e.Cron.At, `"interval" and "cron" are both given: remove one`)
	case e.Interval.Set && (t.Interval < shortestInterval || t.Interval > longestInterval):
		b.Add(e.Interval.At, `"interval" is %v: it must lie between %v and 7 days`, t.Interval, shortestInterval)
	case e.Cron.Set:
		t.Cron = b.cron("cron", e.Cron, e.TimeZone)
	}
	if e.TimeZone.Set && !e.Cron.Set {
		b.Add(e.TimeZone.At, `"time_zone" is for "cron", which is not given: remove it`)
	}
	switch {
	case !e.Jitter.Set:
	case !e.Interval.Set && !e.Cron.Set:
		b.Add(e.Jitter.At, `"jitter" delays calls on schedule, and there is neither "interval" nor "cron": remove it`)
	case e.Interval.Set && t.Jitter >= t.Interval:
		b.Add(e.Jitter.At, `"jitter" is %v: it must be shorter than the interval of %v`, t.Jitter, t.Interval)
	case e.Cron.Set && t.Jitter > time.Hour:
		b.Add(e.Jitter.At, `"jitter" is %v: it must not be longer than 1h`, t.Jitter)
	}
	return t
}

// cron reads a cron expression in the time zone beside it; without one, in UTC.
func (b *builder) cron(key string, f, zone yamlfile.Field[string]) *schedule.Cron {
	loc := time.UTC
	if zone.Set {
		var err error
		// The empty name and "Local" are what this machine happens to use.
		if loc, err = time.LoadLocation(zone.Value); err != nil || zone.Value == "" || zone.Value == "Local" {
			b.Add(zone.At, `"time_zone" is %s: name one of the IANA zones, such as Europe/Berlin, or UTC`, yamlfile.Quote(zone.Value))
			loc = time.UTC
		}
	}
	c, err := schedule.ParseCron(f.Value, loc)
	if err != nil {
		b.Add(f.At, "%q is %s, which %w", key, yamlfile.Quote(f.Value), err)
		return nil
	}
	return c
}

func (b *builder) windows(entries []window, targets []string) []schedule.Window {
	var windows []schedule.Window
	for _, e := range entries {
		if !e.Set {
			continue // It is no mapping, which is a problem already.
		}
		w := schedule.Window{Length: e.Length.Value, Targets: b.probeTargets(e.Targets, targets)}
		if e.Starts.Absent() {
			b.Add(e.At, `a maintenance window needs "starts": a cron expression, such as "0 2 * * SUN"`)
		}
		if e.Starts.Set {
			w.Starts = b.cron("starts", e.Starts, e.TimeZone)
		}
		switch {
		case e.Length.Absent():
			b.Add(e.At, `a maintenance window needs a "length", such as 2h`)
		case w.Length > longestInterval:
			b.Add(e.Length.At, `"length" is %v: a maintenance window is no longer than 7 days; to stop calling, remove the probe`, w.Length)
		}
		windows = append(windows, w)
	}
	return windows
}

// limited puts the limits of a probe in the place of the scenario's.
func (b *builder) limited(e probeEntry, plan probe.Plan) probe.Plan {
	before := plan.Limits
	plan.Limits = probe.Limits{
		Join:       e.Limits.Join.Or(before.Join),
		AgentJoin:  e.Limits.AgentJoin.Or(before.AgentJoin),
		Transcript: e.Limits.Transcript.Or(before.Transcript),
		Call:       e.Limits.Call.Or(before.Call),
	}
	if plan.Limits == before {
		return plan
	}
	if plan.Limits.Call > probe.MaxCall {
		b.Add(e.Limits.Call.At, `"call" is %v: a call takes 10m at most`, plan.Limits.Call)
	} else if err := plan.Validate(); err != nil {
		b.Add(e.Limits.At, "with these limits the scenario cannot be played: %w", err)
	}
	return plan
}
