package config

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"callprobe/internal/schedule"
	"callprobe/probe"
)

// environment is what the tests' files name.
func environment(name string) string {
	return map[string]string{"KEY": "APIkey", "SECRET": "s3cr3t-of-the-environment", "EMPTY": " ", "TWO_LINES": "a\nb"}[name]
}

// goodTarget is a target with nothing wrong.
const goodTarget = "{name: prod, url: wss://agents.example, api_key_env: KEY, api_secret_env: SECRET}"

// loadText loads a configuration with the files that some tests name beside it.
// The folder is taken out of the error.
func loadText(t *testing.T, text string) (*Config, string) {
	t.Helper()
	folder := t.TempDir()
	for name, content := range map[string]string{
		"callprobe.yml":        text,
		"key.txt":              "\ufeffAPIfile\r\n",
		"secret.txt":           "s3cr3t-of-the-file\n",
		"empty.txt":            "\n",
		"assignment.txt":       "LIVEKIT_API_KEY=a\nLIVEKIT_API_SECRET=s3cr3t-of-the-file\n",
		"hi.yaml":              "turns: [{silence: 1s}]\n",
		"scenarios/quiet.yaml": "turns: [{silence: 1s}]\n",
		"scenarios/other.yaml": "name: quiet\nturns: [{silence: 2s}]\n",
		"scenarios/bad.yaml":   "trns: []\nturns: [{silence: 1}]\n",
	} {
		path := filepath.Join(folder, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c, err := Load(filepath.Join(folder, "callprobe.yml"), environment)
	if err != nil {
		return nil, strings.ReplaceAll(err.Error(), folder+string(filepath.Separator), "")
	}
	return c, ""
}

func TestAFileThatSaysEverythingIsReadAsWritten(t *testing.T) {
	c, complaint := loadText(t, `
targets:
  - name: prod
    url: wss://agents.example
    api_key_file: key.txt
    api_secret_file: secret.txt
    agent_name: reception
    agent_metadata: '{"tenant": 7}'
    room_prefix: synthetic-
    identity_prefix: robot-
    labels: [eu, sales]
    budget: {calls_per_hour: 120, minutes_per_day: 600}
  - name: staging
    url: http://10.0.0.7:7880
    api_key_env: KEY
    api_secret_env: SECRET
probes:
  - scenario: short-answer
  - scenario: scenarios/quiet.yaml
    targets: [staging]
`)
	if complaint != "" {
		t.Fatal(complaint)
	}
	want := []Target{
		{
			Name: "prod", URL: "wss://agents.example", APIKey: NewSecret("APIfile"), APISecret: NewSecret("s3cr3t-of-the-file"),
			AgentName: "reception", AgentMetadata: `{"tenant": 7}`, RoomPrefix: "synthetic-", IdentityPrefix: "robot-",
			Labels: []string{"eu", "sales"}, Allowance: schedule.Allowance{CallsPerHour: 120, TimePerDay: 10 * time.Hour},
		},
		{Name: "staging", URL: "http://10.0.0.7:7880", APIKey: NewSecret("APIkey"), APISecret: NewSecret("s3cr3t-of-the-environment")},
	}
	if !reflect.DeepEqual(c.Targets, want) {
		t.Errorf("targets differ from what is written, the first in %q, %q", c.Targets[0].Name, c.Targets[0].APIKey.Reveal())
	}
	for target, want := range map[string][]string{"prod": {"short-answer"}, "staging": {"short-answer", "quiet"}, "": nil} {
		var got []string
		for _, p := range c.Plans(target) {
			got = append(got, p.Name)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("target %q is called with %q, want %q", target, got, want)
		}
	}
	if packets := c.Plans("prod")[0].Turns[0].Say.Packets; len(packets) == 0 {
		t.Error("the scenario is not ready to be played")
	}
}

// One wrong thing each; what a message does not show is as much a part of it as
// what it does.
func TestEveryRuleHasItsMessage(t *testing.T) {
	targetWith := func(old, replacement string) string {
		return "targets: [" + strings.Replace(goodTarget, old, replacement, 1) + "]\n"
	}
	const builtIn = "angry-caller, barge-in, booking, long-question, opening-hours, order-number, short-answer, silent-caller"
	good := targetWith("", "")
	for name, c := range map[string]struct{ text, want string }{
		"no targets":                       {"probes: [{scenario: hi.yaml}]", `callprobe.yml: no target: list at least one under "targets"`},
		"an unknown key":                   {targetWith("url:", "ulr: a, url:"), `callprobe.yml:1:24: unknown key "ulr": did you mean "url"?`},
		"a target without a name":          {targetWith("name: prod, ", ""), `callprobe.yml:1:11: a target needs a "name"`},
		"a name that is no label":          {targetWith("prod", "my prod"), `callprobe.yml:1:18: "my prod" cannot name a target: use up to 64 letters, digits, ".", "_" and "-", a letter or digit first`},
		"a name that is given twice":       {"targets:\n- " + goodTarget + "\n- " + goodTarget, `callprobe.yml:3:10: line 2 has a target "prod" already: names must differ`},
		"a target without an address":      {targetWith("url: wss://agents.example, ", ""), `callprobe.yml:1:11: a target needs a "url": the address of its LiveKit server, such as wss://example.livekit.cloud`},
		"an address without a scheme":      {targetWith("wss://agents", "agents"), `callprobe.yml:1:29: "url" is no address: write it as wss://host or wss://host:port`},
		"an address with a port only":      {targetWith("wss://agents.example", "'ws://:7880'"), `callprobe.yml:1:29: "url" is no address: write it as wss://host or wss://host:port`},
		"an address of another kind":       {targetWith("wss://", "sip://"), `callprobe.yml:1:29: "url" must begin with wss://, ws://, https:// or http://`},
		"an address with a password":       {targetWith("wss://", "wss://APIkey:s3cr3t@"), `callprobe.yml:1:29: "url" holds more than an address: remove the user, password, query and fragment; keys belong into "api_key_file" and "api_secret_file" or the environment`},
		"an address with a token":          {targetWith("example", "example?token=s3cr3t"), `callprobe.yml:1:29: "url" holds more than an address: remove the user, password, query and fragment; keys belong into "api_key_file" and "api_secret_file" or the environment`},
		"an address broken by a password":  {targetWith("wss://", "wss://APIkey:s3cr3t%@"), `callprobe.yml:1:29: "url" is no address: write it as wss://host or wss://host:port`},
		"a secret in the file":             {targetWith("api_secret_env: SECRET", "api_secret: s3cr3t"), "callprobe.yml:1:11: a target needs an API secret: give \"api_secret_file\" or \"api_secret_env\"\n" + `callprobe.yml:1:69: key "api_secret" is not allowed here: secrets stay out of this file; name a file in "api_secret_file" or an environment variable in "api_secret_env"`},
		"a secret spelled otherwise":       {targetWith("name:", "API-Secret: s3cr3t, name:"), `callprobe.yml:1:12: key "API-Secret" is not allowed here: secrets stay out of this file; name a file in "api_secret_file" or an environment variable in "api_secret_env"`},
		"a key in the file":                {targetWith("name:", "api_key: s3cr3t, name:"), `callprobe.yml:1:12: key "api_key" is not allowed here: keys stay out of this file; name a file in "api_key_file" or an environment variable in "api_key_env"`},
		"no key":                           {targetWith("api_key_env: KEY, ", ""), `callprobe.yml:1:11: a target needs an API key: give "api_key_file" or "api_key_env"`},
		"two secrets":                      {targetWith("api_secret_env", "api_secret_file: secret.txt, api_secret_env"), `callprobe.yml:1:114: "api_secret_file" and "api_secret_env" are both given: remove one`},
		"a variable that is not set":       {targetWith("SECRET", "s3cr3t"), `callprobe.yml:1:85: "api_secret_env" names an environment variable that is not set: set it to the API secret`},
		"a variable that is empty":         {targetWith("SECRET", "EMPTY"), `callprobe.yml:1:85: "api_secret_env" names an environment variable that is not set: set it to the API secret`},
		"a variable with two lines":        {targetWith("SECRET", "TWO_LINES"), `callprobe.yml:1:85: "api_secret_env" must name an environment variable that holds the API secret on one line and nothing else`},
		"a variable as a shell writes it":  {targetWith("SECRET", "$SECRET"), `callprobe.yml:1:85: "api_secret_env" must be the name of an environment variable, such as LIVEKIT_API_SECRET, without "$"`},
		"a key file that is missing":       {targetWith("api_key_env: KEY", "api_key_file: s3cr3t"), `callprobe.yml:1:65: "api_key_file" cannot be read: no such file or directory (a path is relative to the folder of this file)`},
		"a key file that is a folder":      {targetWith("api_key_env: KEY", "api_key_file: ."), `callprobe.yml:1:65: "api_key_file" names no small, regular file`},
		"a key file that is empty":         {targetWith("api_key_env: KEY", "api_key_file: empty.txt"), `callprobe.yml:1:65: "api_key_file" must name a file that holds the API key on one line and nothing else`},
		"a key file with more in it":       {targetWith("api_key_env: KEY", "api_key_file: assignment.txt"), `callprobe.yml:1:65: "api_key_file" must name a file that holds the API key on one line and nothing else`},
		"a room prefix that is empty":      {targetWith("name:", `room_prefix: "", name:`), `callprobe.yml:1:25: "room_prefix" is "": use up to 64 letters, digits, ".", "_" and "-", a letter or digit first`},
		"an identity prefix that is odd":   {targetWith("name:", `identity_prefix: a b, name:`), `callprobe.yml:1:29: "identity_prefix" is "a b": use up to 64 letters, digits, ".", "_" and "-", a letter or digit first`},
		"a probe without a scenario":       {good + "probes: [{targets: [prod]}]", `callprobe.yml:2:10: a probe needs a "scenario": the name of a built-in one, or the path of a .yaml file`},
		"a scenario that is not built in":  {good + "probes: [{scenario: bookin}]", `callprobe.yml:2:21: load scenario "bookin": did you mean "booking"? The built-in ones are ` + builtIn + `; your own is named by its .yaml file`},
		"a scenario file that is missing":  {good + "probes: [{scenario: no.yaml}]", `callprobe.yml:2:21: load scenario "no.yaml": no such file; built-in scenarios are ` + builtIn + `: file does not exist`},
		"a scenario file with problems":    {good + "probes: [{scenario: scenarios/bad.yaml}, {scenario: scenarios/bad.yaml}]", "scenarios/bad.yaml:1:1: unknown key \"trns\": did you mean \"turns\"?\n" + `scenarios/bad.yaml:2:19: "silence" is "1" without a unit: write "1s" for seconds or "1ms" for milliseconds`},
		"a target that is not there":       {good + "probes: [{scenario: hi.yaml, targets: [prd]}]", `callprobe.yml:2:40: no target is called "prd": did you mean "prod"?`},
		"a target listed twice":            {good + "probes: [{scenario: hi.yaml, targets: [prod, prod]}]", `callprobe.yml:2:46: target "prod" is listed twice`},
		"no target listed":                 {good + "probes: [{scenario: hi.yaml, targets: []}]", `callprobe.yml:2:39: "targets" is empty: it needs at least one entry`},
		"one scenario twice on a target":   {good + "probes:\n- scenario: hi.yaml\n- {scenario: hi.yaml, targets: [prod]}", `callprobe.yml:4:14: target "prod" has a scenario "hi" already, on line 3: reports and metrics could not tell them apart`},
		"two scenarios of one name":        {good + "probes:\n- scenario: scenarios/quiet.yaml\n- scenario: scenarios/other.yaml", `callprobe.yml:4:13: the scenario on line 3 is called "quiet" too: give one another "name"`},
		"a configuration that is no list":  {"targets: prod", `callprobe.yml:1:10: "targets" must be a list: begin each entry with "- "`},
		"a target that is no mapping":      {"targets: [prod]", `callprobe.yml:1:11: entry 1 of "targets" must be a mapping of keys: name, url, api_key_file, api_key_env, api_secret_file, api_secret_env, agent_name, agent_metadata, room_prefix, identity_prefix, labels, budget, reference`},
		"no budget":                        {targetWith("name:", "budget: {calls_per_hour: 0}, name:"), `callprobe.yml:1:37: "calls_per_hour" is 0: write a whole number from 1 to 100000`},
		"half a call":                      {targetWith("name:", "budget: {calls_per_hour: 1.5}, name:"), `callprobe.yml:1:37: "calls_per_hour" is 1.5: write a whole number from 1 to 100000`},
		"an interval and a cron":           {good + `probes: [{scenario: hi.yaml, interval: 30s, cron: "* * * * *"}]`, `callprobe.yml:2:51: "interval" and "cron" are both given: remove one`},
		"an interval that is too short":    {good + "probes: [{scenario: hi.yaml, interval: 10ms}]", `callprobe.yml:2:40: "interval" is 10ms: it must lie between 1s and 7 days`},
		"an interval without a unit":       {good + "probes: [{scenario: hi.yaml, interval: 30}]", `callprobe.yml:2:40: "interval" is "30" without a unit: write "30s" for seconds or "30ms" for milliseconds`},
		"a cron with a field too few":      {good + `probes: [{scenario: hi.yaml, cron: "* * * *"}]`, `callprobe.yml:2:36: "cron" is "* * * *", which has 4 fields: write minute, hour, day of month, month and day of week, such as "*/5 8-18 * * MON-FRI"`},
		"a cron that never comes":          {good + `probes: [{scenario: hi.yaml, cron: "0 0 31 6 *"}]`, `callprobe.yml:2:36: "cron" is "0 0 31 6 *", which never comes: no such day exists`},
		"a time zone that is none":         {good + `probes: [{scenario: hi.yaml, cron: "* * * * *", time_zone: CEST}]`, `callprobe.yml:2:60: "time_zone" is "CEST": name one of the IANA zones, such as Europe/Berlin, or UTC`},
		"this machine's time zone":         {good + `probes: [{scenario: hi.yaml, cron: "* * * * *", time_zone: Local}]`, `callprobe.yml:2:60: "time_zone" is "Local": name one of the IANA zones, such as Europe/Berlin, or UTC`},
		"a time zone without a cron":       {good + `probes: [{scenario: hi.yaml, interval: 1m, time_zone: UTC}]`, `callprobe.yml:2:55: "time_zone" is for "cron", which is not given: remove it`},
		"a jitter without a schedule":      {good + "probes: [{scenario: hi.yaml, jitter: 1s}]", `callprobe.yml:2:38: "jitter" delays calls on schedule, and there is neither "interval" nor "cron": remove it`},
		"a jitter as long as the interval": {good + "probes: [{scenario: hi.yaml, interval: 30s, jitter: 30s}]", `callprobe.yml:2:53: "jitter" is 30s: it must be shorter than the interval of 30s`},
		"a jitter of a cron that is long":  {good + `probes: [{scenario: hi.yaml, cron: "* * * * *", jitter: 2h}]`, `callprobe.yml:2:57: "jitter" is 2h0m0s: it must not be longer than 1h`},
		"limits that cannot be kept":       {good + "probes: [{scenario: opening-hours, limits: {call: 1s}}]", `callprobe.yml:2:44: with these limits the scenario cannot be played: call limit 1s is shorter than the 6.005208333s that the turns take`},
		"a call that never ends":           {good + "probes: [{scenario: hi.yaml, limits: {call: 2h}}]", `callprobe.yml:2:45: "call" is 2h0m0s: a call takes 10m at most`},
		"no call at a time":                {good + "calls_at_once: 0", `callprobe.yml:2:16: "calls_at_once" is 0: write a whole number from 1 to 10000`},
		"too few calls at a time":          {"targets:\n- " + goodTarget + "\n- " + strings.Replace(goodTarget, "prod", "test", 1) + "\ncalls_at_once: 1", `callprobe.yml:4:16: "calls_at_once" is 1 for 2 targets: allow at least one call a target, so that one which hangs does not stop the others`},
		"a window without a start":         {good + "maintenance: [{length: 1h}]", `callprobe.yml:2:15: a maintenance window needs "starts": a cron expression, such as "0 2 * * SUN"`},
		"a window without a length":        {good + `maintenance: [{starts: "0 2 * * SUN"}]`, `callprobe.yml:2:15: a maintenance window needs a "length", such as 2h`},
		"a window without an end":          {good + `maintenance: [{starts: "0 2 * * SUN", length: 200h}]`, `callprobe.yml:2:47: "length" is 200h0m0s: a maintenance window is no longer than 7 days; to stop calling, remove the probe`},
		"a window of another target":       {good + `maintenance: [{starts: "0 2 * * SUN", length: 2h, targets: [prd]}]`, `callprobe.yml:2:61: no target is called "prd": did you mean "prod"?`},
		"an empty folder":                  {good + `recording: {dir: ""}`, `callprobe.yml:2:18: "dir" is "": name a folder, or remove the key to keep the latest calls in memory only`},
		"passes kept for longer":           {good + "recording: {days: 3, days_passed: 4}", `callprobe.yml:2:35: "days_passed" is more than "days": calls that failed are kept at least as long as those that passed`},
		"a scenario":                       {good + "turns: [{silence: 1s}]", `callprobe.yml:2:1: key "turns" is not allowed here: it makes the file a scenario, which is named under "probes", or without --config.file`},
		"another kind of audio":            {good + "recording: {audio: some}", `callprobe.yml:2:20: "audio" is "some": write "none", "failures" or "all"`},
		"an address nobody can open":       {good + "web: {external_url: 'https://u:p@h'}", `callprobe.yml:2:21: "external_url" is no address that people could open: write it as https://host/path`},
		"an empty configuration":           {"# later\n", `callprobe.yml: the file is empty: it needs at least "targets"`},
		"metadata that is no text":         {targetWith("name:", `agent_metadata: {"a": 1}, name:`), `callprobe.yml:1:28: "agent_metadata" must be a single value`},
		"a value that was left out":        {"targets:\n- name: prod\n  url: wss://agents.example\n  api_key_env: KEY\n  api_secret_env:\n", `callprobe.yml:5:3: "api_secret_env" has no value: give it one or remove the key`},
		"a configuration of another shape": {"prod", `callprobe.yml:1:1: the configuration must be a mapping of keys: targets, probes, calls_at_once, maintenance, recording, web`},
	} {
		t.Run(name, func(t *testing.T) {
			_, got := loadText(t, c.text)
			if got != c.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, c.want)
			}
			if strings.Contains(got, "s3cr3t") {
				t.Error("the message shows a secret")
			}
		})
	}
}

