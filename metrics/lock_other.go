//go:build !unix

package metrics

import "os"

// lockFile opens the file and does not lock it: this system has no such locks,
// and two runs at once could lose what one of them counted.
func lockFile(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644) //nolint:gosec // The user names the file, and there is nothing in it.
}
