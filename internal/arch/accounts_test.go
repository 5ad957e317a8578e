package arch_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// row is a row of the table of components in THIRD_PARTY_NOTICES.md.
type row struct{ version, licence string }

// noticed reads that table.
func noticed(markdown string) map[string]row {
	rows := map[string]row{}
	for line := range strings.Lines(markdown) {
		cells := strings.Split(line, "|")
		if len(cells) < 5 || !strings.HasPrefix(line, "| ") {
			continue
		}
		rows[strings.TrimSpace(cells[1])] = row{strings.TrimSpace(cells[2]), strings.TrimSpace(cells[3])}
	}
	return rows
}

// unnoticed says which linked modules, path to version, a table of components
// misses.
func unnoticed(linked map[string]string, rows map[string]row) []string {
	var missing []string
	for _, path := range slices.Sorted(maps.Keys(linked)) {
		switch r, listed := rows[path]; {
		case !listed:
			missing = append(missing, path+" is linked and not listed")
		case r.version != linked[path]:
			missing = append(missing, fmt.Sprintf("%s is linked at %s and listed at %s", path, linked[path], r.version))
		case r.licence == "":
			missing = append(missing, path+" is listed without a licence")
		}
	}
	return missing
}

func TestEveryLinkedModuleIsInTheNotices(t *testing.T) {
	linked := map[string]string{}
	for _, p := range listPackages(t, "./cmd/callprobe") {
		if p.Module != nil && p.Module.Path != "callprobe" {
			linked[p.Module.Path] = p.Module.Version
		}
	}
	if len(linked) == 0 {
		t.Fatal("no module of others is linked into callprobe: the list cannot be right")
	}
	text := readFile(t, "THIRD_PARTY_NOTICES.md")
	for _, m := range unnoticed(linked, noticed(text)) {
		t.Errorf("THIRD_PARTY_NOTICES.md: %s: run make notices", m)
	}
	if !strings.Contains(text, "Xiph.Org, Skype Limited, Octasic") {
		t.Error("THIRD_PARTY_NOTICES.md lacks the notice of libopus, of which the codec is a port: run make notices")
	}
}

func TestUnnoticedCatches(t *testing.T) {
	const table = "| component | version | licence (SPDX) | copyright |\n|---|---|---|---|\n| example.org/a | v1.0.0 | MIT | A |\n| example.org/b | v1.0.0 |  | B |\n"
	tests := []struct {
		name, path, version string
		want                []string
	}{
		{"a listed module is fine", "example.org/a", "v1.0.0", nil},
		{"another version", "example.org/a", "v1.1.0", []string{"example.org/a is linked at v1.1.0 and listed at v1.0.0"}},
		{"no licence", "example.org/b", "v1.0.0", []string{"example.org/b is listed without a licence"}},
		{"not listed", "example.org/c", "v1.0.0", []string{"example.org/c is linked and not listed"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := unnoticed(map[string]string{test.path: test.version}, noticed(table)); !slices.Equal(got, test.want) {
				t.Errorf("unnoticed = %q, want %q", got, test.want)
			}
		})
	}
}

// TestEveryRequiredModuleHasAReason holds docs/dependencies.md to the modules
// that this one and the lab ask for by name.
func TestEveryRequiredModuleHasAReason(t *testing.T) {
	text := readFile(t, "docs/dependencies.md")
	for _, file := range []string{"go.mod", "lab/go.mod", "deploy/packages/go.mod"} {
		for path, version := range required(t, file) {
			if within(path, "callprobe") {
				continue
			}
			if !strings.Contains(text, "`"+path+"`") {
				t.Errorf("%s requires %s %s, and docs/dependencies.md does not say why", file, path, version)
			}
		}
	}
}

// required returns the modules that a go.mod requires directly.
func required(t *testing.T, file string) map[string]string {
	t.Helper()
	readFile(t, file) // so that a change of it is not answered from the cache of tests
	ctx, cancel := context.WithTimeout(t.Context(), goListLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, "go", "mod", "edit", "-json", file)
	cmd.Dir = root
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go mod edit -json %s: %v\n%s", file, err, stderr.String())
	}
	var mod struct {
		Require []struct {
			Path, Version string
			Indirect      bool
		}
	}
	if err := json.Unmarshal(out, &mod); err != nil {
		t.Fatalf("read what go mod edit says of %s: %v", file, err)
	}
	direct := map[string]string{}
	for _, r := range mod.Require {
		if !r.Indirect {
			direct[r.Path] = r.Version
		}
	}
	if len(direct) == 0 {
		t.Fatalf("%s requires nothing: it cannot have been read right", file)
	}
	return direct
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
