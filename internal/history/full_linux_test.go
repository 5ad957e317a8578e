package history

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func TestAFullDiskFailsNoProbe(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=2m"); err != nil {
		t.Skipf("needs a small disk of its own to fill, and none can be mounted: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	filler := filepath.Join(dir, "filler")
	troubled(t, filepath.Join(dir, "history"), func() {
		if err := os.WriteFile(filler, make([]byte, 4<<20), 0o600); err == nil {
			t.Fatal("the disk is not full")
		}
	}, func() {
		if err := os.Remove(filler); err != nil {
			t.Fatal(err)
		}
	})
}
