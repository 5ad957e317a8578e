package alerttest

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

func TestPagerDutyRefusesWhatTheRealOneRefuses(t *testing.T) {
	const good = `{"routing_key":"` + RoutingKey + `","event_action":"trigger","dedup_key":"k","links":[{"href":"https://x","text":"x"}],"payload":{"summary":"s","source":"o","severity":"critical"}}`
	for _, tc := range []struct{ name, from, to, says string }{
		{"a good event is taken", "", "", ""},
		{"a resolution needs no payload", `"trigger"`, `"resolve"`, ""},
		{"a wrong key", RoutingKey, "0", "routing_key"},
		{"a blank summary", `"summary":"s"`, `"summary":" "`, "'payload.summary' is missing or blank"},
		{"a long summary", `"summary":"s"`, `"summary":"` + strings.Repeat("s", 1025) + `"`, "'payload.summary' is longer"},
		{"no source", `"source":"o"`, `"source":""`, "'payload.source' is missing"},
		{"an unknown severity", `"critical"`, `"bad"`, "'payload.severity' must be"},
		{"an unknown action", `"trigger"`, `"fire"`, "'event_action' must be"},
		{"a link to nowhere", `https://x`, ``, "'links[0].href' is no address"},
		{"no JSON", good, `nope`, "no JSON"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := &PagerDuty{}
			w := httptest.NewRecorder()
			p.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/v2/enqueue", strings.NewReader(strings.Replace(good, tc.from, tc.to, 1))))
			if tc.says == "" {
				if w.Code != http.StatusAccepted || len(p.Refused()) > 0 {
					t.Errorf("status %d: %s", w.Code, w.Body)
				}
				return
			}
			if w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), tc.says) || len(p.Refused()) == 0 || len(p.Incidents()) > 0 {
				t.Errorf("status %d: %s", w.Code, w.Body)
			}
		})
	}
}

func TestPagerDutyFoldsEventsIntoIncidents(t *testing.T) {
	p := &PagerDuty{}
	for _, e := range [][2]string{{"trigger", "a"}, {"trigger", "a"}, {"trigger", "b"}, {"resolve", "a"}, {"resolve", "c"}, {"trigger", "a"}} {
		body := `{"routing_key":"` + RoutingKey + `","event_action":"` + e[0] + `","dedup_key":"` + e[1] + `","payload":{"summary":"` + e[1] + `","source":"o","severity":"critical"}}`
		p.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body)))
	}
	var got []string
	for _, i := range p.Incidents() {
		state := " open"
		if !i.Resolved.IsZero() {
			state = " resolved"
		}
		got = append(got, i.First.Payload.Summary+state)
	}
	if want := []string{"a resolved", "b open", "a open"}; !slices.Equal(got, want) {
		t.Errorf("incidents %q, want %q", got, want)
	}
}

func TestSlackRefusesWhatTheRealOneRefuses(t *testing.T) {
	for _, tc := range []struct {
		name, path, body string
		status           int
		says             string
	}{
		{"a text is taken", SlackPath, `{"text":"t"}`, 200, "ok"},
		{"an attachment is taken", SlackPath, `{"attachments":[{"title":"t","text":"x"}]}`, 200, "ok"},
		{"another address", "/services/T/B/X", `{"text":"t"}`, 403, "invalid_token"},
		{"nothing to say", SlackPath, `{"channel":"c"}`, 400, "no_text"},
		{"an attachment without a text", SlackPath, `{"attachments":[{"title":" "}]}`, 400, "no_text"},
		{"no JSON", SlackPath, `text=t`, 400, "invalid_payload"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := &Slack{}
			w := httptest.NewRecorder()
			s.ServeHTTP(w, httptest.NewRequest(http.MethodPost, tc.path, strings.NewReader(tc.body)))
			if w.Code != tc.status || !strings.Contains(w.Body.String(), tc.says) || len(s.Messages()) == 1 != (tc.status == 200) || len(s.Refused()) == 1 != (tc.status != 200) {
				t.Errorf("status %d: %s", w.Code, w.Body)
			}
		})
	}
}
