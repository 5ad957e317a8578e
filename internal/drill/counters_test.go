package drill

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// says answers everything with one text.
type says string

func (s says) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(string(s)))}, nil
}

func countersOf(t *testing.T, metrics string) counters {
	t.Helper()
	c, err := Server{URL: "http://x", Client: &http.Client{Transport: says(metrics)}}.counters(t.Context(), map[string]bool{"voice": true})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Alertmanager 0.28 and later can tell receivers apart.
func TestOnlyTheReceiverOfTheDrillCountsWhereMetricsTell(t *testing.T) {
	before := countersOf(t, `# TYPE alertmanager_notification_requests_total counter
alertmanager_notification_requests_total{integration="slack",receiver_name="voice"} 3
alertmanager_notification_requests_total{integration="slack",receiver_name="web"} 5
`)
	after := countersOf(t, `# TYPE alertmanager_notification_requests_total counter
alertmanager_notification_requests_total{integration="slack",receiver_name="voice"} 4
alertmanager_notification_requests_total{integration="slack",receiver_name="web"} 9
`)
	if d, valid := after.since(before, "slack"); !valid || d.accepted() != 1 {
		t.Errorf("%+v, %v", d, valid)
	}
}

func TestTheReasonIsThatOfWhatWasGivenUpSince(t *testing.T) {
	const head = "# TYPE alertmanager_notification_requests_total counter\nalertmanager_notification_requests_total{integration=\"slack\"} 3\n# TYPE alertmanager_notifications_failed_total counter\n"
	before := countersOf(t, head+`alertmanager_notifications_failed_total{integration="slack",reason="clientError"} 9
alertmanager_notifications_failed_total{integration="slack",reason="serverError"} 0
`)
	after := countersOf(t, head+`alertmanager_notifications_failed_total{integration="slack",reason="clientError"} 9
alertmanager_notifications_failed_total{integration="slack",reason="serverError"} 1
`)
	if d, valid := after.since(before, "slack"); !valid || d.givenUp != 1 || d.reason() != "serverError" {
		t.Errorf("%+v, %v, reason %q", d, valid, d.reason())
	}
}

func TestWhatIsNoAlertmanagerIsFoundByItsMetrics(t *testing.T) {
	for name, text := range map[string]string{"metrics of something else": "# TYPE up gauge\nup 1\n", "no metrics": "<html>"} {
		if c, err := (Server{URL: "http://x", Client: &http.Client{Transport: says(text)}}).counters(t.Context(), nil); err == nil {
			t.Errorf("%s: taken as %v", name, c)
		}
	}
}
