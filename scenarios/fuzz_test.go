package scenarios

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

// FuzzLoad holds the promise that whatever is in a file, loading ends with a
// plan that can be run or with errors that name the file.
func FuzzLoad(f *testing.F) {
	seeds, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range append(seeds, "testdata/full.yaml") {
		data, err := os.ReadFile(seed)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	for _, hard := range []string{
		"turns: " + strings.Repeat("[", 1000), strings.Repeat("- ", 1000), strings.Repeat("? ", 1000),
		strings.Repeat("&a ", 1000), strings.Repeat("!a ", 1000), "turns: *a", "<<: {turns: []}", "? turns\n: []",
		"turns:\n- say: .mp3", "turns:\n- say: ..", "turns:\n- say: ../hello.mp3\n  text: a", "turns:\n- say: /etc/passwd\n  text: a",
		"\xff\xfe", "\x00", "turns:\n- {say: hello.mp3, text: \"\xff\"}",
	} {
		f.Add([]byte(hard))
	}
	speech, err := fs.ReadFile(Utterances(), "thank-you.mp3")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		plan, err := check(fstest.MapFS{"s.yaml": {Data: data}, "hello.mp3": {Data: speech}}, "s.yaml", "s.yaml")
		if err == nil {
			if err := plan.Validate(); err != nil {
				t.Errorf("loaded a plan that cannot be run: %v", err)
			}
			return
		}
		if len(data) <= maxFileBytes && !strings.HasPrefix(err.Error(), "s.yaml:") {
			t.Errorf("error does not begin with the file: %v", err)
		}
	})
}
