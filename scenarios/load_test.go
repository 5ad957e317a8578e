package scenarios

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"callprobe/audio"
	"callprobe/probe"
)

// Each file in testdata/bad breaks one rule. Its first lines say in comments
// which errors it must give.
func TestEveryRuleHasABadFileAndItsExactMessage(t *testing.T) {
	files, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil || len(files) < 30 {
		t.Fatalf("%d bad files: %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var want []string
			for line := range strings.SplitSeq(string(text), "\n") {
				if message, ok := strings.CutPrefix(line, "# want "); ok {
					want = append(want, file+":"+message)
				}
			}
			_, err = Load(file)
			if err == nil {
				t.Fatal("it loads")
			}
			if got := err.Error(); got != strings.Join(want, "\n") {
				t.Errorf("got:\n%s\nwant:\n%s", got, strings.Join(want, "\n"))
			}
		})
	}
}

func TestAFileThatSaysEverythingIsReadAsWritten(t *testing.T) {
	plan, err := Load("testdata/full.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if plan.Name != "everything" || plan.Description != "All keys at once." || plan.Language != "en-GB" {
		t.Errorf("head is %q, %q, %q", plan.Name, plan.Description, plan.Language)
	}
	if want := (probe.Greeting{Mode: probe.GreetingRequired, Within: 4 * time.Second}); plan.Greeting != want {
		t.Errorf("greeting is %+v, want %+v", plan.Greeting, want)
	}
	wantLimits := probe.Limits{Join: 3 * time.Second, AgentJoin: 4 * time.Second, Transcript: time.Second, Call: 90 * time.Second}
	if plan.Limits != wantLimits {
		t.Errorf("limits are %+v, want %+v", plan.Limits, wantLimits)
	}
	if len(plan.Turns) != 3 {
		t.Fatalf("%d turns, want 3", len(plan.Turns))
	}
	first := plan.Turns[0]
	if first.Say.Name != "hello" || first.Say.Reference != "thank you very much" {
		t.Errorf("turn 1 says %q, %q", first.Say.Name, first.Say.Reference)
	}
	if want := (probe.Trigger{Kind: probe.AfterAgent, Hold: 1500 * time.Millisecond}); first.When != want {
		t.Errorf("turn 1 comes %+v, want %+v", first.When, want)
	}
	if r := first.Reply; r.Within != 2*time.Second || r.Timeout != 6*time.Second || r.Matches.String() != "(?i)welcome" {
		t.Errorf("turn 1 expects %+v", r)
	}
	if want := (probe.STT{MaxWER: 0.5, Required: true, Phrases: []string{"thank you", "Very much!"}}); !reflect.DeepEqual(first.STT, want) {
		t.Errorf("turn 1 must be understood %+v, want %+v", first.STT, want)
	}
	second := plan.Turns[1]
	if want := (probe.Trigger{Kind: probe.BargeIn, After: 1200 * time.Millisecond}); second.When != want {
		t.Errorf("turn 2 comes %+v, want %+v", second.When, want)
	}
	if third := plan.Turns[2]; !third.Silent() || third.Silence != 6*time.Second {
		t.Errorf("turn 3 is %+v, want 6s of silence", third)
	}
}

func TestARecordingAndThreeLinesAreAScenario(t *testing.T) {
	folder := t.TempDir()
	copyUtterance(t, "thank-you", filepath.Join(folder, "hello.mp3"))
	write(t, filepath.Join(folder, "hello.txt"), "\ufeffThank\r\nyou. \n")
	write(t, filepath.Join(folder, "my-test.yaml"), "turns:\n  - say: hello.mp3\n")
	plan, err := Resolve(folder, "my-test.yaml")
	if err != nil {
		t.Fatal(err)
	}
	want := probe.Plan{
		Name: "my-test", Language: "en",
		Greeting: probe.Greeting{Mode: probe.GreetingOptional, Within: 5 * time.Second},
		Limits:   probe.DefaultLimits(),
		Turns: []probe.Turn{{
			Say:   plan.Turns[0].Say,
			When:  probe.Trigger{Kind: probe.AfterAgent, Hold: 700 * time.Millisecond},
			Reply: probe.Reply{Within: 3 * time.Second, Timeout: 10 * time.Second},
			STT:   probe.STT{MaxWER: 0.25},
		}},
	}
	if !reflect.DeepEqual(plan, want) {
		t.Errorf("plan is %+v", plan)
	}
	u := plan.Turns[0].Say
	if u.Name != "hello" || u.Reference != "Thank you." {
		t.Errorf("says %q, %q", u.Name, u.Reference)
	}
	if frames := len(u.Clip.Samples) / audio.FrameSamples; len(u.Packets) < frames {
		t.Errorf("%d packets for %d frames", len(u.Packets), frames)
	}
}

