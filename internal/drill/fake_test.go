package drill

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"callprobe/deploy"
)

// runningConfig is a configuration as Alertmanager 0.25 shows the one that it
// runs: in its own order, with defaults and without secrets.
const runningConfig = `global:
  resolve_timeout: 5m
route:
  receiver: slack
  group_by:
  - alertname
  - target
  continue: false
  routes:
  - receiver: nobody
    matchers:
    - severity="none"
    continue: false
  - receiver: pagerduty
    matchers:
    - severity="critical"
    continue: false
    repeat_interval: 15m
  group_wait: 5s
  group_interval: 1m
  repeat_interval: 4h
receivers:
- name: nobody
- name: pagerduty
  pagerduty_configs:
  - send_resolved: true
    routing_key: <secret>
- name: slack
  slack_configs:
  - send_resolved: false
    api_url: <secret>
`

// fake is an Alertmanager that speaks the v2 API, in the time of the test.
type fake struct {
	t      *testing.T
	config string
	// receivers is where it sends alerts by their names; pagerduty otherwise.
	receivers map[string]string
	// refuse answers a path with a status.
	refuse map[string]int
	status string
	peers  int
	// hidden alerts are accepted and never shown.
	hidden bool
	// silencedBy and inhibitedBy are shown of the alert, mutedBy when its group was
	// due.
	silencedBy, inhibitedBy, mutedBy []string
	// besides are alerts of others.
	besides []alert
	// wait and interval are when groups are sent; refusals counts requests that
	// the receiver does not take, givesUp ends them.
	wait, interval time.Duration
	refusals       int
	givesUp, mute  bool
	muteEnd        bool
	// looked is whether somebody saw the requests before the failures among them
	// were counted.
	looked bool
	// restartsAfter lets the counters begin anew.
	restartsAfter time.Duration

	alert *posted
	ended time.Time
	asked []*http.Request
}

func newFake(t *testing.T) *fake {
	t.Helper()
	return &fake{t: t, config: runningConfig, wait: 5 * time.Second, interval: time.Minute, refuse: map[string]int{}}
}

// server is how a drill asks the fake.
func (f *fake) server() Server {
	return Server{URL: "http://alertmanager.test:9093", Client: &http.Client{Transport: f}}
}

// RoundTrip answers in this process, so that time may be virtual.
func (f *fake) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	f.asked = append(f.asked, r)
	w := httptest.NewRecorder()
	path, _, _ := strings.Cut(r.URL.Path, "/silence/")
	if code := f.refuse[r.Method+" "+path]; code != 0 {
		http.Error(w, "no: "+path, code)
		return w.Result(), nil
	}
	switch r.Method + " " + path {
	case "GET /-/ready":
		_, _ = w.WriteString("OK")
	case "GET /api/v2/status":
		f.answer(w, f.statusAnswer())
	case "POST /api/v2/alerts":
		f.take(r)
	case "GET /api/v2/alerts":
		f.answer(w, f.shown(r))
	case "GET /api/v2/alerts/groups":
		f.answer(w, f.groups())
	case "GET /api/v2":
		f.answer(w, silence{ID: "e0e7", CreatedBy: "bob", Comment: "planned work", EndsAt: time.Date(2026, 11, 27, 8, 0, 0, 0, time.UTC)})
	case "GET /metrics":
		_, _ = w.WriteString(f.metrics())
	default:
		http.NotFound(w, r)
	}
	return w.Result(), nil
}

func (f *fake) answer(w http.ResponseWriter, v any) {
	if err := json.NewEncoder(w).Encode(v); err != nil {
		f.t.Error(err)
	}
}

func (f *fake) statusAnswer() any {
	var s status
	s.VersionInfo.Version, s.Config.Original, s.Cluster.Peers = "0.25.0", f.config, make([]any, f.peers)
	if f.status != "" {
		return json.RawMessage(f.status)
	}
	return s
}

// take takes what is posted: an alert, or its end.
func (f *fake) take(r *http.Request) {
	var all []posted
	if err := json.NewDecoder(r.Body).Decode(&all); err != nil || len(all) != 1 {
		f.t.Errorf("posted: %v, %d alerts", err, len(all))
		return
	}
	if f.alert == nil {
		f.alert = &all[0]
	}
	if !all[0].EndsAt.After(time.Now()) {
		f.ended = time.Now()
	}
}

