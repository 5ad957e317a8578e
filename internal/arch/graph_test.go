package arch_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// root is the module's folder, seen from this package's.
const root = "../.."

// goListLimit bounds one run of the go command: a cold one reads the metadata of a
// few hundred packages.
const goListLimit = 3 * time.Minute

// pkg is what go list tells about a package.
type pkg struct {
	ImportPath string
	Imports    []string
	Deps       []string
	CgoFiles   []string
	Standard   bool
	Module     *struct{ Path, Version string }
}

// graph holds packages by import path.
type graph map[string]pkg

// own returns the packages of this module.
func (g graph) own() graph {
	own := graph{}
	for path, p := range g {
		if isOwn(path) {
			own[path] = p
		}
	}
	return own
}

// isOwn reports whether an import path is of this module.
func isOwn(path string) bool { return within(path, "callprobe") }

// within reports whether path is prefix or below it.
func within(path, prefix string) bool {
	rest, found := strings.CutPrefix(path, strings.TrimSuffix(prefix, "/"))
	return found && (rest == "" || rest[0] == '/')
}

// listPackages loads the packages that the patterns name and all they depend
// on, as a build without cgo sees them. It lists code only, not tests.
func listPackages(t *testing.T, patterns ...string) graph {
	t.Helper()
	watchSources(t)
	ctx, cancel := context.WithTimeout(t.Context(), goListLimit)
	defer cancel()
	args := append([]string{"list", "-deps", "-json=ImportPath,Imports,Deps,CgoFiles,Standard,Module"}, patterns...)
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list %s: %v\n%s", strings.Join(patterns, " "), err, stderr.String())
	}
	g, err := parseGraph(bytes.NewReader(out))
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func parseGraph(r io.Reader) (graph, error) {
	g := graph{}
	for dec := json.NewDecoder(r); ; {
		var p pkg
		err := dec.Decode(&p)
		if errors.Is(err, io.EOF) {
			return g, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read the output of go list: %w", err)
		}
		g[p.ImportPath] = p
	}
}

// watchSources lists every folder of the module. A passing test is cached
// while the files and folders that it opened stay the same, and go list opens
// the sources in a process of its own: without this a new import would meet a
// cached "ok".
func watchSources(t *testing.T) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil && errors.Is(err, fs.ErrNotExist):
			return nil // something else cleans up at the same time
		case err != nil:
			return err
		case d.IsDir() && path != root && (strings.HasPrefix(d.Name(), ".") || d.Name() == "bin" || d.Name() == "testdata"):
			return fs.SkipDir
		}
		return nil
	})
	if err != nil {
		t.Fatalf("walk the module: %v", err)
	}
}
