package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// sharedFile is a configuration of four targets that nobody listens at.
func sharedFile(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	var text strings.Builder
	text.WriteString("targets:\n")
	for _, name := range []string{"lab", "prod", "sales-eu", "sales-us"} {
		fmt.Fprintf(&text, "  - {name: %s, url: \"ws://127.0.0.1:1\", api_key_file: key, api_secret_file: key}\n", name)
	}
	text.WriteString("probes: [{scenario: quiet.yaml}]\n")
	for name, content := range map[string]string{"callprobe.yml": text.String(), "key": "k", "quiet.yaml": "turns: [{silence: 1s}]\n"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(folder, "callprobe.yml")
}

func TestCheckListsWhichTargetsFallToWhichShard(t *testing.T) {
	file := sharedFile(t)
	got := runHere(t, "check", "--config.file="+file, "--shard.count=5")
	want := "shard 0: 1 targets sales-us\nshard 1: 0 targets\nshard 2: 1 targets lab\nshard 3: 2 targets prod sales-eu\nshard 4: 0 targets\n"
	if got.code != exitPassed || got.out != want {
		t.Errorf("exit %d: %s%s", got.code, got.out, got.errOut)
	}
	for _, args := range [][]string{{"--shard.count=-1", "--config.file=" + file}, {"--shard.count=5"}, {"--shard.count=1001", "--config.file=" + file}} {
		if got := runHere(t, append([]string{"check"}, args...)...); got.code != exitUsage || !strings.Contains(got.errOut, "--shard.count") {
			t.Errorf("%v: exit %d: %s%s", args, got.code, got.out, got.errOut)
		}
	}
}

func TestRunOfAShardCallsItsOwnTargetsOnly(t *testing.T) {
	file := sharedFile(t)
	got := runHere(t, "run", "--config.file="+file, "--shard.count=5", "--shard.index=0")
	if got.code != exitInconclusive || !strings.Contains(got.out, "sales-us") || strings.Contains(got.out, "sales-eu") || strings.Contains(got.out, "prod") {
		t.Errorf("exit %d: %s%s", got.code, got.out, got.errOut)
	}
	got = runHere(t, "run", "--config.file="+file, "--shard.count=5", "--shard.index=1")
	if got.code != exitPassed || !strings.Contains(got.errOut, "falls to shard 1 of 5") {
		t.Errorf("a shard of nothing: exit %d: %s%s", got.code, got.out, got.errOut)
	}
	for _, command := range []string{"run", "serve"} {
		if got = runHere(t, command, "--config.file="+file, "--shard.index=1"); got.code != exitUsage || !strings.Contains(got.errOut, "--shard.count=0") {
			t.Errorf("%s of an index without a count: exit %d: %s%s", command, got.code, got.out, got.errOut)
		}
	}
}
