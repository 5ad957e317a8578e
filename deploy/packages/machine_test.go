package packages

import (
	"bufio"
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// What the lab accepts; everybody knows it.
const (
	labKey    = "devkey"
	labSecret = "for-the-callprobe-lab-only-never-in-production"
)

// aMachine prepares the folder that testdata/machine.sh finds as /mnt: the programs,
// a configuration that calls the lab, and more files by path.
func aMachine(t *testing.T, config string, files map[string]string) string {
	t.Helper()
	lab := os.Getenv("CALLPROBE_LAB")
	if lab == "" {
		t.Skip("CALLPROBE_LAB names no binary of the lab: make test-deploy builds one")
	}
	canSandbox(t)
	for _, program := range []string{"ip", "nsenter"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("there is no %s: install Debian's packages iproute2 and util-linux", program)
		}
	}
	folder := openFolder(t)
	place(t, filepath.Join(folder, "callprobe"), []byte(read(t, binary(t))), 0o755)
	place(t, filepath.Join(folder, "callprobe-lab"), []byte(read(t, lab)), 0o755)
	place(t, filepath.Join(folder, "callprobe.yml"), []byte(config), 0o644)
	for name, text := range files {
		place(t, filepath.Join(folder, name), []byte(text), 0o644)
	}
	scripts, err := filepath.Glob("testdata/*.sh")
	if err != nil {
		t.Fatal(err)
	}
	for _, script := range scripts {
		place(t, filepath.Join(folder, filepath.Base(script)), []byte(read(t, script)), 0o755)
	}
	return folder
}

// boot runs a program on that machine until the test ends, with all that it starts.
// What it says is in the file said of the folder.
func boot(t *testing.T, folder string, program ...string) {
	t.Helper()
	said, err := os.Create(filepath.Join(folder, "said"))
	if err != nil {
		t.Fatal(err)
	}
	groups := controlGroups(t, filepath.Base(folder))
	join := "for g in " + strings.Join(groups, " ") + `; do echo $$ >"$g/cgroup.procs" || exit 1; done; exec "$@"`
	args := slices.Concat([]string{"-c", join, "join", "unshare", "--mount", "--pid", "--fork", "--uts", "--ipc", "--net", "--cgroup", "--kill-child",
		"bash", folder + "/machine.sh", folder}, program)
	// Killing it ends whatever runs on that machine, for it takes its first process along.
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, "sh", args...)
	cmd.Stdout, cmd.Stderr = said, said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		_ = cmd.Wait()
		_ = said.Close()
		removeGroups(t, groups)
	})
}

// controlGroups makes one below that of this process in every hierarchy that
// systemd writes to, so that what it makes there can be found and removed.
func controlGroups(t *testing.T, name string) []string {
	t.Helper()
	file, err := os.Open("/proc/self/cgroup")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	var groups []string
	for lines := bufio.NewScanner(file); lines.Scan(); {
		fields := strings.SplitN(lines.Text(), ":", 3)
		hierarchy := strings.TrimPrefix(fields[1], "name=")
		if hierarchy == "" {
			hierarchy = "unified"
		}
		if hierarchy == "cpuset" {
			continue // A new one has no processors, and systemd leaves it alone.
		}
		mount := filepath.Join("/sys/fs/cgroup", hierarchy)
		if _, err := os.Stat(mount); err != nil {
			mount = "/sys/fs/cgroup"
		}
		group := filepath.Join(mount, fields[2], name)
		if err := os.Mkdir(group, 0o755); err != nil { //nolint:gosec // As the kernel's own are.
			t.Skipf("this machine lets nobody make control groups: %v", err)
		}
		groups = append(groups, group)
	}
	return groups
}

// removeGroups removes them once the kernel has buried the processes in them.
func removeGroups(t *testing.T, groups []string) {
	t.Helper()
	var left error
	gone := eventually(context.Background(), 10*time.Second, func() bool {
		left = nil
		for _, group := range groups {
			var folders []string
			_ = filepath.WalkDir(group, func(path string, entry fs.DirEntry, err error) error {
				if err == nil && entry.IsDir() {
					folders = append(folders, path)
				}
				return nil
			})
			for _, folder := range slices.Backward(folders) {
				left = errors.Join(left, os.Remove(folder))
			}
		}
		return left == nil
	})
	if !gone {
		t.Error(left)
	}
}

// eventually asks until it is so, and says whether it came to be in time.
func eventually(ctx context.Context, limit time.Duration, so func() bool) bool {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for !so() {
		select {
		case <-ctx.Done():
			return false
		case <-tick.C:
		}
	}
	return true
}

// exists says whether a file is there and holds all of texts.
func exists(path string, texts ...string) bool {
	data, err := os.ReadFile(path)
	return err == nil && !slices.ContainsFunc(texts, func(text string) bool { return !strings.Contains(string(data), text) })
}
