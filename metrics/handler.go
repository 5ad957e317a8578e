package metrics

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Bounds of answering scrapes.
const (
	// scrapesAtOnce is more than a few Prometheus servers need.
	scrapesAtOnce = 40
	// writeLimit bounds the time in which a scraper must take the answer.
	writeLimit = 30 * time.Second
)

// Handler answers GET /metrics: the series of the pairs that the schedule calls
// and of this process. It speaks OpenMetrics with exemplars; creation times go
// out over protobuf only, for as text they would be series of their own.
func (m *Metrics) Handler() http.Handler {
	inner := exposition(m.scheduled())
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if onlyGet(w, r) {
			limitWriting(w)
			inner.ServeHTTP(w, r)
		}
	})
}

func exposition(g prometheus.Gatherer) http.Handler {
	return promhttp.HandlerFor(g, promhttp.HandlerOpts{EnableOpenMetrics: true, MaxRequestsInFlight: scrapesAtOnce})
}

// onlyGet refuses other methods: HEAD must not place a call.
func onlyGet(w http.ResponseWriter, r *http.Request) bool {
	if r.Method == http.MethodGet {
		return true
	}
	w.Header().Set("Allow", http.MethodGet)
	http.Error(w, "only GET is answered here", http.StatusMethodNotAllowed)
	return false
}

// limitWriting keeps a scraper that does not read from holding its answer for
// ever. A writer without deadlines, in a test, is not limited.
func limitWriting(w http.ResponseWriter) {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(writeLimit))
}
