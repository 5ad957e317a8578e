package packages

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"
)

// terminal is a shell on a terminal that somebody types into.
type terminal struct {
	t    *testing.T
	tty  *os.File
	mu   sync.Mutex
	seen strings.Builder
}

// shell starts a program in a folder with callprobe in its PATH.
func shell(t *testing.T, folder, program string, args ...string) *terminal {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = folder
	cmd.Env = []string{"PATH=" + filepath.Dir(binary(t)) + ":/usr/bin:/bin", "TERM=dumb", "HOME=" + folder, "LANG=C.UTF-8"}
	tty, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 50, Cols: 200})
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	s := &terminal{t: t, tty: tty}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for buffer := make([]byte, 4096); ; {
			n, err := tty.Read(buffer)
			s.mu.Lock()
			s.seen.Write(buffer[:n])
			s.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() {
		cancel()
		_ = cmd.Wait()
		_ = tty.Close()
		<-done
	})
	return s
}

func (s *terminal) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen.String()
}

// write types something and waits until the terminal shows what pattern matches, past
// all that was there before.
func (s *terminal) write(keys, pattern string) []string {
	s.t.Helper()
	before := len(s.text())
	if _, err := s.tty.WriteString(keys); err != nil {
		s.t.Fatal(err)
	}
	var found []string
	shown := regexp.MustCompile(pattern)
	if !eventually(s.t.Context(), 30*time.Second, func() bool {
		found = shown.FindStringSubmatch(s.text()[before:])
		return found != nil
	}) {
		s.t.Fatalf("after %q there is no %s in\n%q", keys, pattern, s.text())
	}
	return found
}

// typed are lines as somebody types them, a tab at the end, and what they become.
func typed() map[string]string {
	return map[string]string{
		"callprobe ca":                          "callprobe call ",
		"callprobe call op":                     "callprobe call opening-hours ",
		"callprobe vad --outp":                  "callprobe vad --output=",
		"callprobe vad --output=c":              "callprobe vad --output=csv ",
		"callprobe vad --output c":              "callprobe vad --output csv ",
		"callprobe serve --config.file=my-con":  "callprobe serve --config.file=my-config.yml ",
		"callprobe check my-sc":                 "callprobe check my-scenario.yaml ",
		"callprobe call --count=3 my-sc":        "callprobe call --count=3 my-scenario.yaml ",
		"callprobe serve --web.listen-address=": "callprobe serve --web.listen-address=",
	}
}

// here is a folder with files that may be completed.
func here(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	for _, name := range []string{"my-config.yml", "my-scenario.yaml"} {
		place(t, filepath.Join(folder, name), nil, 0o644)
	}
	return folder
}

func installed(t *testing.T, name, pkg string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("there is no %s: install Debian's package %s", name, pkg)
	}
	return path
}

// Control-o shows the line that is being typed, control-u deletes it.
func TestBashCompletesWhatIsTyped(t *testing.T) {
	sh := shell(t, here(t), installed(t, "bash", "bash"), "--norc", "--noprofile", "-i")
	sh.write(`bind -x '"\C-o": printf "<%s>\n" "$READLINE_LINE"'; source <(callprobe completion bash); echo rea''dy`+"\n", "ready")
	for line, want := range typed() {
		got := sh.write(line+"\t\x0f", "<([^>]*)>")[1]
		sh.write("\x15echo next''line\n", "nextline")
		if got != want {
			t.Errorf("%q becomes %q, want %q", line, got, want)
		}
	}
}

func TestZshCompletesWhatIsTyped(t *testing.T) {
	sh := shell(t, here(t), installed(t, "zsh", "zsh"), "-f", "-i")
	sh.write("autoload -U compinit; compinit -u -D; unsetopt beep zle_bracketed_paste; PS1='> '; bindkey -e; show() { print -r -- \"<$BUFFER>\" }; zle -N show; bindkey '^O' show; source <(callprobe completion zsh); echo rea''dy\n", "ready")
	for line, want := range typed() {
		got := sh.write(line+"\t\x0f", "<([^>]*)>")[1]
		sh.write("\x15echo next''line\n", "nextline")
		if got != want {
			t.Errorf("%q becomes %q, want %q", line, got, want)
		}
	}
}

// A file in fpath is how packages install completions.
func TestZshFindsTheCompletionInFpath(t *testing.T) {
	folder := here(t)
	place(t, filepath.Join(folder, "site/_callprobe"), []byte(callprobe(t, "completion", "zsh")), 0o644)
	sh := shell(t, folder, installed(t, "zsh", "zsh"), "-f", "-i")
	sh.write("fpath=($PWD/site $fpath); autoload -U compinit; compinit -u -D; PS1='> '; bindkey -e; show() { print -r -- \"<$BUFFER>\" }; zle -N show; bindkey '^O' show; echo rea''dy\n", "ready")
	for range 2 { // The first time it is loaded, then it is there.
		if got := sh.write("callprobe ca\t\x0f", "<([^>]*)>")[1]; got != "callprobe call " {
			t.Errorf("got %q", got)
		}
		sh.write("\x15echo next''line\n", "nextline")
	}
}

// Fish itself says what it would offer.
func TestFishCompletesWhatIsTyped(t *testing.T) {
	fish := installed(t, "fish", "fish")
	folder := here(t)
	for line, want := range typed() {
		cmd := exec.CommandContext(t.Context(), fish, "--no-config", "-c", `callprobe completion fish | source; complete -C "$argv[1]"`, line)
		cmd.Dir = folder
		cmd.Env = []string{"PATH=" + filepath.Dir(binary(t)) + ":/usr/bin:/bin", "HOME=" + folder, "TERM=dumb", "LANG=C.UTF-8"}
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		words := strings.Fields(want)
		var offered []string
		for found := range strings.Lines(string(out)) {
			text, _, _ := strings.Cut(strings.TrimSuffix(found, "\n"), "\t")
			offered = append(offered, text)
		}
		if last := words[len(words)-1]; strings.HasSuffix(line, "=") {
			if len(offered) > 0 {
				t.Errorf("%q: fish offers %q", line, offered)
			}
		} else if !slices.Equal(offered, []string{last}) {
			t.Errorf("%q: fish offers %q, want %q", line, offered, last)
		}
	}
}

func TestTheManualPageIsRenderedWithoutAWarning(t *testing.T) {
	page := filepath.Join(t.TempDir(), "callprobe.1")
	place(t, page, []byte(callprobe(t, "man")), 0o644)
	t.Run("by groff", func(t *testing.T) {
		out, err := exec.CommandContext(t.Context(), installed(t, "groff", "groff-base"), "-man", "-ww", "-Tutf8", page).CombinedOutput()
		plain := regexp.MustCompile("\x1b\\[[0-9;]*m|.\x08").ReplaceAllString(string(out), "")
		if err != nil || strings.Contains(plain, "warning") || strings.Contains(plain, "error:") {
			t.Errorf("%v: %s", err, out)
		}
		for _, want := range []string{"callprobe - a synthetic caller", "--config.file=FILE", "EXIT STATUS", "LIVEKIT_API_SECRET"} {
			if !strings.Contains(strings.NewReplacer("‐", "-", "−", "-").Replace(plain), want) {
				t.Errorf("it does not show %q", want)
			}
		}
	})
	t.Run("and found by what it is about", func(t *testing.T) {
		out, err := exec.CommandContext(t.Context(), installed(t, "lexgrog", "man-db"), page).CombinedOutput()
		if err != nil || !strings.Contains(string(out), `"callprobe - a synthetic caller for LiveKit voice agents"`) {
			t.Errorf("%v: %s", err, out)
		}
	})
}
