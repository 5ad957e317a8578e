package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"callprobe/internal/app"
	"callprobe/internal/config"
	"callprobe/probe/livekit"
)

// exampleFile is the example that users begin with.
const exampleFile = "../../docs/callprobe.example.yml"

const exampleURL = "ws://127.0.0.1:7880"

// inFolder writes files to a new folder and returns its path.
func inFolder(t *testing.T, files map[string]string) string {
	t.Helper()
	folder := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// invoke runs a command with an environment.
func invoke(vars map[string]string, args ...string) (code int, out, errOut string) {
	var o, e bytes.Buffer
	code = run(args, &o, &e, func(k string) string { return vars[k] })
	return code, o.String(), e.String()
}

func credentials() map[string]string {
	return map[string]string{"LIVEKIT_API_KEY": "APIkey", "LIVEKIT_API_SECRET": "s3cr3t"}
}

const (
	configHead = "targets:\n"
	configProd = "  - {name: prod, url: 'ws://127.0.0.1:1', api_key_env: LIVEKIT_API_KEY, api_secret_env: LIVEKIT_API_SECRET}\n"
	configTest = "  - {name: test, url: 'ws://127.0.0.1:1', api_key_env: LIVEKIT_API_KEY, api_secret_env: LIVEKIT_API_SECRET, room_prefix: t-}\n"
)

func TestCheckAcceptsTheExample(t *testing.T) {
	code, out, errOut := invoke(credentials(), "check", "--config.file="+exampleFile)
	if code != exitPassed || errOut != "" {
		t.Fatalf("exit %d\n%s", code, errOut)
	}
	for _, want := range []string{exampleFile + ": targets lab; probes 3\n", "opening-hours", "booking"} {
		if !strings.Contains(out, want) {
			t.Errorf("stdout does not show %q:\n%s", want, out)
		}
	}
	if strings.Contains(out, "angry-caller") {
		t.Errorf("stdout shows a scenario that is not configured:\n%s", out)
	}
}

func TestCheckSaysEverythingWrongAtOnce(t *testing.T) {
	folder := inFolder(t, map[string]string{
		"callprobe.yml": configHead + "  - {name: prod, url: ws://s3cr3t@host, api_key_file: no.txt, api_secret: s3cr3t}\nprobs: []\nprobes:\n  - scenario: silent.yaml\n  - scenario: bookin\n",
		"silent.yaml":   "turns:\n  - say: silent.wav\n    text: hello\n",
	})
	code, out, errOut := invoke(credentials(), "check", "--config.file="+filepath.Join(folder, "callprobe.yml"), "nope.yaml")
	if code != exitUsage || out != "" {
		t.Errorf("exit %d, stdout %q", code, out)
	}
	// One line each, in the order of the file; then inside scenarios, then the
	// command line's own.
	want := []string{
		`callprobe.yml:2:5: a target needs an API secret`,
		`callprobe.yml:2:23: "url" holds more than an address`,
		`callprobe.yml:2:55: "api_key_file" cannot be read`,
		`callprobe.yml:2:63: key "api_secret" is not allowed here`,
		`callprobe.yml:3:1: unknown key "probs": did you mean "probes"?`,
		`callprobe.yml:6:15: load scenario "bookin": did you mean "booking"?`,
		`silent.yaml:2:10: no recording "silent.wav"`,
		`load scenario "nope.yaml": no such file`,
	}
	got := strings.Split(strings.TrimSpace(errOut), "\n")
	if len(got) != len(want) {
		t.Fatalf("%d lines, want %d:\n%s", len(got), len(want), errOut)
	}
	for i := range want {
		if line := strings.ReplaceAll(got[i], folder+string(filepath.Separator), ""); !strings.HasPrefix(line, "callprobe: "+want[i]) {
			t.Errorf("line %d is %q, want %q", i+1, line, want[i])
		}
	}
	if strings.Contains(errOut, "s3cr3t") {
		t.Errorf("stderr shows a secret:\n%s", errOut)
	}
}

func TestFlagsOfATargetByHandAndAConfigurationExclude(t *testing.T) {
	folder := inFolder(t, map[string]string{
		"two.yml": configHead + configProd + configTest,
		"one.yml": configHead + configProd,
	})
	two, one := "--config.file="+filepath.Join(folder, "two.yml"), "--config.file="+filepath.Join(folder, "one.yml")
	for _, tc := range []struct {
		name string
		args []string
		want []string
	}{
		{"a target without a configuration", []string{"--target=prod"}, []string{"--target=prod names a target of a configuration: give --config.file too"}},
		{"a configuration and an address", []string{two, "--target=prod", "--livekit.url=ws://h"}, []string{"--livekit.url and --config.file exclude each other"}},
		{"a configuration and key files", []string{two, "--livekit.api-key-file=a", "--livekit.api-secret-file=b"}, []string{"--livekit.api-key-file and --config.file exclude", "--livekit.api-secret-file and --config.file exclude"}},
		{"a configuration and an agent", []string{two, "--agent-name=a", "--agent-metadata=b"}, []string{"--agent-name and --config.file exclude", "--agent-metadata and --config.file exclude"}},
		{"a target that is not there", []string{two, "--target=pro"}, []string{`--target: ` + filepath.Join(folder, "two.yml") + ` has no target "pro": did you mean "prod"?`}},
		{"no target of several", []string{two}, []string{"has 2 targets: name one of prod, test"}},
		{"a target without a scenario", []string{one}, []string{`has no probe of target "prod": name a scenario to call it with, or add one under "probes"`}},
		{"a configuration that is not there", []string{"--config.file=no.yml", "--count=0", "perhaps-configured"}, []string{"--count=0", "read configuration: stat no.yml: no such file"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			code, out, errOut := invoke(credentials(), append([]string{"call"}, tc.args...)...)
			if code != exitUsage || out != "" {
				t.Errorf("exit %d, stdout %q", code, out)
			}
			if lines := strings.Count(errOut, "\n"); lines != len(tc.want) {
				t.Errorf("%d lines on stderr, want %d:\n%s", lines, len(tc.want), errOut)
			}
			for _, want := range tc.want {
				if !strings.Contains(errOut, want) {
					t.Errorf("stderr does not mention %q:\n%s", want, errOut)
				}
			}
		})
	}
}

func TestScenariosOfAConfiguredTargetAreChosenByName(t *testing.T) {
	const quiet, quieter = "turns: [{silence: 1s}]\n", "name: booking\nturns: [{silence: 2s}]\n"
	folder := inFolder(t, map[string]string{
		"callprobe.yml": configHead + configProd + configTest + "probes:\n  - scenario: quiet.yaml\n  - {scenario: mine.yaml, targets: [prod]}\n",
		"quiet.yaml":    quiet, "mine.yaml": quieter,
	})
	file := filepath.Join(folder, "callprobe.yml")
	for _, tc := range []struct {
		name, target string
		args         []string
		want         string // name and number of turns of each
	}{
		{"all without a name", "prod", nil, "quiet 1, booking 1"},
		{"those of that target only", "test", nil, "quiet 1"},
		{"a configured one before a built-in one", "prod", []string{"booking"}, "booking 1"},
		{"a built-in one where none is configured", "test", []string{"booking"}, "booking 3"},
		{"a file", "test", []string{filepath.Join(folder, "mine.yaml"), "quiet"}, "booking 1, quiet 1"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := callCommand{count: 1, scenarios: tc.args, target: targetFlags{configFile: file, name: tc.target}}
			batch, err := c.batch(streams{getenv: func(k string) string { return credentials()[k] }})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, p := range batch.Plans {
				got = append(got, p.Name+" "+string(rune('0'+len(p.Turns))))
			}
			if strings.Join(got, ", ") != tc.want {
				t.Errorf("calls with %s, want %s", strings.Join(got, ", "), tc.want)
			}
			if batch.TargetName != tc.target {
				t.Errorf("the target is called %q in reports, want %q", batch.TargetName, tc.target)
			}
		})
	}
}

