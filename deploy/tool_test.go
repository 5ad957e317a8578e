package deploy_test

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// toolLimit bounds one run of promtool or amtool: it takes seconds on an idle
// machine.
const toolLimit = 5 * time.Minute

// tool returns the path of a tool: the one that the environment variable names,
// else the one of this machine. Without it the test is skipped.
func tool(t *testing.T, variable, name string) string {
	t.Helper()
	if path := os.Getenv(variable); path != "" {
		return path
	}
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("there is no %s: install Debian's package (prometheus, prometheus-alertmanager), or name another with %s", name, variable)
	}
	return path
}

func promtool(t *testing.T) string {
	t.Helper()
	return tool(t, "CALLPROBE_PROMTOOL", "promtool")
}

func amtool(t *testing.T) string {
	t.Helper()
	return tool(t, "CALLPROBE_AMTOOL", "amtool")
}

// invoke runs a tool and returns what it said.
func invoke(t *testing.T, path string, args ...string) (out string, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), toolLimit)
	defer cancel()
	text, err := exec.CommandContext(ctx, path, args...).CombinedOutput()
	if ctx.Err() != nil {
		t.Fatalf("%s %s: not done after %v", path, strings.Join(args, " "), toolLimit)
	}
	return string(text), err
}

// folderOf makes a folder with the files that are given, by path.
func folderOf(t *testing.T, files map[string]string) string {
	t.Helper()
	folder, content := t.TempDir(), fstest.MapFS{}
	for name, text := range files {
		content[name] = &fstest.MapFile{Data: []byte(text)}
	}
	if err := os.CopyFS(folder, content); err != nil {
		t.Fatal(err)
	}
	return folder
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// turns lets two tests at a time run a tool.
type turns chan struct{}

func newTurns() turns { return make(turns, 2) }

func (c turns) take() (giveBack func()) {
	c <- struct{}{}
	return func() { <-c }
}
