package metrics

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"callprobe/probe"
)

// counters are the series that must never go down.
func counters(f figures) figures {
	out := figures{}
	for series, v := range f {
		name, _, _ := strings.Cut(series, "{")
		if strings.HasSuffix(name, "_total") || strings.HasSuffix(name, "_count") || strings.HasSuffix(name, "_sum") || strings.HasSuffix(name, "_bucket") {
			out[series] = v
		}
	}
	return out
}

func TestAPairThatStaysKeepsItsSeriesOverAReload(t *testing.T) {
	m := full(Options{})
	before := counters(read(t, m.counted()))
	if len(before) == 0 {
		t.Fatal("no counters")
	}
	for _, probes := range [][]Probe{
		{{Pair: thePair(), Interval: 5 * time.Minute}, {Pair: Pair{"shop", "booking"}, OnScrape: true}, {Pair: Pair{"new", "hours"}}},
		{{Pair: Pair{"shop", "booking"}}, {Pair: thePair(), OnScrape: true}},
	} {
		m.Configure(probes)
		after := read(t, m.counted())
		for series, v := range before {
			if after[series] < v {
				t.Errorf("%s went from %v to %v", series, v, after[series])
			}
		}
	}
}

func TestAPairThatGoesLosesItsSeriesAndBeginsAtZeroWhenItReturns(t *testing.T) {
	m := full(Options{})
	m.Configure([]Probe{{Pair: Pair{"other", "hours"}}})
	for series := range read(t, m.counted()) {
		if strings.Contains(series, "shop") {
			t.Errorf("%s is still there", series)
		}
	}
	m.Configure([]Probe{{Pair: thePair()}})
	f := read(t, m.scheduled())
	f.want(t, figures{`agent_requests_total`: 0, `callprobe_rooms_swept_total`: 0})
	f.wantAbsent(t, workers)
}

func TestTheIntervalFollowsTheConfiguration(t *testing.T) {
	m := withPair()
	const interval = "callprobe_probe_interval_seconds"
	read(t, m.scheduled()).want(t, figures{interval: 60})
	m.Configure([]Probe{{Pair: thePair(), Interval: 90 * time.Second}})
	read(t, m.scheduled()).want(t, figures{interval: 90})
	m.Configure([]Probe{{Pair: thePair()}})
	read(t, m.scheduled()).wantAbsent(t, interval)
}

// Every series of a pair stands in one place, so that a Prometheus that scrapes
// both counts no call twice.
func TestAPairIsCountedOnMetricsOrOnProbeAndNeverOnBoth(t *testing.T) {
	m := full(Options{})
	scheduled := read(t, m.scheduled())
	call := callOf(probe.Answered)
	for _, p := range []Pair{thePair(), {"shop", "booking"}} {
		onProbe := read(t, m.ofCall(p, call))
		onProbe.want(t, figures{"probe_success": 1, "probe_duration_seconds": 30})
		for series := range onProbe {
			if _, twice := scheduled[series]; twice && !strings.HasPrefix(series, workers) {
				t.Errorf("%s stands on /metrics and in the answer for %v", series, p)
			}
			if !strings.Contains(series, p.Scenario) && !strings.HasPrefix(series, workers) {
				t.Errorf("%s stands in the answer for %v", series, p)
			}
		}
		const requests = "agent_requests_total"
		_, a := scheduled.of(requests, `scenario="`+p.Scenario+`"`)
		_, b := onProbe.of(requests, `scenario="`+p.Scenario+`"`)
		if a+b != 2 {
			t.Errorf("%v has %d series of requests on /metrics and %d on /probe, want 2 in one place", p, a, b)
		}
	}
}

func TestARefusedConfigurationIsSeenAndTheTimeOfTheGoodOneStays(t *testing.T) {
	m := New(Options{})
	for _, step := range []struct {
		good     bool
		at, want int64
	}{{true, 1000, 1000}, {false, 2000, 1000}, {true, 3000, 3000}} {
		m.Reloaded(step.good, time.Unix(step.at, 0))
		body := get(m.Handler(), "/metrics").Body.String()
		good := map[bool]int{true: 1}[step.good]
		for _, line := range []string{
			fmt.Sprintf("callprobe_config_last_reload_successful %d\n", good),
			fmt.Sprintf("callprobe_config_last_reload_success_timestamp_seconds %d\n", step.want),
		} {
			if !strings.Contains(body, line) {
				t.Errorf("%q is missing after %+v", line, step)
			}
		}
	}
}
