package metrics

import (
	"slices"
	"time"
	"unicode/utf8"

	"github.com/prometheus/client_golang/prometheus"

	"callprobe/probe"
)

// Observe counts one finished call. A call of a pair that is not configured is
// dropped.
func (m *Metrics) Observe(r *probe.Report) { m.observe(r, true) }

// ObserveUnconfirmed counts a call that went unanswered and that another call is
// about to confirm. It counts like any other, but it is not yet believed that
// the agent is away: agent_workers_active stays as it is until the confirming
// call is observed.
func (m *Metrics) ObserveUnconfirmed(r *probe.Report) { m.observe(r, false) }

func (m *Metrics) observe(r *probe.Report, confirmed bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	b := m.books[Pair{r.Target, r.Scenario}]
	if b == nil {
		return
	}
	// Nobody confirms a call that a scrape made: the next scrape does.
	if b.onScrape && !b.suspect {
		confirmed = false
	}
	b.count(r)
	b.believe(r, confirmed)
	b.last = r
}

// count counts what belongs to every call, and what says something about the
// agent only of calls that do.
func (b *book) count(r *probe.Report) {
	id := exemplar(r.CallID)
	inc(b.calls.WithLabelValues(string(r.Verdict), string(r.Reason)), id)
	b.minutes.WithLabelValues().Add(max(0, r.Duration.Minutes()))
	b.lastCall.WithLabelValues().Set(unix(ended(r)))
	if r.Pacing.Frames > 0 {
		observe(b.pacing.WithLabelValues(), r.Pacing.LateP99, id)
		b.packets.WithLabelValues(sent).Add(float64(r.Pacing.Frames))
	}
	if r.Network.Known {
		b.packets.WithLabelValues(received).Add(float64(r.Network.Packets))
		b.packetsLost.WithLabelValues().Add(max(0, float64(r.Network.Lost)))
	}
	if r.Verdict == probe.Inconclusive {
		return
	}
	measured(b.phase.WithLabelValues(joinPhase), r.Join, id)
	measured(b.phase.WithLabelValues(agentJoinPhase), r.AgentJoin, id)
	measured(b.greeting.WithLabelValues(), r.Greeting, id)
	b.compare(r)
	failed := false
	for _, t := range r.Turns {
		b.turn(t, id)
		failed = failed || isError(t.Outcome)
	}
	// No agent, no greeting, gone between two turns: what no turn shows.
	if isError(r.Reason) && !failed {
		inc(b.requests.WithLabelValues(failure), id)
	}
}

// compare holds the call against an agent that knows the truth.
func (b *book) compare(r *probe.Report) {
	var worst time.Duration
	known := false
	for _, t := range r.Turns {
		if !t.TTFA.OK || !t.AgentE2E.OK {
			continue
		}
		if off := t.TTFA.Value - t.AgentE2E.Value; !known || off.Abs() > worst.Abs() {
			worst, known = off, true
		}
	}
	if b.reference && known {
		b.measuredError.WithLabelValues().Set(worst.Seconds())
	}
}

// turn counts one turn of a call that says something about the agent.
func (b *book) turn(t probe.TurnReport, id prometheus.Labels) {
	switch {
	case isError(t.Outcome):
		inc(b.requests.WithLabelValues(failure), id)
	case t.Silent():
		// The agent was asked for nothing: no success to set against errors.
	case t.Outcome.Verdict() != probe.Inconclusive:
		inc(b.requests.WithLabelValues(success), id)
	}
	switch {
	case !t.TTFA.OK:
	case t.TTFA.Value < 0:
		inc(b.talkOver.WithLabelValues(), id)
	default:
		observe(b.response.WithLabelValues(), t.TTFA.Value, id)
	}
	measured(b.bargeInStop.WithLabelValues(), t.BargeInStop, id)
	measured(b.phase.WithLabelValues(transcriptPhase), t.STT.Final, id)
	b.understood(t, id)
}

// understood counts how well a turn was understood.
func (b *book) understood(t probe.TurnReport, id prometheus.Labels) {
	expected, wrong := sttOf(t)
	if !expected {
		return
	}
	inc(b.sttRequests.WithLabelValues(), id)
	if wrong {
		inc(b.sttErrors.WithLabelValues(), id)
	}
	if t.STT.Score == nil {
		return
	}
	c := t.STT.Score.Counts
	for i, n := range []int{c.Hits, c.Substitutions, c.Deletions, c.Insertions} {
		b.words.WithLabelValues(wordResults()[i]).Add(float64(n))
	}
}

