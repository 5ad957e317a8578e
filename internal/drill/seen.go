package drill

import (
	"bytes"
	"context"
	"fmt"
	"net/url"
	"strings"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// mutedError is why an alert that arrived is told to nobody.
type mutedError struct{ why, remedy string }

func (e *mutedError) Error() string { return e.why }

// serviceShows looks whether a metric of the service, summed over the series that
// have a label, is as wanted.
func (x *outage) serviceShows(family, label string, wanted func(float64) bool) func(context.Context) (bool, string, error) {
	return func(ctx context.Context) (bool, string, error) {
		value, err := x.serviceValue(ctx, family, label)
		return err == nil && wanted(value), "", err
	}
}

func (x *outage) serviceValue(ctx context.Context, family, label string) (float64, error) {
	body, err := x.chain.service.get(ctx, "/metrics")
	if err != nil {
		return 0, err
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	if families[family] == nil {
		return 0, fmt.Errorf("callprobe serve has no %s", family)
	}
	sum := 0.0
	for _, m := range families[family].GetMetric() {
		if label == "" || has(m, label) {
			sum += m.GetCounter().GetValue() + m.GetGauge().GetValue()
		}
	}
	return sum, nil
}

// has looks for a label, written as name="value".
func has(m *dto.Metric, label string) bool {
	name, value, _ := strings.Cut(label, "=")
	for _, l := range m.GetLabel() {
		if l.GetName() == name && `"`+l.GetValue()+`"` == value {
			return true
		}
	}
	return false
}

// prometheusHolds looks whether a query of Prometheus has a result.
func (x *outage) prometheusHolds(query string) func(context.Context) (bool, string, error) {
	return func(ctx context.Context) (bool, string, error) {
		var answer struct {
			Data struct {
				Result []any `json:"result"`
			} `json:"data"`
		}
		err := x.chain.prometheus.read(ctx, "/api/v1/query?query="+url.QueryEscape(query), &answer)
		return len(answer.Data.Result) > 0, "", err
	}
}

// alertIs looks for the state of the alert in Prometheus; empty stands for there
// being none. An alert that fires was pending before.
func (x *outage) alertIs(state string) func(context.Context) (bool, string, error) {
	return func(ctx context.Context) (bool, string, error) {
		var answer struct {
			Data struct {
				Alerts []struct {
					State  string            `json:"state"`
					Labels map[string]string `json:"labels"`
				} `json:"alerts"`
			} `json:"data"`
		}
		if err := x.chain.prometheus.read(ctx, "/api/v1/alerts", &answer); err != nil {
			return false, "", err
		}
		now := ""
		for _, a := range answer.Data.Alerts {
			if a.Labels["alertname"] == x.Alert.Name {
				now = a.State
			}
		}
		return now == state || state == "pending" && now == "firing", "", nil
	}
}

// arrived looks for the alert at Alertmanager, and whether something mutes it.
func (x *outage) arrived(ctx context.Context) (there bool, more string, err error) {
	found, err := x.Alertmanager.alerts(ctx, map[string]string{"alertname": x.Alert.Name, labelRun: x.test.Labels[labelRun]})
	if err != nil || len(found) == 0 {
		return false, "", err
	}
	x.fingerprint, x.test.Labels, x.test.StartsAt = found[0].Fingerprint, found[0].Labels, found[0].StartsAt
	if why, remedy := x.muted(ctx, found[0]); why != "" {
		return false, "", &mutedError{why, remedy}
	}
	return true, "", nil
}
