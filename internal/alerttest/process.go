package alerttest

import (
	"context"

	"callprobe/internal/process"
)

// Process is a server that runs beside a test.
type Process = process.Process

// StartProcess starts a program, with its output in a file of folder, and
// returns when an address answers 200.
func StartProcess(ctx context.Context, folder, ready string, env []string, path string, args ...string) (*Process, error) {
	return process.Start(ctx, folder, ready, env, path, args...)
}

// FreeAddress returns an address on loopback where nothing listens.
func FreeAddress(ctx context.Context) (string, error) { return process.FreeAddress(ctx) }
