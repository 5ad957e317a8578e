package metrics

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"callprobe/probe"
)

// bound is how long a call in these tests can take at most, and length how long
// it does take.
const (
	bound  = 20 * time.Second
	length = 8 * time.Second
)

// prober makes calls that take length of time and are answered.
type prober struct {
	m        *Metrics
	calls    atomic.Int64
	canceled atomic.Int64
	err      error
}

func (p *prober) run(ctx context.Context, pair Pair) (ProbeResult, error) {
	p.calls.Add(1)
	if p.err != nil {
		return ProbeResult{}, p.err
	}
	reason := probe.Answered
	select {
	case <-time.After(length):
	case <-ctx.Done():
		p.canceled.Add(1)
		reason = probe.Canceled
	}
	r := callOf(reason, turns(replied(probe.Answered, 700*time.Millisecond)), func(r *probe.Report) {
		r.Target, r.Scenario = pair.Target, pair.Scenario
	})
	p.m.Observe(r)
	return ProbeResult{Report: r, Log: []byte("msg=joined\n"), Text: "PASSED  hours: answered\n"}, nil
}

// onScrape returns a handler for pairs shop/0 to shop/9, all called by scrapes.
func onScrape() (*ProbeHandler, *prober) {
	m := New(Options{})
	var probes []Probe
	for i := range 10 {
		probes = append(probes, Probe{Pair: Pair{"shop", fmt.Sprint(i)}, OnScrape: true})
	}
	m.Configure(probes)
	p := &prober{m: m}
	return m.ProbeHandler(ProbeOptions{Run: p.run, Bound: func(pair Pair) (time.Duration, bool) {
		return bound, m.books[pair] != nil
	}}), p
}

func within(s string) []string { return []string{scrapeTimeout, s} }

func TestAScrapeMakesOneCallAndShowsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, p := onScrape()
		for i := range 3 {
			w := get(h, "/probe?target=shop&scenario=0", within("30")...)
			if w.Code != http.StatusOK {
				t.Fatalf("%d: %s", w.Code, w.Body)
			}
			parsed(t, w.Body.Bytes()).want(t, figures{
				"probe_success": 1, "probe_duration_seconds": 30, `callprobe_result_response_seconds{turn="1"}`: 0.7,
				`callprobe_result_info{outcome="passed",reason="answered"}`: 1,
				"callprobe_calls_total": float64(i + 1), "agent_requests_total": float64(i + 1), workers: 1,
			})
		}
		if p.calls.Load() != 3 {
			t.Errorf("%d calls, want 3", p.calls.Load())
		}
	})
}

func TestScrapersOfAPairShareTheCallUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, p := onScrape()
		answers := make(chan *httptest.ResponseRecorder, 10)
		for i := range 10 {
			go func() {
				time.Sleep(time.Duration(i) * length / 10)
				answers <- get(h, "/probe?target=shop&scenario=0", within("30")...)
			}()
		}
		for range 10 {
			w := <-answers
			parsed(t, w.Body.Bytes()).want(t, figures{"probe_success": 1, "callprobe_calls_total": 1})
		}
		if p.calls.Load() != 1 {
			t.Errorf("%d calls, want 1", p.calls.Load())
		}
	})
}

func TestAScraperThatGoesAwayLeavesTheCallToTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, p := onScrape()
		ctx, leave := context.WithCancel(t.Context())
		gone, stays := make(chan int, 1), make(chan int, 1)
		scrape := func(ctx context.Context, code chan<- int) {
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequestWithContext(ctx, http.MethodGet, "/probe?target=shop&scenario=0", nil))
			code <- w.Code
		}
		go scrape(ctx, gone)
		synctest.Wait()
		go scrape(t.Context(), stays)
		synctest.Wait()
		leave()
		if code := <-gone; code == http.StatusOK {
			t.Error("who went away got an answer")
		}
		if code := <-stays; code != http.StatusOK || p.calls.Load() != 1 || p.canceled.Load() != 0 {
			t.Errorf("who stayed got %d, %d calls, %d canceled", code, p.calls.Load(), p.canceled.Load())
		}
	})
}

