package metrics

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"callprobe/probe"
)

// results returns one call's figures as gauges. A figure that was not measured
// is absent.
func results(r *probe.Report, p Pair) *prometheus.Registry {
	registry := prometheus.NewRegistry()
	fillResults(prometheus.WrapRegistererWith(prometheus.Labels{"target": p.Target, "scenario": p.Scenario}, registry), r)
	return registry
}

func fillResults(registry prometheus.Registerer, r *probe.Report) {
	in := promauto.With(registry)
	gauge := func(name, help string, labels ...string) *prometheus.GaugeVec {
		return in.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, labels)
	}
	passed := 0.0
	if r.Verdict == probe.Passed {
		passed = 1
	}
	gauge("probe_success", "1 when the latest call passed, else 0; callprobe_result_info says whether the agent failed it.").WithLabelValues().Set(passed)
	gauge("probe_duration_seconds", "Of the latest call, from its start to hanging up.").WithLabelValues().Set(r.Duration.Seconds())
	gauge("callprobe_result_info", "Always 1; the labels say how the latest call ended.", "outcome", "reason").WithLabelValues(string(r.Verdict), string(r.Reason)).Set(1)
	for _, f := range []struct {
		name, help string
		value      probe.Measured
	}{
		{"callprobe_result_join_seconds", "Of the latest call, from its start to the caller's join complete.", r.Join},
		{"callprobe_result_agent_join_seconds", "Of the latest call, from the room created to the agent seen in it.", r.AgentJoin},
		{"callprobe_result_greeting_seconds", "Of the latest call, from the caller's join complete to the onset of the agent's greeting.", r.Greeting},
		{"callprobe_result_pacing_lateness_seconds", "Of the latest call, the 99th percentile of how late the caller's frames were sent.", probe.Measured{Value: r.Pacing.LateP99, OK: r.Pacing.Frames > 0}},
		{"callprobe_result_jitter_seconds", "Of the latest call, the interarrival jitter of the agent's packets.", probe.Measured{Value: r.Network.Jitter, OK: r.Network.Known}},
	} {
		g := gauge(f.name, f.help)
		if f.value.OK {
			g.WithLabelValues().Set(f.value.Value.Seconds())
		}
	}
	fillTurns(gauge, r)
}

func fillTurns(gauge func(name, help string, labels ...string) *prometheus.GaugeVec, r *probe.Report) {
	response := gauge("callprobe_result_response_seconds", "Of a turn of the latest call, from the end of the caller's last word to the onset of the agent's reply; negative when the agent talked over the caller.", "turn")
	uncertainty := gauge("callprobe_result_response_uncertainty_seconds", "Half-width of the interval around callprobe_result_response_seconds that holds the true value.", "turn")
	stop := gauge("callprobe_result_barge_in_stop_seconds", "Of a turn of the latest call, from the onset of the interrupting utterance to the end of the agent's interrupted talk.", "turn")
	errors := gauge("callprobe_result_word_error_ratio", "Of a turn of the latest call, the word error rate of the agent's transcript.", "turn")
	for i, t := range r.Turns {
		turn := strconv.Itoa(i + 1)
		set := func(g *prometheus.GaugeVec, d time.Duration, ok bool) {
			if ok {
				g.WithLabelValues(turn).Set(d.Seconds())
			}
		}
		set(response, t.TTFA.Value, t.TTFA.OK)
		set(uncertainty, t.TTFA.Uncertainty, t.TTFA.OK)
		set(stop, t.BargeInStop.Value, t.BargeInStop.OK)
		if t.STT.Score != nil {
			if rate, ok := t.STT.Score.WER(); ok {
				errors.WithLabelValues(turn).Set(rate)
			}
		}
	}
}
