package filelock

import (
	"errors"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestAFileIsHeldOnceUntilItIsLetGo(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("this system has no such locks")
	}
	path := filepath.Join(t.TempDir(), "lock")
	first, err := Hold(path)
	if err != nil {
		t.Fatal(err)
	}
	if second, err := Hold(path); !errors.Is(err, ErrHeld) || second != nil || !strings.Contains(err.Error(), path) {
		t.Errorf("held twice: %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := Hold(path)
	if err != nil {
		t.Fatalf("after it was let go: %v", err)
	}
	if err := again.Close(); err != nil {
		t.Error(err)
	}
}

func TestWhatIsNotHeldIsAnotherError(t *testing.T) {
	if _, err := Hold(filepath.Join(t.TempDir(), "no", "lock")); err == nil || errors.Is(err, ErrHeld) {
		t.Errorf("got %v", err)
	}
}
