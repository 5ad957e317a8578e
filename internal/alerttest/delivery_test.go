package alerttest

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// EnvAlertmanager names an Alertmanager other than the one of this machine.
const EnvAlertmanager = "CALLPROBE_ALERTMANAGER"

func alertmanager(t *testing.T) string {
	t.Helper()
	if path := os.Getenv(EnvAlertmanager); path != "" {
		return path
	}
	for _, name := range []string{"prometheus-alertmanager", "alertmanager"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skipf("there is no Alertmanager: install Debian's package prometheus-alertmanager, or name another with %s", EnvAlertmanager)
	return ""
}

// alert is one of the rules, as Prometheus sends it.
func alert(name, severity, target string) Posted {
	return Posted{
		Labels: map[string]string{"alertname": name, "severity": severity, "target": target},
		Annotations: map[string]string{
			"summary":       "Summary of " + name,
			"description":   "What callers of " + target + " hear – nothing.",
			"runbook_url":   "http://localhost:9877/runbooks/" + name,
			"dashboard_url": "http://localhost:3000/d/callprobe/callprobe?var-target=" + target,
			"call_url":      "http://localhost:9877/calls?target=" + target + "&result=not-passed",
		},
		StartsAt: time.Now(),
	}
}

// eventually asks until there is nothing left to complain of.
func eventually(t *testing.T, limit time.Duration, complaint func() string) {
	t.Helper()
	deadline := time.After(limit)
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		text := complaint()
		if text == "" {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("after %v: %s", limit, text)
		}
	}
}

// deliveryLimit bounds a delivery: the group waits 2 s.
const deliveryLimit = 45 * time.Second

// of is an alert of a region, as external_labels make it.
func (p Posted) of(region string) Posted {
	p.Labels["region"] = region
	return p
}

