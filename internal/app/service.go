package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/exporter-toolkit/web"

	"callprobe/internal/config"
	"callprobe/internal/filelock"
	"callprobe/internal/history"
	"callprobe/internal/pages"
	"callprobe/internal/schedule"
	"callprobe/metrics"
)

// ServeOptions are what a service needs.
type ServeOptions struct {
	ConfigFile string
	Getenv     func(string) string
	// Shard is the part of the configuration that is called.
	Shard config.Shard
	// Listen are the addresses of the HTTP server; WebConfigFile, if set,
	// holds its TLS and passwords in the format of Prometheus' exporters.
	Listen        []string
	WebConfigFile string
	// Reload asks for a reload.
	Reload <-chan struct{}
	// WatchEvery is how often the files of the configuration are looked at; 0
	// stands for 2 s.
	WatchEvery      time.Duration
	Version, Commit string
	Log             *slog.Logger
	// Listening, if set, is told the addresses once they are listened on.
	Listening func([]net.Addr)
	// dialer, if set, makes the calls instead of LiveKit.
	dialer dialerFunc
}

// shutdownLimit bounds the time from being told to end to the last room
// deleted and the last scrape answered.
const shutdownLimit = 10 * time.Second

// UsageError is an error of options or configuration: the service never began.
type UsageError struct{ cause error }

func (e *UsageError) Error() string { return e.cause.Error() }

// Unwrap returns what is wrong, which may be several errors joined.
func (e *UsageError) Unwrap() error { return e.cause }

// service is a running service.
type service struct {
	opts    ServeOptions
	log     *slog.Logger
	started time.Time
	metrics *metrics.Metrics
	kept    *history.Store
	// release gives the folder of kept calls free.
	release func()
	gate    *schedule.Gate
	caller  *caller
	jobs    chan []schedule.Job
	// current is the configuration in use.
	current atomic.Pointer[generation]
	ready   atomic.Bool
	pages   http.Handler
	// ending is closed when the service begins to end.
	ending chan struct{}

	mu sync.Mutex
	// planned is when each pair is due next.
	planned map[schedule.Key]time.Time
	// reloads are one at a time; refused is the last one that failed, until
	// one does not.
	reloading sync.Mutex
	refused   refusal
}

// Serve calls on schedule, counts, and answers, until ctx ends; then it ends
// the calls under way, deletes their rooms and returns within ten seconds. An
// error that is a UsageError means that it never began and that trying again
// does not mend it.
func Serve(ctx context.Context, opts ServeOptions) error {
	s, listeners, err := prepare(ctx, opts)
	switch {
	case addressRemedy(err) != "", errors.Is(err, filelock.ErrHeld):
		return err
	case err != nil:
		return &UsageError{err}
	}
	defer s.release()
	if opts.Listening != nil {
		addresses := make([]net.Addr, len(listeners))
		for i, l := range listeners {
			addresses[i] = l.Addr()
		}
		opts.Listening(addresses)
	}
	return s.run(ctx, listeners)
}

// prepare does everything that can fail.
func prepare(ctx context.Context, opts ServeOptions) (s *service, listeners []net.Listener, err error) {
	conf, err := config.LoadShard(opts.ConfigFile, opts.Getenv, opts.Shard)
	if err != nil {
		return nil, nil, err
	}
	if err := web.Validate(opts.WebConfigFile); err != nil {
		return nil, nil, fmt.Errorf("read --web.config.file=%s: %w", opts.WebConfigFile, err)
	}
	release, err := holdRecordings(conf.Recording.Dir)
	if err != nil {
		return nil, nil, err
	}
	defer func() {
		if err != nil {
			release()
		}
	}()
	kept, err := history.Open(conf.Recording.Dir, limitsOf(conf.Recording), opts.Log)
	if err != nil {
		return nil, nil, err
	}
	s = &service{
		opts: opts, log: opts.Log, started: time.Now(), kept: kept, release: release,
		metrics: metrics.New(metrics.Options{NativeHistograms: conf.Web.NativeHistograms, Version: opts.Version, Commit: opts.Commit}),
		gate:    schedule.NewGate(), jobs: make(chan []schedule.Job), ending: make(chan struct{}), planned: map[schedule.Key]time.Time{},
	}
	s.caller = newCaller(s.metrics, kept, opts.dialer, opts.Log)
	if s.pages, err = pages.New(pages.Config{View: s.view, Calls: kept, Log: opts.Log}); err != nil {
		return nil, nil, err
	}
	s.adopt(newGeneration(conf, time.Now()))
	s.metrics.Reloaded(true, time.Now())
	listeners, err = listen(ctx, opts.Listen)
	return s, listeners, err
}

func limitsOf(r config.Recording) history.Limits {
	return history.Limits{MaxAge: r.MaxAge, MaxAgePassed: r.MaxAgePassed, MaxBytes: r.MaxBytes, Audio: history.Audio(r.Audio)}
}

// run does everything at once until ctx ends, and waits for all of it.
func (s *service) run(ctx context.Context, listeners []net.Listener) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	s.announce(s.current.Load(), "start")
	var parts sync.WaitGroup
	parts.Go(func() { schedule.Schedule{Caller: s, Gate: s.gate}.Run(ctx, s.jobs) })
	parts.Go(func() { s.sweep(ctx) })
	parts.Go(func() { s.watch(ctx) })
	s.hand(ctx, s.current.Load())
	probing := s.metrics.ProbeHandler(metrics.ProbeOptions{Run: s.probe, Bound: s.bound})
	server := &http.Server{
		Handler: s.routes(probing, s.pages), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10,
		ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	served := make(chan error, 1)
	parts.Go(func() {
		served <- web.ServeMultiple(listeners, server, &web.FlagConfig{WebConfigFile: &s.opts.WebConfigFile}, s.log)
	})
	s.ready.Store(true)
	var err error
	select {
	case <-ctx.Done():
		s.log.Info("shutting down")
	case err = <-served:
		err = fmt.Errorf("serve HTTP: %w", err)
	}
	stop()
	s.ready.Store(false)
	close(s.ending)
	return errors.Join(err, s.end(ctx, server, probing, &parts))
}

// end ends what run began. Nothing new begins once ctx is over.
func (s *service) end(ctx context.Context, server *http.Server, probing *metrics.ProbeHandler, parts *sync.WaitGroup) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownLimit)
	defer cancel()
	done := make(chan struct{})
	go func() {
		defer close(done)
		// The calls of scrapes end first, for their answers are waited for.
		probing.Close()
		if err := server.Shutdown(ctx); err != nil {
			_ = server.Close()
		}
		parts.Wait()
	}()
	select {
	case <-done:
		s.log.Info("ended")
		return nil
	case <-ctx.Done():
		_ = server.Close()
		return fmt.Errorf("shut down: calls under way had not ended after %v", shutdownLimit)
	}
}

// adopt makes a configuration the current one.
func (s *service) adopt(g *generation) {
	s.current.Store(g)
	s.metrics.Configure(g.probes())
	s.gate.Configure(g.rules())
	s.caller.configure(g.conf.Web.ExternalURL, func(k schedule.Key) bool { _, ok := g.byKey[k]; return ok })
}

// hand gives a configuration to the schedule.
func (s *service) hand(ctx context.Context, g *generation) {
	select {
	case s.jobs <- g.jobs():
	case <-s.ending:
	case <-ctx.Done():
	}
}