// wordResults are in the order of wer.Counts.
func wordResults() []string { return []string{"hit", "substitution", "deletion", "insertion"} }

// sttOf says whether a transcript of a turn was expected, and whether it was
// not as it should be. An agent that publishes none is to blame only where the
// scenario requires one.
func sttOf(t probe.TurnReport) (expected, wrong bool) {
	switch t.STT.Outcome {
	case probe.STTCorrect:
		return true, false
	case probe.STTIncorrect, probe.STTNotThere:
		return true, true
	case probe.STTUnsupported:
		return t.Outcome == probe.STTMissing, true
	case probe.STTNotApplicable:
	}
	return false, false
}

// isError reports whether an outcome is the agent's failure to answer, in time
// and with the right words. That it misheard is counted elsewhere.
func isError(r probe.Reason) bool {
	return r.Verdict() == probe.Failed && r != probe.STTWrong && r != probe.STTMissing
}

// believe takes over who answered, unless the call does not say or is not
// confirmed.
func (b *book) believe(r *probe.Report, confirmed bool) {
	if r.Verdict == probe.Inconclusive {
		return
	}
	agent := answeredBy(r)
	b.suspect = agent == ""
	switch {
	case agent != "":
		b.answered, b.missed = ended(r), time.Time{}
		b.lastAnswered.WithLabelValues().Set(unix(b.answered))
	case b.missed.IsZero():
		b.missed = r.Started
	}
	if agent != "" || confirmed {
		b.agent, b.known = agent, true
	}
}

// outdated reports whether a scenario that is called more often has found since
// the answer in this book that nobody answers.
func (b *book) outdated(books []*book) bool {
	return slices.ContainsFunc(books, func(other *book) bool {
		return other.known && other.agent == "" && other.every > 0 && other.every < b.every && b.answered.Before(other.missed)
	})
}

// answeredBy names the agent that answered a call, or returns nothing when
// nobody did. A late or wrong reply is one too: the agent is there.
func answeredBy(r *probe.Report) string {
	replied := !r.Reason.Unanswered()
	for _, t := range r.Turns {
		replied = replied || t.TTFA.OK
	}
	if !replied {
		return ""
	}
	if len(r.Agents) == 0 {
		return "unnamed"
	}
	return r.Agents[0]
}

func ended(r *probe.Report) time.Time { return r.Started.Add(r.Duration) }

func unix(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }

// exemplar returns the labels that lead from a series to a call, or nothing
// when the id is too long for them.
func exemplar(callID string) prometheus.Labels {
	const name = "call_id"
	if callID == "" || utf8.RuneCountInString(name+callID) > prometheus.ExemplarMaxRunes {
		return nil
	}
	return prometheus.Labels{name: callID}
}

func inc(c prometheus.Counter, id prometheus.Labels) {
	if e, ok := c.(prometheus.ExemplarAdder); ok && id != nil {
		e.AddWithExemplar(1, id)
		return
	}
	c.Inc()
}

func observe(o prometheus.Observer, d time.Duration, id prometheus.Labels) {
	if e, ok := o.(prometheus.ExemplarObserver); ok && id != nil {
		e.ObserveWithExemplar(d.Seconds(), id)
		return
	}
	o.Observe(d.Seconds())
}

func measured(o prometheus.Observer, d probe.Measured, id prometheus.Labels) {
	if d.OK {
		observe(o, max(0, d.Value), id)
	}
}

// workersActive collects how many agents answered among the latest calls to a
// target. It collects nothing as long as no call has said anything.
func workersActive(target string, books []*book) prometheus.Gatherer {
	registry := prometheus.NewRegistry()
	agents, known := map[string]bool{}, false
	for _, b := range books {
		known = known || b.known
		if b.known && b.agent != "" && !b.outdated(books) {
			agents[b.agent] = true
		}
	}
	if !known {
		return registry
	}
	gauge := prometheus.NewGauge(prometheus.GaugeOpts{
		Name:        "agent_workers_active",
		Help:        "Distinct agents that answered among the latest call of each scenario to the target; not the agents that idle, which no caller can count. 0 when the latest calls went unanswered, each confirmed by a second one; an older answer to a scenario that is called more seldom does not count against them. Unchanged, not 0, when the prober could not reach the room: see callprobe_calls_total{outcome=\"inconclusive\"}. Absent before the first call.",
		ConstLabels: prometheus.Labels{"target": target},
	})
	gauge.Set(float64(len(agents)))
	registry.MustRegister(gauge)
	return registry
}
