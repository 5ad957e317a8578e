package app

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"callprobe/internal/calltest"
)

func TestAServiceCallsCountsAndAnswers(t *testing.T) {
	t.Parallel()
	r := startService(t, &agents{}, testTargets+"probes: [{scenario: quiet.yaml, targets: [a], interval: 1h}, {scenario: quiet.yaml, targets: [b]}]\nweb: {external_url: 'https://probe.example/x/'}\n", nil)
	r.await("the first call", func() bool { return r.calls("a") == 1 })
	for path, want := range map[string]struct {
		code int
		text string
	}{
		"/":                              {200, "quiet"},
		"/calls":                         {200, "quiet"},
		"/-/healthy":                     {200, "callprobe is healthy."},
		"/-/ready":                       {200, "callprobe is ready."},
		"/runbooks/NoActiveAgents":       {200, "<h1>NoActiveAgents</h1>"},
		"/-/reload":                      {405, "reload with POST"},
		"/nowhere":                       {404, ""},
		"/metrics":                       {200, `callprobe_probe_interval_seconds{scenario="quiet",target="a"} 3600`},
		"/probe":                         {400, "target"},
		"/probe?target=a&scenario=b":     {400, "not configured"},
		"/probe?target=b&scenario=quiet": {200, `probe_success{scenario="quiet",target="b"} `},
		"/probe?target=a&scenario=quiet": {200, `probe_success{scenario="quiet",target="a"} `},
		"/probe?target=b&scenario=quiet&debug=true": {200, "Log of the call"},
	} {
		code, text := r.get(path)
		if code != want.code || !strings.Contains(text, want.text) {
			t.Errorf("%s: %d, want %d with %q\n%s", path, code, want.code, want.text, text)
		}
	}
	if !strings.Contains(r.logged(), "page=https://probe.example/x/calls/2") {
		t.Errorf("the log does not say where the call's page is:\n%s", r.logged())
	}
}

func TestAPairIsCountedInOnePlaceOnly(t *testing.T) {
	t.Parallel()
	a := &agents{}
	r := startService(t, a, testTargets+"probes: [{scenario: quiet.yaml, targets: [a], interval: 1h}, {scenario: quiet.yaml, targets: [b]}]\n", nil)
	r.await("the first call", func() bool { return r.calls("a") == 1 })
	for range 3 {
		r.get("/probe?target=a&scenario=quiet")
		r.get("/probe?target=b&scenario=quiet")
	}
	// Both targets are called without an agent's name.
	if n := a.made(""); n != 4 {
		t.Errorf("%d calls, want 1 on schedule and 3 by scrapes", n)
	}
	_, metrics := r.get("/metrics")
	_, ofA := r.get("/probe?target=a&scenario=quiet")
	_, ofB := r.get("/probe?target=b&scenario=quiet")
	for name, c := range map[string]struct {
		text, target string
		want         int
	}{
		"what is on schedule stands on /metrics": {metrics, "a", 1},
		"and not on /probe":                      {ofA, "a", -1},
		"what scrapes call stands on /probe":     {ofB, "b", 4},
		"and not on /metrics":                    {metrics, "b", -1},
	} {
		if got := callsIn(c.text, c.target); got != c.want {
			t.Errorf("%s: %d calls, want %d", name, got, c.want)
		}
	}
}

func TestAPairOnScheduleIsNotCalledByAScrapeBeforeItsFirstCall(t *testing.T) {
	t.Parallel()
	r := startService(t, &agents{of: map[string]calltest.Agent{"": {DialAfter: 5 * time.Second}}}, testTargets+"probes: [{scenario: quiet.yaml, interval: 1h}]\n", nil)
	if code, text := r.get("/probe?target=a&scenario=quiet"); code != 503 || !strings.Contains(text, "the schedule calls this scenario") {
		t.Errorf("%d %s", code, text)
	}
}

func TestAScrapeInMaintenanceOrBeyondTheBudgetIsRefusedAndCounted(t *testing.T) {
	t.Parallel()
	thrifty := strings.Replace(testTargets, "{name: b,", "{name: b, budget: {calls_per_hour: 1},", 1)
	r := startService(t, &agents{}, thrifty+"probes: [{scenario: quiet.yaml}]\nmaintenance: [{starts: '* * * * *', length: 1h, targets: [a]}]\n", nil)
	if code, text := r.get("/probe?target=a&scenario=quiet"); code != 503 || !strings.Contains(text, "maintenance") {
		t.Errorf("in maintenance: %d %s", code, text)
	}
	if code, _ := r.get("/probe?target=b&scenario=quiet"); code != 200 {
		t.Errorf("within the budget: %d", code)
	}
	if code, text := r.get("/probe?target=b&scenario=quiet"); code != 503 || !strings.Contains(text, "budget.calls_per_hour") {
		t.Errorf("beyond the budget: %d %s", code, text)
	}
	for _, reason := range []string{"maintenance", "budget_calls"} {
		if n := strings.Count(r.logged(), `msg="call skipped"`+" target="); n != 2 || !strings.Contains(r.logged(), "scenario=quiet reason="+reason) {
			t.Errorf("%d calls are said to be skipped, one of them for %s", n, reason)
		}
	}
}

