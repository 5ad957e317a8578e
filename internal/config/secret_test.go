package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestASecretNeverPrints(t *testing.T) {
	const text = "s3cr3t"
	secret := NewSecret(text)
	type inside struct {
		Shown  Secret
		hidden Secret
	}
	for name, v := range map[string]any{
		"itself":             secret,
		"its address":        &secret,
		"a field":            inside{secret, secret},
		"a target":           Target{APIKey: secret, APISecret: secret},
		"a configuration":    &Config{Targets: []Target{{APISecret: secret}}},
		"a map":              map[string]Secret{"a": secret},
		"an error's content": fmt.Errorf("%v: %w", secret, errors.New("no")),
	} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x", "%X", "%t", "%p", "%e", "%c"} {
			printed := fmt.Sprintf(verb, v)
			for _, form := range []string{text, fmt.Sprintf("%x", text), fmt.Sprintf("%X", text)} {
				if strings.Contains(printed, form) {
					t.Errorf("%s with %s shows the secret: %s", name, verb, printed)
				}
			}
		}
		if data, err := json.Marshal(v); err != nil || strings.Contains(string(data), text) {
			t.Errorf("%s in JSON: %s, %v", name, data, err)
		}
	}
	if data, err := json.Marshal(secret); err != nil || string(data) != `"[redacted]"` || fmt.Sprintf("%d", secret) != "[redacted]" {
		t.Errorf("what stands for a secret is %s, %v", data, err)
	}
	if secret.String() != "[redacted]" || secret.Reveal() != text {
		t.Errorf("a secret is %q and reveals %q", secret.String(), secret.Reveal())
	}
	if (Secret{}).Reveal() != "" {
		t.Error("no secret reveals something")
	}
}
