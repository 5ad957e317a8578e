package yamlfile

import "testing"

func TestOnlyASlipIsTakenForAnotherWord(t *testing.T) {
	known := []string{"say", "text", "silence", "barge_in", "reply"}
	for name, c := range map[string]struct{ word, want string }{
		"a letter replaced":     {"repli", "reply"},
		"a letter added":        {"silencee", "silence"},
		"a letter dropped":      {"sy", "say"},
		"two letters swapped":   {"txet", "text"},
		"another separator":     {"barge-in", "barge_in"},
		"capitals":              {"Say", "say"},
		"two slips in a long":   {"sylance", "silence"},
		"two slips in a short":  {"sxx", ""},
		"another word":          {"when", ""},
		"nothing":               {"", ""},
		"a very long word":      {string(make([]byte, 1<<16)), ""},
		"letters of other ABCs": {"тext", ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got, _ := Nearest(c.word, known); got != c.want {
				t.Errorf("Nearest(%q) = %q, want %q", c.word, got, c.want)
			}
		})
	}
}
