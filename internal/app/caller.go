package app

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"
	"time"

	"callprobe/internal/history"
	"callprobe/internal/schedule"
	"callprobe/internal/terminal"
	"callprobe/metrics"
	"callprobe/probe"
	"callprobe/probe/livekit"
)

// dialerFunc makes the dialer of one call.
type dialerFunc func(target livekit.Target, callID string) probe.Dialer

func dialLiveKit(target livekit.Target, callID string) probe.Dialer {
	return livekit.Dialer{Target: target, CallID: callID}
}

// caller makes the calls of a service or of one run: each is evaluated,
// counted, kept and logged, in that order. It is safe for concurrent use.
type caller struct {
	metrics *metrics.Metrics
	// kept is nil where calls are not kept.
	kept   *history.Store
	dialer dialerFunc
	log    *slog.Logger

	mu sync.Mutex
	// pages is where people find the calls; empty where that is not known.
	pages   string
	running map[schedule.Key]int
	latest  map[schedule.Key]metrics.ProbeResult
}

func newCaller(m *metrics.Metrics, kept *history.Store, dialer dialerFunc, log *slog.Logger) *caller {
	if dialer == nil {
		dialer = dialLiveKit
	}
	return &caller{metrics: m, kept: kept, dialer: dialer, log: log, running: map[schedule.Key]int{}, latest: map[schedule.Key]metrics.ProbeResult{}}
}

// maxStory bounds what is logged of the steps of one call, in bytes: each final
// transcript is one, and an agent may publish any number.
const maxStory = 256 << 10

// call makes one call. The error says that it could not be evaluated: it counts
// all the same, as one that says nothing about the agent. How it went is in the
// report.
func (c *caller) call(ctx context.Context, p pair, attempt schedule.Attempt) (metrics.ProbeResult, error) {
	c.count(p.key, 1)
	defer c.count(p.key, -1)
	var lines bytes.Buffer
	story := slog.New(slog.NewTextHandler(&locked{w: &lines}, &slog.HandlerOptions{Level: slog.LevelDebug}))
	id := newCallID(time.Now())
	target := p.target
	target.TokenLife = p.plan.MaxDuration() + time.Minute
	rec := probe.Run(ctx, p.plan, c.dialer(target, id), probe.Options{
		CallID: id, Target: p.key.Target,
		Progress: func(step probe.Progress) {
			if lines.Len() > maxStory {
				return
			}
			story.Debug("step", "step", string(step.Step), "at", step.At.Round(time.Millisecond), "turn", step.Turn+1, "text", step.Text)
		},
	})
	report, unmeasured := measured(rec)
	if unmeasured != nil {
		c.log.Error("call cannot be evaluated", "target", p.key.Target, "scenario", p.key.Scenario, "call_id", id, "err", unmeasured)
	}
	if attempt.Provisional {
		c.metrics.ObserveUnconfirmed(report)
	} else {
		c.metrics.Observe(report)
	}
	line := wideLine(report, attempt)
	if page := c.page(id); page != "" {
		line = append(line, slog.String("page", page))
	}
	story.LogAttrs(ctx, slog.LevelInfo, callFinished, line...)
	if c.kept != nil {
		c.kept.Add(rec, report, lines.Bytes())
	}
	c.log.LogAttrs(ctx, slog.LevelInfo, callFinished, line...)
	result := metrics.ProbeResult{Report: report, Log: lines.Bytes(), Text: asText(report)}
	c.mu.Lock()
	c.latest[p.key] = result
	c.mu.Unlock()
	return result, unmeasured
}

func (c *caller) count(key schedule.Key, by int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.running[key] += by; c.running[key] == 0 {
		delete(c.running, key)
	}
}

// isRunning reports whether a call of the pair is going on.
func (c *caller) isRunning(key schedule.Key) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.running[key] > 0
}

// last returns the latest call of a pair that has finished.
func (c *caller) last(key schedule.Key) (metrics.ProbeResult, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	r, ok := c.latest[key]
	return r, ok
}

// page is the address of the page about a call, where it is known.
func (c *caller) page(id string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.pages == "" || c.kept == nil {
		return ""
	}
	return strings.TrimSuffix(c.pages, "/") + "/calls/" + id
}

// configure tells where people find the calls, and which pairs there are: the
// latest calls of others are forgotten.
func (c *caller) configure(pages string, configured func(schedule.Key) bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pages = pages
	for key := range c.latest {
		if !configured(key) {
			delete(c.latest, key)
		}
	}
}

// answerOf is what a call says about the agent.
func answerOf(r *probe.Report) schedule.Answer {
	switch {
	case r.Reason.Unanswered():
		return schedule.Unanswered
	case r.Verdict == probe.Inconclusive:
		return schedule.Unknown
	}
	return schedule.Answered
}

// asText is a report as people read it.
func asText(r *probe.Report) string {
	var text bytes.Buffer
	if err := terminal.Report(&text, terminal.Style{}, r); err != nil {
		return err.Error()
	}
	return text.String()
}

// locked lets several goroutines write to one buffer.
type locked struct {
	mu sync.Mutex
	w  *bytes.Buffer
}

func (l *locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}
