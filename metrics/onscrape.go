package metrics

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"

	"callprobe/probe"
)

// ProbeResult is a call that was made for a scrape.
type ProbeResult struct {
	Report *probe.Report
	// Log is what was logged of the call, and Text the call as people read it.
	// Only debug=true shows them; they hold no secret.
	Log  []byte
	Text string
}

// RunFunc calls a pair and has the report observed, once, before it returns. It
// is given the time that Bound says and a little more. It returns an error when
// no call was made: ErrUnknownPair, a *RefusedError, or what went wrong.
type RunFunc func(ctx context.Context, p Pair) (ProbeResult, error)

// ErrUnknownPair says that a pair is not configured.
var ErrUnknownPair = errors.New("this target and scenario are not configured together")

// RefusedError says why a call is not made now: a budget, a maintenance window.
type RefusedError struct{ Reason string }

func (e *RefusedError) Error() string { return "no call was made: " + e.Reason }

// ProbeOptions are what ProbeHandler needs. Run and Bound must be set.
type ProbeOptions struct {
	Run RunFunc
	// Bound returns how long a call of a pair can take at most, and false for
	// a pair that is not configured.
	Bound func(Pair) (time.Duration, bool)
	// Offset is how much earlier than the scrape's own time-out the answer
	// must be there; 0 stands for half a second.
	Offset time.Duration
	// MaxCalls bounds the calls for scrapes that are under way at once; 0
	// stands for 4.
	MaxCalls int
	// MaxWaiting bounds the scrapers that wait for calls; 0 stands for 100.
	MaxWaiting int
}

// ProbeHandler answers GET /probe?target=&scenario= by a call: its figures as
// gauges, and the series of the pair where they do not stand on /metrics. Close
// it after the server.
type ProbeHandler struct {
	m       *Metrics
	bound   func(Pair) (time.Duration, bool)
	offset  time.Duration
	flights *flights
}

// ProbeHandler returns a handler that makes calls by opts.Run.
func (m *Metrics) ProbeHandler(opts ProbeOptions) *ProbeHandler {
	return &ProbeHandler{
		m: m, bound: opts.Bound, offset: cmp.Or(opts.Offset, 500*time.Millisecond),
		flights: &flights{
			run: opts.Run, maxCalls: cmp.Or(opts.MaxCalls, 4), maxWaiting: cmp.Or(opts.MaxWaiting, 100),
			running: map[Pair]*flight{},
		},
	}
}

// Close interrupts the calls under way, refuses new ones, and waits for the end.
func (h *ProbeHandler) Close() { h.flights.close() }

// ServeHTTP implements http.Handler.
func (h *ProbeHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !onlyGet(w, r) {
		return
	}
	p, debug, err := parseProbe(r.URL)
	if err != nil {
		refuse(w, http.StatusBadRequest, err)
		return
	}
	bound, known := h.bound(p)
	if !known {
		refuse(w, http.StatusBadRequest, fmt.Errorf("target %q, scenario %q: %w", p.Target, p.Scenario, ErrUnknownPair))
		return
	}
	ctx, cancel, err := h.within(r, bound)
	if err != nil {
		refuse(w, http.StatusBadRequest, err)
		return
	}
	defer cancel()
	result, err := h.flights.join(ctx, p, bound) //nolint:contextcheck // A call outlives the scraper that asked for it.
	if _, refused := errors.AsType[*RefusedError](err); refused && r.Header.Get(scrapeTimeout) != "" {
		// A scrape that fails would mean that the prober is down, and it is not.
		limitWriting(w)
		exposition(h.m.ofPair(p)).ServeHTTP(w, r)
		return
	}
	if err != nil {
		refuse(w, statusOf(err), err)
		return
	}
	limitWriting(w)
	if debug {
		h.explain(w, p, result)
		return
	}
	exposition(h.m.ofCall(p, result.Report)).ServeHTTP(w, r)
}

// Bounds of a request.
const (
	maxQuery = 1 << 10
	maxName  = 128
)

