package app

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"callprobe/internal/filelock"
)

// holdRecordings keeps other processes out of the folder in which calls are
// kept: each would remove what the other is writing, and prune what it does not
// know. Where there is no folder, or no lock can be had in it, nothing is held.
func holdRecordings(dir string) (release func(), err error) {
	nothing := func() {}
	if dir == "" || os.MkdirAll(dir, 0o750) != nil {
		return nothing, nil
	}
	lock, err := filelock.Hold(filepath.Join(dir, ".lock"))
	if errors.Is(err, filelock.ErrHeld) {
		return nil, fmt.Errorf("open history: %w; end that callprobe, or give this one a recording.dir of its own", err)
	}
	if err != nil {
		return nothing, nil //nolint:nilerr // The history itself says what is wrong with its folder.
	}
	return func() { _ = lock.Close() }, nil
}
