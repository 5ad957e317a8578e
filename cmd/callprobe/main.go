// Command callprobe calls a voice agent as a real caller would and says how
// long the caller waited and what the agent understood.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alecthomas/kingpin/v2"

	"callprobe/internal/app"
	"callprobe/probe"
	"callprobe/probe/livekit"
)

// Exit codes.
const (
	exitPassed       = 0
	exitFailed       = 1
	exitUsage        = 2
	exitInconclusive = 3
)

func main() {
	livekit.SilenceSDK()
	app.SpareThreads()
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr, os.Getenv))
}

// streams are what a command reads and writes. Data goes to out, what is for
// people to errOut.
type streams struct {
	out, errOut io.Writer
	getenv      func(string) string
}

// command is one sub-command: it registers its flags and carries itself out.
type command interface {
	register(app *kingpin.Application) *kingpin.CmdClause
	run(ctx context.Context, s streams) (exit int, err error)
}

// newCLI declares the command line, and says which command carries out what is
// selected. docs/command-line.md is made of it.
func newCLI(out, errOut io.Writer) (*kingpin.Application, map[string]command) {
	cli := kingpin.New("callprobe", "A synthetic caller for LiveKit voice agents: it calls, listens, and answers with numbers that can be trusted.")
	cli.HelpFlag.Short('h')
	cli.UsageWriter(out)
	cli.ErrorWriter(errOut)
	cli.Terminate(func(code int) { panic(exit(code)) })
	cli.Version(version())
	cli.VersionFlag.Help("Print the version and exit.")
	byName := map[string]command{}
	for _, c := range []command{&callCommand{}, &checkCommand{}, &drillCommand{}, &replayCommand{}, &rulesCommand{}, &runCommand{}, &serveCommand{}, &vadCommand{}, &werCommand{}, &selftestCommand{}, &completionCommand{}, &completeCommand{}, &manCommand{}} {
		byName[c.register(cli).FullCommand()] = c
	}
	return cli, byName
}

func run(args []string, out, errOut io.Writer, getenv func(string) string) int {
	if len(args) == 0 {
		// A script whose command came out empty must not take this for success.
		out = errOut
	}
	cli, byName := newCLI(out, errOut)
	selected, code, err := parse(cli, args)
	if code >= 0 && len(args) == 0 {
		return exitUsage
	}
	if code >= 0 {
		return code
	}
	if err != nil {
		say(errOut, err)
		say(errOut, errors.New(usageHint(cli, args, err)))
		return exitUsage
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// A second interrupt ends the program at once.
	context.AfterFunc(ctx, stop)
	code, err = byName[selected].run(ctx, streams{out, errOut, getenv})
	if err != nil {
		say(errOut, err)
	}
	return code
}

// exit is how the flag parser ends after --help and --version, which are
// neither commands nor errors.
type exit int

// parse returns the selected command, or the exit code when there is nothing
// left to do; otherwise that is -1.
func parse(cli *kingpin.Application, args []string) (selected string, code int, err error) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case exit:
			code = int(r)
		default:
			panic(r)
		}
	}()
	selected, err = cli.Parse(args)
	return selected, -1, err
}

// say prints an error for people, every line of a joined one marked.
func say(w io.Writer, err error) {
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range many.Unwrap() {
			say(w, e)
		}
		return
	}
	// Errors that stand within another one go on below it.
	_, _ = fmt.Fprintf(w, "callprobe: %s\n", strings.ReplaceAll(err.Error(), "\n", "\n           "))
}

// exitCode is that of the worst verdict: a failed agent outweighs a call that
// says nothing.
func exitCode(reports []*probe.Report) int {
	code := exitPassed
	for _, r := range reports {
		switch r.Verdict {
		case probe.Failed:
			return exitFailed
		case probe.Inconclusive:
			code = exitInconclusive
		case probe.Passed:
		}
	}
	return code
}