func TestAnyYAMLSpellingOfAKeyIsThatKey(t *testing.T) {
	for name, text := range map[string]string{
		"plain":        "turns: [{silence: 1s}]",
		"quoted":       `"turns": [{'silence': "1s"}]`,
		"JSON":         `{"turns": [{"silence": "1s"}]}`,
		"commented":    "turns: # what happens\n  - silence: 1s # nothing\n",
		"explicit":     "? turns\n: - ? silence\n    : 1s\n",
		"after a mark": "---\nturns: [{silence: 1s}]\n",
		"CRLF":         "turns:\r\n  - silence: 1s\r\n",
		"byte order":   "\ufeffturns:\n  - silence: 1s\n",
	} {
		t.Run(name, func(t *testing.T) {
			plan, err := LoadFS(fstest.MapFS{"s.yaml": {Data: []byte(text)}}, "s.yaml")
			if err != nil {
				t.Fatal(err)
			}
			if len(plan.Turns) != 1 || plan.Turns[0].Silence != time.Second {
				t.Errorf("turns are %+v", plan.Turns)
			}
		})
	}
}

func TestOneRecordingInTwoTurnsIsEncodedOnce(t *testing.T) {
	plan, err := LoadFS(fstest.MapFS{"s.yaml": {Data: []byte("turns: [{say: thank-you}, {say: thank-you}]")}}, "s.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if &plan.Turns[0].Say.Packets[0][0] != &plan.Turns[1].Say.Packets[0][0] {
		t.Error("the two turns hold two encodings")
	}
}

func TestRecordingsThatNoAgentCouldUnderstandAreRejected(t *testing.T) {
	speech, err := audio.Load(Utterances(), "thank-you.mp3")
	if err != nil {
		t.Fatal(err)
	}
	scaled := func(gain float64) []int16 {
		out := make([]int16, len(speech.Samples))
		for i, s := range speech.Samples {
			out[i] = int16(max(-32768, min(32767, gain*float64(s))))
		}
		return out
	}
	tone := make([]int16, 24000)
	for i := range tone {
		tone[i] = int16(3000 * math.Sin(2*math.Pi*440*float64(i)/24000))
	}
	for name, c := range map[string]struct {
		samples []int16
		want    string
	}{
		"silence is no speech":         {make([]int16, 24000), `s.yaml:1:15: recording "x.wav" is silent: every sample is zero`},
		"a tone is no speech":          {tone, `s.yaml:1:15: recording "x.wav" holds no speech: a caller must say something`},
		"a whisper at -64 dBFS is not": {scaled(0.01), `s.yaml:1:15: recording "x.wav" is too quiet: its level is -64 dBFS, bring it to about -23 dBFS`},
		"clipping by 30 dB is heard":   {scaled(31.6), `s.yaml:1:15: recording "x.wav" is clipped: `},
		"more than a minute is long":   {make([]int16, 61*24000), `s.yaml:1:15: recording "x.wav" lasts 1m1s: cut it to 1m0s or less`},
		"no samples are no recording":  {nil, `s.yaml:1:15: decode audio "x.wav": `},
	} {
		t.Run(name, func(t *testing.T) {
			var wav bytes.Buffer
			if err := audio.WriteWAV(&wav, speech.Rate, c.samples); err != nil {
				t.Fatal(err)
			}
			_, err := LoadFS(fstest.MapFS{
				"s.yaml": {Data: []byte(`turns: [{say: x.wav, text: thank you}]`)},
				"x.wav":  {Data: wav.Bytes()},
			}, "s.yaml")
			if err == nil || !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("got  %v\nwant %s…", err, c.want)
			}
		})
	}
}

