package manual_test

import (
	"reflect"
	"testing"

	"callprobe/internal/manual"
)

func TestAMarkSaysHowABlockIsRun(t *testing.T) {
	for mark, want := range map[string]manual.Running{
		"":                                {},
		"not run: needs an account":       {Skip: "needs an account"},
		"stays up, ready at Listening on": {Ready: "Listening on"},
		"exits 1":                         {Exit: 1},
		"needs prometheus; stays up, ready at Server is ready": {Needs: []string{"prometheus"}, Ready: "Server is ready"},
		"needs promtool jq; exits 3":                           {Needs: []string{"promtool", "jq"}, Exit: 3},
	} {
		if got, err := (manual.Block{Mark: mark}).Running(); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: got %+v, %v", mark, got, err)
		}
	}
}

func TestAMarkWithoutAReasonOrOfNoKnownKindIsRefused(t *testing.T) {
	for _, mark := range []string{"not run", "not run:", "not run: no", "not running: there is no time", "stays up", "stays up, ready at ", "exits", "exits with 1", "skipped", "needs jq; hm"} {
		if _, err := (manual.Block{Mark: mark, Line: 3}).Running(); err == nil {
			t.Errorf("%q was accepted", mark)
		}
	}
}

func TestOnlyWhatIsForTheShellIsRun(t *testing.T) {
	for _, tc := range []struct {
		block  manual.Block
		want   string
		looks  bool
		reason string
	}{
		{manual.Block{Lang: "sh", Text: "make\n"}, "make\n", false, "commands"},
		{manual.Block{Lang: "console", Text: "$ make build\nbuilt\n$ ls\nbin\n"}, "make build\nls\n", false, "a session"},
		{manual.Block{Text: "FAILED opening-hours\n"}, "", false, "output"},
		{manual.Block{Text: "bin/callprobe call\n"}, "", true, "commands without a language"},
		{manual.Block{Lang: "text", Text: "$ ls\n"}, "", true, "a session without a language"},
	} {
		if got, looks := tc.block.Commands(), tc.block.LooksLikeCommands(); got != tc.want || looks != tc.looks {
			t.Errorf("%s: got %q, looks like commands: %v", tc.reason, got, looks)
		}
	}
}
