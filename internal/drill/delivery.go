package drill

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// expectation is what Alertmanager's counters should come to show.
type expectation struct {
	// wanted is how many messages each integration is to send.
	wanted map[string]int
	before counters
	// from is when it was asked for, limit how long that may take.
	from  time.Time
	limit time.Duration
	// due says what is waited for, after so long.
	due func(since time.Duration) string
}

// finding is what the counters came to show. One field says how it ended.
type finding struct {
	// after is from the expectation's start to the first look that showed all
	// messages taken; 0 when they were not.
	after time.Duration
	// failure says what went wrong, and pending what was going on, when the time
	// was over.
	failure, pending string
	// restarted is whether counters began anew.
	restarted bool
	// cause is why it was not waited any longer: the context's, or the last error
	// when the counters could not be read.
	cause error
}

// expect looks at the counters until what is expected happened, was given up,
// or its time is over.
func (d *drill) expect(ctx context.Context, e expectation) finding {
	tick := time.NewTicker(askEvery)
	defer tick.Stop()
	// A failed request is counted in several steps, so one look is not enough:
	// seen is when all was taken, gone whether it was given up, at the last look.
	var seen time.Duration
	gone := false
	var f finding
	for {
		since := time.Since(e.from)
		now, err := d.Alertmanager.counters(ctx, d.told())
		if f.cause = err; err == nil {
			var taken bool
			taken, f = compare(e, now)
			switch {
			case f.restarted || f.failure != "" && gone:
				return f
			case f.failure != "":
				gone = true
			case taken && seen > 0:
				f.after = seen
				return f
			case taken:
				seen = since
			default:
				seen = 0
			}
		}
		if since > e.limit && seen == 0 {
			return f
		}
		what := e.due(since)
		if f.pending != "" {
			what = f.pending
		}
		d.Watcher.waiting(what, since)
		select {
		case <-tick.C:
		case <-ctx.Done():
			f.cause = why(ctx)
			return f
		}
	}
}

// compare says whether everything expected was taken.
func compare(e expectation, now counters) (taken bool, f finding) {
	taken = true
	for _, name := range slices.Sorted(maps.Keys(e.wanted)) {
		c, valid := now.since(e.before, name)
		if !valid {
			return false, finding{restarted: true}
		}
		if c.accepted() < float64(e.wanted[name]) {
			taken = false
		}
		if c.givenUp > 0 {
			f.failure = fmt.Sprintf("%s gave up after %s%s", name, times(c.failedAttempts, "refused request"), because(c.reason()))
		} else if c.failedAttempts > 0 {
			f.pending = fmt.Sprintf("%s had %s; Alertmanager tries again", name, times(c.failedAttempts, "refused request"))
		}
	}
	return taken, f
}

// because explains what Alertmanager calls a reason of failure.
func because(reason string) string {
	switch reason {
	case "":
		return ""
	case "clientError":
		return ": the receiver's server answered 4xx, so what is sent or its key is wrong"
	case "serverError":
		return ": the receiver's server answered 5xx"
	}
	return ": " + reason
}

func times(n float64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%.0f %ss", n, what)
}

// messages lists what was sent.
func messages(wanted map[string]int) string {
	var texts []string
	for _, name := range slices.Sorted(maps.Keys(wanted)) {
		text := name
		if n := wanted[name]; n > 1 {
			text += fmt.Sprintf(" (%d)", n)
		}
		texts = append(texts, text)
	}
	return strings.Join(texts, " and ")
}

const (
	remedyRefused = "Alertmanager's log has the answer, at \"Notify for alerts failed\". Often it is the key: a wrong path of its file, or of another integration."
	remedyUnsent  = "Look into Alertmanager's log. If somebody drilled or was paged a moment ago, wait for group_interval and drill again."
	remedyBlind   = "Deliveries are seen in Alertmanager's own metrics only: let this machine read /metrics. Else ask at the receiver."
)

// delivered waits until the receivers' servers took the notification.
func (d *drill) delivered(ctx context.Context) Step {
	step := Step{Name: "delivered"}
	wait, interval := d.timing()
	wanted := d.integrations(false)
	if d.blind != nil {
		d.undelivered(ctx, &step, finding{cause: d.blind}, 0)
		return step
	}
	f := d.expect(ctx, expectation{
		wanted: wanted, before: d.before, from: d.test.StartsAt, limit: d.deliveryLimit(),
		due: func(since time.Duration) string {
			if left := wait - since; left > 0 {
				return fmt.Sprintf("its group is sent in %s (group_wait)", short(left+time.Second/2))
			}
			return fmt.Sprintf("its group is being sent, or with one that is there, within %s", short(interval))
		},
	})
	if f.after > 0 {
		d.result.Delivered = f.after
		step.Text = fmt.Sprintf("%s took it, %.1f s after the alert", messages(wanted), f.after.Seconds())
		step.Caution = d.others(ctx, wanted)
		return step
	}
	d.undelivered(ctx, &step, f, d.deliveryLimit())
	return step
}