// parseProbe reads the pair that is asked for. Names are bounded before they are
// looked up or repeated in an answer.
func parseProbe(u *url.URL) (p Pair, debug bool, err error) {
	if len(u.RawQuery) > maxQuery {
		return Pair{}, false, fmt.Errorf("the query is longer than %d bytes", maxQuery)
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return Pair{}, false, errors.New("the query cannot be read: want ?target=NAME&scenario=NAME")
	}
	for name, into := range map[string]*string{"target": &p.Target, "scenario": &p.Scenario} {
		values := query[name]
		if len(values) != 1 || values[0] == "" || len(values[0]) > maxName {
			return Pair{}, false, fmt.Errorf("want ?target=NAME&scenario=NAME, each once and at most %d bytes long: look at %s", maxName, name)
		}
		*into = values[0]
	}
	return p, query.Get("debug") == "true", nil
}

// scrapeTimeout is the header by which Prometheus says how long it waits.
const scrapeTimeout = "X-Prometheus-Scrape-Timeout-Seconds"

// within returns the context in which a scrape may wait, or why a call cannot
// be made within it. Without the header, somebody looks by hand and waits for as
// long as it takes.
func (h *ProbeHandler) within(r *http.Request, bound time.Duration) (context.Context, context.CancelFunc, error) {
	header := r.Header.Get(scrapeTimeout)
	if header == "" {
		ctx, cancel := context.WithTimeout(r.Context(), bound+2*evaluationMargin)
		return ctx, cancel, nil
	}
	s, err := strconv.ParseFloat(header, 64)
	if err != nil || !(s > 0) || s > maxScrapeTimeout.Seconds() {
		return nil, nil, fmt.Errorf("header %s must be a number of seconds above 0 and at most %.0f", scrapeTimeout, maxScrapeTimeout.Seconds())
	}
	limit := time.Duration(s*float64(time.Second)) - h.offset
	if limit < bound {
		return nil, nil, fmt.Errorf("this call can take %v and the scrape ends after %v: set scrape_timeout to %v or more (and scrape_interval to no less), lower limits.call of the scenario, or let the schedule call it and scrape /metrics",
			bound, time.Duration(s*float64(time.Second)), (bound+h.offset).Truncate(time.Second)+time.Second)
	}
	ctx, cancel := context.WithTimeout(r.Context(), limit)
	return ctx, cancel, nil
}

// maxScrapeTimeout is longer than any call.
const maxScrapeTimeout = 24 * time.Hour

func statusOf(err error) int {
	var refused *RefusedError
	switch {
	case errors.Is(err, ErrUnknownPair):
		return http.StatusBadRequest
	case errors.Is(err, errBusy), errors.Is(err, errClosing), errors.As(err, &refused):
		return http.StatusServiceUnavailable
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return http.StatusGatewayTimeout
	}
	return http.StatusInternalServerError
}

func refuse(w http.ResponseWriter, status int, err error) {
	limitWriting(w)
	http.Error(w, err.Error(), status)
}

// ofCall collects what a scrape of /probe is answered: the call's figures, and
// the pair's series unless they stand on /metrics.
func (m *Metrics) ofCall(p Pair, r *probe.Report) prometheus.Gatherer {
	return gatherer{m, func() prometheus.Gatherers { return append(prometheus.Gatherers{results(r, p)}, m.unscheduled(p)...) }}
}

// ofPair collects what a scrape is answered for which no call was made.
func (m *Metrics) ofPair(p Pair) prometheus.Gatherer {
	return gatherer{m, func() prometheus.Gatherers { return m.unscheduled(p) }}
}

// unscheduled collects the series of a pair that scrapes call, and how many agents
// answered the calls of its target for scrapes.
func (m *Metrics) unscheduled(p Pair) prometheus.Gatherers {
	if b := m.books[p]; b == nil || !b.onScrape {
		return nil
	}
	var books []*book
	for _, other := range m.books {
		if other.onScrape && other.pair.Target == p.Target {
			books = append(books, other)
		}
	}
	return prometheus.Gatherers{m.books[p], workersActive(p.Target, books)}
}

// explain shows a call to people.
func (h *ProbeHandler) explain(w http.ResponseWriter, p Pair, result ProbeResult) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_, _ = fmt.Fprintf(w, "Log of the call:\n%s\nThe call:\n%s\nMetrics:\n", result.Log, result.Text)
	families, err := h.m.ofCall(p, result.Report).Gather()
	if err != nil {
		_, _ = fmt.Fprintf(w, "collect metrics: %v\n", err)
		return
	}
	for _, f := range families {
		if _, err := expfmt.MetricFamilyToText(w, f); err != nil {
			return
		}
	}
}
