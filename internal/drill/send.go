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

// send gives the alert to Alertmanager, after a look at its counters.
func (d *drill) send(ctx context.Context) Step {
	step := Step{Name: "sent", Text: "the alert was accepted, and says that it is a drill"}
	d.before, d.blind = d.Alertmanager.counters(ctx, d.told())
	d.sent = true // Whatever is answered, it may have arrived.
	if err := d.Alertmanager.post(ctx, d.test); err != nil {
		step.State, step.Text, step.Remedy = Unclear, fmt.Sprintf("the alert could not be given to Alertmanager: %v", err), remedyFor(err)
		if _, refused := errors.AsType[*statusError](err); refused {
			step.State = Failed
		}
		return step
	}
	var labels []string
	for _, name := range slices.Sorted(maps.Keys(d.test.Labels)) {
		if name != labelRun {
			labels = append(labels, name+"="+d.test.Labels[name])
		}
	}
	step.Details = append(step.Details, strings.Join(labels, " "), "Should this program die, it ends by itself at "+d.test.EndsAt.UTC().Format("15:04:05")+" UTC.")
	return step
}

// told is the set of receivers that are to be told.
func (d *drill) told() map[string]bool {
	names := map[string]bool{}
	for _, name := range receivers(d.ways) {
		names[name] = true
	}
	return names
}

// routedLimit bounds the time from accepting an alert to showing it.
const routedLimit = 5 * time.Second

// routed looks where Alertmanager itself sends the alert, and whether something
// mutes it.
func (d *drill) routed(ctx context.Context) Step {
	step := Step{Name: "active"}
	found, err := d.find(ctx)
	if err != nil {
		step.State, step.Text = Unclear, fmt.Sprintf("Alertmanager does not show the alert: %v", err)
		step.Remedy = "If a proxy stands before several Alertmanagers, give the address of one of them."
		return step
	}
	d.fingerprint = found.Fingerprint
	if got := found.receivers(); !slices.Equal(got, receivers(d.ways)) {
		step.State = Failed
		step.Text = fmt.Sprintf("Alertmanager sends it to %s, and its configuration has %s", quoted(got), quoted(receivers(d.ways)))
		step.Remedy = "If it was reloaded just now, drill again. `amtool config routes test` says what it makes of the labels."
		return step
	}
	if why, remedy := d.muted(ctx, found); why != "" {
		step.State, step.Text, step.Remedy = Failed, why, remedy
		return step
	}
	step.Text = fmt.Sprintf("Alertmanager sends it to %s; no silence and no other alert mutes it", quoted(found.receivers()))
	if muted := d.mutes(ctx); len(muted) > 0 {
		step.Caution = fmt.Sprintf("While it lasts, this drill mutes %s. Use a --target that nothing else has.", strings.Join(muted, ", "))
	}
	return step
}

// find waits until Alertmanager shows the alert.
func (d *drill) find(ctx context.Context) (alert, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, routedLimit, fmt.Errorf("not within %v", routedLimit))
	defer cancel()
	tick := time.NewTicker(askEvery)
	defer tick.Stop()
	for {
		found, err := d.Alertmanager.alerts(ctx, map[string]string{"alertname": d.test.Labels["alertname"], labelRun: d.test.Labels[labelRun]})
		if len(found) > 0 && found[0].Status.State != "unprocessed" {
			return found[0], nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			if err == nil || errors.Is(err, why(ctx)) {
				err = why(ctx)
			}
			return alert{}, err
		}
	}
}

// muted says why nobody is told of an alert, and what to do; both are empty when
// nothing stands in the way.
func (d *drill) muted(ctx context.Context, a alert) (why, remedy string) {
	switch {
	case len(a.Status.SilencedBy) > 0:
		id := a.Status.SilencedBy[0]
		remedy = fmt.Sprintf("If it need not be, end it: amtool silence expire --alertmanager.url=%s %s", d.Alertmanager.URL, id)
		s, err := d.Alertmanager.silence(ctx, id)
		if err != nil {
			return "a silence mutes it, " + id, remedy
		}
		return fmt.Sprintf("a silence mutes it: of %s until %s UTC, %q", s.CreatedBy, s.EndsAt.UTC().Format("2006-01-02 15:04"), s.Comment), remedy
	case len(a.Status.InhibitedBy) > 0:
		return "another alert mutes it: " + d.named(ctx, a.Status.InhibitedBy[0]),
			"That is what inhibit_rules of the configuration say. Drill again when it is over, or with another --target."
	case len(a.Status.MutedBy) > 0:
		return "at this time of the day or week its route tells nobody: " + strings.Join(a.Status.MutedBy, ", "),
			"See mute_time_intervals and active_time_intervals of the route."
	}
	return "", ""
}

// named describes the alert that has a fingerprint.
func (d *drill) named(ctx context.Context, fingerprint string) string {
	all, err := d.Alertmanager.alerts(ctx, nil)
	if err != nil {
		return fingerprint
	}
	for _, a := range all {
		if a.Fingerprint == fingerprint {
			return describe(a, d.TargetLabel) + ", since " + a.StartsAt.UTC().Format("2006-01-02 15:04") + " UTC"
		}
	}
	return fingerprint
}

// mutes names the alerts that the drill itself keeps from being told.
func (d *drill) mutes(ctx context.Context) []string {
	all, err := d.Alertmanager.alerts(ctx, nil)
	if err != nil {
		return nil // It is a courtesy.
	}
	var names []string
	for _, a := range all {
		if slices.Contains(a.Status.InhibitedBy, d.fingerprint) {
			names = append(names, describe(a, d.TargetLabel))
		}
	}
	return names
}

func describe(a alert, targetLabel string) string {
	text := a.Labels["alertname"]
	if target := a.Labels[targetLabel]; target != "" {
		text += " of " + target
	}
	return text
}
