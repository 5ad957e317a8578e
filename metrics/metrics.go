// Package metrics turns reports of calls into Prometheus metrics: what a
// service shows on /metrics and /probe, what a one-shot run leaves for
// node_exporter, and what it pushes. Nothing else names a metric.
//
// Each pair of target and scenario that is configured has a book: its series,
// all of them at zero before its first call. The series of a pair stand in one
// place only, so that nothing is counted twice: on /metrics for a pair that the
// schedule calls, on /probe for one that scrapes call, in the textfile for a
// one-shot run. docs/metrics.md lists every family.
package metrics

import (
	"cmp"
	"maps"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promauto"
	dto "github.com/prometheus/client_model/go"
)

// Pair is what the series of one probe are labelled with.
type Pair struct{ Target, Scenario string }

// Probe is a configured pair and how it comes to be called.
type Probe struct {
	Pair
	// Interval is from the start of one call to the start of the next, the
	// longest one where it varies; zero when nothing but scrapes calls.
	Interval time.Duration
	// OnScrape says that scrapes of /probe call this pair, and not the
	// schedule: its series stand in the answers of /probe and not on /metrics.
	OnScrape bool
	// Reference says that the target's agent knows the truth about its own
	// latency, as that of the lab does: the prober's error is measured on it.
	Reference bool
}

// Options of Metrics; the zero value is valid.
type Options struct {
	// NativeHistograms adds native histograms to the classic ones. A
	// Prometheus that scrapes them drops the classic ones, on which alert
	// rules rest, unless it is told always_scrape_classic_histograms.
	NativeHistograms bool
	// Version and Commit are of this program.
	Version, Commit string
}

// Metrics counts calls. Its methods may be called from several goroutines.
type Metrics struct {
	native  bool
	process *prometheus.Registry // the Go runtime and the process
	build   *prometheus.Registry
	reloads *reloads

	mu      sync.Mutex
	books   map[Pair]*book
	targets map[string]*target
}

// New returns Metrics without any pair.
func New(opts Options) *Metrics {
	m := &Metrics{
		native:  opts.NativeHistograms,
		process: prometheus.NewRegistry(),
		build:   prometheus.NewRegistry(),
		reloads: newReloads(),
		books:   map[Pair]*book{},
		targets: map[string]*target{},
	}
	m.process.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	promauto.With(m.build).NewGaugeVec(prometheus.GaugeOpts{
		Name: "callprobe_build_info",
		Help: "Always 1; the labels say which callprobe this is.",
	}, []string{"version", "commit", "goversion"}).
		WithLabelValues(cmp.Or(opts.Version, "unknown"), cmp.Or(opts.Commit, "unknown"), runtime.Version()).Set(1)
	return m
}

// Configure says which pairs there are. A pair that is new begins at zero, one
// that stays keeps its series, one that goes loses them; what is observed of it
// later, from a call that was under way, is dropped.
func (m *Metrics) Configure(probes []Probe) {
	m.mu.Lock()
	defer m.mu.Unlock()
	stay, targets := map[Pair]bool{}, map[string]bool{}
	for _, p := range probes {
		b, known := m.books[p.Pair]
		if !known {
			b = newBook(p.Pair, m.native)
			m.books[p.Pair] = b
		}
		b.configure(p)
		stay[p.Pair], targets[p.Target] = true, true
		if m.targets[p.Target] == nil {
			m.targets[p.Target] = newTarget(p.Target)
		}
	}
	maps.DeleteFunc(m.books, func(p Pair, _ *book) bool { return !stay[p] })
	maps.DeleteFunc(m.targets, func(name string, _ *target) bool { return !targets[name] })
}

// Swept counts rooms of ours that an earlier process left on a target's server
// and that were deleted.
func (m *Metrics) Swept(target string, n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if t := m.targets[target]; t != nil {
		t.swept.Add(float64(n))
	}
}