func TestACallThatCannotFitInTheScrapeIsRefusedAtOnce(t *testing.T) {
	for _, tc := range []struct {
		name, header string
		code         int
		says         string
	}{
		{"it fits to the offset", "20.5", http.StatusOK, ""},
		{"it does not", "20.4", http.StatusBadRequest, "set scrape_timeout to 21s or more"},
		{"the default of Prometheus", "10", http.StatusBadRequest, "this call can take 20s and the scrape ends after 10s"},
		{"no header, by hand", "", http.StatusOK, ""},
		{"no number", "soon", http.StatusBadRequest, scrapeTimeout},
		{"not a number", "NaN", http.StatusBadRequest, scrapeTimeout},
		{"below zero", "-1", http.StatusBadRequest, scrapeTimeout},
		{"without end", "Inf", http.StatusBadRequest, scrapeTimeout},
		{"beyond all bounds", "1e300", http.StatusBadRequest, scrapeTimeout},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h, p := onScrape()
				began := time.Now()
				w := get(h, "/probe?target=shop&scenario=0", within(tc.header)...)
				if w.Code != tc.code || !strings.Contains(w.Body.String(), tc.says) {
					t.Errorf("%d: %s", w.Code, w.Body)
				}
				if refused := tc.code != http.StatusOK; refused && (p.calls.Load() > 0 || time.Since(began) > 0) {
					t.Errorf("%d calls, refused after %v", p.calls.Load(), time.Since(began))
				}
			})
		})
	}
}

func TestWhatIsNotConfiguredNeverBecomesACall(t *testing.T) {
	h, p := onScrape()
	long := strings.Repeat("x", maxName+1)
	for name, query := range map[string]string{
		"no query":                    "",
		"no scenario":                 "?target=shop",
		"no target":                   "?scenario=0",
		"an unknown target":           "?target=wss://elsewhere.example&scenario=0",
		"an unknown scenario":         "?target=shop&scenario=../../etc/passwd",
		"the target twice":            "?target=shop&target=shop&scenario=0",
		"an empty name":               "?target=&scenario=0",
		"a long name":                 "?target=shop&scenario=" + long,
		"a long query":                "?target=shop&scenario=0&x=" + strings.Repeat("x", maxQuery),
		"a query that cannot be read": "?target=shop&scenario=0&x=%zz",
		"a name of other bytes":       "?target=shop&scenario=%00%ff%0a",
	} {
		t.Run(name, func(t *testing.T) {
			w := get(h, "/probe"+query, within("30")...)
			if w.Code != http.StatusBadRequest || w.Body.Len() > 2*maxName+100 {
				t.Errorf("%d: %s", w.Code, w.Body)
			}
			if body := w.Body.String(); strings.Count(body, "\n") != 1 || strings.Contains(body, long) {
				t.Errorf("what was asked for is repeated as it is: %q", body)
			}
		})
	}
	if p.calls.Load() > 0 {
		t.Errorf("%d calls", p.calls.Load())
	}
}

func TestACallThatIsRefusedSaysWhy(t *testing.T) {
	for _, tc := range []struct {
		err  error
		code int
		says string
	}{
		{&RefusedError{"the budget of 30 calls an hour is used up"}, http.StatusServiceUnavailable, "no call was made: the budget of 30 calls an hour"},
		{fmt.Errorf("look up pair: %w", ErrUnknownPair), http.StatusBadRequest, "not configured"},
		{errors.New("evaluate call: damaged"), http.StatusInternalServerError, "damaged"},
		{context.Canceled, http.StatusGatewayTimeout, "canceled"},
	} {
		t.Run(tc.says, func(t *testing.T) {
			h, p := onScrape()
			p.err = tc.err
			if w := get(h, "/probe?target=shop&scenario=0"); w.Code != tc.code || !strings.Contains(w.Body.String(), tc.says) {
				t.Errorf("%d: %s", w.Code, w.Body)
			}
		})
	}
}

