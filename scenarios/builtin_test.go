package scenarios

import (
	"io/fs"
	"path"
	"strings"
	"testing"
	"time"

	"callprobe/audio"
	"callprobe/probe"
)

func TestEveryBuiltinScenarioLoads(t *testing.T) {
	want := []string{
		"angry-caller", "barge-in", "booking", "long-question",
		"opening-hours", "order-number", "short-answer", "silent-caller",
	}
	if got := strings.Join(BuiltinNames(), " "); got != strings.Join(want, " ") {
		t.Fatalf("built-in scenarios are %s, want %s", got, strings.Join(want, " "))
	}
	for _, name := range want {
		t.Run(name, func(t *testing.T) {
			plan, err := check(builtin, name+".yaml", name+".yaml")
			if err != nil {
				t.Fatal(err)
			}
			if plan.Name != name {
				t.Errorf("name is %q", plan.Name)
			}
			if plan.Description == "" {
				t.Error("no description")
			}
			for i, turn := range plan.Turns {
				if turn.Reply.Matches != nil {
					t.Errorf("turn %d expects words that only one agent says", i+1)
				}
				if !turn.Silent() {
					checkUtterance(t, turn.Say)
				}
			}
		})
	}
}

func checkUtterance(t *testing.T, u probe.Utterance) {
	t.Helper()
	// The recordings are cut to 100 ms of silence on both sides.
	lead := u.Clip.Rate.Duration(int64(u.Speech.Start))
	tail := u.Clip.Rate.Duration(int64(len(u.Clip.Samples)) - int64(u.Speech.End))
	for name, d := range map[string]time.Duration{"lead": lead, "tail": tail} {
		if d < 90*time.Millisecond || d > 110*time.Millisecond {
			t.Errorf("%s: %s of %v, want about 100ms", u.Name, name, d)
		}
	}
}

func TestBuiltinScenariosNameTheSchemaForEditors(t *testing.T) {
	for _, name := range BuiltinNames() {
		text, err := BuiltinFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(string(text), "# yaml-language-server: $schema=schema.json\n") {
			t.Errorf("%s.yaml does not begin with the schema's modeline", name)
		}
	}
}

// The figures of every recording, so that a new one from another voice or
// another tool is as good as the rest.
func TestBuiltinRecordingsAreSmallLevelAndHaveTheirText(t *testing.T) {
	files, err := fs.Glob(Utterances(), "*.mp3")
	if err != nil || len(files) == 0 {
		t.Fatalf("no recordings: %v", err)
	}
	used := map[string]bool{}
	for _, name := range BuiltinNames() {
		text, err := BuiltinFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			if _, say, ok := strings.Cut(line, "say: "); ok {
				used[strings.TrimSpace(say)+".mp3"] = true
			}
		}
	}
	for _, file := range files {
		clip, err := audio.Load(Utterances(), file)
		if err != nil {
			t.Error(err)
			continue
		}
		if level := clip.ActiveLevelDBFS(); level < -24 || level > -22 {
			t.Errorf("%s: active level %.1f dBFS, want -23", file, level)
		}
		if clip.Rate != 24000 {
			t.Errorf("%s: %d Hz, want 24000", file, clip.Rate)
		}
		if !used[file] {
			t.Errorf("%s: no built-in scenario says it", file)
		}
		text, err := fs.ReadFile(Utterances(), strings.TrimSuffix(file, path.Ext(file))+".txt")
		if err != nil || len(strings.Fields(string(text))) == 0 {
			t.Errorf("%s has no text: %v", file, err)
		}
	}
}
