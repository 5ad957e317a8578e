package pages_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"callprobe/deploy"
	"callprobe/internal/calltest"
	"callprobe/internal/history"
	"callprobe/internal/pages"
	"callprobe/probe"
	"callprobe/scenarios"
)

// hostile is what an agent may publish to break out of a page.
const hostile = `</bdi></svg></title><script>document.title="owned"</script><img src=x onerror=alert(1)>"'><a href="javascript:alert(1)">x</a> {{.}} ` +
	"\u202etxet desrever\u202c \u200b\u0000\x1b[31m Z\u0311\u0312\u0313\u0314\u0315\u0316\u0317\u0318\u0319algo"

// made is a call that was made in virtual time.
type made struct {
	rec    *probe.Recording
	report *probe.Report
}

// fixture holds one call of each kind; they are made once for all tests.
type fixture struct {
	once  sync.Once
	calls map[string]made
}

//nolint:gochecknoglobals // The calls take a second to make.
var theCalls fixture

func state(after int, s string) calltest.Cue {
	return calltest.State(time.Duration(after)*time.Millisecond, s)
}

// kinds returns the calls.
func kinds(t *testing.T) map[string]made {
	t.Helper()
	theCalls.once.Do(func() {
		theCalls.calls = map[string]made{}
		plan, err := scenarios.Builtin("opening-hours")
		if err != nil {
			t.Fatal(err)
		}
		plan.Greeting.Mode = probe.GreetingOptional
		voice := plan.Turns[0].Say.Clip
		good := calltest.Agent{
			JoinAfter: 300 * time.Millisecond, Greeting: voice, GreetAfter: 200 * time.Millisecond,
			Cues: []calltest.Cue{state(150, "initializing"), state(250, "speaking"), state(2600, "listening")},
		}
		spoken := int(voice.Duration().Milliseconds())
		agent := func(reply int, hears, says string) calltest.Agent {
			a := good
			first, _, _ := strings.Cut(hears, " opening")
			answer := calltest.Answer{
				Hears: hears, Says: says, TranscriptAfter: 400 * time.Millisecond,
				Cues: []calltest.Cue{
					calltest.Heard(900*time.Millisecond, probe.Transcript{Channel: probe.StreamChannel, Segment: "s1", Text: first}),
					state(spoken+150, "thinking"),
				},
			}
			if reply > 0 {
				answer.Reply, answer.ReplyAfter = voice, time.Duration(reply)*time.Millisecond
				answer.Cues = append(answer.Cues, state(spoken+reply, "speaking"), state(2*spoken+reply, "listening"))
			}
			a.Answers = []calltest.Answer{answer}
			return a
		}
		heard, says := plan.Turns[0].Say.Reference, "On Saturday we are open from nine to five."
		for name, a := range map[string]calltest.Agent{
			"passed":   agent(700, heard, says),
			"late":     agent(3900, heard, says),
			"misheard": agent(700, "what are your opening ours on a sunday please", says),
			"hostile":  agent(700, hostile, hostile),
			"silent":   agent(0, heard, ""),
			"no agent": {NeverJoins: true},
			"unreachable": {DialAfter: 2 * time.Second, DialError: &probe.CallError{
				Reason: probe.Unreachable, Stage: probe.StageJoin, Remedy: "check that the room server is up and reachable from here",
				Err: errors.New("dial tcp 10.20.0.7:443: connect: connection refused"),
			}},
		} {
			synctest.Test(t, func(t *testing.T) {
				rec := probe.Run(t.Context(), plan, a.Dialer(plan), probe.Options{CallID: "x"})
				report, err := probe.Evaluate(rec)
				if err != nil {
					t.Fatal(err)
				}
				theCalls.calls[name] = made{rec, report}
			})
		}
	})
	return theCalls.calls
}

// as returns a call as one of another pair at another time. All but whole calls
// are without sound, which takes long to write.
func (m made) as(id, target, scenario string, started time.Time, whole bool) made {
	rec, r := *m.rec, *m.report
	rec.CallID, rec.Target, rec.Plan.Name, rec.Started = id, target, scenario, started
	rec.Room = "callprobe-" + id
	if !whole {
		rec.Tracks, rec.Sent, rec.Ended.At = nil, nil, 0
	}
	r.CallID, r.Target, r.Scenario, r.Started, r.Room = id, target, scenario, started, rec.Room
	r.Turns = slices.Clone(r.Turns)
	return made{&rec, &r}
}

const sampleLog = `time=03:11:58.412 level=INFO msg="room created" room=callprobe-20261126t031158
time=03:11:58.533 level=INFO msg="joined" seconds=0.121
time=03:12:04.020 level=WARN msg="no reply yet" turn=1
`

// world is a service with a history.
type world struct {
	store *history.Store
	view  pages.View
	url   string
	log   *bytes.Buffer
	last  map[string]string // kind to id of its last whole call
}

// hour is an hour of calls, shared by all tests, which only read it.
type hour struct {
	once  sync.Once
	dir   string
	world world
}