func TestWhatIsConfiguredReachesTheAdapter(t *testing.T) {
	secret := config.NewSecret("s3cr3t")
	got := app.LiveKitTarget(config.Target{
		Name: "prod", URL: "wss://h", APIKey: config.NewSecret("APIkey"), APISecret: secret,
		AgentName: "a", AgentMetadata: "m", RoomPrefix: "r-", IdentityPrefix: "i-",
	})
	want := livekit.Target{URL: "wss://h", APIKey: "APIkey", APISecret: "s3cr3t", AgentName: "a", AgentMetadata: "m", RoomPrefix: "r-", IdentityPrefix: "i-"}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	// The defaults are those that the schema tells.
	var schema struct {
		Defs map[string]struct {
			Properties map[string]struct {
				Default any `json:"default"`
			} `json:"properties"`
		} `json:"$defs"`
	}
	if err := json.Unmarshal(config.Schema(), &schema); err != nil {
		t.Fatal(err)
	}
	told, plain := schema.Defs["target"].Properties, app.LiveKitTarget(config.Target{})
	if plain.RoomPrefix == "" || plain.RoomPrefix != told["room_prefix"].Default {
		t.Errorf("rooms begin with %q, the schema says %q", plain.RoomPrefix, told["room_prefix"].Default)
	}
	if plain.IdentityPrefix == "" || plain.IdentityPrefix != told["identity_prefix"].Default {
		t.Errorf("callers begin with %q, the schema says %q", plain.IdentityPrefix, told["identity_prefix"].Default)
	}
}

func TestTheExampleCallsTheLab(t *testing.T) {
	lab := theLab(t)
	text, err := os.ReadFile(exampleFile)
	if err != nil {
		t.Fatal(err)
	}
	// The lab of the tests listens on a port of its own. LIVEKIT_URL means
	// nothing beside a configuration.
	text = bytes.Replace(text, []byte(exampleURL), []byte(lab.URL), 1)
	text = bytes.Replace(text, []byte("# room_prefix: callprobe-"), []byte("room_prefix: configured-"), 1)
	if !bytes.Contains(text, []byte(lab.URL)) {
		t.Fatalf("%s does not call %s", exampleFile, exampleURL)
	}
	file := filepath.Join(inFolder(t, map[string]string{"callprobe.yml": string(text)}), "callprobe.yml")
	vars := map[string]string{"LIVEKIT_API_KEY": lab.APIKey, "LIVEKIT_API_SECRET": lab.APISecret, "LIVEKIT_URL": "ws://127.0.0.1:1"}
	code, out, errOut := invoke(vars, "call", "--output=json", "--config.file="+file, "--target=lab", "opening-hours")
	if code != exitPassed {
		t.Fatalf("exit %d:\n%s%s", code, out, errOut)
	}
	var got struct{ Target, Scenario, Room, Verdict string }
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	if got.Target != "lab" || got.Scenario != "opening-hours" || got.Verdict != "passed" || !strings.HasPrefix(got.Room, "configured-") {
		t.Errorf("got %+v", got)
	}
	if strings.Contains(out+errOut, lab.APISecret) {
		t.Error("the API secret is in the output")
	}
}
