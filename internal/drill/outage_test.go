package drill

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// world is a lab, a service and a Prometheus that take as long as real ones, in
// the time of the test.
type world struct {
	*fake
	labels     map[string]string
	dead, back time.Time
	stopped    bool
	neverFires bool
	commands   []string
}

// What happens how long after the agent's death, and after its return.
const (
	failsAfter   = 20 * time.Second
	confirmAfter = 30 * time.Second
	pendingAfter = 35 * time.Second
	firesAfter   = 95 * time.Second
	answersAfter = 12 * time.Second
	clearsAfter  = 15 * time.Second
)

func (w *world) start(_ context.Context, _ Options, labels map[string]string) (*chain, error) {
	w.labels = labels
	s := Server{URL: "http://world.test", Client: &http.Client{Transport: roundTrip(w.answerFor)}}
	return &chain{service: s, prometheus: s, tell: w.tell, stop: func() error { w.stopped = true; return nil }}, nil
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func (w *world) tell(command string) error {
	w.commands = append(w.commands, command)
	switch command {
	case "kill-agent":
		w.dead = time.Now()
	case "start-agent":
		w.back = time.Now()
	}
	return nil
}

// since reports whether so much time has passed after a moment that has come.
func since(moment time.Time, d time.Duration) bool {
	return !moment.IsZero() && time.Since(moment) >= d
}

func (w *world) firing() bool {
	return since(w.dead, firesAfter) && !w.neverFires && !since(w.back, clearsAfter)
}

func (w *world) answerFor(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	rec := httptest.NewRecorder()
	state := ""
	switch {
	case w.firing():
		state = "firing"
	case since(w.dead, pendingAfter) && !since(w.back, clearsAfter):
		state = "pending"
	}
	workers, failed := 1, 3 // Some calls had failed before.
	if since(w.dead, failsAfter) {
		failed = 4
	}
	if since(w.dead, confirmAfter) && !since(w.back, answersAfter) {
		workers = 0
	}
	switch r.URL.Path {
	case "/metrics":
		fmt.Fprintf(rec, "# TYPE agent_workers_active gauge\nagent_workers_active{target=\"drill\"} %d\n# TYPE agent_requests_total counter\nagent_requests_total{status=\"error\"} %d\nagent_requests_total{status=\"success\"} 9\n", workers, failed)
	case "/api/v1/query":
		fmt.Fprint(rec, `{"data":{"result":[{}]}}`)
	case "/api/v1/alerts":
		list := ""
		if state != "" {
			list = fmt.Sprintf(`{"state":%q,"labels":{"alertname":"NoActiveAgents"}},{"state":"firing","labels":{"alertname":"Watchdog"}}`, state)
		}
		fmt.Fprintf(rec, `{"data":{"alerts":[%s]}}`, list)
	}
	return rec.Result(), nil
}

// RoundTrip answers for Alertmanager, which is told when the alert fires and when
// it does no more.
func (w *world) RoundTrip(r *http.Request) (*http.Response, error) {
	if w.firing() && w.alert == nil {
		w.alert = &posted{Labels: w.labels, StartsAt: w.dead.Add(firesAfter)}
	}
	if since(w.back, clearsAfter) && w.ended.IsZero() {
		w.ended = w.back.Add(clearsAfter)
	}
	return w.fake.RoundTrip(r)
}

// outageIn plays an outage in a world.
func outageIn(ctx context.Context, t *testing.T, w *world, r *record) OutageResult {
	t.Helper()
	o := options(t, "NoActiveAgents", w.fake, r)
	o.Alertmanager.Client = &http.Client{Transport: w}
	return runOutage(ctx, o, 30*time.Second, w.start)
}

func TestAnOutageIsTimedFromDeathToPageAndFromReturnToItsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, r := &world{fake: newFake(t)}, &record{}
		got := outageIn(t.Context(), t, w, r)
		if got.State != Passed || !w.stopped || strings.Join(w.commands, " ") != "kill-agent start-agent" {
			t.Fatalf("%+v; stopped %v, told %q; %+v", got.Result, w.stopped, w.commands, r.worst())
		}
		var times []time.Duration
		for _, m := range got.Marks {
			times = append(times, m.At)
		}
		if want := []time.Duration{0, failsAfter, confirmAfter, pendingAfter, firesAfter, firesAfter, firesAfter + w.wait}; fmt.Sprint(times) != fmt.Sprint(want) {
			t.Errorf("moments %v, want %v", times, want)
		}
		if got.Delivered != firesAfter+w.wait {
			t.Errorf("delivered after %v", got.Delivered)
		}
		times = nil
		for _, m := range got.Back {
			times = append(times, m.At)
		}
		// The group was sent at 100 s and is next at 160 s; the agent came back half a
		// second after the first look that saw the page.
		end := 160*time.Second - w.back.Sub(w.dead)
		if want := []time.Duration{0, answersAfter, clearsAfter, end}; fmt.Sprint(times) != fmt.Sprint(want) {
			t.Errorf("moments after the return %v, want %v", times, want)
		}
	})
}

func TestAnOutageThatIsNotPagedSaysWhereItEnded(t *testing.T) {
	for name, tc := range map[string]struct {
		change     func(*world)
		state      State
		step, says string
	}{
		"it never fires":          {func(w *world) { w.neverFires = true }, Unclear, "firing", "not seen: it fires; it did not come in time"},
		"a silence mutes it":      {func(w *world) { w.silencedBy = []string{"e0e7"} }, Failed, "arrived", "of bob"},
		"nothing is sent":         {func(w *world) { w.mute = true }, Failed, "delivered", "sent nothing"},
		"the receiver refuses it": {func(w *world) { w.refusals, w.givesUp = 1, true }, Failed, "delivered", "gave up"},
		"its end is not told":     {func(w *world) { w.muteEnd = true }, Failed, "resolved", "sent nothing"},
		"it goes to nobody":       {func(w *world) { w.config = strings.Replace(w.config, "receiver: pagerduty", "receiver: nobody", 1) }, Failed, "route", "tells nobody"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, r := &world{fake: newFake(t)}, &record{}
				tc.change(w)
				got := outageIn(t.Context(), t, w, r)
				if s := r.worst(); got.State != tc.state || s.Name != tc.step || !strings.Contains(s.Text, tc.says) {
					t.Errorf("state %v; step %s: %q", got.State, s.Name, s.Text)
				}
				if !w.stopped && len(w.commands) > 0 {
					t.Error("the chain was left running")
				}
				if w.alert != nil && w.ended.IsZero() {
					t.Error("the alert was left behind")
				}
			})
		})
	}
}

func TestAnInterruptedOutageLeavesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, r := &world{fake: newFake(t)}, &record{}
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(97*time.Second, func() { cancel(errors.New("interrupt signal received")) })
		got := outageIn(ctx, t, w, r)
		if got.State != Unclear || !w.stopped || w.alert == nil || w.ended.IsZero() {
			t.Errorf("%+v; stopped %v, ended %v; %+v", got.Result, w.stopped, w.ended, r.worst())
		}
	})
}
