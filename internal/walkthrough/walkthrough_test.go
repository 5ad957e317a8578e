//go:build unix

package walkthrough_test

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"callprobe/internal/labproc"
	"callprobe/internal/manual"
)

const root = "../.."

// blockLimit bounds one block: a few calls, or a build whose packages are cached.
const blockLimit = 3 * time.Minute

// labPath is the lab's binary, without which nothing here can be called.
func labPath(t *testing.T) string {
	t.Helper()
	path := os.Getenv(labproc.EnvPath)
	if path == "" {
		t.Skipf("needs the lab: set %s to its binary, or use make test", labproc.EnvPath)
	}
	return path
}

func blocks(t *testing.T, document string) []manual.Block {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, document))
	if err != nil {
		t.Fatal(err)
	}
	return manual.Blocks(string(text))
}

// freePort returns a port of loopback on which nothing listens.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// ports are those that the documents name, with free ones in their place: on the
// machine of a test others may use them.
func ports(t *testing.T) *strings.Replacer {
	t.Helper()
	var pairs []string
	for _, port := range []string{"7880", "7881", "9877", "9090"} {
		pairs = append(pairs, port, freePort(t))
	}
	return strings.NewReplacer(pairs...)
}

func TestEveryBlockForTheShellIsOneThatAReaderCanRun(t *testing.T) {
	for _, document := range []string{"README.md", "docs/getting-started.md"} {
		run := 0
		for _, b := range blocks(t, document) {
			how, err := b.Running()
			switch {
			case err != nil:
				t.Errorf("%s: %v", document, err)
			case b.LooksLikeCommands():
				t.Errorf("%s:%d: these are commands: call the block sh or console, so that they are run", document, b.Line)
			case b.Commands() == "" && b.Mark != "":
				t.Errorf("%s:%d: the mark %q is for a block of commands", document, b.Line, b.Mark)
			case b.Commands() != "" && how.Skip == "":
				run++
			}
		}
		if run < 5 {
			t.Errorf("%s: only %d blocks are run", document, run)
		}
	}
}

// The README's reader has a server and an agent: the lab plays them.
func TestTheBlocksOfTheReadmeRun(t *testing.T) {
	t.Parallel()
	lab, err := labproc.Start(t.Context(), labPath(t), os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := lab.Stop(); err != nil {
			t.Error(err)
		}
	})
	runAll(t, "README.md", []string{
		"LIVEKIT_URL=" + lab.URL, "LIVEKIT_API_KEY=" + lab.APIKey, "LIVEKIT_API_SECRET=" + lab.APISecret, "AGENT_NAME=" + lab.AgentName,
	})
}

// Who gets started has nothing yet.
func TestTheBlocksOfGettingStartedRun(t *testing.T) {
	t.Parallel()
	labPath(t)
	runAll(t, "docs/getting-started.md", nil)
}

// runAll runs the blocks of a document one after the other, each as a subtest that
// is skipped with the reason that the document gives.
func runAll(t *testing.T, document string, environment []string) {
	t.Helper()
	s := newSession(t, environment)
	for _, b := range blocks(t, document) {
		commands := b.Commands()
		how, err := b.Running()
		if commands == "" || err != nil {
			continue // Another test has said so.
		}
		title, _, _ := strings.Cut(strings.TrimSpace(commands), "\n")
		ok := t.Run(title, func(t *testing.T) {
			if how.Skip != "" {
				t.Skipf("%s:%d: not run here: it %s", document, b.Line, how.Skip)
			}
			for _, program := range how.Needs {
				if _, err := exec.LookPath(program); err != nil {
					t.Skipf("%s:%d: there is no %s on this machine", document, b.Line, program)
				}
			}
			if how.Ready != "" {
				s.start(t, commands, how.Ready)
				return
			}
			s.run(t, commands, how.Exit)
		})
		if !ok {
			t.Fatalf("%s:%d: what follows depends on this block", document, b.Line)
		}
	}
}
