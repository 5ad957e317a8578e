package drill

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// record keeps what a drill tells.
type record struct {
	steps   []Step
	waiting []string
}

func (r *record) watcher() Watcher {
	return Watcher{
		Step:    func(s Step) { r.steps = append(r.steps, s) },
		Waiting: func(what string, _ time.Duration) { r.waiting = append(r.waiting, what) },
	}
}

// worst is the first step that did not pass, or else the last one.
func (r *record) worst() Step {
	for _, s := range r.steps {
		if s.State != Passed {
			return s
		}
	}
	return r.steps[len(r.steps)-1]
}

func (r *record) names() string {
	var names []string
	for _, s := range r.steps {
		names = append(names, s.Name)
	}
	return strings.Join(names, " ")
}

func options(t *testing.T, name string, f *fake, r *record) Options {
	t.Helper()
	return Options{Alert: shipped(t, name), TargetLabel: "target", Target: "drill", Sender: "alice", Alertmanager: f.server(), Watcher: r.watcher()}
}

func TestADrillGoesFromAlertToPageAndBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, r := newFake(t), &record{}
		got := Run(t.Context(), options(t, "NoActiveAgents", f, r))
		if got.State != Passed || r.names() != "reached route sent active delivered resolved" {
			t.Fatalf("%+v after %s: %+v", got, r.names(), r.worst())
		}
		if got.Delivered != 5*time.Second {
			t.Errorf("delivered after %v, want group_wait", got.Delivered)
		}
		// The second look confirms the delivery, and ends the alert; the group was sent
		// half a second before.
		if got.Resolved != time.Minute-askEvery {
			t.Errorf("resolved after %v, want what is left of group_interval", got.Resolved)
		}
		if f.ended.IsZero() {
			t.Error("the alert was not ended")
		}
		if !strings.Contains(strings.Join(r.waiting, "\n"), "its group is sent in 3s (group_wait)") {
			t.Errorf("waiting: %q", r.waiting)
		}
		if s := r.steps[1]; !strings.Contains(s.Text, `"pagerduty" (pagerduty) by severity = critical`) || !strings.Contains(s.Details[0], "alertname, target; first sent after 5s, changes every 1m, repeated every 15m") {
			t.Errorf("route: %+v", s)
		}
	})
}

func TestADrillSaysThatItIsOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, r := newFake(t), &record{}
		Run(t.Context(), options(t, "NoActiveAgents", f, r))
		for name, want := range map[string]string{"alertname": "NoActiveAgents", "severity": "critical", "target": "drill", "drill": "true"} {
			if got := f.alert.Labels[name]; got != want {
				t.Errorf("label %s is %q, want %q", name, got, want)
			}
		}
		for _, name := range []string{"summary", "description"} {
			text := f.alert.Annotations[name]
			if !strings.HasPrefix(text, "DRILL") || strings.Contains(text, ": ") || strings.Contains(text, "{{") {
				t.Errorf("%s is %q", name, text)
			}
		}
		if d := f.alert.Annotations["description"]; !strings.Contains(d, "of alice") {
			t.Errorf("description %q does not say who drills", d)
		}
		if got := f.alert.Annotations["runbook_url"]; got != "http://localhost:9877/runbooks/NoActiveAgents" {
			t.Errorf("runbook_url is %s", got)
		}
		if ends := f.alert.EndsAt.Sub(f.alert.StartsAt); ends < 2*time.Minute || ends > 5*time.Minute {
			t.Errorf("left alone it would last %v", ends)
		}
	})
}

