package main

import (
	"fmt"
	"runtime/debug"
)

// version tells the module's version and commit, as the Go toolchain built
// them in.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "callprobe (built without module information)"
	}
	module, commit := build()
	return fmt.Sprintf("callprobe %s (%s, %s)", module, commit, info.GoVersion)
}

// build returns the module's version and the commit that it was built from.
func build() (module, commit string) {
	commit = "unknown commit"
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown", commit
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			commit = s.Value
		}
	}
	return info.Main.Version, commit
}
