package drill

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Mark is a moment of an outage.
type Mark struct {
	What string
	// At is from the agent's death.
	At time.Duration
}

// OutageResult is what came of an outage.
type OutageResult struct {
	Result
	// Marks are the moments up to the page, and Back those from the agent's return
	// on, counted from that.
	Marks, Back []Mark
}

// outage is a running one.
type outage struct {
	drill
	chain *chain
	// from is what times count from: the agent's death, and later its return.
	from  time.Time
	marks *[]Mark
	out   OutageResult
}

// RunOutage lets the lab's agent die, waits until the page was delivered, lets
// it come back, and waits until that was told. Nothing is left running.
func RunOutage(ctx context.Context, o Options, c Chain) OutageResult {
	return runOutage(ctx, o, c.Interval, c.start)
}

// runOutage is RunOutage with a chain that start starts, and calls every interval.
func runOutage(ctx context.Context, o Options, interval time.Duration, start func(context.Context, Options, map[string]string) (*chain, error)) (result OutageResult) {
	x := &outage{drill: drill{Options: o, began: time.Now()}, from: time.Now()}
	defer func() { result = x.out; result.Result = x.result }()
	planning, cancel := context.WithTimeoutCause(ctx, reachLimit, errOutOfTime)
	good := x.steps(planning, x.reach, x.promised)
	cancel()
	if !good {
		return
	}
	limit := o.Timeout
	if limit == 0 {
		limit = x.needs() + 4*interval + stagesLimit
	}
	ctx, cancel = context.WithTimeoutCause(ctx, limit, errOutOfTime)
	defer cancel()
	x.test = newTest(o, x.began, x.began)
	chain, err := start(ctx, o, x.test.Labels)
	if err != nil {
		x.tell(Step{Name: "started", State: Unclear, Text: err.Error(), Remedy: "See that --lab.path and --prometheus.path name programs that run here."})
		return
	}
	x.chain = chain
	x.tell(Step{Name: "started", Text: fmt.Sprintf("a room server with its agent, calls to it every %s, and Prometheus with the shipped rules", short(interval))})
	x.play(ctx, interval)
	x.close(ctx)
	return
}

// stagesLimit is how long an outage may take beside calls and Alertmanager: two
// calls, the time that the rule waits, and scrapes and evaluations between.
const stagesLimit = 6 * time.Minute

// stage is a moment that is waited for.
type stage struct {
	// name is a word or two, what the moment in words.
	name, what string
	// waiting says what is waited for.
	waiting string
	limit   time.Duration
	// seen looks whether it is there, and may say more about it.
	seen func(ctx context.Context) (there bool, more string, err error)
	// remedy says what to do when it does not come.
	remedy string
}

// play goes through the stages until one does not come.
func (x *outage) play(ctx context.Context, interval time.Duration) {
	x.from = time.Now()
	if !x.stages(ctx, stage{
		name: "answered", what: "the agent answers, and Prometheus knows it", waiting: "the first call", limit: interval + 2*time.Minute,
		seen: x.prometheusHolds("agent_workers_active == 1"), remedy: "See with `callprobe selftest` what this machine is capable of.",
	}) {
		return
	}
	if x.before, x.blind = x.Alertmanager.counters(ctx, x.told()); x.blind != nil {
		step := Step{Name: "killed"}
		x.undelivered(ctx, &step, finding{cause: x.blind}, 0)
		x.tell(step)
		return
	}
	failed, err := x.serviceValue(ctx, "agent_requests_total", `status="error"`)
	if err != nil {
		x.tell(Step{Name: "killed", State: Unclear, Text: err.Error()})
		return
	}
	x.marks = &x.out.Marks
	if !x.command("kill-agent", "killed", "the agent dies") {
		return
	}
	calls := 2*interval + time.Minute
	if !x.stages(ctx,
		stage{name: "call failed", what: "the first call gets no answer", waiting: "the next call", limit: calls, seen: x.serviceShows("agent_requests_total", `status="error"`, func(v float64) bool { return v > failed })},
		stage{name: "confirmed", what: "a second call confirms it: nobody answers", waiting: "the call that confirms it", limit: calls, seen: x.serviceShows("agent_workers_active", "", func(v float64) bool { return v == 0 })},
		stage{name: "pending", what: "the alert is pending in Prometheus", waiting: "the next scrape", limit: time.Minute, seen: x.alertIs("pending")},
		stage{name: "firing", what: "it fires", waiting: "the rule's \"for: 1m\"", limit: 2 * time.Minute, seen: x.alertIs("firing")},
		stage{name: "arrived", what: "it is at Alertmanager", waiting: "Prometheus to tell Alertmanager", limit: time.Minute, seen: x.arrived, remedy: "Can this machine's Prometheus reach that address? Its password is sent along."},
	) || !x.paged(ctx) {
		return
	}
	x.marks = &x.out.Back
	if !x.command("start-agent", "back", "the agent is back") {
		return
	}
	before, err := x.Alertmanager.counters(ctx, x.told())
	if err != nil || !x.stages(ctx,
		stage{name: "answered", what: "a call is answered", waiting: "the next call", limit: calls, seen: x.serviceShows("agent_workers_active", "", func(v float64) bool { return v > 0 })},
		stage{name: "cleared", what: "the alert no longer fires in Prometheus", waiting: "the next scrape", limit: time.Minute, seen: x.alertIs("")},
	) {
		return
	}
	x.over(ctx, before)
}