// undelivered says why a message did not come.
func (d *drill) undelivered(ctx context.Context, step *Step, f finding, limit time.Duration) {
	switch {
	case f.failure != "":
		step.State, step.Text, step.Remedy = Failed, f.failure, remedyRefused
	case f.restarted:
		step.State, step.Text, step.Remedy = Unclear, "Alertmanager restarted or reloaded meanwhile, and its counters began anew", "Drill again."
	case errors.Is(f.cause, errInterrupted):
		step.State, step.Text = Unclear, "it was interrupted before anything was seen"
	case errors.Is(f.cause, errOutOfTime) && f.pending == "":
		step.State, step.Text = Unclear, "the time was over before anything was seen"
		step.Remedy = fmt.Sprintf("Give it more: --timeout=%s is enough for this configuration.", short(d.needs()))
	case f.cause != nil && f.pending == "":
		step.State, step.Text, step.Remedy = Unclear, fmt.Sprintf("it was not seen: %v", f.cause), remedyBlind
	case f.pending != "":
		step.State, step.Text, step.Remedy = Failed, "not in time: "+f.pending, remedyRefused
	case d.peers > 1:
		step.State = Unclear
		step.Text = fmt.Sprintf("this Alertmanager sent nothing within %s; another of the cluster of %d may have", short(limit), d.peers)
		step.Remedy = "Drill with --alertmanager.url of the first member of the cluster, which sends; the others step in for it."
	default:
		step.State, step.Text, step.Remedy = Failed, fmt.Sprintf("Alertmanager sent nothing within %s", short(limit)), remedyUnsent
		if why, remedy := d.mutedSince(ctx); why != "" {
			step.Text, step.Remedy = step.Text+": "+why, remedy
		} else if hours := d.hours(); len(hours) > 0 {
			step.Remedy = fmt.Sprintf("By %s of the route, nobody may be told now: see time_intervals of the configuration.", quoted(hours))
		}
	}
}

// mutedSince looks once more for what mutes the alert: a silence may have begun,
// and time intervals are shown with its group only, when that was due.
func (d *drill) mutedSince(ctx context.Context) (why, remedy string) {
	groups, err := d.Alertmanager.groups(ctx, false)
	if err != nil {
		return "", ""
	}
	for _, g := range groups {
		for _, a := range g.Alerts {
			if a.Fingerprint == d.fingerprint {
				return d.muted(ctx, a)
			}
		}
	}
	return "", ""
}

// others says whose messages may have been counted instead.
func (d *drill) others(ctx context.Context, wanted map[string]int) string {
	groups, err := d.Alertmanager.groups(ctx, true)
	if err != nil {
		return ""
	}
	others := 0
	for _, g := range groups {
		own := slices.ContainsFunc(g.Alerts, func(a alert) bool { return a.Fingerprint == d.fingerprint })
		shared := slices.ContainsFunc(d.running.receivers[g.Receiver.Name], func(i integration) bool { return wanted[i.name] > 0 })
		if !own && shared {
			others++
		}
	}
	if others == 0 {
		return ""
	}
	return fmt.Sprintf("%s by %s too, and Alertmanager counts them together: see at the receiver that the drill came.", were(others), messages(wanted))
}

func were(n int) string {
	if n == 1 {
		return "One other group of alerts is sent"
	}
	return fmt.Sprintf("%d other groups of alerts are sent", n)
}

// end ends the alert, and when it was delivered waits until that was told.
func (d *drill) end(ctx context.Context, await bool) {
	before, err := d.Alertmanager.counters(ctx, d.told())
	if await && err != nil {
		await = false
		d.tell(Step{Name: "ended", State: Unclear, Text: fmt.Sprintf("whether the end is told was not seen: %v", err), Remedy: remedyBlind})
	}
	ended := d.test
	ended.EndsAt = time.Now()
	closing, cancel := context.WithTimeoutCause(context.WithoutCancel(ctx), endLimit, errNotEnded)
	defer cancel()
	if err := d.Alertmanager.post(closing, ended); err != nil {
		d.tell(Step{
			Name: "ended", State: Unclear, Text: fmt.Sprintf("the alert could not be ended: %v", err),
			Remedy: "It ends by itself at " + d.test.EndsAt.UTC().Format("15:04:05") + " UTC.",
		})
		return
	}
	if !await {
		d.tell(Step{Name: "ended", Text: "the alert was taken back"})
		return
	}
	d.tell(d.resolved(ctx, before, ended.EndsAt))
}

// resolved waits until the receivers' servers took the message that the alert is
// over.
func (d *drill) resolved(ctx context.Context, before counters, from time.Time) Step {
	step := Step{Name: "resolved"}
	wanted := d.integrations(true)
	if len(wanted) == 0 {
		step.Text = "the alert was ended; by the configuration nobody is told of that (send_resolved)"
		return step
	}
	_, interval := d.timing()
	f := d.expect(ctx, expectation{
		wanted: wanted, before: before, from: from, limit: d.endingLimit(),
		due: func(since time.Duration) string {
			if left := interval - since; left > 0 {
				return fmt.Sprintf("the alert was ended, which is told within %s (group_interval)", short(left+time.Second/2))
			}
			return "the alert was ended, which is being told"
		},
	})
	if f.after > 0 {
		d.result.Resolved = f.after
		step.Text = fmt.Sprintf("%s was told that it is over, %.1f s after the end", messages(wanted), f.after.Seconds())
		return step
	}
	d.undelivered(ctx, &step, f, d.endingLimit())
	return step
}
