package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"callprobe/internal/config"
	"callprobe/internal/history"
	"callprobe/internal/schedule"
	"callprobe/metrics"
	"callprobe/probe"
)

// Once is one run of all that a configuration holds, for cron and CI.
type Once struct {
	Config *config.Config
	// Textfile, if set, is written for node_exporter; what is counted is kept
	// beside it, in a file whose name ends in .state, from one run to the next.
	Textfile string
	// Pushgateway, if set, is given the figures of each latest call.
	Pushgateway     string
	Version, Commit string
	Log             *slog.Logger
	// Done, if set, is told each call. It is not called twice at once.
	Done func(*probe.Report)
	// dialer, if set, makes the calls instead of LiveKit.
	dialer dialerFunc
}

// Run calls every target with every scenario of its probes: the targets at the
// same time, the scenarios of one after the other. A call that goes unanswered
// is confirmed by a second one at once, and that one is what the pair's report
// is: one lost call is no outage. Both are counted. Targets in a maintenance
// window are left out.
//
// The error says that something could not be counted or kept; how calls went is
// in the reports.
func (o Once) Run(ctx context.Context) (reports []*probe.Report, skipped []schedule.Key, err error) {
	if err := o.check(); err != nil {
		return nil, nil, err
	}
	g := newGeneration(o.Config, time.Now())
	m := metrics.New(metrics.Options{Version: o.Version, Commit: o.Commit})
	m.Configure(inOnePlace(g.probes()))
	count := func() error { return nil }
	if o.Textfile != "" {
		state, err := m.OpenState(o.Textfile + ".state")
		if err != nil {
			return nil, nil, err
		}
		defer func() { err = errors.Join(err, state.Close()) }()
		if state.Damaged != nil {
			o.Log.Error("counters begin at zero", "err", state.Damaged)
		}
		count = state.Save
	}
	var kept *history.Store
	if o.Config.Recording.Dir != "" {
		release, err := holdRecordings(o.Config.Recording.Dir)
		if err != nil {
			return nil, nil, err
		}
		defer release()
		if kept, err = history.Open(o.Config.Recording.Dir, limitsOf(o.Config.Recording), o.Log); err != nil {
			return nil, nil, err
		}
	}
	r := &round{Once: o, caller: newCaller(m, kept, o.dialer, o.Log), metrics: m, gate: schedule.NewGate(), saver: newSaver(count)}
	r.caller.configure(o.Config.Web.ExternalURL, func(schedule.Key) bool { return true })
	r.gate.Configure(schedule.Rules{AtOnce: o.Config.CallsAtOnce, Targets: o.Config.TargetNames(), Windows: o.Config.Windows})
	var saving sync.WaitGroup
	saving.Go(r.saver.run)
	r.all(ctx, g)
	close(r.saver.over)
	saving.Wait()
	// What was counted is saved before it is shown, so that no counter that
	// was seen goes down.
	r.fail(count())
	if o.Textfile != "" {
		r.fail(m.WriteTextfile(o.Textfile))
	}
	if o.Pushgateway != "" {
		r.fail(m.Push(ctx, o.Pushgateway))
	}
	return r.reports, r.skipped, r.err
}

// check finds what could not be written after the calls before any is made.
func (o Once) check() error {
	if o.Pushgateway != "" {
		if err := metrics.CheckPush(o.Pushgateway); err != nil {
			return err
		}
	}
	if info, err := os.Stat(o.Textfile); o.Textfile != "" && err == nil && info.IsDir() {
		return fmt.Errorf("write textfile: %s is a directory: name a file in it, such as %s", o.Textfile, filepath.Join(o.Textfile, "callprobe.prom"))
	}
	return nil
}

// inOnePlace makes all pairs stand in one exposition: there is no /probe.
func inOnePlace(probes []metrics.Probe) []metrics.Probe {
	for i := range probes {
		probes[i].OnScrape = false
	}
	return probes
}

// round is a run under way.
type round struct {
	Once
	caller  *caller
	metrics *metrics.Metrics
	gate    *schedule.Gate
	saver   *saver

	mu      sync.Mutex
	reports []*probe.Report
	skipped []schedule.Key
	err     error
}

func (r *round) all(ctx context.Context, g *generation) {
	var targets sync.WaitGroup
	for _, name := range g.conf.TargetNames() {
		targets.Go(func() {
			for _, p := range g.pairs {
				if p.key.Target == name && ctx.Err() == nil {
					r.one(ctx, p)
				}
			}
		})
	}
	targets.Wait()
	// In the order of the file, however the targets raced.
	slices.SortStableFunc(r.reports, func(a, b *probe.Report) int { return g.place(a) - g.place(b) })
}

// place is where a report's pair stands in the configuration.
func (g *generation) place(r *probe.Report) int {
	return slices.IndexFunc(g.pairs, func(p pair) bool { return p.key == schedule.Key{Target: r.Target, Scenario: r.Scenario} })
}

func (r *round) one(ctx context.Context, p pair) {
	leave, reason := r.gate.Enter(p.key.Target, p.plan.MaxDuration())
	if reason != "" {
		r.metrics.Skipped(metrics.Pair(p.key), string(reason))
		r.mu.Lock()
		defer r.mu.Unlock()
		r.skipped = append(r.skipped, p.key)
		return
	}
	defer leave()
	result, err := r.caller.call(ctx, p, schedule.Attempt{Provisional: true})
	r.told(result.Report, err)
	if answerOf(result.Report) == schedule.Unanswered && ctx.Err() == nil {
		result, err = r.caller.call(ctx, p, schedule.Attempt{Confirms: true})
		r.told(result.Report, err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.reports = append(r.reports, result.Report)
}

// told passes a call on and has it saved, so that a run that is killed loses the
// calls under way and those of a moment.
func (r *round) told(report *probe.Report, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.saver.soon()
	r.err = errors.Join(r.err, err)
	if r.Done != nil {
		r.Done(report)
	}
}

func (r *round) fail(err error) { r.err = errors.Join(r.err, err) }
