package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// module is a module at a version, and the folder that holds it.
type module struct{ path, version, dir string }

// platforms are those that callprobe is built for. Some modules are linked on
// some of them only.
func platforms() []string {
	return []string{"linux/amd64", "linux/arm64", "darwin/arm64", "windows/amd64"}
}

// linked returns the modules of others that the command callprobe links on any
// platform, in order.
func linked(ctx context.Context, root string) ([]module, error) {
	found := map[module]bool{}
	for _, p := range platforms() {
		goos, goarch, _ := strings.Cut(p, "/")
		const format = `{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}} {{.Dir}}{{end}}{{end}}`
		cmd := exec.CommandContext(ctx, "go", "list", "-deps", "-f", format, "./cmd/callprobe")
		cmd.Dir = root
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+goos, "GOARCH="+goarch)
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil {
			return nil, fmt.Errorf("list what is linked on %s: %w: %s", p, err, stderr.String())
		}
		for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
			if f := strings.SplitN(lines.Text(), " ", 3); len(f) == 3 {
				found[module{f[0], f[1], f[2]}] = true
			}
		}
	}
	var modules []module
	for m := range found {
		modules = append(modules, m)
	}
	slices.SortFunc(modules, func(a, b module) int { return strings.Compare(a.path, b.path) })
	return modules, nil
}

// goLicence returns the Go distribution as a component: its runtime and
// standard library are linked too.
func goLicence(ctx context.Context) (component, error) {
	out, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err != nil {
		return component{}, fmt.Errorf("find the Go distribution: %w", err)
	}
	dir := strings.TrimSpace(string(out))
	c := component{name: "Go runtime and standard library"}
	for _, name := range []string{"LICENSE", "PATENTS"} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return component{}, fmt.Errorf("read the licence of Go: %w", err)
		}
		c.files = append(c.files, classify(string(text)))
	}
	return c, nil
}
