package main

import (
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
)

func TestTheCommitIsThatOfTheToolchainElseThatOfTheLinker(t *testing.T) {
	revision := debug.BuildSetting{Key: "vcs.revision", Value: "abc"}
	for _, tc := range []struct {
		name     string
		settings []debug.BuildSetting
		stamp    string
		want     string
	}{
		{"files as they are in the commit", []debug.BuildSetting{revision, {Key: "vcs.modified", Value: "false"}}, "", "abc"},
		{"files that were changed", []debug.BuildSetting{revision, {Key: "vcs.modified", Value: "true"}}, "", "abc-dirty"},
		{"a linked worktree", nil, "def-dirty", "def-dirty"},
		{"both say one: the toolchain looked itself", []debug.BuildSetting{revision}, "def", "abc"},
		{"neither says one", nil, "", "unknown commit"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := commitOf(tc.settings, tc.stamp); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestVersionIsOneLineOnStdout(t *testing.T) {
	got := runHere(t, "--version")
	if got.code != exitPassed || strings.Count(got.out, "\n") != 1 || !strings.HasPrefix(got.out, "callprobe ") || !strings.HasSuffix(got.out, ", "+runtime.Version()+")\n") {
		t.Errorf("exit %d: stdout %q, stderr %q", got.code, got.out, got.errOut)
	}
}
