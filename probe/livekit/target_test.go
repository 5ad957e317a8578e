package livekit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"testing"

	"github.com/twitchtv/twirp"

	"callprobe/probe"
)

func TestASecretNeverPrints(t *testing.T) {
	target := Target{URL: "wss://host", APIKey: "key", APISecret: "hunter2"}
	encoded, err := json.Marshal(target)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{fmt.Sprint(target), fmt.Sprintf("%+v", target), fmt.Sprintf("%#v", target), fmt.Sprintf("%s %q", target.APISecret, target.APISecret), string(encoded)} {
		if strings.Contains(text, "hunter2") {
			t.Errorf("the secret is in %s", text)
		}
	}
}

func TestAnErrorLosesItsSecrets(t *testing.T) {
	a := newAPI(Target{URL: "wss://host", APIKey: "key", APISecret: "hunter2"})
	err := a.redact(fmt.Errorf("dial wss://host/rtc?access_token=abc.def with hunter2"), "abc.def")
	if strings.Contains(err.Error(), "abc.def") || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("a secret is in %v", err)
	}
}

func TestAnErrorOfTheConnectionIsTheCauseAlone(t *testing.T) {
	asked := func(cause error) error {
		u := &url.Error{Op: "Post", URL: "https://host:7880/twirp/livekit.RoomService/CreateRoom", Err: cause}
		return twirp.WrapError(twirp.InternalError("failed to do request: "+u.Error()), u)
	}
	for _, tc := range []struct {
		name string
		err  error
		want string
	}{
		{"it names the host", asked(errors.New("dial tcp host:7880: connection refused")), "dial tcp host:7880: connection refused"},
		{"it does not", asked(errors.New("the server speaks no TLS")), "host:7880: the server speaks no TLS"},
		{"the server answered", twirp.NewError(twirp.Unauthenticated, "invalid token"), "unauthenticated: invalid token"},
		{"anything else", io.EOF, "EOF"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := plain(tc.err).Error(); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
	if !errors.Is(plain(asked(context.DeadlineExceeded)), context.DeadlineExceeded) {
		t.Error("the cause cannot be told any more")
	}
	if !refused(plain(twirp.NewError(twirp.Unauthenticated, "invalid token"))) {
		t.Error("it cannot be told any more that the server refused")
	}
}

func TestARemedyTellsWhoAnswered(t *testing.T) {
	answered := func(code twirp.ErrorCode, status string) error {
		return twirp.NewError(code, "Error from intermediary").WithMeta("status_code", status)
	}
	for name, tc := range map[string]struct {
		err  error
		want string
	}{
		"a proxy without its server": {answered(twirp.Unavailable, "502"), "a proxy answers in place of the server"},
		"another kind of server":     {answered(twirp.Unknown, "501"), "not the address of a LiveKit server"},
		"nobody":                     {&url.Error{Op: "Post", URL: "http://h/", Err: io.EOF}, "use wss://"},
		"LiveKit":                    {twirp.NewError(twirp.Internal, "no redis"), "check the URL and the network"},
	} {
		a := newAPI(Target{URL: "wss://host", APIKey: "key", APISecret: "hunter2"})
		got := a.classify(probe.StageCreateRoom, tc.err)
		if got.Reason != probe.Unreachable || !strings.Contains(got.Remedy, tc.want) {
			t.Errorf("%s: %s, %q, want %q", name, got.Reason, got.Remedy, tc.want)
		}
	}
}

func TestOnlyAUsableTargetIsValid(t *testing.T) {
	good := Target{URL: "wss://host", APIKey: "key", APISecret: "secret"}
	if err := good.Validate(); err != nil {
		t.Errorf("a good target: %v", err)
	}
	for name, change := range map[string]func(*Target){
		"no URL":                 func(t *Target) { t.URL = "" },
		"no scheme":              func(t *Target) { t.URL = "host:7880" },
		"another scheme":         func(t *Target) { t.URL = "ftp://host" },
		"credentials in the URL": func(t *Target) { t.URL = "wss://user:hunter2@host" },
		"a token in the URL":     func(t *Target) { t.URL = "wss://host?access_token=hunter2" },
		"no key":                 func(t *Target) { t.APIKey = "" },
		"no secret":              func(t *Target) { t.APISecret = "" },
	} {
		t.Run(name, func(t *testing.T) {
			target := good
			change(&target)
			err := target.Validate()
			if err == nil {
				t.Fatal("no error")
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the error shows a secret: %v", err)
			}
		})
	}
}