func (f *fake) receiver(name string) string {
	if r := f.receivers[name]; r != "" {
		return r
	}
	return "pagerduty"
}

const fingerprint = "843bfbbdcf1e90d6"

func (f *fake) own() alert {
	a := alert{Labels: f.alert.Labels, Fingerprint: fingerprint, Receivers: []named{{f.receiver(f.alert.Labels["alertname"])}}}
	a.Status.State, a.Status.SilencedBy, a.Status.InhibitedBy = "active", f.silencedBy, f.inhibitedBy
	return a
}

func (f *fake) shown(r *http.Request) []alert {
	all := f.besides
	if f.alert != nil && !f.hidden {
		all = append([]alert{f.own()}, all...)
	}
	return slices.DeleteFunc(slices.Clone(all), func(a alert) bool {
		return slices.ContainsFunc(r.URL.Query()["filter"], func(filter string) bool {
			name, value, _ := strings.Cut(filter, "=")
			return fmt.Sprintf("%q", a.Labels[name]) != value
		})
	})
}

func (f *fake) groups() []group {
	own := f.own()
	if time.Since(f.alert.StartsAt) >= f.wait {
		own.Status.MutedBy = f.mutedBy
	}
	all := []group{{Receiver: own.Receivers[0], Alerts: []alert{own}}}
	for _, a := range f.besides {
		all = append(all, group{Receiver: a.Receivers[0], Alerts: []alert{a}})
	}
	return all
}

// metrics counts what was sent until now: as Alertmanager does, what failed is
// counted after the rest, and who looks in between sees that too.
func (f *fake) metrics() string {
	attempts, failed, givenUp := 100.0, 7.0, 3.0
	if f.alert != nil {
		since := time.Since(f.alert.StartsAt)
		if f.restartsAfter > 0 && since >= f.restartsAfter {
			attempts, failed, givenUp = 0, 0, 0
		}
		if since >= f.wait && !f.mute {
			attempts++
			if f.refusals > 0 {
				attempts += float64(f.refusals) - 1
			}
			if f.refusals > 0 && f.looked {
				failed += float64(f.refusals)
			}
			f.looked = true
			if f.givesUp {
				givenUp++
			}
		}
		if !f.ended.IsZero() && !f.muteEnd && !time.Now().Before(f.flushAfter(f.ended)) {
			attempts++
		}
	}
	name := map[string]string{"slack": "slack"}[f.receiver(nameOf(f.alert))]
	if name == "" {
		name = "pagerduty"
	}
	return fmt.Sprintf(`# TYPE alertmanager_notification_requests_total counter
alertmanager_notification_requests_total{integration="%[1]s"} %[2]g
# TYPE alertmanager_notification_requests_failed_total counter
alertmanager_notification_requests_failed_total{integration="%[1]s"} %[3]g
# TYPE alertmanager_notifications_failed_total counter
alertmanager_notifications_failed_total{integration="%[1]s",reason="clientError"} %[4]g
alertmanager_notifications_failed_total{integration="%[1]s",reason="other"} 9
`, name, attempts, failed, givenUp)
}

func nameOf(a *posted) string {
	if a == nil {
		return ""
	}
	return a.Labels["alertname"]
}

// flushAfter is when the group is sent next.
func (f *fake) flushAfter(t time.Time) time.Time {
	at := f.alert.StartsAt.Add(f.wait)
	for at.Before(t) {
		at = at.Add(f.interval)
	}
	return at
}

// shipped returns an alert of the shipped rules.
func shipped(t *testing.T, name string) deploy.Alert {
	t.Helper()
	alerts, err := deploy.DefaultRules().Alerts()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range alerts {
		if a.Name == name {
			return a
		}
	}
	t.Fatalf("no alert %s", name)
	return deploy.Alert{}
}

// besides is an alert of somebody else.
func besides(name, target, receiver string, inhibitedBy ...string) alert {
	a := alert{Labels: map[string]string{"alertname": name, "target": target}, Fingerprint: "f-" + name, Receivers: []named{{receiver}}}
	a.Status.State, a.Status.InhibitedBy = "active", inhibitedBy
	return a
}