func TestARealAlertmanagerPagesAsPromised(t *testing.T) {
	s, err := Start(t.Context(), Options{Alertmanager: alertmanager(t), Folder: t.TempDir(), Deploy: "../../deploy", Service: "localhost:1", GroupInterval: 2 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	}()
	began := time.Now()
	alerts := []Posted{
		alert("NoActiveAgents", "critical", "support"),
		alert("NoActiveAgents", "critical", "sales"),
		alert("AgentHighErrorRate", "critical", "support"), // Muted by the first.
		alert("AgentHighErrorRate", "critical", "other"),
		alert("AgentHighLatency", "warning", "slow"),
		alert("NoActiveAgentsRecently", "none", "support"),
		alert("Watchdog", "none", ""),
		alert("RoomServerUnreachable", "critical", "shop").of("eu"),
		alert("NoActiveAgents", "critical", "shop").of("eu"), // Muted by the one before.
		alert("NoActiveAgents", "critical", "shop").of("us"),
		alert("NoActiveAgents", "critical", "shop").of("ap"),
		alert("ProberDown", "warning", "").of("eu"),
		alert("ProbeStale", "warning", "dull").of("eu"), // Muted, too.
		alert("ProbeStale", "warning", "dull").of("us"),
	}
	if err := s.Post(t.Context(), alerts...); err != nil {
		t.Fatal(err)
	}
	eventually(t, deliveryLimit, func() string {
		if n, m, h := len(s.PagerDuty.Incidents()), len(s.Slack.Messages()), s.Heartbeats(); n < 6 || m < 3 || h < 1 {
			return fmt.Sprintf("%d incidents, %d messages, %d heartbeats\n%s", n, m, h, s.Logs())
		}
		return ""
	})
	opened := map[string]Event{}
	for _, i := range s.PagerDuty.Incidents() {
		title, _, _ := strings.Cut(i.First.Payload.Summary, " –")
		opened[title] = i.First
	}
	for _, want := range []string{"NoActiveAgents support", "NoActiveAgents sales", "AgentHighErrorRate other"} {
		checkPage(t, want, opened[want])
	}
	for _, want := range []string{"RoomServerUnreachable shop in eu", "NoActiveAgents shop in us", "NoActiveAgents shop in ap"} {
		firing, _ := opened[want].Payload.CustomDetails["firing"].(string)
		if _, where, _ := strings.Cut(want, " "); !strings.HasPrefix(firing, where+" since ") {
			t.Errorf("%s: details %v", want, opened[want].Payload.CustomDetails)
		}
	}
	if len(opened) != 6 {
		t.Errorf("incidents: %v", opened)
	}
	said := saidIn(s.Slack.Messages())
	for _, want := range []string{"Firing – AgentHighLatency slow", "<http://localhost:9877/calls?target=slow&result=not-passed|Calls>", "Firing – ProberDown in eu", "Firing – ProbeStale dull in us"} {
		if !strings.Contains(said, want) {
			t.Errorf("no message says %q:\n%s", want, said)
		}
	}
	for i := range alerts {
		alerts[i].EndsAt = time.Now()
	}
	if err := s.Post(t.Context(), alerts...); err != nil {
		t.Fatal(err)
	}
	eventually(t, deliveryLimit, func() string {
		for _, i := range s.PagerDuty.Incidents() {
			if i.Resolved.IsZero() {
				return i.First.Payload.Summary + " is still open"
			}
		}
		for _, want := range []string{"Resolved – AgentHighLatency slow", "Resolved – ProberDown in eu", "Resolved – ProbeStale dull in us"} {
			if said := saidIn(s.Slack.Messages()); !strings.Contains(said, want) {
				return fmt.Sprintf("no message says %q:\n%s", want, said)
			}
		}
		return ""
	})
	if n, said := len(s.PagerDuty.Incidents()), saidIn(s.Slack.Messages()); n != 6 || strings.Contains(said, "ProbeStale dull in eu") {
		t.Errorf("%d incidents after the end, and messages that say\n%s\nwhat was muted was told", n, said)
	}
	if r := append(s.PagerDuty.Refused(), s.Slack.Refused()...); len(r) > 0 {
		t.Errorf("refused: %q", r)
	}
	t.Logf("delivered and resolved within %v", time.Since(began).Round(time.Second))
}

func saidIn(messages []Message) string {
	var all []string
	for _, m := range messages {
		all = append(all, m.String())
	}
	return strings.Join(all, "\n")
}

// checkPage looks at what the one sees who is woken.
func checkPage(t *testing.T, what string, e Event) {
	t.Helper()
	name, target, _ := strings.Cut(what, " ")
	if want := name + " " + target + " – Summary of " + name; e.Payload.Summary != want {
		t.Errorf("%s: summary %q, want %q", what, e.Payload.Summary, want)
	}
	if e.Payload.Severity != "critical" {
		t.Errorf("%s: severity %q", what, e.Payload.Severity)
	}
	links := map[string]string{}
	for _, l := range e.Links {
		links[l.Text] = l.Href
	}
	if links["Runbook"] != "http://localhost:9877/runbooks/"+name || links["Calls"] != "http://localhost:9877/calls?target="+target+"&result=not-passed" ||
		links["Latest call"] != "http://localhost:9877/calls/latest?target="+target+"&result=not-passed" {
		t.Errorf("%s: links %v", what, links)
	}
	if want := "http://localhost:3000/d/callprobe/callprobe?var-target=" + target + "&from="; !strings.HasPrefix(links["Dashboard"], want) || !strings.HasSuffix(links["Dashboard"], "&to=now") {
		t.Errorf("%s: dashboard %s", what, links["Dashboard"])
	}
	if firing, ok := e.Payload.CustomDetails["firing"].(string); !ok || !strings.HasPrefix(firing, target+" since ") || !strings.Contains(firing, "What callers of "+target+" hear – nothing.") {
		t.Errorf("%s: details %v", what, e.Payload.CustomDetails)
	}
}