func TestAConfigurationThatIsWrongIsSaidBeforeAnythingBegins(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*ServeOptions){
		"no such file":      func(o *ServeOptions) { o.ConfigFile += "x" },
		"no listen address": func(o *ServeOptions) { o.Listen = nil },
		"a bad address":     func(o *ServeOptions) { o.Listen = []string{"127.0.0.1:0", "nowhere"} },
		"a bad web config":  func(o *ServeOptions) { o.WebConfigFile = o.ConfigFile },
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "callprobe.yml")
			if err := os.WriteFile(file, []byte(testTargets), 0o600); err != nil {
				t.Fatal(err)
			}
			opts := ServeOptions{ConfigFile: file, Getenv: testEnvironment, Listen: []string{"127.0.0.1:0"}, Log: slog.New(slog.DiscardHandler)}
			change(&opts)
			err := Serve(t.Context(), opts)
			if usage, ok := errors.AsType[*UsageError](err); !ok || usage.Error() != usage.Unwrap().Error() {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestNoAnswerAndNoLogShowsACredential(t *testing.T) {
	t.Parallel()
	// Real calls to an address where nobody listens, so that real errors are
	// logged and shown; the checks are in get and at the end of the service.
	r := startService(t, nil, testTargets+"probes: [{scenario: quiet.yaml, targets: [a], interval: 1s}, {scenario: quiet.yaml, targets: [b]}]\nrecording: {dir: calls, audio: all}\n", nil)
	r.await("calls", func() bool { return strings.Count(r.logged(), "reason=unreachable") >= 2 })
	_, list := r.get("/calls")
	_, rest, _ := strings.Cut(list, `href="./calls/`)
	id, _, found := strings.Cut(rest, `"`)
	if !found {
		t.Fatalf("no call is listed:\n%s", list)
	}
	r.write("callprobe.yml", strings.Replace(testTargets, "ws://", "ws://"+testKey+":"+testSecret+"@", 1))
	if code, _ := r.do(http.MethodPost, "/-/reload"); code != 500 {
		t.Errorf("a password in an address was taken: %d", code)
	}
	for _, path := range []string{"/", "/calls/" + id, "/calls/" + id + "/report.json", "/calls/" + id + "/log.txt", "/calls/" + id + "/recording.json.gz", "/metrics", "/-/healthy", "/probe?target=b&scenario=quiet", "/probe?target=b&scenario=quiet&debug=true"} {
		if code, text := r.get(path); code != 200 {
			t.Errorf("%s: %d %s", path, code, text)
		}
	}
	err := filepath.WalkDir(filepath.Join(filepath.Dir(r.file), "calls"), func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		for _, secret := range []string{testKey, testSecret} {
			if bytes.Contains(data, []byte(secret)) {
				t.Errorf("a credential is in %s", path)
			}
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestThePasswordOfTheWebConfigHoldsForEveryPath(t *testing.T) {
	t.Parallel()
	web := filepath.Join(t.TempDir(), "web.yml")
	// The password is open-sesame.
	if err := os.WriteFile(web, []byte("basic_auth_users: {ops: \"$2a$04$fmZO2N6qIXNvkXcaaVTF/.covKuwhgX2cIX4yA1dNiw3BW50hkk/2\"}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := startService(t, &agents{}, testTargets+"probes: [{scenario: quiet.yaml, targets: [a], interval: 1h}]\n", func(o *ServeOptions) { o.WebConfigFile = web })
	for _, path := range []string{"/", "/calls", "/metrics", "/probe?target=a&scenario=quiet", "/-/healthy", "/-/reload"} {
		if code, _ := r.get(path); code != http.StatusUnauthorized {
			t.Errorf("%s without a password: %d", path, code)
		}
	}
	r.base = strings.Replace(r.base, "http://", "http://ops:open-sesame@", 1)
	if code, _ := r.get("/metrics"); code != http.StatusOK {
		t.Errorf("with the password: %d", code)
	}
}