func TestAServiceIsConfiguredAsWritten(t *testing.T) {
	c, complaint := loadText(t, "targets:\n- "+goodTarget+"\n- "+strings.Replace(goodTarget, "prod", "test", 1)+`
calls_at_once: 7
probes:
  - {scenario: hi.yaml, interval: 90s, jitter: 5s, limits: {agent_join: 4s, call: 50s}, targets: [prod]}
  - {scenario: scenarios/quiet.yaml, cron: "*/5 8-18 * * MON-FRI", time_zone: Europe/Berlin}
  - {scenario: opening-hours}
maintenance:
  - {starts: "0 2 * * SUN", length: 2h, time_zone: America/New_York, targets: [test]}
recording: {dir: calls, days: 20, days_passed: 3, megabytes: 5, audio: all}
web: {external_url: "https://h/p", native_histograms: true}
`)
	if complaint != "" {
		t.Fatal(complaint)
	}
	folder := filepath.Dir(c.Path)
	var timings []string
	for _, p := range c.Probes {
		timings = append(timings, p.Timing.String())
	}
	if want := []string{"every 1m30s", "*/5 8-18 * * MON-FRI Europe/Berlin", "when /probe is scraped"}; !reflect.DeepEqual(timings, want) {
		t.Errorf("probes are due %q, want %q", timings, want)
	}
	if l := c.Probes[0].Plan.Limits; c.Probes[0].Timing.Jitter != 5*time.Second || l.AgentJoin != 4*time.Second || l.Call != 50*time.Second || l.Join != probe.DefaultLimits().Join {
		t.Errorf("the first probe has a jitter of %v and the limits %+v", c.Probes[0].Timing.Jitter, l)
	}
	if w := c.Windows; len(w) != 1 || w[0].Length != 2*time.Hour || w[0].Starts.String() != "0 2 * * SUN America/New_York" || !reflect.DeepEqual(w[0].Targets, []string{"test"}) {
		t.Errorf("maintenance windows %+v", c.Windows)
	}
	if want := (Recording{Dir: filepath.Join(folder, "calls"), MaxAge: 20 * 24 * time.Hour, MaxAgePassed: 3 * 24 * time.Hour, MaxBytes: 5_000_000, Audio: "all"}); c.Recording != want {
		t.Errorf("recording %+v, want %+v", c.Recording, want)
	}
	if c.CallsAtOnce != 7 || c.Web != (Web{"https://h/p", true}) {
		t.Errorf("%d calls at once, web %+v", c.CallsAtOnce, c.Web)
	}
	want := []string{"callprobe.yml", "hi.yaml", "scenarios/quiet.yaml"}
	for i, name := range want {
		want[i] = filepath.Join(folder, name)
	}
	if !reflect.DeepEqual(c.Files(), want) {
		t.Errorf("made of %q, want %q", c.Files(), want)
	}
	for _, name := range want {
		if c.AsFound() != c.AsRead() {
			t.Fatal("files that did not change are said to have changed")
		}
		if err := os.Chtimes(name, time.Time{}, time.Unix(1, 0)); err != nil {
			t.Fatal(err)
		}
		if c.AsFound() == c.AsRead() {
			t.Errorf("a change of %s is not seen", name)
		}
		c.files[name] = state(name)
	}
}

