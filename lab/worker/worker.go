// Package worker is the LiveKit worker protocol: it registers an agent with
// the room server, answers offers of jobs, and runs those that it is given.
//
// The protocol is a web socket at /agent that carries the messages
// livekit.WorkerMessage and livekit.ServerMessage.
package worker

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/livekit/protocol/livekit"
)

// registerTimeout bounds the time from the dial to the server's word that the
// worker is registered.
const registerTimeout = 10 * time.Second

// pingInterval is how often the worker shows that it lives.
const pingInterval = 5 * time.Second

// Options says who the worker is and what it runs.
type Options struct {
	URL, APIKey, APISecret string
	// AgentName is what a dispatch asks for; empty takes a job in every room.
	AgentName string
	// Capacity is how many jobs run at once; the worker reports itself full
	// beyond it.
	Capacity int
	// Accept decides on an offer; nil accepts all.
	Accept func(*livekit.Job) bool
	// Run runs one job until ctx ends or the job is over. It is called once a
	// job, each in its own goroutine.
	Run func(ctx context.Context, job Job)
}

// Job is a job that the server gave to this worker.
type Job struct {
	*livekit.Job
	// URL and Token let the job join its room under Identity.
	URL, Token, Identity string
}

// Identity is what a job's participant is called.
func Identity(jobID string) string { return "agent-" + jobID }

// Worker is a worker that is registered.
type Worker struct {
	// ID is the server's name for it.
	ID   string
	conn *conn
	opts Options

	mu      sync.Mutex
	running map[string]context.CancelCauseFunc
	jobs    sync.WaitGroup
}

// Why a job's context ends before the job does.
var (
	ErrTerminated = errors.New("the server ended the job")
	ErrShutDown   = errors.New("the worker shuts down")
)

// Register connects to the server and registers. Serve must follow.
func Register(ctx context.Context, opts Options) (*Worker, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, registerTimeout,
		fmt.Errorf("register worker: no answer in %s", registerTimeout))
	defer cancel()
	c, err := dial(ctx, opts.URL, opts.APIKey, opts.APISecret)
	if err != nil {
		return nil, fmt.Errorf("register worker: %w", err)
	}
	stop := context.AfterFunc(ctx, c.close)
	defer stop()
	w := &Worker{conn: c, opts: opts, running: map[string]context.CancelCauseFunc{}}
	if err := c.send(registration(opts)); err != nil {
		c.close()
		return nil, fmt.Errorf("register worker: %w", err)
	}
	for w.ID == "" {
		msg, err := c.receive()
		if err != nil {
			c.close()
			return nil, fmt.Errorf("register worker: %w", errors.Join(context.Cause(ctx), err))
		}
		w.ID = msg.GetRegister().GetWorkerId()
	}
	return w, w.sendStatus()
}

// Serve takes and runs jobs until ctx ends or the connection breaks, then ends
// its jobs and waits for them. It returns nil when ctx ended it.
func (w *Worker) Serve(ctx context.Context) error {
	serving, done := context.WithCancel(ctx)
	stop := context.AfterFunc(serving, w.conn.close)
	defer stop()
	w.jobs.Go(func() { w.ping(serving) })
	err := w.receiveAll(ctx)
	done()
	w.endJobs()
	w.jobs.Wait()
	if ctx.Err() != nil {
		return nil
	}
	return err
}

func (w *Worker) receiveAll(ctx context.Context) error {
	for {
		msg, err := w.conn.receive()
		if err != nil {
			return err
		}
		switch m := msg.GetMessage().(type) {
		case *livekit.ServerMessage_Availability:
			err = w.answer(m.Availability.GetJob())
		case *livekit.ServerMessage_Assignment:
			w.start(ctx, m.Assignment)
			err = w.sendStatus()
		case *livekit.ServerMessage_Termination:
			w.terminate(m.Termination.GetJobId())
		}
		if err != nil {
			return err
		}
	}
}

func (w *Worker) answer(job *livekit.Job) error {
	id := job.GetId()
	accept := w.opts.Accept == nil || w.opts.Accept(job)
	return w.conn.send(&livekit.WorkerMessage{Message: &livekit.WorkerMessage_Availability{
		Availability: &livekit.AvailabilityResponse{
			JobId:               id,
			Available:           accept,
			ParticipantIdentity: Identity(id),
			ParticipantName:     Identity(id),
		},
	}})
}

// start runs a job. Its context is a child of ctx and ends with the worker.
func (w *Worker) start(ctx context.Context, a *livekit.JobAssignment) {
	id := a.GetJob().GetId()
	ctx, cancel := context.WithCancelCause(ctx)
	w.mu.Lock()
	w.running[id] = cancel
	w.mu.Unlock()
	url := a.GetUrl()
	if url == "" {
		url = w.opts.URL
	}
	w.jobs.Go(func() {
		defer cancel(nil)
		w.report(id, livekit.JobStatus_JS_RUNNING)
		w.opts.Run(ctx, Job{Job: a.GetJob(), URL: url, Token: a.GetToken(), Identity: Identity(id)})
		w.mu.Lock()
		delete(w.running, id)
		w.mu.Unlock()
		w.report(id, livekit.JobStatus_JS_SUCCESS)
		_ = w.sendStatus()
	})
}

func (w *Worker) terminate(id string) {
	w.mu.Lock()
	cancel := w.running[id]
	w.mu.Unlock()
	if cancel != nil {
		cancel(ErrTerminated)
	}
}

func (w *Worker) endJobs() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, cancel := range w.running {
		cancel(ErrShutDown)
	}
}

// report tells the server how a job is. The connection may be gone by then,
// and with it whoever would read the report.
func (w *Worker) report(id string, status livekit.JobStatus) {
	_ = w.conn.send(&livekit.WorkerMessage{Message: &livekit.WorkerMessage_UpdateJob{
		UpdateJob: &livekit.UpdateJobStatus{JobId: id, Status: status},
	}})
}

func (w *Worker) sendStatus() error {
	w.mu.Lock()
	count := len(w.running)
	w.mu.Unlock()
	status := livekit.WorkerStatus_WS_AVAILABLE
	load := float32(0)
	if w.opts.Capacity > 0 {
		load = min(1, 0.6*float32(count)/float32(w.opts.Capacity))
		if count >= w.opts.Capacity {
			status, load = livekit.WorkerStatus_WS_FULL, 1
		}
	}
	return w.conn.send(&livekit.WorkerMessage{Message: &livekit.WorkerMessage_UpdateWorker{
		UpdateWorker: &livekit.UpdateWorkerStatus{Status: &status, Load: load, JobCount: uint32(count)},
	}})
}

func (w *Worker) ping(ctx context.Context) {
	tick := time.NewTicker(pingInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			err := w.conn.send(&livekit.WorkerMessage{Message: &livekit.WorkerMessage_Ping{
				Ping: &livekit.WorkerPing{Timestamp: now.UnixMilli()},
			}})
			if err != nil {
				return
			}
		}
	}
}

func registration(opts Options) *livekit.WorkerMessage {
	return &livekit.WorkerMessage{Message: &livekit.WorkerMessage_Register{
		Register: &livekit.RegisterWorkerRequest{
			Type:         livekit.JobType_JT_ROOM,
			AgentName:    opts.AgentName,
			Version:      "callprobe-lab",
			PingInterval: uint32(pingInterval / time.Second),
		},
	}}
}