func TestEachStepThatFailsSaysWhyAndWhatToDo(t *testing.T) {
	slackEverything := map[string]string{"NoActiveAgents": "slack"}
	for name, tc := range map[string]struct {
		alert        string
		change       func(*fake, *Options)
		state        State
		step         string
		says, remedy string
	}{
		"nobody listens": {"", func(_ *fake, o *Options) { o.Alertmanager.Client = &http.Client{Transport: deaf{}} },
			Unclear, "reached", "http://alertmanager.test:9093: dial: connection refused", "--alertmanager.url"},
		"it wants a password": {"", func(f *fake, _ *Options) { f.refuse["GET /-/ready"] = 401 }, Unclear, "reached", "401 Unauthorized", "--alertmanager.password-file"},
		"it is below a path":  {"", func(f *fake, _ *Options) { f.refuse["GET /-/ready"] = 404 }, Unclear, "reached", "404 Not Found", "--web.route-prefix"},
		"it is not ready":     {"", func(f *fake, _ *Options) { f.refuse["GET /-/ready"] = 503 }, Unclear, "reached", "503 Service Unavailable", "its log says why"},
		"it is something else": {"", func(f *fake, _ *Options) { f.status = `[1]` },
			Unclear, "reached", "not what Alertmanager's", ""},
		"it shows no configuration": {"", func(f *fake, _ *Options) { f.config = "a: b" }, Unclear, "reached", `it has no "route"`, ""},
		"the receiver has no integration": {"", func(f *fake, _ *Options) {
			f.config = strings.Replace(f.config, "receiver: pagerduty", "receiver: nobody", 1)
		}, Failed, "route", `"nobody" by severity = critical, and that tells nobody`, "pagerduty_configs"},
		"the alert is made to tell nobody":   {"NoActiveAgentsRecently", func(*fake, *Options) {}, Failed, "route", "tells nobody", "its severity is none"},
		"another configuration was promised": {"", func(_ *fake, o *Options) { o.Promise = promise() }, Failed, "route", `mine.yml promises "elsewhere", and the configuration that Alertmanager runs has "pagerduty"`, "-/reload"},
		"the alert is refused":               {"", func(f *fake, _ *Options) { f.refuse["POST /api/v2/alerts"] = 400 }, Failed, "sent", "400 Bad Request", ""},
		"the alert is not shown":             {"", func(f *fake, _ *Options) { f.hidden = true }, Unclear, "active", "not within 5s", "one of them"},
		"it goes elsewhere":                  {"", func(f *fake, _ *Options) { f.receivers = slackEverything }, Failed, "active", `sends it to "slack", and its configuration has "pagerduty"`, "amtool config routes test"},
		"a silence mutes it":                 {"", func(f *fake, _ *Options) { f.silencedBy = []string{"e0e7"} }, Failed, "active", `of bob until 2026-11-27 08:00 UTC, "planned work"`, "amtool silence expire --alertmanager.url=http://alertmanager.test:9093 e0e7"},
		"another alert mutes it": {"", func(f *fake, _ *Options) {
			f.inhibitedBy, f.besides = []string{"f-ProberDown"}, []alert{besides("ProberDown", "", "slack")}
		}, Failed, "active", "another alert mutes it: ProberDown", "--target"},
		"the receiver's server says 4xx":        {"", func(f *fake, _ *Options) { f.refusals, f.givesUp = 1, true }, Failed, "delivered", "pagerduty gave up after 1 refused request: the receiver's server answered 4xx", "key"},
		"the receiver's server does not answer": {"", func(f *fake, _ *Options) { f.refusals = 4 }, Failed, "delivered", "pagerduty had 4 refused requests; Alertmanager tries again", "log"},
		"nothing is sent":                       {"", func(f *fake, _ *Options) { f.mute = true }, Failed, "delivered", "sent nothing within 1m20s", "log"},
		"its route is mute at times": {"", func(f *fake, _ *Options) {
			f.mute, f.config = true, strings.Replace(f.config, "repeat_interval: 15m", "mute_time_intervals: [nights]", 1)
		},
			Failed, "delivered", "sent nothing", `By "nights" of the route`},
		"a mute time is seen when it was due": {"", func(f *fake, _ *Options) { f.mute, f.mutedBy = true, []string{"nights"} },
			Failed, "delivered", "sent nothing within 1m20s: at this time of the day or week its route tells nobody: nights", "active_time_intervals"},
		"another of the cluster may send it": {"", func(f *fake, _ *Options) { f.mute, f.peers = true, 3 }, Unclear, "delivered", "another of the cluster of 3", "first member"},
		"its metrics are not to be had":      {"", func(f *fake, _ *Options) { f.refuse["GET /metrics"] = 403 }, Unclear, "delivered", "403 Forbidden", "/metrics"},
		"it restarts meanwhile":              {"", func(f *fake, _ *Options) { f.restartsAfter = 2 * time.Second }, Unclear, "delivered", "began anew", "again"},
		"the time is too short":              {"", func(_ *fake, o *Options) { o.Timeout = 3 * time.Second }, Unclear, "delivered", "the time was over", "--timeout=2m50s"},
		"the end is not told":                {"", func(f *fake, _ *Options) { f.muteEnd = true }, Failed, "resolved", "sent nothing within 1m15s", "log"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f, r := newFake(t), &record{}
				if tc.alert == "" {
					tc.alert = "NoActiveAgents"
				}
				o := options(t, tc.alert, f, r)
				tc.change(f, &o)
				got := Run(t.Context(), o)
				if s := r.worst(); got.State != tc.state || s.Name != tc.step || !strings.Contains(s.Text, tc.says) || !strings.Contains(s.Remedy, tc.remedy) {
					t.Errorf("state %v; step %s: %q, remedy %q", got.State, s.Name, s.Text, s.Remedy)
				}
				if f.alert != nil && f.ended.IsZero() {
					t.Error("the alert was left behind")
				}
			})
		})
	}
}

