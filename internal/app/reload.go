package app

import (
	"context"
	"time"

	"callprobe/internal/config"
)

// refusal is a reload that failed. Its zero value is none.
type refusal struct {
	err error
	at  time.Time
}

const (
	// defaultWatch is how often the files of the configuration are looked at.
	defaultWatch = 2 * time.Second
	// retryEvery is how often a configuration that was refused is tried again:
	// what it lacks may be a file that nobody watches.
	retryEvery = 30 * time.Second
)

// reload reads the configuration again. It takes the place of the old one
// wholly or not at all; calls under way go on.
func (s *service) reload(ctx context.Context, why string) error {
	s.reloading.Lock()
	defer s.reloading.Unlock()
	before := s.current.Load()
	conf, err := config.LoadShard(s.opts.ConfigFile, s.opts.Getenv, s.opts.Shard)
	if err != nil {
		s.refuse(err, why)
		return err
	}
	if conf.Recording != before.conf.Recording || conf.Web.NativeHistograms != before.conf.Web.NativeHistograms {
		s.log.Warn("a change takes effect at the next start only", "keys", "recording, web.native_histograms")
		conf.Recording, conf.Web.NativeHistograms = before.conf.Recording, before.conf.Web.NativeHistograms
	}
	s.refuse(nil, why)
	g := newGeneration(conf, time.Now())
	s.adopt(g)
	s.hand(ctx, g)
	s.announce(g, why)
	return nil
}

// announce says which configuration is in use.
func (s *service) announce(g *generation, why string) {
	s.log.Info("configuration loaded", "why", why, "targets", len(g.conf.Targets), "probes", len(g.pairs))
	if len(g.pairs) == 0 && s.opts.Shard.Count <= 1 {
		s.log.Warn("nothing is called: the configuration has no probe, add one under \"probes\"", "file", s.opts.ConfigFile)
	}
}

// refuse notes how a reload went. The same error is logged once.
func (s *service) refuse(err error, why string) {
	s.mu.Lock()
	before := s.refused
	s.refused = refusal{}
	if err != nil {
		s.refused = refusal{err, time.Now()}
	}
	s.mu.Unlock()
	s.metrics.Reloaded(err == nil, time.Now())
	if err != nil && (before.err == nil || before.err.Error() != err.Error()) {
		s.log.Error("configuration refused, the old one stays in use", "why", why, "err", err)
	}
}

// refusal returns the last reload if it failed.
func (s *service) lastRefusal() refusal {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.refused
}

// watch reloads when it is asked to, and when a file of the configuration has
// changed and then stayed as it is for one look.
func (s *service) watch(ctx context.Context) {
	every := s.opts.WatchEvery
	if every <= 0 {
		every = defaultWatch
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	// tried is how the files were when a reload of them was refused, seen how
	// they were at the last look.
	tried, seen := "", ""
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.opts.Reload:
			_ = s.reload(ctx, "signal")
		case <-tick.C:
			conf := s.current.Load().conf
			now := conf.AsFound()
			settled := now == seen
			seen = now
			refused := s.lastRefusal()
			again := refused.err != nil && time.Since(refused.at) >= retryEvery
			if !settled || now == conf.AsRead() && refused.err == nil || now == tried && !again {
				continue
			}
			tried = now
			_ = s.reload(ctx, "file changed")
		}
	}
}
