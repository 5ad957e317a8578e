package metrics

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"

	"callprobe/probe"
)

// pushes is a Pushgateway that notes what it is told.
type pushes struct {
	methods, paths []string
	users          map[string]string
	families       []*dto.MetricFamily
	status         int
}

func (p *pushes) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.methods, p.paths = append(p.methods, r.Method), append(p.paths, r.URL.Path)
	if user, password, ok := r.BasicAuth(); ok {
		p.users = map[string]string{user: password}
	}
	dec := expfmt.NewDecoder(r.Body, expfmt.ResponseFormat(r.Header))
	for {
		var f dto.MetricFamily
		if err := dec.Decode(&f); err != nil {
			break
		}
		p.families = append(p.families, &f)
	}
	_, _ = io.Copy(io.Discard, r.Body)
	w.WriteHeader(p.status)
}

func TestAPushAddsTheLatestResultsOfEachPairAsGauges(t *testing.T) {
	gateway := &pushes{status: http.StatusOK}
	server := httptest.NewServer(gateway)
	defer server.Close()
	m := withPair()
	if err := m.Push(t.Context(), server.URL); err != nil || len(gateway.paths) > 0 {
		t.Fatalf("before the first call %v was pushed: %v", gateway.paths, err)
	}
	m.Observe(storyOf(probe.Answered))
	address := strings.Replace(server.URL, "http://", "http://alice:s3cr3t@", 1)
	if err := m.Push(t.Context(), address); err != nil {
		t.Fatal(err)
	}
	// POST adds to the group; PUT would wipe what others pushed there.
	if len(gateway.methods) != 1 || gateway.methods[0] != http.MethodPost {
		t.Errorf("methods %v", gateway.methods)
	}
	for _, part := range []string{"/metrics/job/callprobe/", "target/shop", "scenario/hours"} {
		if !strings.Contains(gateway.paths[0], part) {
			t.Errorf("pushed to %s, without %s", gateway.paths[0], part)
		}
	}
	if gateway.users["alice"] != "s3cr3t" {
		t.Error("user and password were not sent")
	}
	names := map[string]bool{}
	for _, f := range gateway.families {
		names[f.GetName()] = true
		if f.GetType() != dto.MetricType_GAUGE {
			t.Errorf("%s is a %v: two pushes would leave the last one, not the sum", f.GetName(), f.GetType())
		}
	}
	for _, name := range []string{"probe_success", "callprobe_result_response_seconds", "callprobe_last_call_timestamp_seconds"} {
		if !names[name] {
			t.Errorf("%s was not pushed", name)
		}
	}
}

func TestAPushThatFailsNamesThePairAndNoPassword(t *testing.T) {
	gateway := &pushes{status: http.StatusForbidden}
	server := httptest.NewServer(gateway)
	m := withPair()
	m.Observe(storyOf(probe.Answered))
	address := strings.Replace(server.URL, "http://", "http://alice:s3cr3t@", 1)
	check := func(name string, err error, says string) {
		if err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "s3cr3t") {
			t.Errorf("%s: %v", name, err)
		}
	}
	check("refused", m.Push(t.Context(), address), "hours")
	server.Close()
	check("nobody there", m.Push(t.Context(), address), "hours")
	check("no address", m.Push(t.Context(), "alice:s3cr3t@gateway"), "must be a URL")
	check("no address either", m.Push(t.Context(), "http://alice:s3cr3t@%zz"), "must be a URL")
}