//nolint:gochecknoglobals // Hundreds of calls are kept; TestMain removes them.
var theHour hour

func TestMain(m *testing.M) {
	code := m.Run()
	if theHour.dir != "" {
		if err := os.RemoveAll(theHour.dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// newWorld serves the hour.
func newWorld(t *testing.T) *world {
	t.Helper()
	k := kinds(t)
	theHour.once.Do(func() { theHour.fill(t, k) })
	if theHour.world.store == nil {
		t.Fatal("the hour of calls could not be made")
	}
	w := theHour.world
	w.serve(t)
	return &w
}

// fill makes an hour of calls: one target is broken in two ways, one cannot be
// reached, one is well and one is in maintenance.
func (h *hour) fill(t *testing.T, k map[string]made) {
	t.Helper()
	now := time.Now()
	dir, err := os.MkdirTemp("", "callprobe-pages-")
	if err != nil {
		t.Fatal(err)
	}
	h.dir = dir
	limits := history.DefaultLimits()
	store, err := history.Open(dir, limits, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	w := world{store: store, last: map[string]string{}}
	wells := []struct {
		target, scenario string
		broken           string // the kind of its last calls
		since            int    // how many calls
	}{
		{"eu-west", "opening-hours", "no agent", 14},
		{"eu-west", "booking", "no agent", 13},
		{"us-east", "opening-hours", "", 0},
		{"us-east", "order-number", "late", 4},
		{"us-east", "angry-caller", "", 0},
		{"ap-south", "opening-hours", "unreachable", 6},
		{"staging", "opening-hours", "", 0},
	}
	for p, well := range wells {
		for i := 59; i >= 0; i-- {
			started := now.Add(-time.Duration(i)*time.Minute - time.Duration(5+7*p)*time.Second)
			kind := "passed"
			switch {
			case i < well.since:
				kind = well.broken
			case p == 4 && i == 22:
				kind = "misheard"
			case p == 2 && (i == 41 || i == 40):
				kind = "silent"
			case p == 4 && i == 33:
				kind = "hostile"
			}
			if well.target == "staging" && i < 12 {
				break
			}
			whole := i == 0 || kind == "misheard" || kind == "silent" || kind == "hostile" || (kind == "passed" && i == 1)
			m := k[kind].as(fmt.Sprintf("%s-%s%02d", strings.ToLower(started.UTC().Format("20060102t150405")), string(rune('a'+p)), i), well.target, well.scenario, started, whole)
			if kind == "passed" && !whole {
				// A gentle wave, so that there is something to see.
				m.report.Turns[0].TTFA.Value += time.Duration((i*37+p*211)%19-7)*45*time.Millisecond + time.Duration(p)*90*time.Millisecond
			}
			var log []byte
			if whole {
				w.last[kind] = m.report.CallID
				log = []byte(sampleLog)
			}
			store.Add(m.rec, m.report, log)
		}
	}
	limit := k["passed"].rec.Plan.Turns[0].Reply.Within
	pr := func(scenario string, next time.Duration) pages.Probe {
		return pages.Probe{Scenario: scenario, Every: "every minute", Interval: time.Minute, Next: now.Add(next), Limit: limit}
	}
	staging := pr("opening-hours", 0)
	staging.Next, staging.Paused, staging.Maintenance = time.Time{}, "maintenance: database upgrade, until 06:00 UTC", true
	w.view = pages.View{
		Version: "0.4.0", Started: now.Add(-26 * time.Hour), ConfigLoaded: now.Add(-26 * time.Hour),
		Targets: []pages.Target{
			{Name: "eu-west", URL: "wss://eu.example.com", AgentName: "reception", Probes: []pages.Probe{pr("opening-hours", 41*time.Second), pr("booking", 34*time.Second)}},
			{Name: "us-east", URL: "wss://us.example.com", AgentName: "reception", Probes: []pages.Probe{pr("opening-hours", 20*time.Second), pr("order-number", 12*time.Second), pr("angry-caller", 5*time.Second)}},
			{Name: "ap-south", URL: "wss://ap.example.com", AgentName: "reception", Probes: []pages.Probe{pr("opening-hours", 50*time.Second)}},
			{Name: "staging", URL: "wss://staging.example.com", Probes: []pages.Probe{staging}},
		},
	}
	h.world = w
}

// serve puts the pages up.
func (w *world) serve(t *testing.T) {
	t.Helper()
	w.log = &bytes.Buffer{}
	handler, err := pages.New(pages.Config{View: func() pages.View { return w.view }, Calls: w.store, Log: slog.New(slog.NewTextHandler(w.log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	// The service puts the runbooks beside the pages.
	both := http.NewServeMux()
	both.Handle("/", handler)
	both.Handle("/runbooks/", deploy.RunbookHandler("/runbooks/"))
	server := httptest.NewServer(both)
	t.Cleanup(server.Close)
	w.url = server.URL
}
