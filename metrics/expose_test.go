package metrics

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"

	"callprobe/probe"
)

var update = flag.Bool("update", false, "write golden files and tables anew")

// full returns Metrics that show every family there is: a scheduled pair and one
// that scrapes call, each after a call with every figure.
func full(opts Options) *Metrics {
	m := New(opts)
	onScrape := Pair{"shop", "booking"}
	m.Configure([]Probe{{Pair: thePair(), Interval: time.Minute, Reference: true}, {Pair: onScrape, OnScrape: true}})
	for _, p := range []Pair{thePair(), onScrape} {
		turn := replied(probe.Answered, 700*time.Millisecond)
		turn.BargeInStop, turn.AgentE2E = measuredAs(200*time.Millisecond), measuredAs(700*time.Millisecond)
		m.Observe(callOf(probe.Answered, turns(turn), func(r *probe.Report) {
			r.Scenario = p.Scenario
			r.Join, r.AgentJoin, r.Greeting = measuredAs(20*time.Millisecond), measuredAs(300*time.Millisecond), measuredAs(1500*time.Millisecond)
			r.Pacing = probe.Pacing{Frames: 700, LateP99: 2 * time.Millisecond}
			r.Network = probe.Network{Packets: 400, Lost: 7, Jitter: time.Millisecond, Known: true}
		}))
	}
	return m
}

// allFamilies collects every family of callprobe's own.
func allFamilies(t *testing.T) []*dto.MetricFamily {
	t.Helper()
	m := full(Options{})
	families, err := prometheus.Gatherers{m.build, m.reloads.registry, m.counted(), m.latest()}.Gather()
	if err != nil {
		t.Fatal(err)
	}
	return families
}

// labelsOf returns the names of a family's labels, in order.
func labelsOf(f *dto.MetricFamily) []string {
	var names []string
	for _, l := range f.Metric[0].Label {
		names = append(names, l.GetName())
	}
	slices.Sort(names)
	return names
}

// golden compares with a file, or writes it.
func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs; names, types, labels and help are an interface: if the change is meant, run go test with -update and say [CHANGE] in CHANGELOG.md\n%s", path, got)
	}
}

func TestNamesTypesLabelsAndHelpAreAnInterface(t *testing.T) {
	var text bytes.Buffer
	for _, f := range allFamilies(t) {
		_, _ = fmt.Fprintf(&text, "%s %s {%s}\n    %s\n", f.GetName(), strings.ToLower(f.GetType().String()), strings.Join(labelsOf(f), ", "), f.GetHelp())
	}
	golden(t, "testdata/families.txt", text.Bytes())
}

func TestTheNamesThatAlertRulesSelectAreThere(t *testing.T) {
	types := map[string]dto.MetricType{}
	for _, f := range allFamilies(t) {
		types[f.GetName()] = f.GetType()
	}
	for name, want := range map[string]dto.MetricType{
		"agent_requests_total": dto.MetricType_COUNTER, "agent_response_seconds": dto.MetricType_HISTOGRAM,
		"stt_transcription_requests_total": dto.MetricType_COUNTER, "stt_transcription_errors_total": dto.MetricType_COUNTER,
		"agent_workers_active": dto.MetricType_GAUGE, "callprobe_calls_total": dto.MetricType_COUNTER,
		"callprobe_call_phase_seconds": dto.MetricType_HISTOGRAM, "callprobe_greeting_seconds": dto.MetricType_HISTOGRAM,
		"callprobe_stt_words_total": dto.MetricType_COUNTER, "callprobe_barge_in_stop_seconds": dto.MetricType_HISTOGRAM,
		"callprobe_talk_over_total": dto.MetricType_COUNTER, "callprobe_last_call_timestamp_seconds": dto.MetricType_GAUGE,
		"callprobe_last_answered_timestamp_seconds": dto.MetricType_GAUGE, "callprobe_probe_interval_seconds": dto.MetricType_GAUGE,
		"callprobe_skipped_total": dto.MetricType_COUNTER, "callprobe_call_minutes_total": dto.MetricType_COUNTER,
		"callprobe_pacing_lateness_seconds": dto.MetricType_HISTOGRAM, "callprobe_rtp_packets_total": dto.MetricType_COUNTER,
		"callprobe_rtp_packets_lost_total": dto.MetricType_COUNTER, "callprobe_rooms_swept_total": dto.MetricType_COUNTER,
		"callprobe_build_info": dto.MetricType_GAUGE, "probe_success": dto.MetricType_GAUGE, "probe_duration_seconds": dto.MetricType_GAUGE,
	} {
		if got, ok := types[name]; !ok || got != want {
			t.Errorf("%s is %v, there: %t; want %v", name, got, ok, want)
		}
	}
}

// lintedAway is the one finding that stays: the name is fixed, since budgets
// and bills of room servers are in minutes.
const lintedAway = `callprobe_call_minutes_total: use base unit "seconds" instead of "minutes"`

func TestTheMetricsAreLinted(t *testing.T) {
	m := full(Options{})
	for name, g := range map[string]prometheus.Gatherer{
		"/metrics": m.scheduled(), "/probe": m.ofCall(Pair{"shop", "booking"}, callOf(probe.Answered)), "textfile": prometheus.Gatherers{m.build, m.counted(), m.latest()},
	} {
		problems, err := testutil.GatherAndLint(g)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range problems {
			if text := p.Metric + ": " + p.Text; text != lintedAway {
				t.Errorf("%s: %s", name, text)
			}
		}
	}
}

