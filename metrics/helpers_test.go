package metrics

import (
	"bytes"
	"maps"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"callprobe/probe"
	"callprobe/probe/wer"
)

// thePair is the only one in tests that need no more.
func thePair() Pair { return Pair{"shop", "hours"} }

// withPair returns Metrics that know thePair, called by the schedule.
func withPair() *Metrics {
	m := New(Options{Version: "1.2.3", Commit: "abc"})
	m.Configure([]Probe{{Pair: thePair(), Interval: time.Minute}})
	return m
}

// callOf returns a report of thePair that ended for a reason, as Evaluate makes
// it, and what a story changes in it.
func callOf(reason probe.Reason, change ...func(*probe.Report)) *probe.Report {
	r := &probe.Report{
		Scenario: "hours", Target: "shop", CallID: "20261126t100000-abcdefgh", Room: "callprobe-room",
		Started: time.Unix(1000, 0), Duration: 30 * time.Second,
		Verdict: reason.Verdict(), Reason: reason,
	}
	if reason != probe.NoAgent {
		r.Agents = []string{"agent-1"}
	}
	for _, c := range change {
		c(r)
	}
	return r
}

// turns gives a report turns.
func turns(turns ...probe.TurnReport) func(*probe.Report) {
	return func(r *probe.Report) { r.Turns = turns }
}

// replied is a turn with a reply after d; understood with one word wrong of
// four.
func replied(outcome probe.Reason, d time.Duration) probe.TurnReport {
	return probe.TurnReport{
		Utterance: "hours", Reference: "when do you open", Transcript: "when do you hope", Outcome: outcome,
		TTFA: measuredAs(d), TalkOver: d < 0,
		STT: probe.STTReport{
			Outcome: probe.STTCorrect, Final: measuredAs(400 * time.Millisecond),
			Score: &wer.Result{Score: wer.Score{Counts: wer.Counts{Hits: 3, Substitutions: 1, Deletions: 0, Insertions: 2}}},
		},
	}
}

// unanswered is a turn without a reply.
func unanswered(outcome probe.Reason) probe.TurnReport {
	return probe.TurnReport{Utterance: "hours", Outcome: outcome, TTFA: probe.Measured{Missing: "no reply was heard"}}
}

func measuredAs(d time.Duration) probe.Measured {
	return probe.Measured{Value: d, OK: true, Uncertainty: 3 * time.Millisecond}
}

// exposition in the text format: series to value.
type figures map[string]float64

// read collects a gatherer's series.
func read(t *testing.T, g prometheus.Gatherer) figures {
	t.Helper()
	families, err := g.Gather()
	if err != nil {
		t.Fatal(err)
	}
	text, err := exposed(families)
	if err != nil {
		t.Fatal(err)
	}
	return parsed(t, text)
}

func parsed(t *testing.T, text []byte) figures {
	t.Helper()
	out := figures{}
	for line := range bytes.Lines(text) {
		series, value, ok := strings.Cut(strings.TrimSpace(string(line)), "} ")
		if !ok || strings.HasPrefix(series, "#") {
			continue
		}
		v, err := strconv.ParseFloat(value, 64)
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		out[series+"}"] = v
	}
	return out
}

// of sums the series of a name that have all these labels, written as in the
// exposition. found is how many they are.
func (f figures) of(name string, labels ...string) (sum float64, found int) {
	for series, v := range f {
		rest, ok := strings.CutPrefix(series, name+"{")
		if !ok {
			continue
		}
		has := true
		for _, l := range labels {
			has = has && strings.Contains(","+strings.TrimSuffix(rest, "}")+",", ","+l+",")
		}
		if has {
			sum, found = sum+v, found+1
		}
	}
	return sum, found
}

// want checks sums of series, written as name or name{label="value",…}.
func (f figures) want(t *testing.T, wanted figures) {
	t.Helper()
	for series, v := range wanted {
		name, labels, _ := strings.Cut(strings.TrimSuffix(series, "}"), "{")
		got, found := f.of(name, strings.FieldsFunc(labels, func(r rune) bool { return r == ',' })...)
		if found == 0 || got != v {
			t.Errorf("%s is %v in %d series, want %v", series, got, found, v)
		}
	}
}

func (f figures) wantAbsent(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		if v, found := f.of(name); found > 0 {
			t.Errorf("%s is there with %v", name, v)
		}
	}
}

// grown returns what became more from before to f.
func (f figures) grown(before figures) figures {
	out := maps.Clone(f)
	maps.DeleteFunc(out, func(series string, v float64) bool { return before[series] == v })
	for series := range out {
		out[series] -= before[series]
	}
	return out
}

// get answers a GET by a handler.
func get(h http.Handler, target string, headers ...string) *httptest.ResponseRecorder {
	return do(h, http.MethodGet, target, headers...)
}

// do answers a request with headers, name after name and value, by a handler.
func do(h http.Handler, method, target string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}
