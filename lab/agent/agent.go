// Package agent is a voice agent of known behaviour: it joins rooms as agents
// do, greets, understands recordings that it knows, answers with recordings,
// and writes down to the sample when it heard and said what. It misbehaves in
// the ways of package fault when it is asked to.
package agent

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"github.com/livekit/protocol/livekit"

	"callprobe/lab/ears"
	"callprobe/lab/fault"
	"callprobe/lab/truth"
	"callprobe/lab/voice"
	"callprobe/lab/worker"
)

// Options is what all calls of an agent share. Nothing in it changes while
// calls run.
type Options struct {
	// Name is what the agent calls itself in lk.agent.name.
	Name string
	// ReplyDelay is the time from the caller's last voiced sample to the
	// agent's first, unless a fault says otherwise.
	ReplyDelay time.Duration
	// Endpointing is how long the caller is silent before what it said counts
	// as said; Patience is the same for speech that is not understood yet.
	Endpointing, Patience time.Duration
	// Faults are the faults of calls whose metadata does not say otherwise.
	Faults fault.Fault

	Replies []voice.Recording
	Takes   *voice.Takes
	Book    *ears.Book
	Truth   *truth.Log
	Log     *slog.Logger

	// APIKey and APISecret let the agent delete a room when a fault says so.
	APIKey, APISecret string
}

// DefaultBargeIn is how long the caller speaks over the agent before it falls
// silent: the default of the agents framework.
const DefaultBargeIn = 500 * time.Millisecond

// Agent runs calls.
type Agent struct{ opts Options }

// New returns an agent.
func New(opts Options) *Agent { return &Agent{opts} }

// Accept says whether the agent takes a job: always, unless a fault has it
// refuse.
func (a *Agent) Accept(job *livekit.Job) bool {
	f, _ := fault.FromMetadata(a.opts.Faults, job.GetMetadata(), job.GetRoom().GetMetadata())
	if !f.Reject {
		return true
	}
	a.note(job, "rejected", "")
	return false
}

// Run runs one call until the room closes, ctx ends, or a fault ends it.
func (a *Agent) Run(ctx context.Context, job worker.Job) {
	a.note(job.Job, "job", "")
	f, err := fault.FromMetadata(a.opts.Faults, job.GetMetadata(), job.GetRoom().GetMetadata())
	if err != nil {
		a.opts.Log.Error("bad fault", "room", job.GetRoom().GetName(), "err", err)
		a.note(job.Job, "bad_fault", err.Error())
	}
	if f.NoJoin {
		wait(ctx, longestCall)
		return
	}
	if !wait(ctx, time.Duration(f.JoinDelay)) {
		return
	}
	c := newCall(&a.opts, job, f)
	if err := c.run(ctx); err != nil {
		a.opts.Log.Error("call failed", "room", c.roomName, "err", err)
		a.note(job.Job, "error", err.Error())
	}
}

func (a *Agent) note(job *livekit.Job, event, text string) {
	a.opts.Truth.Write(truth.Note{
		Event: event, Room: job.GetRoom().GetName(), Job: job.GetId(),
		At: a.opts.Truth.Since(time.Now()), Text: text,
	})
}

// reply returns what to answer to an utterance; an unknown one is answered
// with the fallback.
func (o *Options) reply(utterance string) (*voice.Recording, bool) {
	if utterance != "" {
		if i := slices.IndexFunc(o.Replies, func(r voice.Recording) bool { return r.Answers == utterance }); i >= 0 {
			return &o.Replies[i], true
		}
	}
	return o.role(voice.Fallback)
}

// wrongReply returns an answer to another utterance than this one.
func (o *Options) wrongReply(utterance string) (*voice.Recording, bool) {
	i := slices.IndexFunc(o.Replies, func(r voice.Recording) bool {
		return r.Answers != "" && r.Answers != utterance
	})
	if i < 0 {
		return nil, false
	}
	return &o.Replies[i], true
}

func (o *Options) role(role string) (*voice.Recording, bool) {
	i := slices.IndexFunc(o.Replies, func(r voice.Recording) bool { return r.Role == role })
	if i < 0 {
		return nil, false
	}
	return &o.Replies[i], true
}

// wait waits for d and reports true, or false when ctx ended first.
func wait(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
