package app

import (
	"context"
	"strings"
	"sync"
	"time"

	"callprobe/internal/config"
	"callprobe/probe"
	"callprobe/probe/livekit"
)

const (
	// sweepEvery is how often rooms that were left behind are looked for. What
	// a process left that died just before this one began is too young at
	// first.
	sweepEvery = 15 * time.Minute
	// sweepLimit bounds sweeping one server, sweepsAtOnce how many are swept at
	// a time.
	sweepLimit   = 20 * time.Second
	sweepsAtOnce = 10
	// sweepAge is older than a room with a call in it can be, whatever the
	// configuration of the callprobe that made it.
	sweepAge = probe.MaxCall + time.Minute
)

// sweep deletes the rooms that earlier processes left behind, now and then.
func (s *service) sweep(ctx context.Context) {
	if s.opts.dialer != nil {
		return // The calls are not made in rooms.
	}
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		var servers sync.WaitGroup
		room := make(chan struct{}, sweepsAtOnce)
		for _, t := range swept(s.current.Load().conf.Targets) {
			room <- struct{}{}
			servers.Go(func() {
				s.sweepOne(ctx, t)
				<-room
			})
		}
		servers.Wait()
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// swept returns one target, the first, of each place in which rooms are left:
// targets that share a server, a project and a prefix share its rooms, too, and
// all of them would find and count the same ones.
func swept(targets []config.Target) []config.Target {
	type place struct{ url, key, prefix string }
	var firsts []config.Target
	seen := map[place]bool{}
	for _, t := range targets {
		p := place{strings.TrimSuffix(t.URL, "/"), t.APIKey.Reveal(), LiveKitTarget(t).RoomPrefix}
		if !seen[p] {
			seen[p] = true
			firsts = append(firsts, t)
		}
	}
	return firsts
}

func (s *service) sweepOne(ctx context.Context, t config.Target) {
	ctx, cancel := context.WithTimeout(ctx, sweepLimit)
	defer cancel()
	n, err := livekit.Sweep(ctx, LiveKitTarget(t), sweepAge)
	if n > 0 {
		s.metrics.Swept(t.Name, n)
		s.log.Info("rooms left behind were deleted", "target", t.Name, "rooms", n)
	}
	if err != nil && ctx.Err() == nil {
		s.log.Warn("rooms left behind could not be looked for", "target", t.Name, "err", err)
	}
}
