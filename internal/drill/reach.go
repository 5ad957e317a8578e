package drill

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// reach asks Alertmanager who it is and what it runs.
func (d *drill) reach(ctx context.Context) Step {
	step := Step{Name: "reached"}
	unreached := func(err error) Step {
		step.State, step.Text, step.Remedy = Unclear, fmt.Sprintf("Alertmanager at %s: %v", d.Alertmanager.URL, err), remedyFor(err)
		return step
	}
	if _, err := d.Alertmanager.get(ctx, "/-/ready"); err != nil {
		return unreached(err)
	}
	status, err := d.Alertmanager.status(ctx)
	if err != nil {
		return unreached(err)
	}
	if d.running, err = ParseConfiguration("its configuration", status.Config.Original); err != nil {
		return unreached(err)
	}
	d.peers = len(status.Cluster.Peers)
	step.Text = fmt.Sprintf("Alertmanager %s at %s is ready", status.VersionInfo.Version, d.Alertmanager.URL)
	if d.peers > 1 {
		step.Details = append(step.Details, fmt.Sprintf("It is one of a cluster of %d.", d.peers))
	}
	return step
}

// remedyFor says what to do about an Alertmanager that does not answer as it
// should.
func remedyFor(err error) string {
	refusal, answered := errors.AsType[*statusError](err)
	_, distrusted := errors.AsType[*tls.CertificateVerificationError](err)
	switch {
	case distrusted:
		return "Give the name that its certificate is for; if an authority of your own issued it, name that one's certificate with SSL_CERT_FILE."
	case errors.Is(err, http.ErrSchemeMismatch):
		return "It speaks HTTP without TLS: begin --alertmanager.url with http://."
	case answered && strings.Contains(refusal.text, "HTTP request to an HTTPS server"):
		return "It speaks HTTPS: begin --alertmanager.url with https://."
	case !answered:
		return "See that it runs, and that --alertmanager.url is its address as seen from here."
	case refusal.code == http.StatusUnauthorized || refusal.code == http.StatusForbidden:
		return "Give --alertmanager.username with --alertmanager.password-file, or --alertmanager.bearer-token-file."
	case refusal.code == http.StatusNotFound:
		return "If it runs with --web.route-prefix or behind a proxy, the path belongs to --alertmanager.url."
	}
	return "It runs and is not ready: its log says why."
}

// promised finds out where the alert is to go by the configuration.
func (d *drill) promised(context.Context) Step {
	step := Step{Name: "route"}
	labels := newTest(d.Options, d.began, d.began).Labels
	d.ways = d.running.ways(labels)
	var tells, why []string
	for _, w := range d.ways {
		tells = append(tells, fmt.Sprintf("%q (%s)", w.receiver, kinds(d.running.receivers[w.receiver])))
		why = append(why, conditions(w.by))
	}
	step.Text = fmt.Sprintf("it goes to %s by %s", strings.Join(tells, " and to "), strings.Join(slices.Compact(why), ", and "))
	for _, w := range d.ways {
		step.Details = append(step.Details, fmt.Sprintf("Grouped by %s; first sent after %s, changes every %s, repeated every %s.",
			grouping(w.groupBy), short(w.wait), short(w.interval), short(w.repeat)))
	}
	if hours := d.hours(); len(hours) > 0 {
		step.Caution = fmt.Sprintf("The route tells nobody at some times: see %s in the configuration.", quoted(hours))
	}
	if broken := d.brokenPromise(labels); broken != "" {
		step.State, step.Text, step.Details, step.Caution = Failed, broken, nil, ""
		step.Remedy = fmt.Sprintf("Give %s to Alertmanager and let it reload (POST /-/reload, or SIGHUP).", d.Promise.name)
		return step
	}
	if len(d.integrations(false)) == 0 {
		step.State = Failed
		step.Text = fmt.Sprintf("it goes to %s by %s, and that tells nobody: it has no integration", quoted(receivers(d.ways)), strings.Join(slices.Compact(why), ", and "))
		step.Remedy = "Give the receiver a pagerduty_configs, slack_configs or the like, or the alert a route to one that has."
		if d.Alert.Labels["severity"] == "none" {
			step.Remedy = d.Alert.Name + " is not made to tell anybody: its severity is none. Drill another."
		}
		return step
	}
	if d.Timeout > 0 && d.Timeout < d.needs() {
		step.Details = append(step.Details, fmt.Sprintf("All of it may take %s, and --timeout ends it after %s.", short(d.needs()), short(d.Timeout)))
	}
	return step
}

// hours returns the time intervals in or out of which the alert's ways are mute.
func (d *drill) hours() []string {
	var names []string
	for _, w := range d.ways {
		names = append(names, slices.Concat(w.mutedDuring, w.activeOnlyDuring)...)
	}
	return names
}

// brokenPromise says where the running configuration sends the alert elsewhere
// than the promised one; it is empty when they agree or none was promised.
func (d *drill) brokenPromise(labels map[string]string) string {
	if d.Promise == nil {
		return ""
	}
	if want, got := receivers(d.Promise.ways(labels)), receivers(d.ways); !slices.Equal(want, got) {
		return fmt.Sprintf("%s promises %s, and the configuration that Alertmanager runs has %s", d.Promise.name, quoted(want), quoted(got))
	}
	return ""
}

// kinds names the integrations of a receiver.
func kinds(all []integration) string {
	var names []string
	for _, i := range all {
		names = append(names, i.name)
	}
	if len(names) == 0 {
		return "no integration"
	}
	return strings.Join(names, ", ")
}

func conditions(by []matcher) string {
	if len(by) == 0 {
		return "the default route"
	}
	var texts []string
	for _, m := range by {
		texts = append(texts, m.String())
	}
	return strings.Join(texts, ", ")
}

func grouping(by []string) string {
	switch {
	case len(by) == 0:
		return "nothing, all alerts of the route in one"
	case slices.Contains(by, "..."):
		return "every label"
	}
	return strings.Join(by, ", ")
}

// short writes a duration without its zero parts: 1m, not 1m0s.
func short(d time.Duration) string {
	text := d.Round(time.Second).String()
	if d < time.Second {
		text = d.Round(time.Millisecond).String()
	}
	for _, zero := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(text, zero) {
			text = text[:len(text)-2]
		}
	}
	return text
}
