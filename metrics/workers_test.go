package metrics

import (
	"testing"
	"time"

	"callprobe/probe"
)

const workers = "agent_workers_active"

// by makes a report one of a scenario, answered by an agent.
func by(scenario, agent string) func(*probe.Report) {
	return func(r *probe.Report) {
		r.Scenario, r.Agents = scenario, []string{agent}
	}
}

func TestAgentWorkersActive(t *testing.T) {
	answered := callOf(probe.Answered)
	noAgent, unreachable := callOf(probe.NoAgent), callOf(probe.Unreachable)
	type step struct {
		call        *probe.Report
		unconfirmed bool
		want        float64 // -1: absent
	}
	for _, tc := range []struct {
		name  string
		steps []step
	}{
		{"an answered call makes it 1, a confirmed unanswered one 0, and back", []step{{answered, false, 1}, {noAgent, true, 1}, {noAgent, false, 0}, {answered, false, 1}}},
		{"it stays absent while the room cannot be reached, and until an absence is confirmed", []step{{unreachable, false, -1}, {noAgent, true, -1}, {noAgent, false, 0}}},
		{"it does not change when the room cannot be reached", []step{{answered, false, 1}, {unreachable, false, 1}, {noAgent, false, 0}, {unreachable, false, 0}}},
		{"one blip does not move it", []step{{answered, false, 1}, {callOf(probe.AgentSilent), true, 1}, {answered, false, 1}}},
		{"a confirmation that says nothing does not move it", []step{{answered, false, 1}, {noAgent, true, 1}, {unreachable, false, 1}}},
		{"an agent that replied late, wrongly or misheard is there", []step{{storyOf(probe.ReplyLate), false, 1}, {storyOf(probe.ReplyWrong), false, 1}, {storyOf(probe.STTWrong), false, 1}}},
		{"an agent that answered one turn and left was there", []step{{callOf(probe.AgentLeft, turns(replied(probe.Answered, time.Second), unanswered(probe.AgentLeft))), false, 1}}},
		{"two scenarios that two agents answered make 2", []step{{answered, false, 1}, {callOf(probe.Answered, by("booking", "agent-2")), false, 2}, {noAgent, false, 1}}},
		{"two scenarios that one agent answered make 1", []step{{answered, false, 1}, {callOf(probe.Answered, by("booking", "agent-1")), false, 1}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			m := New(Options{})
			m.Configure([]Probe{{Pair: thePair()}, {Pair: Pair{"shop", "booking"}}, {Pair: Pair{"other", "hours"}}})
			for i, s := range tc.steps {
				if s.unconfirmed {
					m.ObserveUnconfirmed(s.call)
				} else {
					m.Observe(s.call)
				}
				f := read(t, m.scheduled())
				if s.want < 0 {
					f.wantAbsent(t, workers)
				} else {
					f.want(t, figures{workers + `{target="shop"}`: s.want})
				}
				if _, n := f.of(workers, `target="other"`); n != 0 {
					t.Errorf("step %d: a target without a call has it", i+1)
				}
			}
		})
	}
}

func TestAnAnswerThatIsOlderThanTheOutageOfABusierScenarioIsNone(t *testing.T) {
	type step struct {
		scenario string
		answers  bool
		want     float64
	}
	const often, seldom = "hours", "booking"
	for _, tc := range []struct {
		name   string
		seldom time.Duration
		steps  []step
	}{
		{"the outage is not hidden until the next call of the other", 5 * time.Minute, []step{{seldom, true, 1}, {often, true, 1}, {often, false, 0}, {often, false, 0}, {seldom, false, 0}, {often, true, 1}}},
		{"an answer since then shows that an agent is there", 5 * time.Minute, []step{{often, false, 0}, {seldom, true, 1}, {often, false, 1}, {often, false, 1}}},
		{"the busier one's answer stands when the other goes unanswered", 5 * time.Minute, []step{{often, true, 1}, {seldom, false, 1}, {often, true, 1}}},
		{"of two at one pace each has its turn", 30 * time.Second, []step{{seldom, true, 1}, {often, false, 1}, {seldom, false, 0}}},
		{"without a pace the order does not matter", 0, []step{{seldom, true, 1}, {often, false, 1}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			m := New(Options{})
			m.Configure([]Probe{{Pair: thePair(), Interval: 30 * time.Second}, {Pair: Pair{"shop", seldom}, Interval: tc.seldom}})
			now := time.Unix(1e9, 0)
			for i, s := range tc.steps {
				reason := probe.NoAgent
				if s.answers {
					reason = probe.Answered
				}
				now = now.Add(10 * time.Second)
				for _, unconfirmed := range []bool{true, false} {
					r := callOf(reason, by(s.scenario, "agent-1"))
					r.Started = now
					if now = now.Add(r.Duration); unconfirmed {
						m.ObserveUnconfirmed(r)
					} else {
						m.Observe(r)
					}
				}
				if got, _ := read(t, m.scheduled()).of(workers, `target="shop"`); got != s.want {
					t.Errorf("step %d: %v, want %v", i+1, got, s.want)
				}
			}
		})
	}
}

func TestAnUnconfirmedCallCountsLikeAnyOther(t *testing.T) {
	m := withPair()
	m.ObserveUnconfirmed(callOf(probe.NoAgent))
	m.Observe(callOf(probe.NoAgent))
	read(t, m.scheduled()).want(t, figures{`agent_requests_total{status="error"}`: 2, `callprobe_calls_total{reason="no_agent"}`: 2})
}

func TestTheSecondScrapeConfirmsWhatTheFirstFoundUnanswered(t *testing.T) {
	m := New(Options{})
	m.Configure([]Probe{{Pair: thePair(), OnScrape: true}})
	for i, want := range []float64{1, 1, 0, 1, 1, 1} {
		call := callOf(probe.NoAgent)
		if i == 0 || i == 3 || i == 5 {
			call = callOf(probe.Answered)
		}
		m.Observe(call)
		read(t, m.ofCall(thePair(), call)).want(t, figures{workers: want})
	}
}

func TestOnlyAnAnswerMovesTheTimeOfTheLastAnswer(t *testing.T) {
	m := withPair()
	read(t, m.scheduled()).wantAbsent(t, "callprobe_last_call_timestamp_seconds", "callprobe_last_answered_timestamp_seconds", workers)
	m.Observe(callOf(probe.Answered))
	m.Observe(callOf(probe.NoAgent, func(r *probe.Report) { r.Started = time.Unix(2000, 0) }))
	read(t, m.scheduled()).want(t, figures{"callprobe_last_call_timestamp_seconds": 2030, "callprobe_last_answered_timestamp_seconds": 1030})
}
