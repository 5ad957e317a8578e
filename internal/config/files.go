package config

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
)

// files are the files that a configuration is made of, and how each was just
// before it was read.
type files map[string]string

// add notes a file that is about to be read.
func (f files) add(path string) {
	if _, known := f[path]; !known {
		f[path] = state(path)
	}
}

// state changes when a file does.
func state(path string) string {
	info, err := os.Stat(path)
	if err != nil {
		return "missing"
	}
	return fmt.Sprint(info.Size(), info.ModTime().UnixNano(), info.Mode())
}

// Files returns the files that were looked for, in alphabetical order.
func (c *Config) Files() []string { return slices.Sorted(maps.Keys(c.files)) }

// AsRead returns a text for the files as they were when they were read. As long
// as it equals AsFound, loading would yield the same again.
func (c *Config) AsRead() string {
	var b strings.Builder
	for _, path := range c.Files() {
		fmt.Fprintln(&b, path, c.files[path])
	}
	return b.String()
}

// AsFound returns a text for the same files as they are now.
func (c *Config) AsFound() string {
	var b strings.Builder
	for _, path := range c.Files() {
		fmt.Fprintln(&b, path, state(path))
	}
	return b.String()
}
