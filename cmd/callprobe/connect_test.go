package main

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
	"time"

	"callprobe/internal/labproc"
	"callprobe/probe"
	"callprobe/scenarios"
)

type labLine = labproc.Line

func hasEvent(lines []labLine, event string) bool {
	for _, l := range lines {
		if l.Event == event {
			return true
		}
	}
	return false
}

func builtins() []string { return scenarios.BuiltinNames() }

// proxy stands in front of the lab's HTTP side and answers instead of it where
// answer says so. It is for faults that a healthy server cannot be asked for.
func proxy(t *testing.T, lab *labproc.Lab, answer func(w http.ResponseWriter, r *http.Request) bool) string {
	t.Helper()
	u, err := url.Parse(strings.Replace(lab.URL, "ws", "http", 1))
	if err != nil {
		t.Fatal(err)
	}
	next := httputil.NewSingleHostReverseProxy(u)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !answer(w, r) {
			next.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(srv.Close)
	return srv.URL
}

func twirpError(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, `{"code":%q,"msg":"as asked for"}`, code)
}

func TestConnectionTroublesHaveTheirOwnReasonAndRemedy(t *testing.T) {
	lab := theLab(t)
	closed := freePort(t)
	notLiveKit := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(notLiveKit.Close)
	selfSigned := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(selfSigned.Close)
	limited := proxy(t, lab, func(w http.ResponseWriter, r *http.Request) bool {
		if strings.HasSuffix(r.URL.Path, "/CreateRoom") {
			twirpError(w, http.StatusTooManyRequests, "resource_exhausted")
			return true
		}
		return false
	})
	skewed := proxy(t, lab, func(w http.ResponseWriter, _ *http.Request) bool {
		w.Header().Set("Date", time.Now().Add(-2*time.Hour).UTC().Format(http.TimeFormat))
		twirpError(w, http.StatusUnauthorized, "unauthenticated")
		return true
	})
	noSocket := proxy(t, lab, func(w http.ResponseWriter, r *http.Request) bool {
		if strings.HasPrefix(r.URL.Path, "/rtc") {
			w.WriteHeader(http.StatusBadGateway)
			return true
		}
		return false
	})
	for _, tc := range []struct {
		name   string
		env    map[string]string
		reason probe.Reason
		remedy string
	}{
		{"a port where nothing listens", map[string]string{"LIVEKIT_URL": "ws://" + closed}, probe.Unreachable, "nothing listens"},
		{"a host that does not resolve", map[string]string{"LIVEKIT_URL": "wss://no-such-host.invalid"}, probe.Unreachable, "does not resolve"},
		{"a server that is not LiveKit", map[string]string{"LIVEKIT_URL": notLiveKit.URL}, probe.Unreachable, "not the address of a LiveKit server"},
		{"an untrusted certificate", map[string]string{"LIVEKIT_URL": selfSigned.URL}, probe.Unreachable, "certificate"},
		{"TLS to a server that speaks none", map[string]string{"LIVEKIT_URL": strings.Replace(lab.URL, "ws://", "wss://", 1)}, probe.Unreachable, "does not speak TLS"},
		{"a WebSocket that is not let through", map[string]string{"LIVEKIT_URL": noSocket}, probe.Unreachable, "WebSocket"},
		{"a wrong secret", map[string]string{"LIVEKIT_API_SECRET": strings.Repeat("x", 40)}, probe.Unauthorized, "check the API key and secret"},
		{"a wrong key", map[string]string{"LIVEKIT_API_KEY": "APIunknown"}, probe.Unauthorized, "check the API key and secret"},
		{"a clock that is wrong", map[string]string{"LIVEKIT_URL": skewed}, probe.Unauthorized, "clock is 2h"},
		{"a quota that is used up", map[string]string{"LIVEKIT_URL": limited}, probe.RateLimited, "quota"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got := callLab(t, lab, tc.env, "opening-hours")
			wantReason(t, got, tc.reason)
			if !strings.Contains(got.report.Remedy, tc.remedy) {
				t.Errorf("remedy %q does not mention %q (detail: %s)", got.report.Remedy, tc.remedy, got.report.Detail)
			}
			atMost(t, got, 20*time.Second)
		})
	}
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func TestBadUsageSaysWhatToDo(t *testing.T) {
	for _, tc := range []struct {
		name string
		args []string
		env  map[string]string
		says []string
	}{
		{"no target at all", []string{"call"}, nil, []string{"LIVEKIT_URL", "LIVEKIT_API_KEY", "LIVEKIT_API_SECRET"}},
		{"a URL that is none", []string{"call", "--livekit.url=localhost:7880"}, nil, []string{"write it as wss://"}},
		{"no command at all", nil, nil, []string{"Commands:", "call [<flags>]"}},
		{"a secret on two lines", []string{"call"}, map[string]string{
			"LIVEKIT_URL": "ws://127.0.0.1:1", "LIVEKIT_API_KEY": "k", "LIVEKIT_API_SECRET": "hunter2\nhunter3",
		}, []string{"LIVEKIT_API_SECRET must hold the key on one line"}},
		{"a URL without a scheme", []string{"call", "--livekit.url=127.0.0.1:7880"}, nil, []string{"has no scheme: write it as wss://host or ws://host:7880"}},
		{"a URL with a space", []string{"call", "--livekit.url=ws://hunter2 host:7880"}, nil, []string{"cannot be read: write it as", "without spaces"}},
		{"a scenario that does not exist", []string{"call", "opening-hour"}, nil, []string{"opening-hours"}},
		{"a key file that does not exist", []string{"call", "--livekit.api-key-file=nope"}, nil, []string{"nope"}},
		{"a record directory that cannot be written", []string{"call", "--record.dir=/dev/null/x"}, map[string]string{
			"LIVEKIT_URL": "ws://127.0.0.1:1", "LIVEKIT_API_KEY": "k", "LIVEKIT_API_SECRET": "s",
		}, []string{"record directory", "choose a directory"}},
		{"an unknown command", []string{"frobnicate"}, nil, []string{"frobnicate", "try callprobe --help"}},
		{"a command that is nearly one", []string{"cal"}, nil, []string{"did you mean callprobe call?"}},
		{"an unknown flag", []string{"call", "--nope"}, nil, []string{"--nope", "try callprobe --help"}},
		{"a flag that is nearly one", []string{"call", "--agentname=x"}, nil, []string{"did you mean --agent-name?"}},
		{"a count of zero", []string{"call", "--count=0"}, nil, []string{"--count=0"}},
		{"a directory that holds no call", []string{"replay", "."}, nil, []string{"--record.dir"}},
		{"a scenario to check that is not there", []string{"check", "nope.yaml"}, nil, []string{"nope.yaml"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var out, errOut bytes.Buffer
			code := run(tc.args, &out, &errOut, func(k string) string { return tc.env[k] })
			if code != exitUsage {
				t.Errorf("exit %d, want %d", code, exitUsage)
			}
			for _, want := range tc.says {
				if !strings.Contains(errOut.String(), want) {
					t.Errorf("stderr does not mention %q:\n%s", want, errOut.String())
				}
			}
			if out.Len() > 0 {
				t.Errorf("stdout is not empty: %s", out.String())
			}
			if strings.Contains(errOut.String(), "hunter") {
				t.Errorf("stderr shows a secret: %s", errOut.String())
			}
		})
	}
}

func TestALineThatEndsBehindACredentialIsNoPartOfIt(t *testing.T) {
	flags := targetFlags{}
	vars := map[string]string{"LIVEKIT_URL": " ws://host:7880\n", "LIVEKIT_API_KEY": "key\r\n", "LIVEKIT_API_SECRET": "\tsecret \n"}
	got, err := flags.target(func(k string) string { return vars[k] })
	if err != nil || got.URL != "ws://host:7880" || got.APIKey != "key" || string(got.APISecret) != "secret" {
		t.Errorf("got URL %q, key %q and a secret of %d bytes: %v", got.URL, got.APIKey, len(got.APISecret), err)
	}
}

func TestAServerWithoutAMediaPathIsMediaFailed(t *testing.T) {
	lab := ownLab(t, "--no-media", "--no-agent")
	got := callLab(t, lab, nil, "opening-hours")
	wantReason(t, got, probe.MediaFailed)
	atMost(t, got, 20*time.Second)
	if rooms := roomsOf(t, lab, ""); len(rooms) > 0 {
		t.Errorf("rooms left behind: %v", rooms)
	}
}
