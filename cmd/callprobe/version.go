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
	commit := "unknown commit"
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			commit = s.Value
		}
	}
	return fmt.Sprintf("callprobe %s (%s, %s)", info.Main.Version, commit, info.GoVersion)
}