func TestEverySeriesIsThereAtZeroBeforeTheFirstCall(t *testing.T) {
	before, after := read(t, withPair().scheduled()), read(t, full(Options{}).scheduled())
	for series, v := range before {
		if v != 0 && !strings.Contains(series, "_info{") && !strings.HasPrefix(series, "go_") && !strings.HasPrefix(series, "callprobe_probe_interval_seconds") {
			t.Errorf("%s begins at %v", series, v)
		}
	}
	born := regexp.MustCompile(`^(agent_workers_active|callprobe_reference_error_seconds|callprobe_last_(call|answered)_timestamp_seconds|go_\w+)\{`)
	for series := range after {
		if _, ok := before[series]; !ok && !born.MatchString(series) && !strings.Contains(series, `version="unknown"`) {
			t.Errorf("%s is born at %v", series, after[series])
		}
	}
}

func TestTheBucketsHoldTheLimitsThatAlertRulesAskFor(t *testing.T) {
	for _, limit := range []float64{0.3, 0.5, 0.8, 1, 1.5, 2, 3, 5, 8, 13, 30} {
		if !slices.Contains(replyBuckets(), limit) {
			t.Errorf("%v s is no bucket of replies", limit)
		}
	}
	for _, buckets := range [][]float64{replyBuckets(), phaseBuckets(), latenessBuckets()} {
		if !slices.IsSorted(buckets) || len(slices.Compact(slices.Clone(buckets))) != len(buckets) {
			t.Errorf("%v do not ascend", buckets)
		}
	}
}

const openMetrics = "application/openmetrics-text; version=1.0.0"

func TestTheCallIsFoundByTheExemplar(t *testing.T) {
	w := get(full(Options{}).Handler(), "/metrics", "Accept", openMetrics)
	body := w.Body.String()
	if w.Code != http.StatusOK || !strings.HasPrefix(w.Header().Get("Content-Type"), "application/openmetrics-text") || !strings.HasSuffix(body, "# EOF\n") {
		t.Fatalf("%d, %s", w.Code, w.Header())
	}
	for _, series := range []string{
		`agent_requests_total{scenario="hours",status="success",target="shop"} 1.0`,
		`agent_response_seconds_bucket{scenario="hours",target="shop",le="0.7"} 1`,
		`callprobe_calls_total{outcome="passed",reason="answered",scenario="hours",target="shop"} 1.0`,
		`stt_transcription_requests_total{scenario="hours",target="shop"} 1.0`,
	} {
		if want := series + ` # {call_id="20261126t100000-abcdefgh"} `; !strings.Contains(body, want) {
			t.Errorf("%s has no exemplar", series)
		}
	}
	if plain := strings.ReplaceAll(body, " # {call_id=", ""); strings.Contains(plain, "call_id") {
		t.Error("the call's id is a label")
	}
	if strings.Contains(body, "_created") {
		t.Error("there are series of creation times")
	}
}

func TestAnIdThatIsTooLongForAnExemplarIsLeftOut(t *testing.T) {
	m := withPair()
	r := storyOf(probe.Answered)
	r.CallID = strings.Repeat("ö", 122)
	m.Observe(r) // It must not panic.
	if body := get(m.Handler(), "/metrics", "Accept", openMetrics).Body.String(); strings.Contains(body, "call_id") {
		t.Error("it is there")
	}
}

// overProtobuf returns the families of /metrics as a Prometheus with protobuf
// gets them.
func overProtobuf(t *testing.T, m *Metrics) map[string]*dto.MetricFamily {
	t.Helper()
	w := get(m.Handler(), "/metrics", "Accept", "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited")
	families := map[string]*dto.MetricFamily{}
	dec := expfmt.NewDecoder(w.Body, expfmt.ResponseFormat(w.Header()))
	for {
		var f dto.MetricFamily
		switch err := dec.Decode(&f); err {
		case nil:
			families[f.GetName()] = &f
		case io.EOF: //nolint:errorlint // It is returned as it is.
			return families
		default:
			t.Fatal(err)
		}
	}
}

func TestCreationTimesGoOutOverProtobuf(t *testing.T) {
	began := time.Now().Add(-time.Second)
	families := overProtobuf(t, full(Options{}))
	if at := families["agent_requests_total"].GetMetric()[0].GetCounter().GetCreatedTimestamp().AsTime(); at.Before(began) {
		t.Errorf("the counter was created at %v", at)
	}
	if at := families["agent_response_seconds"].GetMetric()[0].GetHistogram().GetCreatedTimestamp().AsTime(); at.Before(began) {
		t.Errorf("the histogram was created at %v", at)
	}
}

func TestNativeHistogramsAreBehindAFlagAndNeverInsteadOfClassicOnes(t *testing.T) {
	for _, native := range []bool{false, true} {
		h := overProtobuf(t, full(Options{NativeHistograms: native}))["agent_response_seconds"].GetMetric()[0].GetHistogram()
		if got := len(h.GetPositiveSpan()) > 0; got != native {
			t.Errorf("with the flag %t there is a native histogram: %t", native, got)
		}
		if len(h.GetBucket()) != len(replyBuckets()) {
			t.Errorf("with the flag %t there are %d classic buckets", native, len(h.GetBucket()))
		}
	}
}

func TestOnlyGetIsAnswered(t *testing.T) {
	m := full(Options{})
	for _, h := range []http.Handler{m.Handler(), m.ProbeHandler(ProbeOptions{})} {
		for _, method := range []string{http.MethodHead, http.MethodPost, http.MethodDelete} {
			if w := do(h, method, "/?target=shop&scenario=booking"); w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != http.MethodGet {
				t.Errorf("%s: %d", method, w.Code)
			}
		}
	}
}