// Prometheus would take it for a prober that is down, and its targets for gone.
func TestAScrapeOfACallThatIsRefusedSucceedsAndShowsNoCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, p := onScrape()
		get(h, "/probe?target=shop&scenario=0", within("30")...)
		p.err = &RefusedError{"maintenance"}
		p.m.Skipped(Pair{"shop", "0"}, SkipMaintenance)
		w := get(h, "/probe?target=shop&scenario=0", within("30")...)
		parsed(t, w.Body.Bytes()).want(t, figures{"callprobe_calls_total": 1, `callprobe_skipped_total{reason="maintenance"}`: 1, workers: 1})
		if w.Code != http.StatusOK || strings.Contains(w.Body.String(), "probe_success") {
			t.Errorf("%d: %s", w.Code, w.Body)
		}
		// Of one that the schedule calls, all stands on /metrics.
		p.m.Configure([]Probe{{Pair: Pair{"shop", "0"}, Interval: time.Minute}})
		if w := get(h, "/probe?target=shop&scenario=0", within("30")...); w.Code != http.StatusOK || w.Body.Len() > 0 {
			t.Errorf("%d: %s", w.Code, w.Body)
		}
	})
}

func TestCallsForScrapesAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, p := onScrape()
		codes := make(chan int, 10)
		for i := range 10 {
			go func() { codes <- get(h, fmt.Sprintf("/probe?target=shop&scenario=%d", i)).Code }()
		}
		count := map[int]int{}
		for range 10 {
			count[<-codes]++
		}
		if count[http.StatusOK] != 4 || count[http.StatusServiceUnavailable] != 6 || p.calls.Load() != 4 {
			t.Errorf("answers %v, %d calls", count, p.calls.Load())
		}
	})
}

func TestScrapersThatWaitAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, p := onScrape()
		const scrapers = 1000
		codes := make(chan int, scrapers)
		for range scrapers {
			go func() { codes <- get(h, "/probe?target=shop&scenario=0").Code }()
		}
		count := map[int]int{}
		for range scrapers {
			count[<-codes]++
		}
		if count[http.StatusOK] != 100 || count[http.StatusServiceUnavailable] != 900 || p.calls.Load() != 1 {
			t.Errorf("answers %v, %d calls", count, p.calls.Load())
		}
		if w := get(h, "/probe?target=shop&scenario=0"); w.Code != http.StatusOK {
			t.Errorf("after the flood: %d: %s", w.Code, w.Body)
		}
	})
}

func TestCloseInterruptsTheCallsUnderWayAndWaitsForThem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, p := onScrape()
		code := make(chan int, 1)
		go func() { code <- get(h, "/probe?target=shop&scenario=0").Code }()
		synctest.Wait()
		began := time.Now()
		h.Close()
		if p.canceled.Load() != 1 || time.Since(began) > 0 {
			t.Errorf("%d calls were interrupted, after %v", p.canceled.Load(), time.Since(began))
		}
		<-code
		if w := get(h, "/probe?target=shop&scenario=0"); w.Code != http.StatusServiceUnavailable || p.calls.Load() != 1 {
			t.Errorf("afterwards: %d: %s", w.Code, w.Body)
		}
	})
}

func TestDebugShowsLogCallAndMetrics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _ := onScrape()
		w := get(h, "/probe?target=shop&scenario=0&debug=true", within("30")...)
		if w.Code != http.StatusOK || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/plain") {
			t.Fatalf("%d, %v", w.Code, w.Header())
		}
		for _, part := range []string{"msg=joined\n", "PASSED  hours", `probe_success{scenario="0",target="shop"} 1`, `agent_requests_total{`} {
			if !strings.Contains(w.Body.String(), part) {
				t.Errorf("%q is missing in\n%s", part, w.Body)
			}
		}
	})
}

func TestAPairOfTheScheduleShowsOnProbeItsFiguresOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, p := onScrape()
		p.m.Configure([]Probe{{Pair: Pair{"shop", "0"}, Interval: time.Minute}})
		f := parsed(t, get(h, "/probe?target=shop&scenario=0").Body.Bytes())
		f.want(t, figures{"probe_success": 1})
		f.wantAbsent(t, "agent_requests_total", "callprobe_calls_total", workers)
		read(t, p.m.scheduled()).want(t, figures{"callprobe_calls_total": 1, workers: 1})
	})
}

func TestAPairThatWentDuringItsCallIsShownOnceMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, p := onScrape()
		answer := make(chan *httptest.ResponseRecorder, 1)
		go func() { answer <- get(h, "/probe?target=shop&scenario=0") }()
		synctest.Wait()
		p.m.Configure(nil)
		w := <-answer
		f := parsed(t, w.Body.Bytes())
		f.want(t, figures{"probe_success": 1})
		f.wantAbsent(t, "agent_requests_total")
	})
}
