package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzLoad holds the promise that whatever is in a file, loading ends with a
// configuration or with errors that name a file.
func FuzzLoad(f *testing.F) {
	for _, seed := range []string{
		"targets: [" + goodTarget + "]\nprobes: [{scenario: no.yaml, targets: [prod]}]\n",
		"targets: [{}]\nprobes: [{}]", "targets: {}\nprobes: {}", "targets: [[]]", "targets: [{name: [a]}]", "targets: *a", "{", "",
		"targets: [{api_key_file: ../../../../../../dev/zero}]", "targets: [{api_secret_file: \"\\0\"}]", "targets: [{url: \"wss://[\"}]",
		"probes: [{scenario: \"\\0.yaml\"}, {scenario: ../callprobe.yml}, {scenario: /}]",
	} {
		f.Add([]byte(seed))
	}
	path := filepath.Join(f.TempDir(), "callprobe.yml")
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := Load(path, environment)
		if err != nil {
			if !strings.Contains(err.Error(), "callprobe.yml") {
				t.Errorf("error names no file: %v", err)
			}
			return
		}
		if _, err := c.Target(c.Targets[0].Name); err != nil {
			t.Error(err)
		}
	})
}
