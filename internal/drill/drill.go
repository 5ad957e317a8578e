// Package drill rehearses what alerts are for. A drill sends a test alert that
// says so through a real Alertmanager and follows it, step by step, until
// somebody was told and was told that it is over. An outage goes further back:
// it lets the lab's agent die and times it from death to page.
//
// It speaks Alertmanager's v2 HTTP API. Of the last step, the delivery, that API
// says nothing, so Alertmanager's own metrics are looked at: they prove that the
// receiver's server took a notification, and not that anybody read it.
package drill

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"callprobe/deploy"
)

// Options say what to drill.
type Options struct {
	// Alert is the one that is sent. Target is what it is said to be about, where
	// it has a label TargetLabel.
	Alert               deploy.Alert
	TargetLabel, Target string
	// Sender is who drills, for those who get the page; it may be empty.
	Sender       string
	Alertmanager Server
	// Promise is the configuration that Alertmanager should run; nil stands for the
	// one that it does run.
	Promise *Configuration
	// Timeout bounds the drill; 0 stands for as long as the configuration needs.
	Timeout time.Duration
	Watcher Watcher
}

// Result is what came of a drill.
type Result struct {
	// State is that of the worst step.
	State State
	// Delivered is from sending the alert to the receiver's server having taken
	// it, Resolved from ending the alert to the same of the message that it is
	// over. They are 0 when that did not happen.
	Delivered, Resolved time.Duration
}

const (
	// reachLimit bounds the time until Alertmanager has said what it runs.
	reachLimit = 30 * time.Second
	// sendLimit is how long sending may take after it was due.
	sendLimit = 15 * time.Second
	// endLimit bounds the request that ends the alert, also of a drill that was
	// interrupted.
	endLimit = 5 * time.Second
	// askEvery is how often it is looked whether something happened.
	askEvery = 500 * time.Millisecond
)

// drill is a running one.
type drill struct {
	Options
	began  time.Time
	result Result

	peers   int
	running Configuration
	// ways are the routes that the alert takes.
	ways []way

	test   posted
	sent   bool
	before counters
	// blind is why deliveries cannot be seen.
	blind error
	// fingerprint is Alertmanager's name of the alert.
	fingerprint string
}

// errOutOfTime is why a drill ends that ran into its time-out.
var errOutOfTime = errors.New("the time was over")

// errNotEnded is why nobody waits any longer for an alert to be ended.
var errNotEnded = fmt.Errorf("it did not answer within %v", endLimit)

// errInterrupted is why a drill ends whose user wants no more of it.
var errInterrupted = errors.New("it was interrupted")

// why says why a context ended.
func why(ctx context.Context) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return errInterrupted
	}
	return context.Cause(ctx)
}

// Run drills. The alert is ended in any case, also when ctx is.
func Run(ctx context.Context, o Options) Result {
	d := &drill{Options: o, began: time.Now()}
	limit := o.Timeout
	if limit == 0 {
		limit = reachLimit
	}
	planning, cancel := context.WithTimeoutCause(ctx, limit, errOutOfTime)
	good := d.steps(planning, d.reach, d.promised)
	cancel()
	if !good {
		return d.result
	}
	if limit = o.Timeout; limit == 0 {
		limit = d.needs()
	}
	d.test = newTest(o, d.began, d.began.Add(limit+sendLimit))
	running, cancel := context.WithTimeoutCause(ctx, limit-time.Since(d.began), errOutOfTime)
	defer cancel()
	good = d.steps(running, d.send, d.routed, d.delivered)
	if d.sent {
		d.end(running, good)
	}
	return d.result
}

// steps goes through steps until one does not pass.
func (d *drill) steps(ctx context.Context, steps ...func(context.Context) Step) (good bool) {
	for _, next := range steps {
		if !d.tell(next(ctx)) {
			return false
		}
	}
	return true
}

// tell tells of a step, and reports whether to go on.
func (d *drill) tell(s Step) (good bool) {
	s.At = time.Since(d.began)
	d.result.State = max(d.result.State, s.State)
	d.Watcher.step(s)
	return s.State == Passed
}

// needs is how long a drill may take as far as the configuration goes.
func (d *drill) needs() time.Duration {
	return d.deliveryLimit() + d.endingLimit() + sendLimit
}

// deliveryLimit is from sending the alert to the latest delivery: a group that is
// there already is sent when its interval is over.
func (d *drill) deliveryLimit() time.Duration {
	wait, interval := d.timing()
	return wait + interval + sendLimit
}

// endingLimit is from the end of the alert to the latest message about it.
func (d *drill) endingLimit() time.Duration {
	_, interval := d.timing()
	return interval + sendLimit
}

// timing returns the longest group_wait and group_interval of the alert's ways.
func (d *drill) timing() (wait, interval time.Duration) {
	for _, w := range d.ways {
		wait, interval = max(wait, w.wait), max(interval, w.interval)
	}
	return wait, interval
}

// integrations returns how many integrations of each name are to be told; only
// those that are told of the end where ending is set.
func (d *drill) integrations(ending bool) map[string]int {
	wanted := map[string]int{}
	for _, w := range d.ways {
		for _, i := range d.running.receivers[w.receiver] {
			if !ending || i.tellsEnd {
				wanted[i.name]++
			}
		}
	}
	return wanted
}

// receivers returns the names of the receivers of ways, in order.
func receivers(ways []way) []string {
	var names []string
	for _, w := range ways {
		names = append(names, w.receiver)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// quoted lists names for a sentence.
func quoted(names []string) string {
	texts := make([]string, len(names))
	for i, n := range names {
		texts[i] = fmt.Sprintf("%q", n)
	}
	return strings.Join(texts, " and ")
}
