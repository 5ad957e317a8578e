package app

import (
	"time"

	"callprobe/internal/config"
	"callprobe/internal/schedule"
	"callprobe/metrics"
	"callprobe/probe"
	"callprobe/probe/livekit"
)

// generation is a configuration as it is used, from one reload to the next. It
// never changes.
type generation struct {
	conf   *config.Config
	loaded time.Time
	// pairs are in the order of the file: target by target.
	pairs []pair
	byKey map[schedule.Key]pair
}

// pair is a scenario on a target, ready to be called.
type pair struct {
	key    schedule.Key
	target livekit.Target
	plan   probe.Plan
	timing schedule.Timing
	// reference is that of the target.
	reference bool
}

func newGeneration(conf *config.Config, now time.Time) *generation {
	g := &generation{conf: conf, loaded: now, byKey: map[schedule.Key]pair{}}
	for _, t := range conf.Targets {
		for _, p := range conf.Probes {
			for _, name := range p.Targets {
				if name != t.Name {
					continue
				}
				one := pair{key: schedule.Key{Target: name, Scenario: p.Plan.Name}, target: LiveKitTarget(t), plan: p.Plan, timing: p.Timing, reference: t.Reference}
				g.pairs = append(g.pairs, one)
				g.byKey[one.key] = one
			}
		}
	}
	return g
}

// jobs are what the schedule calls.
func (g *generation) jobs() []schedule.Job {
	var jobs []schedule.Job
	for _, p := range g.pairs {
		if !p.timing.Never() {
			jobs = append(jobs, schedule.Job{Key: p.key, Timing: p.timing, Longest: p.plan.MaxDuration()})
		}
	}
	return jobs
}

// probes are the pairs as the metrics know them. One that has no timing is
// called, and counted, by scrapes of /probe.
func (g *generation) probes() []metrics.Probe {
	var probes []metrics.Probe
	for _, p := range g.pairs {
		probes = append(probes, metrics.Probe{
			Pair: metrics.Pair(p.key), Interval: p.timing.Longest(g.loaded), OnScrape: p.timing.Never(), Reference: p.reference,
		})
	}
	return probes
}

func (g *generation) rules() schedule.Rules {
	rules := schedule.Rules{
		AtOnce: g.conf.CallsAtOnce, Targets: g.conf.TargetNames(),
		Allowances: map[string]schedule.Allowance{}, Windows: g.conf.Windows,
	}
	for _, t := range g.conf.Targets {
		rules.Allowances[t.Name] = t.Allowance
	}
	return rules
}