// stages waits for one moment after the other.
func (x *outage) stages(ctx context.Context, all ...stage) bool {
	for _, s := range all {
		if !x.await(ctx, s) {
			return false
		}
	}
	return true
}

// errLate is why a stage ends that did not come.
var errLate = errors.New("it did not come in time")

func (x *outage) await(ctx context.Context, s stage) bool {
	staged, cancel := context.WithTimeoutCause(ctx, s.limit, errLate)
	defer cancel()
	tick := time.NewTicker(askEvery)
	defer tick.Stop()
	for {
		there, more, err := s.seen(staged)
		if there {
			return x.mark(s.name, s.what, more)
		}
		if fatal, ok := errors.AsType[*mutedError](err); ok {
			return x.tell(Step{Name: s.name, State: Failed, Text: fatal.why, Remedy: fatal.remedy})
		}
		x.Watcher.waiting(s.waiting, time.Since(x.from))
		select {
		case <-tick.C:
		case <-staged.Done():
			step := Step{Name: s.name, State: Unclear, Text: fmt.Sprintf("not seen: %s; %v", s.what, why(staged)), Remedy: s.remedy}
			if err != nil && !errors.Is(err, why(staged)) {
				step.Details = append(step.Details, err.Error())
			}
			return x.tell(step)
		}
	}
}

// mark tells of a moment that came.
func (x *outage) mark(name, what, more string) bool {
	return x.markAt(time.Since(x.from), name, what, more)
}

func (x *outage) markAt(at time.Duration, name, what, more string) bool {
	if x.marks != nil {
		*x.marks = append(*x.marks, Mark{what, at})
	}
	step := Step{Name: name, Text: what, Timed: x.marks != nil}
	if more != "" {
		step.Details = []string{more}
	}
	step.At = at
	return x.tell(step)
}

// tell counts the time of steps from the agent's death or return.
func (x *outage) tell(s Step) (good bool) {
	if !s.Timed {
		s.At = time.Since(x.from)
	}
	x.result.State = max(x.result.State, s.State)
	x.Watcher.step(s)
	return s.State == Passed
}

// command tells the lab what to do, and counts from then on.
func (x *outage) command(line, name, what string) bool {
	x.from = time.Now()
	if err := x.chain.tell(line); err != nil {
		return x.tell(Step{Name: name, State: Unclear, Text: fmt.Sprintf("the lab cannot be told: %v", err)})
	}
	return x.mark(name, what, "")
}

// paged waits until the page was delivered.
func (x *outage) paged(ctx context.Context) bool {
	wanted := x.integrations(false)
	f := x.expect(ctx, expectation{
		wanted: wanted, before: x.before, from: x.from, limit: time.Since(x.from) + x.deliveryLimit(),
		due: func(time.Duration) string { return "Alertmanager to send it (group_wait)" },
	})
	if f.after == 0 {
		step := Step{Name: "delivered"}
		x.undelivered(ctx, &step, f, x.deliveryLimit())
		return x.tell(step)
	}
	x.result.Delivered = f.after
	return x.markAt(f.after, "delivered", messages(wanted)+" took the page", x.others(ctx, wanted))
}

// over waits until it was told that the outage is over.
func (x *outage) over(ctx context.Context, before counters) {
	wanted := x.integrations(true)
	if len(wanted) == 0 {
		x.tell(Step{Name: "resolved", Text: "by the configuration nobody is told that it is over (send_resolved)"})
		return
	}
	f := x.expect(ctx, expectation{
		wanted: wanted, before: before, from: x.from, limit: time.Since(x.from) + x.endingLimit(),
		due: func(time.Duration) string { return "Alertmanager to tell that it is over (group_interval)" },
	})
	if f.after == 0 {
		step := Step{Name: "resolved"}
		x.undelivered(ctx, &step, f, x.endingLimit())
		x.tell(step)
		return
	}
	x.result.Resolved = f.after
	x.markAt(f.after, "resolved", messages(wanted)+" was told that it is over", "")
}

// close ends the chain, and then the alert, should it still be there.
func (x *outage) close(ctx context.Context) {
	err := x.chain.stop()
	ctx, cancel := context.WithTimeoutCause(context.WithoutCancel(ctx), endLimit, errNotEnded)
	defer cancel()
	if x.fingerprint != "" && x.result.Resolved == 0 {
		ended := x.test
		ended.EndsAt = time.Now()
		err = errors.Join(err, x.Alertmanager.post(ctx, ended))
	}
	if err != nil {
		x.tell(Step{Name: "ended", State: Unclear, Text: strings.ReplaceAll(err.Error(), "\n", "; ")})
	}
}
