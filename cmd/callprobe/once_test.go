package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRunSaysByItsExitCodeWhatItFound(t *testing.T) {
	const head = "targets: [{name: lab, url: \"ws://127.0.0.1:1\", api_key_env: LIVEKIT_API_KEY, api_secret_env: LIVEKIT_API_SECRET}]\n"
	const probes = "probes: [{scenario: silent.yaml, interval: 1h}]\n"
	folder := inFolder(t, map[string]string{
		"good.yml": head + probes, "empty.yml": head, "bad.yml": head + "probes: [{}]\n", "silent.yaml": "greeting: {expect: none}\nturns: [{silence: 300ms}]\n",
		"pause.yml": head + probes + "maintenance: [{starts: \"* * * * *\", length: 1h}]\n",
	})
	for _, tc := range []struct {
		name     string
		args     []string
		code     int
		out, err string
	}{
		{"nothing to read", nil, exitUsage, "", "give --config.file"},
		{"a configuration that is wrong", []string{"bad.yml"}, exitUsage, "", `a probe needs a "scenario"`},
		{"nothing to call", []string{"empty.yml"}, exitUsage, "", "has no probe"},
		{"nobody there", []string{"good.yml"}, exitInconclusive, "unreachable", "call finished"},
		{"a textfile that cannot be written", []string{"good.yml", "--textfile=" + filepath.Join(folder, "no", "callprobe.prom")}, exitUsage, "", "no such file or directory"},
		{"a textfile that is a folder", []string{"good.yml", "--textfile=" + folder}, exitUsage, "", "is a directory: name a file in it, such as " + filepath.Join(folder, "callprobe.prom")},
		{"a Pushgateway without a scheme", []string{"good.yml", "--pushgateway.url=localhost:9091"}, exitUsage, "", "must be a URL like http://localhost:9091"},
		{"a target in maintenance", []string{"pause.yml"}, exitPassed, "", "lab was not called with silent: it is in a maintenance window"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			args := []string{"run"}
			if len(tc.args) > 0 {
				args = append(args, "--config.file="+filepath.Join(folder, tc.args[0]))
				args = append(args, tc.args[1:]...)
			}
			code, out, errOut := invoke(credentials(), args...)
			if code != tc.code || !strings.Contains(out, tc.out) || !strings.Contains(errOut, tc.err) {
				t.Errorf("exit %d, want %d with %q and %q\n%s%s", code, tc.code, tc.out, tc.err, out, errOut)
			}
			if tc.code == exitUsage && !strings.Contains(tc.err, "no such file") && strings.Contains(errOut, "call finished") {
				t.Errorf("a call was made before it was said:\n%s", errOut)
			}
		})
	}
	textfile := filepath.Join(folder, "callprobe.prom")
	for range 2 {
		if code, out, errOut := invoke(credentials(), "run", "--config.file="+filepath.Join(folder, "good.yml"), "--textfile="+textfile); code != exitInconclusive {
			t.Fatalf("exit %d\n%s%s", code, out, errOut)
		}
	}
	text, err := os.ReadFile(textfile)
	if err != nil {
		t.Fatal(err)
	}
	if want := `callprobe_calls_total{outcome="inconclusive",reason="unreachable",scenario="silent",target="lab"} 2`; !strings.Contains(string(text), want+"\n") {
		t.Errorf("after two runs the textfile lacks %s", want)
	}
}

func TestServeNeedsAConfigurationThatIsRight(t *testing.T) {
	folder := inFolder(t, map[string]string{"bad.yml": "targets: []\n"})
	for name, tc := range map[string]struct{ file, says string }{
		"none":             {"", "give --config.file: it says what to call and when"},
		"without a target": {filepath.Join(folder, "bad.yml"), `bad.yml:1:10: "targets" is empty`},
		"not there":        {filepath.Join(folder, "no.yml"), "read configuration: stat"},
	} {
		// One line, which says what is wrong and not only that something is.
		code, out, errOut := invoke(credentials(), "serve", "--config.file="+tc.file)
		if code != exitUsage || out != "" || !strings.Contains(errOut, tc.says) || strings.Count(errOut, "\n") != 1 {
			t.Errorf("%s: exit %d, stderr %q does not say %q alone\n%s", name, code, errOut, tc.says, out)
		}
	}
}
