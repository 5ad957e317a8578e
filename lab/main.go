// Lab runs a LiveKit server and a reference voice agent with known truth, for
// demonstrations and end-to-end tests of callprobe. See lab --help.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"syscall"

	"callprobe/lab/server"
)

// Exit codes.
const (
	exitOK = iota
	exitFailed
	exitUsage
)

// threadsPerCore is how many threads may compute at once on each core. The agent
// recognizes speech while it sends and reads packets: with more threads than
// cores the kernel lets a thread that has slept go before one that computes,
// where Go's own scheduler would let that go on for 10 ms.
const threadsPerCore = 4

func main() {
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(threadsPerCore * runtime.GOMAXPROCS(0))
	}
	logs := server.CaptureLogs()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], stdio{os.Stdin, os.Stdout, os.Stderr}, logs)
	stop()
	os.Exit(code)
}

// stdio is what the program reads and writes.
type stdio struct {
	in       io.Reader
	out, err io.Writer
}

// run is main without the process around it.
func run(ctx context.Context, args []string, std stdio, logs *server.Logs) int {
	var s settings
	app := newFlags(&s)
	app.UsageWriter(std.out).ErrorWriter(std.err)
	helped := false
	app.Terminate(func(int) { helped = true })
	_, err := app.Parse(args)
	switch {
	case helped:
		return exitOK
	case err != nil:
		_, _ = fmt.Fprintf(std.err, "lab: %v; see lab --help\n", err)
		return exitUsage
	}
	l, err := prepare(s, std, logs)
	if err != nil {
		_, _ = fmt.Fprintf(std.err, "lab: %v\n", err)
		return exitUsage
	}
	defer l.close()
	if err := l.run(ctx); err != nil {
		_, _ = fmt.Fprintf(std.err, "lab: %v\n", err)
		return exitFailed
	}
	return exitOK
}
