package app

import (
	"time"

	"callprobe/internal/config"
	"callprobe/internal/pages"
	"callprobe/internal/schedule"
)

// view is what the status pages show of the service at this moment.
func (s *service) view() pages.View {
	g := s.current.Load()
	refused := s.lastRefusal()
	v := pages.View{
		Version: s.opts.Version, Started: s.started, ConfigLoaded: g.loaded, ConfigFailed: refused.at,
	}
	if refused.err != nil {
		v.ConfigError = refused.err.Error()
	}
	for _, t := range g.conf.Targets {
		v.Targets = append(v.Targets, s.viewTarget(g, t))
	}
	return v
}

func (s *service) viewTarget(g *generation, t config.Target) pages.Target {
	shown := pages.Target{Name: t.Name, URL: t.URL, AgentName: t.AgentName, Labels: t.Labels}
	for _, p := range g.pairs {
		if p.key.Target != t.Name {
			continue
		}
		one := pages.Probe{
			Scenario: p.key.Scenario, Every: p.timing.String(), Interval: p.timing.Longest(g.loaded),
			Next: s.next(p), Running: s.caller.isRunning(p.key), Limit: limitOf(p),
		}
		if reason := s.gate.Hinders(t.Name, p.plan.MaxDuration()); reason != "" && !p.timing.Never() {
			one.Paused, one.Maintenance = inWords(reason), reason == schedule.Maintenance
		}
		shown.Probes = append(shown.Probes, one)
	}
	return shown
}

// next is when a pair is due; zero where nothing is planned.
func (s *service) next(p pair) time.Time {
	if p.timing.Never() {
		return time.Time{}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.planned[p.key]
}

// limitOf is the longest wait for a reply that passes.
func limitOf(p pair) time.Duration {
	var most time.Duration
	for _, t := range p.plan.Turns {
		if !t.Silent() {
			most = max(most, t.Reply.Within)
		}
	}
	return most
}