func TestWhatIsNotWrittenHasDefaultsThatTheSchemaTells(t *testing.T) {
	c, complaint := loadText(t, "targets: ["+goodTarget+"]\nprobes: [{scenario: hi.yaml}]")
	if complaint != "" {
		t.Fatal(complaint)
	}
	const day = 24 * time.Hour
	if want := (Recording{MaxAge: 30 * day, MaxAgePassed: 7 * day, MaxBytes: 1e9, Audio: "failures"}); c.Recording != want || c.CallsAtOnce != 10 || !c.Probes[0].Timing.Never() {
		t.Errorf("recording %+v, %d calls at once, timing %v", c.Recording, c.CallsAtOnce, c.Probes[0].Timing)
	}
	var root struct {
		Defs map[string]struct {
			Properties map[string]struct {
				Default any `json:"default"`
			} `json:"properties"`
		} `json:"$defs"`
	}
	if err := json.Unmarshal(Schema(), &root); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]any{"days": 30.0, "days_passed": 7.0, "megabytes": 1000.0, "audio": "failures"} {
		if got := root.Defs["recording"].Properties[key].Default; got != want {
			t.Errorf("the schema's default of %q is %v, want %v", key, got, want)
		}
	}
}

func TestEverythingWrongIsSaidAtOnce(t *testing.T) {
	_, got := loadText(t, `
targets:
  - name: a b
    url: wss://u:p@agents.example
    api_key_file: no.txt
    api_secret_env: UNSET
probs: []
probes:
  - scenario: scenarios/bad.yaml
  - scenario: bookin
    targets: [c]
`)
	var places []string
	for line := range strings.SplitSeq(got, "\n") {
		place, _, _ := strings.Cut(line, ": ")
		places = append(places, place)
	}
	want := []string{
		"callprobe.yml:3:11", "callprobe.yml:4:10", "callprobe.yml:5:19", "callprobe.yml:6:21", "callprobe.yml:7:1",
		"callprobe.yml:10:15", "callprobe.yml:11:15", "scenarios/bad.yaml:1:1", "scenarios/bad.yaml:2:19",
	}
	if !reflect.DeepEqual(places, want) {
		t.Errorf("got problems at %q\nwant %q\n%s", places, want, got)
	}
}

