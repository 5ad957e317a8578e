package metrics

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"github.com/prometheus/client_golang/prometheus/push"
)

// pushLimit bounds one push.
const pushLimit = 10 * time.Second

// Push adds the figures of each pair's latest call to a Pushgateway, in a group
// of its own: gauges only. Counters do not go there, for it keeps the last push
// and not the sum. A user and a password in the address are sent as basic
// authentication and stand in no error.
func (m *Metrics) Push(ctx context.Context, address string) error {
	at, err := pushgateway(address)
	if err != nil {
		return err
	}
	user := at.User
	at.User = nil
	client := &http.Client{Timeout: pushLimit}
	var errs []error
	for p, g := range m.pushed() {
		pusher := push.New(at.String(), "callprobe").Client(client).
			Grouping("target", p.Target).Grouping("scenario", p.Scenario).Gatherer(g)
		if password, ok := user.Password(); ok {
			pusher.BasicAuth(user.Username(), password)
		}
		if err := pusher.AddContext(ctx); err != nil {
			errs = append(errs, fmt.Errorf("push results of %s, %s: %w", p.Target, p.Scenario, err))
		}
	}
	return errors.Join(errs...)
}

// CheckPush reports what is wrong with the address of a Pushgateway, before
// there is anything to push.
func CheckPush(address string) error {
	_, err := pushgateway(address)
	return err
}

func pushgateway(address string) (*url.URL, error) {
	at, err := url.Parse(address)
	if err != nil || at.Host == "" || at.Scheme != "http" && at.Scheme != "https" {
		return nil, errors.New("push results: the Pushgateway's address must be a URL like http://localhost:9091")
	}
	return at, nil
}

// pushed returns what is pushed of each pair, without the labels that its group
// adds.
func (m *Metrics) pushed() map[Pair]prometheus.Gatherer {
	m.mu.Lock()
	defer m.mu.Unlock()
	gatherers := map[Pair]prometheus.Gatherer{}
	for p, b := range m.books {
		if b.last == nil {
			continue
		}
		registry := prometheus.NewRegistry()
		fillResults(registry, b.last)
		promauto.With(registry).NewGauge(lastCallOpts()).Set(unix(ended(b.last)))
		gatherers[p] = registry
	}
	return gatherers
}
