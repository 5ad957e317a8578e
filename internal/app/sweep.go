package app

import (
	"context"
	"sync"
	"time"

	"callprobe/internal/config"
	"callprobe/probe/livekit"
)

const (
	// sweepEvery is how often rooms that were left behind are looked for. What
	// a process left that died just before this one began is too young at
	// first.
	sweepEvery = 15 * time.Minute
	// sweepLimit bounds sweeping one server.
	sweepLimit = 20 * time.Second
	// sweepMargin is how much older than the longest call a room must be.
	sweepMargin = time.Minute
)

// sweep deletes the rooms that earlier processes left behind, now and then, on
// all servers at once.
func (s *service) sweep(ctx context.Context) {
	if s.opts.dialer != nil {
		return // The calls are not made in rooms.
	}
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		g := s.current.Load()
		var servers sync.WaitGroup
		for _, t := range g.conf.Targets {
			servers.Go(func() { s.sweepOne(ctx, t, g.longestCall()+sweepMargin) })
		}
		servers.Wait()
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (s *service) sweepOne(ctx context.Context, t config.Target, age time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, sweepLimit)
	defer cancel()
	n, err := livekit.Sweep(ctx, LiveKitTarget(t), age)
	if n > 0 {
		s.metrics.Swept(t.Name, n)
		s.log.Info("rooms left behind were deleted", "target", t.Name, "rooms", n)
	}
	if err != nil && ctx.Err() == nil {
		s.log.Warn("rooms left behind could not be looked for", "target", t.Name, "err", err)
	}
}