func TestAFileThatCannotBeReadIsNamed(t *testing.T) {
	folder := t.TempDir()
	large := filepath.Join(folder, "large.yml")
	if err := os.WriteFile(large, []byte(strings.Repeat("#\n", maxFileBytes)), 0o600); err != nil {
		t.Fatal(err)
	}
	missing := filepath.Join(folder, "no.yml")
	for path, want := range map[string]string{
		missing: "read configuration: stat " + missing + ": no such file or directory",
		large:   "read configuration: " + large + " is larger than 1024 KiB",
		folder:  "read configuration: " + folder + " is no regular file",
	} {
		if _, err := Load(path, environment); err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
	if _, err := Load(missing, environment); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v is not fs.ErrNotExist", err)
	}
}

func TestATargetIsFoundByItsNameOrByBeingTheOnlyOne(t *testing.T) {
	one, complaint := loadText(t, "targets: ["+goodTarget+"]")
	if complaint != "" {
		t.Fatal(complaint)
	}
	two, complaint := loadText(t, "targets: ["+goodTarget+", "+strings.Replace(goodTarget, "prod", "staging", 1)+"]")
	if complaint != "" {
		t.Fatal(complaint)
	}
	one.Path, two.Path = "one.yml", "two.yml"
	for name, c := range map[string]struct {
		config       *Config
		target       string
		want, errors string
	}{
		"the only one":       {one, "", "prod", ""},
		"one of two by name": {two, "staging", "staging", ""},
		"none of two":        {two, "", "", "two.yml has 2 targets: name one of prod, staging"},
		"a slip":             {two, "stagin", "", `two.yml has no target "stagin": did you mean "staging"?`},
		"another name":       {one, "live", "", `one.yml has no target "live": known here: prod`},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := c.config.Target(c.target)
			if got.Name != c.want {
				t.Errorf("got target %q, want %q", got.Name, c.want)
			}
			if c.errors == "" && err != nil || c.errors != "" && (err == nil || err.Error() != c.errors) {
				t.Errorf("got error %v, want %q", err, c.errors)
			}
		})
	}
}
