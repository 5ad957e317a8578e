package livekit

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
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
