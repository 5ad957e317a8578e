// Package probe is the core of callprobe: it makes one call as a caller would
// and judges what came back.
//
// A [Plan] says what the caller does and expects. [Run] carries it out over a
// [Dialer] and yields a [Recording]; [Evaluate] turns that into a [Report].
// Everything right of the Recording is a pure function of it, so any stored
// call can be measured again:
//
//	Plan --Run--> Recording --Evaluate--> Report
//
// All times are on one axis, the prober's monotonic clock since the start of
// the call. A caller's sample i happens when its frame was put on the wire
// plus its place in the frame; an agent's sample happens when its packet
// arrived plus its place in the packet, de-jittered.
package probe

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Options are what Run needs besides the plan.
type Options struct {
	// CallID names the call in reports and logs.
	CallID string
	// Target names what is called; empty for a call by hand.
	Target string
	// Progress, if set, is told what the call is doing. It must not block.
	Progress func(Progress)
}

// Progress is one step of a running call, for people.
type Progress struct {
	// At is the time since the start of the call.
	At   time.Duration
	Step Step
	// Turn is the index of the turn it is about, -1 when none.
	Turn int
	// Text is what is said, or what is waited for.
	Text string
}

// Step names what a running call is doing.
type Step string

// The steps of a call.
const (
	StepConnecting    Step = "connecting"
	StepJoined        Step = "joined"
	StepAgentJoined   Step = "agent joined"
	StepAgentSpeaking Step = "agent speaking"
	StepAgentSilent   Step = "agent silent"
	StepCallerSpeaks  Step = "caller speaking"
	StepWaiting       Step = "waiting for reply"
	StepTranscript    Step = "agent understood"
	StepHangingUp     Step = "hanging up"
)

// Run makes one call. It always returns a recording, however the call went:
// what went wrong is in Recording.Ended.
func Run(ctx context.Context, plan Plan, dialer Dialer, opts Options) *Recording {
	wall := time.Now()
	start := wall
	rec := &Recording{
		Version: recordingVersion,
		CallID:  opts.CallID,
		Target:  opts.Target,
		Started: wall.Round(0),
		Plan:    plan,
	}
	if opts.Progress == nil {
		opts.Progress = func(Progress) {}
	}
	opts.Progress(Progress{Step: StepConnecting, Turn: -1})

	callCtx, cancel := context.WithTimeout(ctx, plan.Limits.Call)
	defer cancel()
	call, err := dial(callCtx, plan, dialer, start)
	if err != nil {
		rec.Ended = endingOf(ctx, err, time.Since(start))
		rec.WallDrift = wallDrift(wall)
		return rec
	}
	rec.Room = call.Room()
	func() {
		defer hangUp(ctx, call, rec) // However the call goes, even by a panic.
		c := newConductor(plan, rec, start, opts.Progress)
		c.conduct(callCtx, ctx, call)
		opts.Progress(Progress{At: time.Since(start), Step: StepHangingUp, Turn: -1})
	}()
	rec.WallDrift = wallDrift(wall)
	return rec
}

// hangUp leaves the room and deletes it, even when ctx has ended.
func hangUp(ctx context.Context, call Call, rec *Recording) {
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), hangUpLimit)
	defer stop()
	if err := call.Close(ctx); err != nil {
		rec.HangUpError = err.Error()
	}
}

func dial(ctx context.Context, plan Plan, dialer Dialer, start time.Time) (Call, error) {
	ctx, cancel := context.WithTimeout(ctx, plan.Limits.Join)
	defer cancel()
	return dialer.Dial(ctx, start)
}

// wallDrift compares the two clocks of a time that carries both.
func wallDrift(since time.Time) time.Duration {
	now := time.Now()
	return now.Round(0).Sub(since.Round(0)) - now.Sub(since)
}

func endingOf(ctx context.Context, err error, at time.Duration) Ending {
	end := Ending{At: at, Stage: StageJoin, Reason: Unreachable, Detail: err.Error()}
	var call *CallError
	if errors.As(err, &call) {
		end.Stage, end.Reason, end.Detail, end.Remedy = call.Stage, call.Reason, fmt.Sprint(call.Err), call.Remedy
	}
	if ctx.Err() != nil {
		end.Reason, end.Remedy = Canceled, ""
		end.Detail = "interrupted while connecting"
	}
	return end
}
