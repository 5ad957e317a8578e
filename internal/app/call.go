// Package app wires the parts of callprobe together: scenarios, targets, calls
// and what is kept of them.
package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"callprobe/internal/calldir"
	"callprobe/probe"
	"callprobe/probe/livekit"
)

// Calls is a batch of calls made one after the other.
type Calls struct {
	Plans  []probe.Plan
	Target livekit.Target
	// TargetName names the target in reports; empty for a call by hand.
	TargetName string
	// Count is how often each plan is called.
	Count int
	// RecordDir, if set, keeps each call in a directory of its own below it.
	RecordDir string
	// Dialer, if set, makes the calls instead of LiveKit.
	Dialer func(target livekit.Target, callID string) probe.Dialer
	// Progress and Done, if set, are told what happens.
	Progress func(scenario string, p probe.Progress)
	Done     func(r *probe.Report, keptIn string)
}

// Run makes the calls. The error says that a call could not be evaluated or
// kept; how calls went is in the reports. It stops early when ctx ends.
func (c Calls) Run(ctx context.Context) ([]*probe.Report, error) {
	if c.RecordDir != "" {
		if err := calldir.Prepare(c.RecordDir); err != nil {
			return nil, err
		}
	}
	var reports []*probe.Report
	for range c.Count {
		for _, plan := range c.Plans {
			report, err := c.one(ctx, plan)
			reports = append(reports, report)
			if err != nil || ctx.Err() != nil {
				return reports, err
			}
		}
	}
	return reports, nil
}

func (c Calls) one(ctx context.Context, plan probe.Plan) (*probe.Report, error) {
	id := newCallID(time.Now())
	target := c.Target
	target.TokenLife = plan.MaxDuration() + time.Minute
	rec := probe.Run(ctx, plan, c.dialer(target, id), probe.Options{
		CallID: id, Target: c.TargetName,
		Progress: func(p probe.Progress) {
			if c.Progress != nil {
				c.Progress(plan.Name, p)
			}
		},
	})
	report, err := measured(rec)
	kept := ""
	if c.RecordDir != "" {
		var lost error
		// What cannot be measured cannot be listened to, either.
		call := calldir.Call{Recording: rec, Report: report, NoAudio: err != nil}
		if kept, lost = call.Save(c.RecordDir); lost != nil {
			report.Warnings = append(report.Warnings, probe.Warning(lost.Error()))
			err = errors.Join(err, lost)
		}
	}
	if c.Done != nil {
		c.Done(report, kept)
	}
	return report, err
}

func (c Calls) dialer(target livekit.Target, callID string) probe.Dialer {
	if c.Dialer != nil {
		return c.Dialer(target, callID)
	}
	return livekit.Dialer{Target: target, CallID: callID}
}

// newCallID returns a name that sorts by time and does not repeat.
func newCallID(now time.Time) string {
	return fmt.Sprintf("%s-%s", now.UTC().Format("20060102t150405"), strings.ToLower(rand.Text()[:8]))
}

// Replay evaluates a kept call again: a directory, or its recording alone.
func Replay(dir string) (*probe.Report, error) {
	rec, err := calldir.Load(dir)
	if err != nil {
		return nil, err
	}
	report, err := probe.Evaluate(rec)
	if err != nil {
		return nil, fmt.Errorf("replay %s: %w", dir, err)
	}
	return report, nil
}