func TestRecordingsMayLieOutsideTheFolderOnDisk(t *testing.T) {
	folder := t.TempDir()
	for _, dir := range []string{"scenarios", "recordings"} {
		if err := os.Mkdir(filepath.Join(folder, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	copyUtterance(t, "thank-you", filepath.Join(folder, "recordings", "hello.mp3"))
	for _, say := range []string{"../recordings/hello.mp3", filepath.Join(folder, "recordings", "hello.mp3")} {
		write(t, filepath.Join(folder, "scenarios", "s.yaml"), "turns: [{say: "+say+", text: Thank you.}]\n")
		plan, err := Load(filepath.Join(folder, "scenarios", "s.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		if got := plan.Turns[0].Say.Name; got != "hello" {
			t.Errorf("utterance is called %q", got)
		}
	}
}

func TestARecordingThatIsCutOffIsAnError(t *testing.T) {
	clip, err := audio.Load(Utterances(), "thank-you.mp3")
	if err != nil {
		t.Fatal(err)
	}
	var whole bytes.Buffer
	if err := audio.WriteWAV(&whole, clip.Rate, clip.Samples, clip.Samples); err != nil {
		t.Fatal(err)
	}
	for share, want := range map[int]string{1: "", 2: `s.yaml:1:15: recording "a.wav" is cut off`} {
		files := fstest.MapFS{
			"s.yaml": {Data: []byte("turns: [{say: a.wav, text: Thank you.}]")},
			"a.wav":  {Data: whole.Bytes()[:whole.Len()/share]},
		}
		_, err := LoadFS(files, "s.yaml")
		if got := fmt.Sprint(err); (err == nil) != (want == "") || !strings.Contains(got, want) {
			t.Errorf("1/%d of a file: %v, want %q", share, err, want)
		}
	}
}

func TestALimitAboveTheUsualTimeoutMovesTheTimeout(t *testing.T) {
	plan, err := LoadFS(fstest.MapFS{"s.yaml": {Data: []byte("turns: [{say: thank-you, reply: {within: 15s}}]")}}, "s.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if got := plan.Turns[0].Reply.Timeout; got != 15*time.Second {
		t.Errorf("timeout is %v, want 15s", got)
	}
}

func TestFilesThatCannotBeReadAreNamed(t *testing.T) {
	folder := t.TempDir()
	copyUtterance(t, "thank-you", filepath.Join(folder, "latin.mp3"))
	write(t, filepath.Join(folder, "latin.txt"), "sch\xf6n")
	write(t, filepath.Join(folder, "latin.yaml"), "turns: [{say: latin.mp3}]")
	copyUtterance(t, "thank-you", filepath.Join(folder, "long.mp3"))
	write(t, filepath.Join(folder, "long.txt"), strings.Repeat("word ", maxTextBytes))
	write(t, filepath.Join(folder, "long.yaml"), "turns: [{say: long.mp3}]")
	write(t, filepath.Join(folder, "huge.yaml"), "turns: [{silence: 1s}]\n"+strings.Repeat("#\n", maxFileBytes))
	for name, c := range map[string]struct{ path, want string }{
		"a text in another encoding": {"latin.yaml", filepath.Join(folder, "latin.yaml") + `:1:15: "latin.txt" is not UTF-8: save it as UTF-8`},
		"a text too long to say":     {"long.yaml", filepath.Join(folder, "long.yaml") + `:1:15: read "long.txt": it is larger than 16 KiB`},
		"a scenario too large":       {"huge.yaml", `load scenario "` + filepath.Join(folder, "huge.yaml") + `": read "huge.yaml": it is larger than 64 KiB`},
		"a device":                   {"/dev/null", `load scenario "/dev/null": read "null": open /dev/null: it is neither a file nor a folder`},
	} {
		t.Run(name, func(t *testing.T) {
			path := c.path
			if !filepath.IsAbs(path) {
				path = filepath.Join(folder, path)
			}
			if _, err := Load(path); err == nil || err.Error() != c.want {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}

func TestResolveHelpsWhoNamedTheWrongScenario(t *testing.T) {
	folder := t.TempDir()
	write(t, filepath.Join(folder, "mine.yaml"), "turns: []\n")
	const all = "angry-caller, barge-in, booking, long-question, opening-hours, order-number, short-answer, silent-caller"
	missing := filepath.Join(folder, "no.yaml")
	for name, c := range map[string]struct{ scenario, want string }{
		"a slip":           {"opening-hour", `load scenario "opening-hour": did you mean "opening-hours"? The built-in ones are ` + all + `; your own is named by its .yaml file`},
		"something else":   {"refund", `load scenario "refund": the built-in ones are ` + all + `; your own is named by its .yaml file`},
		"a file's name":    {"mine", `load scenario "mine": the built-in ones are ` + all + `; your own is named by its .yaml file; for the file here write "mine.yaml"`},
		"a file not there": {"no.yaml", `load scenario "` + missing + `": no such file; built-in scenarios are ` + all + `: file does not exist`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Resolve(folder, c.scenario)
			if err == nil || err.Error() != c.want {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
	if _, err := Resolve(folder, "no.yaml"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v is not fs.ErrNotExist", err)
	}
	if plan, err := Resolve(folder, "opening-hours"); err != nil || plan.Name != "opening-hours" {
		t.Errorf("the built-in scenario is %q, %v", plan.Name, err)
	}
}

func copyUtterance(t *testing.T, name, to string) {
	t.Helper()
	data, err := fs.ReadFile(Utterances(), name+".mp3")
	if err != nil {
		t.Fatal(err)
	}
	write(t, to, string(data))
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
