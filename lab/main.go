// Lab runs a LiveKit server and a reference voice agent with known truth, for
// demonstrations and end-to-end tests of callprobe. See lab --help.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/livekit/protocol/logger"
	lksdk "github.com/livekit/server-sdk-go/v2"
)

// Exit codes.
const (
	exitOK = iota
	exitFailed
	exitUsage
)

func main() {
	lksdk.SetLogger(logger.GetDiscardLogger())
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is main without the process around it.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	var s settings
	app := newFlags(&s)
	app.UsageWriter(stdout).ErrorWriter(stderr)
	helped := false
	app.Terminate(func(int) { helped = true })
	_, err := app.Parse(args)
	switch {
	case helped:
		return exitOK
	case err != nil:
		_, _ = fmt.Fprintf(stderr, "lab: %v; see lab --help\n", err)
		return exitUsage
	}
	l, err := prepare(s, stdout, stderr)
	if err != nil {
		_, _ = fmt.Fprintf(stderr, "lab: %v\n", err)
		return exitUsage
	}
	defer l.close()
	if err := l.run(ctx, stdin); err != nil {
		_, _ = fmt.Fprintf(stderr, "lab: %v\n", err)
		return exitFailed
	}
	return exitOK
}
