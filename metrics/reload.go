package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// reloads holds how the configuration was last loaded.
type reloads struct {
	registry *prometheus.Registry
	good, at prometheus.Gauge
}

func newReloads() *reloads {
	registry := prometheus.NewRegistry()
	in := promauto.With(registry)
	return &reloads{
		registry: registry,
		good: in.NewGauge(prometheus.GaugeOpts{
			Name: "callprobe_config_last_reload_successful",
			Help: "1 when the latest configuration was taken over, 0 when it was refused and an older one is in use.",
		}),
		at: in.NewGauge(prometheus.GaugeOpts{
			Name: "callprobe_config_last_reload_success_timestamp_seconds",
			Help: "When the configuration in use was loaded.",
		}),
	}
}

// Reloaded notes that a configuration was taken over, or refused.
func (m *Metrics) Reloaded(good bool, at time.Time) {
	if !good {
		m.reloads.good.Set(0)
		return
	}
	m.reloads.good.Set(1)
	m.reloads.at.Set(unix(at))
}
