package packages

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// openFolder is a folder that every user may go through to, which t.TempDir is not.
func openFolder(t *testing.T) string {
	t.Helper()
	folder, err := os.MkdirTemp("", "callprobe-image-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(folder); err != nil {
			t.Error(err)
		}
	})
	if err := os.Chmod(folder, 0o755); err != nil { //nolint:gosec // Another user runs what is in it.
		t.Fatal(err)
	}
	return folder
}

// sandbox runs a program in a folder that is its root, which it cannot write to, as
// a user that is not root: as an engine runs an image with --read-only.
const sandbox = `mount --make-rprivate / && mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && user=$2 folder=$1 && shift 2 && exec chroot --userspec="$user" "$folder" "$@"`

func inSandbox(t *testing.T, folder, user string, args ...string) *exec.Cmd {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, "unshare", slices.Concat([]string{"--mount", "sh", "-c", sandbox, "sandbox", folder, user}, args)...)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LIVEKIT_API_KEY=key", "LIVEKIT_API_SECRET=secret"}
	return cmd
}

// canSandbox skips a test on a machine that lets nobody do so.
func canSandbox(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can mount a folder read-only and change to another user: run this test as root")
	}
	if text, err := exec.CommandContext(t.Context(), "unshare", "--mount", "sh", "-c", "mount --make-rprivate / && command -v chroot").CombinedOutput(); err != nil {
		t.Skipf("this machine lets nobody mount or has no unshare and chroot: %v: %s", err, text)
	}
}

const imageConfig = `targets:
  - {name: lab, url: "ws://127.0.0.1:1", api_key_env: LIVEKIT_API_KEY, api_secret_env: LIVEKIT_API_SECRET}
probes:
  - {scenario: opening-hours, cron: "0 4 1 1 *", time_zone: Europe/Berlin}
`

// runImage runs what was unpacked from an image.
func runImage(t *testing.T, file *v1.ConfigFile, folder string) {
	t.Helper()
	place(t, filepath.Join(folder, "etc/callprobe/callprobe.yml"), []byte(imageConfig), 0o644)
	run := func(t *testing.T, args ...string) (string, error) {
		t.Helper()
		canSandbox(t)
		text, err := inSandbox(t, folder, file.Config.User, slices.Concat(file.Config.Entrypoint, args)...).CombinedOutput()
		return string(text), err
	}
	t.Run("callprobe --version works as another user on a read-only root", func(t *testing.T) {
		if text, err := run(t, "--version"); err != nil || !strings.HasPrefix(text, "callprobe ") {
			t.Errorf("%v: %s", err, text)
		}
	})
	// There is no zone database in the image: the binary brings its own.
	t.Run("callprobe check works there, time zones included", func(t *testing.T) {
		if text, err := run(t, "check", "--config.file=/etc/callprobe/callprobe.yml"); err != nil || !strings.Contains(text, "opening-hours") {
			t.Errorf("%v: %s", err, text)
		}
	})
	t.Run("the root is read-only indeed", func(t *testing.T) {
		if text, err := run(t, "run", "--config.file=/etc/callprobe/callprobe.yml", "--textfile=/callprobe.prom"); err == nil || !strings.Contains(text, "read-only file system") {
			t.Errorf("%v: %s", err, text)
		}
	})
	t.Run("its own command is ready, and ends in order", func(t *testing.T) {
		canSandbox(t)
		address := freeAddress(t)
		cmd := inSandbox(t, folder, file.Config.User, slices.Concat(file.Config.Entrypoint, file.Config.Cmd, []string{"--web.listen-address=" + address})...)
		var said strings.Builder
		cmd.Stderr = &said
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		ready := awaitReady(t, "http://"+address+"/-/ready")
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Error(err)
		}
		if err := cmd.Wait(); err != nil || ready != nil {
			t.Errorf("ready: %v; ended: %v\n%s", ready, err, said.String())
		}
	})
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// awaitReady asks until it is answered with 200.
func awaitReady(t *testing.T, url string) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	var last error
	for {
		select {
		case <-ctx.Done():
			return fmt.Errorf("not ready after a minute: %w", last)
		case <-tick.C:
		}
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			last = err
			continue
		}
		if err := answer.Body.Close(); err != nil {
			return err
		}
		if last = fmt.Errorf("status %d", answer.StatusCode); answer.StatusCode == http.StatusOK {
			return nil
		}
	}
}
