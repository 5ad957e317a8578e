package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

// selfTest runs `callprobe selftest --output=json` for one call.
func selfTest(t *testing.T, getenv func(string) string, args ...string) (code int, got selftestJSON, errOut string) {
	t.Helper()
	var out, stderr bytes.Buffer
	code = run(append([]string{"selftest", "--output=json", "--calls=1"}, args...), &out, &stderr, getenv)
	if out.Len() > 0 {
		if err := json.Unmarshal(out.Bytes(), &got); err != nil {
			t.Fatalf("stdout is not JSON: %v\n%s", err, out.String())
		}
	}
	return code, got, stderr.String()
}

// anyMachine are bounds that a busy machine stays within, too.
func anyMachine() []string { return []string{"--max-median=1s", "--max-p99=10s", "--min-coverage=0"} }

func TestSelfTestAgainstTheLab(t *testing.T) {
	t.Parallel()
	lab := theLab(t)
	code, got, errOut := selfTest(t, env(lab, nil), append(anyMachine(), "--agent-name="+lab.AgentName)...)
	if got.Disturbed == 1 || strings.Contains(errOut, "too busy") {
		t.Skipf("this machine was too busy: %s", errOut)
	}
	if code != exitPassed || got.Turns != 5 || !strings.Contains(got.Over, lab.URL) || len(got.Exceeds) > 0 {
		t.Errorf("exit %d, %+v\n%s", code, got, errOut)
	}
	if !strings.Contains(errOut, "1 of 1 calls") {
		t.Errorf("no progress was shown:\n%s", errOut)
	}
}

func TestSelfTestOverTheVirtualNetworkWhenTheLabIsNotThere(t *testing.T) {
	t.Parallel()
	lab := theLab(t)
	code, got, errOut := selfTest(t, env(lab, map[string]string{"LIVEKIT_URL": "ws://" + freePort(t)}),
		"--agent-name=reference", "--max-median=1ns", "--max-p99=1ns", "--min-coverage=0")
	if got.Disturbed == 1 || strings.Contains(errOut, "too busy") {
		t.Skipf("this machine was too busy: %s", errOut)
	}
	if code != exitFailed || got.Turns != 5 || !strings.Contains(got.Over, "virtual network") || len(got.Exceeds) != 2 {
		t.Errorf("exit %d, %+v\n%s", code, got, errOut)
	}
	if !strings.Contains(errOut, "cannot be reached") || !strings.Contains(errOut, "virtual network instead") {
		t.Errorf("it is not said why:\n%s", errOut)
	}
}

func TestSelfTestSaysWhatIsWrongWithItsFlags(t *testing.T) {
	for _, tc := range []struct{ name, flag, want string }{
		{"no calls", "--calls=0", "--calls=0 is not between"},
		{"no call at a time", "--parallel=0", "--parallel=0 is not between"},
		{"a share above one", "--min-coverage=95", "--min-coverage=95 is not between 0 and 1"},
		{"metadata", "--agent-metadata={}", "--agent-metadata cannot be given"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var out, errOut bytes.Buffer
			getenv := func(k string) string { return map[string]string{"LIVEKIT_URL": "ws://127.0.0.1:1"}[k] }
			code := run([]string{"selftest", tc.flag}, &out, &errOut, getenv)
			if code != exitUsage || !strings.Contains(errOut.String(), tc.want) || out.Len() > 0 {
				t.Errorf("exit %d: %s%s", code, out.String(), errOut.String())
			}
		})
	}
}
