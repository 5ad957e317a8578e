package main

import (
	"context"
	"errors"
	"sync"

	"callprobe/lab/truth"
	"callprobe/lab/worker"
)

// staff is the reference agent's worker, which comes and goes on request.
type staff struct {
	lab   *lab
	ready truth.Ready
	// lost is told when the worker lost its server.
	lost chan error

	mu sync.Mutex
	// quit ends the worker and waits for it; nil where there is none.
	quit func()
}

func newStaff(l *lab, ready truth.Ready) *staff {
	return &staff{lab: l, ready: ready, lost: make(chan error, 1)}
}

// start registers the worker and lets it take calls until stop is called or ctx
// ends.
func (s *staff) start(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.lab.agent == nil:
		return errors.New("start agent: the lab was told to have none")
	case s.quit != nil:
		return errors.New("start agent: it is here already")
	}
	w, err := worker.Register(ctx, worker.Options{
		URL: s.ready.URL, APIKey: s.ready.APIKey, APISecret: s.ready.APISecret,
		AgentName: s.lab.settings.agentName,
		Capacity:  s.lab.settings.capacity,
		Accept:    s.lab.agent.Accept,
		Run:       s.lab.agent.Run,
	})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	s.quit = func() {
		cancel()
		<-done
	}
	go func() {
		defer close(done)
		if err := w.Serve(ctx); err != nil {
			select {
			case s.lost <- err:
			default:
			}
		}
	}()
	return nil
}

// stop ends the worker and the calls that it is in.
func (s *staff) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.quit != nil {
		s.quit()
		s.quit = nil
	}
}
