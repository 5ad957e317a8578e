package alerttest

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// evidence is where a page or a message leads.
type evidence struct{ runbook, latest, calls, dashboard string }

// followPages follows the links of the pages that really came.
func (l *live) followPages(t *testing.T) {
	t.Helper()
	reasons := map[string]string{"NoActiveAgents": "no_agent", "RoomServerUnreachable": "unreachable", "STTFailureRate": "stt_wrong"}
	for _, i := range l.PagerDuty.Incidents() {
		alert, target := i.First.Payload.Class, i.First.Payload.Source
		var e evidence
		for _, link := range i.First.Links {
			switch link.Text {
			case "Runbook":
				e.runbook = link.Href
			case "Latest call":
				e.latest = link.Href
			case "Calls":
				e.calls = link.Href
			case "Dashboard":
				e.dashboard = link.Href
			}
		}
		if i.First.ClientURL != e.dashboard || i.First.Payload.CustomDetails["runbook"] != e.runbook {
			t.Errorf("%s: client_url %s and details %v differ from the links %v", alert, i.First.ClientURL, i.First.Payload.CustomDetails["runbook"], e)
		}
		l.follow(t, e, alert, target, reasons[alert])
	}
}

// followMessages does that with the messages of Slack.
func (l *live) followMessages(t *testing.T) {
	t.Helper()
	reasons := map[string]string{"AgentHighLatency": "answered", "ProbeStale": "unauthorized"}
	followed := 0
	for _, m := range l.Slack.Messages() {
		words := strings.Fields(m.Attachments[0].Title)
		if len(words) < 5 || words[1] != "Firing" {
			continue // An end, or ProberDown of all: Prometheus was there first.
		}
		var e evidence
		for _, link := range regexp.MustCompile(`<([^|>]+)\|([^>]+)>`).FindAllStringSubmatch(m.Attachments[0].Text, -1) {
			switch link[2] {
			case "Runbook":
				e.runbook = link[1]
			case "Latest call":
				e.latest = link[1]
			case "Calls":
				e.calls = link[1]
			case "Dashboard":
				e.dashboard = link[1]
			}
		}
		if m.Attachments[0].TitleLink != e.runbook {
			t.Errorf("the title leads to %s", m.Attachments[0].TitleLink)
		}
		if target := strings.Trim(words[4], "–"); target != "" {
			l.follow(t, e, words[3], target, reasons[words[3]])
			followed++
		}
	}
	if followed < 3 {
		t.Errorf("only %d messages name a target", followed)
	}
}

// follow opens what the links lead to: the runbook, the dashboard of the target
// from half an hour before, and the target's calls, the newest on top, which also
// has a link of its own and says what was wrong.
func (l *live) follow(t *testing.T, e evidence, alert, target, reason string) {
	t.Helper()
	if text := get(t, e.runbook); !strings.Contains(text, "<h1>"+alert+"</h1>") {
		t.Errorf("%s: the runbook at %s is another", alert, e.runbook)
	}
	if text := get(t, e.calls); reason != "" {
		var ids []string
		for _, m := range regexp.MustCompile(`href="[^"]*calls/(\d{8}t\d{6}-[a-z0-9]+)"`).FindAllStringSubmatch(text, -1) {
			ids = append(ids, m[1])
		}
		if len(ids) == 0 || !slices.IsSortedFunc(ids, func(a, b string) int { return -strings.Compare(a[:15], b[:15]) }) {
			t.Fatalf("%s: calls at %s: %q", alert, e.calls, ids)
		}
		for _, at := range []string{l.service + "/calls/" + ids[0], e.latest} {
			call := get(t, at)
			for _, want := range []string{"<h1", target, reason} {
				if !strings.Contains(call, want) {
					t.Errorf("%s: %s does not say %q", alert, at, want)
				}
			}
		}
	}
	at, err := url.Parse(e.dashboard)
	if err != nil {
		t.Fatal(err)
	}
	from, err := strconv.ParseInt(at.Query().Get("from"), 10, 64)
	before := time.Since(time.UnixMilli(from))
	if err != nil || before < 30*time.Minute || before > 35*time.Minute || at.Query().Get("to") != "now" || at.Query().Get("var-target") != target || at.Path != "/d/callprobe/callprobe" {
		t.Errorf("%s of %s: the dashboard is at %s, which begins %v ago", alert, target, e.dashboard, before)
	}
}
