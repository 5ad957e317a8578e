package terminal

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

func environment(vars map[string]string) func(string) string {
	return func(name string) string { return vars[name] }
}

func TestCharactersBeyondASCIINeedAUTF8Locale(t *testing.T) {
	for name, c := range map[string]struct {
		vars  map[string]string
		ascii bool
	}{
		"nothing set":                    {nil, true},
		"the C locale":                   {map[string]string{"LANG": "C"}, true},
		"Latin-1":                        {map[string]string{"LANG": "de_DE.ISO-8859-1"}, true},
		"UTF-8":                          {map[string]string{"LANG": "de_DE.UTF-8"}, false},
		"UTF-8 as macOS writes it":       {map[string]string{"LC_CTYPE": "UTF-8"}, false},
		"utf8 without a hyphen":          {map[string]string{"LANG": "C.utf8"}, false},
		"LC_ALL overrides LANG":          {map[string]string{"LC_ALL": "C", "LANG": "de_DE.UTF-8"}, true},
		"LC_CTYPE overrides LANG":        {map[string]string{"LC_CTYPE": "C", "LANG": "de_DE.UTF-8"}, true},
		"LC_ALL overrides LC_CTYPE":      {map[string]string{"LC_ALL": "C", "LC_CTYPE": "UTF-8"}, true},
		"an empty LC_ALL does not count": {map[string]string{"LC_ALL": "", "LANG": "de_DE.UTF-8"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Detect(&bytes.Buffer{}, environment(c.vars)).ASCII; got != c.ascii {
				t.Errorf("ASCII is %v, want %v", got, c.ascii)
			}
		})
	}
}

func TestFilesAndBuffersHaveNoColourAndEightyColumns(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	env := environment(map[string]string{"TERM": "xterm-256color", "LANG": "C.UTF-8"})
	want := Style{Width: 80}
	if got := Detect(file, env); got != want {
		t.Errorf("file: %+v, want %+v", got, want)
	}
	if got := Detect(&bytes.Buffer{}, env); got != want {
		t.Errorf("buffer: %+v, want %+v", got, want)
	}
	if Live(file, env) || Live(&bytes.Buffer{}, env) {
		t.Error("a file or a buffer is taken for a terminal")
	}
}

func TestColourNeedsATerminalThatAllowsIt(t *testing.T) {
	tty, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skipf("no pseudo terminal here: %v", err)
	}
	defer tty.Close()
	for name, c := range map[string]struct {
		vars        map[string]string
		color, live bool
	}{
		"a terminal has colours":       {map[string]string{"TERM": "xterm"}, true, true},
		"NO_COLOR takes them away":     {map[string]string{"TERM": "xterm", "NO_COLOR": "1"}, false, true},
		"an empty NO_COLOR is none":    {map[string]string{"TERM": "xterm", "NO_COLOR": ""}, true, true},
		"a dumb terminal has no magic": {map[string]string{"TERM": "dumb"}, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			env := environment(c.vars)
			if got := Detect(tty, env); got.Color != c.color || got.width() != got.Width {
				t.Errorf("style %+v, want colour %v and a width within bounds", got, c.color)
			}
			if got := Live(tty, env); got != c.live {
				t.Errorf("live is %v, want %v", got, c.live)
			}
		})
	}
}

func TestWidthIsEightyOrWithinBounds(t *testing.T) {
	for width, want := range map[int]int{0: 80, -1: 60, 59: 60, 60: 60, 100: 100, 160: 160, 161: 160} {
		if got := (Style{Width: width}).width(); got != want {
			t.Errorf("width %d counts as %d, want %d", width, got, want)
		}
	}
}
