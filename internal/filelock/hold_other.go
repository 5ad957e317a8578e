//go:build !unix

package filelock

import "os"

// Hold opens the file and does not lock it: this system has no such locks, and
// two processes at once could lose what one of them wrote.
func Hold(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644) //nolint:gosec // The user names the file, and there is nothing in it.
}
