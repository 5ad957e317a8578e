// Package filelock keeps two processes from using the same files at once.
package filelock

import "errors"

// ErrHeld is wrapped by the error of a lock that another process holds.
var ErrHeld = errors.New("another process is using it")
