package drill

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// counts are what Alertmanager counted of one integration since it started.
type counts struct {
	// attempts are requests to the receiver's server, failedAttempts those that it
	// did not answer with 2xx.
	attempts, failedAttempts float64
	// givenUp are notifications that Alertmanager will not try again.
	givenUp float64
	// reasons are those by what Alertmanager gives as the reason, where it does.
	reasons map[string]float64
}

// accepted are the requests that a receiver's server took.
func (c counts) accepted() float64 { return c.attempts - c.failedAttempts }

// counters are the counts of all integrations by their names.
type counters map[string]counts

// reason is why notifications were given up; empty where Alertmanager does not
// tell.
func (c counts) reason() string {
	return slices.Max(append(slices.Collect(maps.Keys(c.reasons)), ""))
}

// since returns what came after an earlier look. It reports false when a counter
// began anew meanwhile.
func (c counters) since(before counters, name string) (counts, bool) {
	now, then := c[name], before[name]
	d := counts{attempts: now.attempts - then.attempts, failedAttempts: now.failedAttempts - then.failedAttempts, givenUp: now.givenUp - then.givenUp}
	for reason, n := range now.reasons {
		if n > then.reasons[reason] {
			d.reasons = map[string]float64{reason: n - then.reasons[reason]}
		}
	}
	return d, d.attempts >= 0 && d.failedAttempts >= 0 && d.givenUp >= 0
}

// families are the metrics that a drill looks at.
const (
	familyAttempts       = "alertmanager_notification_requests_total"
	familyFailedAttempts = "alertmanager_notification_requests_failed_total"
	familyGivenUp        = "alertmanager_notifications_failed_total"
)

// counters asks Alertmanager for its metrics about notifications. Where they
// tell receivers apart, only those of the named ones count.
func (s Server) counters(ctx context.Context, receivers map[string]bool) (counters, error) {
	body, err := s.get(ctx, "/metrics")
	if err != nil {
		return nil, err
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("read its metrics: %w", err)
	}
	if families[familyAttempts] == nil {
		return nil, errors.New("its metrics lack " + familyAttempts + ": it is no Alertmanager, or a very old one")
	}
	found := counters{}
	for _, name := range []string{familyAttempts, familyFailedAttempts, familyGivenUp} {
		for _, metric := range families[name].GetMetric() {
			labels := map[string]string{}
			for _, l := range metric.GetLabel() {
				labels[l.GetName()] = l.GetValue()
			}
			if receiver, told := labels["receiver_name"]; told && !receivers[receiver] {
				continue
			}
			c, value := found[labels["integration"]], metric.GetCounter().GetValue()
			switch name {
			case familyAttempts:
				c.attempts += value
			case familyFailedAttempts:
				c.failedAttempts += value
			case familyGivenUp:
				c.givenUp += value
				if c.reasons == nil {
					c.reasons = map[string]float64{}
				}
				c.reasons[labels["reason"]] += value
			}
			found[labels["integration"]] = c
		}
	}
	return found, nil
}