// Skipped counts a call that the schedule did not make. A reason that is none
// of SkipReasons counts as SkipOther.
func (m *Metrics) Skipped(p Pair, reason string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if b := m.books[p]; b != nil {
		if !slices.Contains(SkipReasons(), reason) {
			reason = SkipOther
		}
		b.skipped.WithLabelValues(reason).Inc()
	}
}

// Why the schedule does not make a call that was due.
const (
	// SkipOverlap: the call before it is still under way.
	SkipOverlap = "overlap"
	// SkipConcurrency: as many calls as are allowed are under way.
	SkipConcurrency = "concurrency"
	// SkipMaintenance: the time is within a maintenance window.
	SkipMaintenance = "maintenance"
	// SkipBudgetCalls: the target's calls of this hour are used up.
	SkipBudgetCalls = "budget_calls"
	// SkipBudgetMinutes: the target's call minutes of this day are used up.
	SkipBudgetMinutes = "budget_minutes"
	// SkipOther: none of these.
	SkipOther = "other"
)

// SkipReasons returns the closed set of reasons.
func SkipReasons() []string {
	return []string{SkipOverlap, SkipConcurrency, SkipMaintenance, SkipBudgetCalls, SkipBudgetMinutes, SkipOther}
}

// target holds the series that belong to a target and to no scenario.
type target struct {
	registry *prometheus.Registry
	carried  []*dto.MetricFamily // as that of a book
	swept    prometheus.Counter
}

// Gather implements prometheus.Gatherer.
func (t *target) Gather() ([]*dto.MetricFamily, error) {
	live, err := t.registry.Gather()
	return carry(live, t.carried), err
}

func newTarget(name string) *target {
	registry := prometheus.NewRegistry()
	labelled := prometheus.WrapRegistererWith(prometheus.Labels{"target": name}, registry)
	return &target{registry: registry, swept: promauto.With(labelled).NewCounter(prometheus.CounterOpts{
		Name: "callprobe_rooms_swept_total",
		Help: "Rooms of callprobe's own that an earlier process had left on the target's room server and this one deleted. Of targets that share a server, a key and a prefix, the first counts them.",
	})}
}

// gatherer collects what gathers returns; it is called with m locked, so that
// a scrape sees each call wholly or not at all.
type gatherer struct {
	m       *Metrics
	gathers func() prometheus.Gatherers
}

// Gather implements prometheus.Gatherer.
func (g gatherer) Gather() ([]*dto.MetricFamily, error) {
	g.m.mu.Lock()
	defer g.m.mu.Unlock()
	return g.gathers().Gather()
}

// scheduled collects what stands on /metrics.
func (m *Metrics) scheduled() prometheus.Gatherer {
	return gatherer{m, func() prometheus.Gatherers {
		gs := prometheus.Gatherers{m.process, m.build, m.reloads.registry}
		for _, t := range m.targets {
			gs = append(gs, t)
		}
		return append(gs, m.pairs(func(b *book) bool { return !b.onScrape })...)
	}}
}

// counted collects the series of all pairs, however they are called.
func (m *Metrics) counted() prometheus.Gatherer {
	return gatherer{m, func() prometheus.Gatherers {
		var gs prometheus.Gatherers
		for _, t := range m.targets {
			gs = append(gs, t)
		}
		return append(gs, m.pairs(func(*book) bool { return true })...)
	}}
}

// latest collects the figures of the latest call of each pair.
func (m *Metrics) latest() prometheus.Gatherer {
	return gatherer{m, func() prometheus.Gatherers {
		var gs prometheus.Gatherers
		for p, b := range m.books {
			if b.last != nil {
				gs = append(gs, results(b.last, p))
			}
		}
		return gs
	}}
}

// pairs collects the series of the books that are wanted, and how many agents
// answered the calls in them.
func (m *Metrics) pairs(wanted func(*book) bool) prometheus.Gatherers {
	var gs prometheus.Gatherers
	of := map[string][]*book{}
	for _, b := range m.books {
		if wanted(b) {
			gs = append(gs, b)
			of[b.pair.Target] = append(of[b.pair.Target], b)
		}
	}
	for name, books := range of {
		gs = append(gs, workersActive(name, books))
	}
	return gs
}