// deaf is where nobody listens.
type deaf struct{}

func (deaf) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, &net.OpError{Op: "dial", Err: errors.New("connection refused")}
}

func promise() *Configuration {
	c, err := ParseConfiguration("mine.yml", "route: {receiver: elsewhere}\nreceivers: [{name: elsewhere}]\n")
	if err != nil {
		panic(err)
	}
	return &c
}

func TestAReceiverThatIsNotToldTheEndNeedNotBe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, r := newFake(t), &record{}
		f.receivers = map[string]string{"AgentHighLatency": "slack"}
		f.receivers[""] = "slack"
		got := Run(t.Context(), options(t, "AgentHighLatency", f, r))
		if s := r.worst(); got.State != Passed || got.Resolved != 0 || s.Name != "resolved" || !strings.Contains(s.Text, "send_resolved") {
			t.Errorf("%+v: %+v", got, s)
		}
	})
}

func TestAnInterruptedDrillEndsItsAlert(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, r := newFake(t), &record{}
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(3*time.Second, func() { cancel(errors.New("interrupt signal received")) })
		got := Run(ctx, options(t, "NoActiveAgents", f, r))
		if s := r.worst(); got.State != Unclear || !strings.Contains(s.Text, "interrupted") {
			t.Errorf("%+v: %+v", got, s)
		}
		if since := f.ended.Sub(f.alert.StartsAt); since != 3*time.Second {
			t.Errorf("the alert was ended after %v", since)
		}
	})
}

func TestADrillOwnsUpToWhatItDisturbs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, r := newFake(t), &record{}
		f.besides = []alert{besides("AgentHighErrorRate", "support", "pagerduty", fingerprint), besides("AgentHighLatency", "support", "slack")}
		o := options(t, "NoActiveAgents", f, r)
		o.Target = "support"
		if got := Run(t.Context(), o); got.State != Passed {
			t.Fatalf("%+v: %+v", got, r.worst())
		}
		if c := r.steps[3].Caution; !strings.Contains(c, "mutes AgentHighErrorRate of support") {
			t.Errorf("caution %q", c)
		}
		if c := r.steps[4].Caution; !strings.Contains(c, "One other group of alerts is sent by pagerduty too") {
			t.Errorf("caution %q", c)
		}
	})
}

func TestCredentialsAreSentAndNeverSaid(t *testing.T) {
	for name, tc := range map[string]struct {
		server Server
		header string
	}{
		"a user and a password": {Server{User: "u", Password: "hunter2"}, "Basic dTpodW50ZXIy"},
		"a token":               {Server{Token: "hunter2"}, "Bearer hunter2"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f, r := newFake(t), &record{}
				f.refuse["GET /metrics"] = 401
				o := options(t, "NoActiveAgents", f, r)
				tc.server.URL, tc.server.Client = o.Alertmanager.URL, o.Alertmanager.Client
				o.Alertmanager = tc.server
				Run(t.Context(), o)
				for _, asked := range f.asked {
					if got := asked.Header.Get("Authorization"); got != tc.header {
						t.Errorf("%s: Authorization %q", asked.URL.Path, got)
					}
				}
				for _, s := range r.steps {
					if text := strings.Join(append(s.Details, s.Text, s.Caution, s.Remedy), "\n"); strings.Contains(text, "hunter2") {
						t.Errorf("said: %q", text)
					}
				}
			})
		})
	}
}

func TestAnAddressThatCannotBeAskedIsRefused(t *testing.T) {
	for address, says := range map[string]string{
		"http://localhost:9093":        "",
		"https://am.example/prefix/":   "",
		"localhost:9093":               "no web address",
		"http://":                      "no web address",
		"http://u:hunter2@am.example/": "password in a file",
		"http://am.example/?a=b":       "a query",
	} {
		err := Server{URL: address}.Validate()
		if (says == "") != (err == nil) || err != nil && (!strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "hunter2")) {
			t.Errorf("%s: %v, want %q", address, err, says)
		}
	}
}
