package main

import (
	"fmt"
	"runtime/debug"
)

// stamp is the commit where the toolchain cannot know it: it finds none in a
// linked worktree of git, and make tells the linker.
//
//nolint:gochecknoglobals // Only the linker writes it.
var stamp string

// version tells the module's version and the commit, as the Go toolchain built
// them in.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "callprobe (built without module information)"
	}
	module, commit := build()
	return fmt.Sprintf("callprobe %s (%s, %s)", module, commit, info.GoVersion)
}

// build returns the module's version and the commit that it was built from,
// which ends in -dirty where the files were others than the commit's.
func build() (module, commit string) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown", "unknown commit"
	}
	return info.Main.Version, commitOf(info.Settings, stamp)
}

// commitOf reads the commit from what the toolchain recorded, else from what the
// linker was told.
func commitOf(settings []debug.BuildSetting, stamp string) string {
	var commit, dirty string
	for _, s := range settings {
		switch {
		case s.Key == "vcs.revision":
			commit = s.Value
		case s.Key == "vcs.modified" && s.Value == "true":
			dirty = "-dirty"
		}
	}
	switch {
	case commit != "":
		return commit + dirty
	case stamp != "":
		return stamp
	}
	return "unknown commit"
}
