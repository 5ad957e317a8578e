package livekit

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"callprobe/probe"
)

func TestARoomThatMayHaveBeenMadeIsDeleted(t *testing.T) {
	says := func(status int, text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			_, _ = w.Write([]byte(text))
		}
	}
	for name, tc := range map[string]struct {
		create http.HandlerFunc
		want   bool
	}{
		"the connection ends without an answer": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, true},
		"the answer is cut off": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = w.Write([]byte("x"))
		}, true},
		"a proxy gives up waiting":            {says(http.StatusGatewayTimeout, "<html>"), true},
		"no agent can be asked for":           {says(http.StatusInternalServerError, `{"code":"internal","msg":"could not dispatch"}`), true},
		"no node answers":                     {says(http.StatusServiceUnavailable, `{"code":"unavailable","msg":"no response from servers"}`), true},
		"the key is wrong":                    {says(http.StatusUnauthorized, `{"code":"unauthenticated","msg":"invalid API key"}`), false},
		"the quota is used up":                {says(http.StatusTooManyRequests, `{"code":"resource_exhausted","msg":"limit"}`), false},
		"it is the address of something else": {says(http.StatusNotFound, "<html>"), false},
	} {
		t.Run(name, func(t *testing.T) {
			var deleted atomic.Bool
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				switch {
				case strings.HasSuffix(r.URL.Path, "/CreateRoom"):
					tc.create(w, r)
				case strings.HasSuffix(r.URL.Path, "/DeleteRoom"):
					deleted.Store(true)
					w.Header().Set("Content-Type", "application/protobuf")
				default: // Nobody looks for a late agent for long.
					http.Error(w, "no", http.StatusNotFound)
				}
			}))
			defer server.Close()
			d := Dialer{Target: Target{URL: server.URL, APIKey: "key", APISecret: grantsSecret}, CallID: "x"}
			_, err := d.Dial(t.Context(), time.Now())
			var call *probe.CallError
			if !errors.As(err, &call) || call.Stage != probe.StageCreateRoom {
				t.Fatalf("got %v", err)
			}
			if got := deleted.Load(); got != tc.want {
				t.Errorf("deleted: %v, want %v (%v)", got, tc.want, err)
			}
		})
	}
}

func TestAServerThatWasNeverReachedIsNotAskedToDelete(t *testing.T) {
	gone := httptest.NewServer(http.NotFoundHandler())
	address := gone.URL
	gone.Close()
	for name, url := range map[string]string{
		"nothing listens":     address,
		"the name is unknown": "http://host.invalid",
	} {
		d := Dialer{Target: Target{URL: url, APIKey: "key", APISecret: grantsSecret}, CallID: "x"}
		_, err := d.Dial(t.Context(), time.Now())
		if err == nil || strings.Contains(err.Error(), "cleaning up") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
