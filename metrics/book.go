package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
	dto "github.com/prometheus/client_model/go"

	"callprobe/probe"
)

// book holds the series of one pair.
type book struct {
	pair     Pair
	onScrape bool
	// reference says that the agent's own figures are the truth.
	reference bool
	registry  *prometheus.Registry
	// carried is what earlier runs of a one-shot probe counted.
	carried []*dto.MetricFamily

	requests, sttRequests, sttErrors, talkOver  *prometheus.CounterVec
	response, greeting, bargeInStop, phase      *prometheus.HistogramVec
	pacing                                      *prometheus.HistogramVec
	calls, words, packets, packetsLost, minutes *prometheus.CounterVec
	skipped                                     *prometheus.CounterVec
	lastCall, lastAnswered, interval            *prometheus.GaugeVec
	measuredError                               *prometheus.GaugeVec

	// agent is who answered the latest probe that says something about the
	// agent; empty when nobody did. It means something only when known.
	agent string
	known bool
	// answered is when the latest call ended that somebody answered, missed
	// when the first began of those since then that nobody did.
	answered, missed time.Time
	// every is the time between two calls by the schedule; zero where it does
	// not call.
	every time.Duration
	// suspect says that the latest call went unanswered and that this was not
	// confirmed yet.
	suspect bool
	// last is the latest call, however it went; nil before the first.
	last *probe.Report
}

// Values of labels.
const (
	success = "success"
	failure = "error"

	joinPhase       = "join"
	agentJoinPhase  = "agent_join"
	transcriptPhase = "transcript"

	sent     = "sent"
	received = "received"
)

//nolint:funlen // One table of all families.
func newBook(p Pair, native bool) *book {
	b := &book{pair: p, registry: prometheus.NewRegistry()}
	in := promauto.With(prometheus.WrapRegistererWith(prometheus.Labels{"target": p.Target, "scenario": p.Scenario}, b.registry))
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return in.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	}
	gauge := func(name, help string) *prometheus.GaugeVec {
		return in.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, nil)
	}
	hist := func(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
		return in.NewHistogramVec(histogram(name, help, buckets, native), labels)
	}

	b.requests = counter("agent_requests_total",
		"Turns of callers, by whether the agent answered them in time (success) or failed them (error); a failed call that has no failed turn counts one error. A turn that was answered but misheard is a success here, one in which the caller says nothing is neither unless the agent leaves in it. Calls that say nothing about the agent count in neither.", "status")
	b.response = hist("agent_response_seconds",
		"Time to first audio: from the end of the caller's last word to the onset of the agent's reply, of every reply that came, late ones too.", replyBuckets())
	b.sttRequests = counter("stt_transcription_requests_total",
		"Turns of which a transcript by the agent was expected.")
	b.sttErrors = counter("stt_transcription_errors_total",
		"Turns of which the agent's transcript was wrong beyond the scenario's limit, or missing.")
	b.calls = counter("callprobe_calls_total",
		"Finished calls, by outcome and reason. Those with the outcome inconclusive say nothing about the agent.", "outcome", "reason")
	b.phase = hist("callprobe_call_phase_seconds",
		"Parts of a call. join: from the start of the call to the caller's join complete; agent_join: from the room created to the agent seen in it; transcript: from the end of the caller's last word to the agent's final transcript of the turn.", phaseBuckets(), "phase")
	b.greeting = hist("callprobe_greeting_seconds",
		"From the caller's join complete to the onset of the agent's greeting.", replyBuckets())
	b.words = counter("callprobe_stt_words_total",
		"Words of the callers' texts that the agent's transcripts hit, substituted or deleted, and words that they inserted. The word error rate is substitutions, deletions and insertions over hits, substitutions and deletions.", "result")
	b.bargeInStop = hist("callprobe_barge_in_stop_seconds",
		"From the onset of the caller's interrupting utterance to the end of the agent's interrupted talk.", replyBuckets())
	b.talkOver = counter("callprobe_talk_over_total",
		"Turns in which the agent replied before the caller had finished. They have no observation in agent_response_seconds.")
	b.minutes = counter("callprobe_call_minutes_total",
		"Minutes of calls, from the start of a call to hanging up, whatever their outcome.")
	b.pacing = hist("callprobe_pacing_lateness_seconds",
		"How late the caller's audio left this prober: the 99th percentile of each call's frames, from when a frame was due to when it was sent.", latenessBuckets())
	b.packets = counter("callprobe_rtp_packets_total",
		"RTP packets of the caller that were sent, and of the agent that were received.", "direction")
	b.packetsLost = counter("callprobe_rtp_packets_lost_total",
		"RTP packets of the agent that never came.")
	b.skipped = counter("callprobe_skipped_total",
		"Calls that were due and not made, by reason.", "reason")
	b.lastCall = in.NewGaugeVec(lastCallOpts(), nil)
	b.lastAnswered = gauge("callprobe_last_answered_timestamp_seconds",
		"When the latest call ended in which an agent answered. Absent before the first.")
	b.interval = gauge("callprobe_probe_interval_seconds",
		"From the start of one call to the start of the next by the schedule, the longest where it varies.")
	b.measuredError = gauge("callprobe_reference_error_seconds",
		"How wrong this prober is: the measured time to first audio less the one that the agent tells, of the turn of the latest call where they differ most. Only of targets that are configured as a reference, whose agent knows the truth.")
	b.begin()
	return b
}

func lastCallOpts() prometheus.GaugeOpts {
	return prometheus.GaugeOpts{
		Name: "callprobe_last_call_timestamp_seconds",
		Help: "When the latest call ended, whatever its outcome. Absent before the first.",
	}
}

// begin creates every series at zero, so that the first event of each is an
// increase.
func (b *book) begin() {
	for _, status := range []string{success, failure} {
		b.requests.WithLabelValues(status)
	}
	for _, reason := range probe.Reasons() {
		b.calls.WithLabelValues(string(reason.Verdict()), string(reason))
	}
	for _, result := range wordResults() {
		b.words.WithLabelValues(result)
	}
	for _, direction := range []string{sent, received} {
		b.packets.WithLabelValues(direction)
	}
	for _, reason := range SkipReasons() {
		b.skipped.WithLabelValues(reason)
	}
	for _, phase := range []string{joinPhase, agentJoinPhase, transcriptPhase} {
		b.phase.WithLabelValues(phase)
	}
	for _, c := range []*prometheus.CounterVec{b.sttRequests, b.sttErrors, b.talkOver, b.packetsLost, b.minutes} {
		c.WithLabelValues()
	}
	for _, h := range []*prometheus.HistogramVec{b.response, b.greeting, b.bargeInStop, b.pacing} {
		h.WithLabelValues()
	}
}

// configure takes over what may change of a pair that stays.
func (b *book) configure(p Probe) {
	b.onScrape, b.reference = p.OnScrape, p.Reference
	if !p.Reference {
		b.measuredError.Reset()
	}
	b.every = p.Interval
	b.interval.Reset()
	if p.Interval > 0 {
		b.interval.WithLabelValues().Set(p.Interval.Seconds())
	}
}

// Gather implements prometheus.Gatherer.
func (b *book) Gather() ([]*dto.MetricFamily, error) {
	live, err := b.registry.Gather()
	return carry(live, b.carried), err
}
