package main

import (
	"context"
	"fmt"
	"io"
	"runtime/debug"
	"strings"

	"github.com/alecthomas/kingpin/v2"
)

// manCommand prints the manual page. Kingpin's own lacks what a page needs to be
// found by its name, and leaves marks of roff in texts as they are.
type manCommand struct{ cli *kingpin.Application }

func (c *manCommand) register(cli *kingpin.Application) *kingpin.CmdClause {
	c.cli = cli
	return cli.Command("man", "Print the manual page: callprobe man | man -l -.")
}

func (c *manCommand) run(_ context.Context, s streams) (int, error) {
	version := "unknown"
	if info, ok := debug.ReadBuildInfo(); ok {
		version = info.Main.Version
	}
	if _, err := io.WriteString(s.out, manPage(c.cli.Model(), version)); err != nil {
		return exitUsage, fmt.Errorf("print manual page: %w", err)
	}
	return exitPassed, nil
}

// manEnd is what the flags cannot tell.
const manEnd = `.SH EXIT STATUS
.TP
.B 0
passed: the agent met every expectation
.TP
.B 1
failed: the agent did not
.TP
.B 2
wrong usage or configuration, or a call that could not be evaluated or kept
.TP
.B 3
inconclusive: the call says nothing about the agent
.SH ENVIRONMENT
.TP
.B LIVEKIT_URL
Address of the LiveKit server where no flag and no configuration names one.
.TP
.B LIVEKIT_API_KEY, LIVEKIT_API_SECRET
Credentials where no file is named. A configuration says itself which variables it reads.
.SH SEE ALSO
.BR prometheus (1),
.BR systemd.timer (5),
.BR crontab (5)
`

// manPage writes the page for a version, with every command that is not hidden.
func manPage(model *kingpin.ApplicationModel, version string) string {
	var b strings.Builder
	fmt.Fprintf(&b, ".TH CALLPROBE 1 \"\" %q \"User Commands\"\n", roff("callprobe "+version))
	fmt.Fprintf(&b, ".SH NAME\ncallprobe \\- a synthetic caller for LiveKit voice agents\n")
	b.WriteString(".SH SYNOPSIS\n.B callprobe\n.RI [ flags ]\n.I command\n.RI [ argument \\ .\\|.\\|.]\n")
	fmt.Fprintf(&b, ".SH DESCRIPTION\n%s\n", roff(model.Help))
	b.WriteString(".SH OPTIONS\n")
	manFlags(&b, model.Flags)
	b.WriteString(".SH COMMANDS\n")
	for _, c := range model.Commands {
		if c.Hidden {
			continue
		}
		fmt.Fprintf(&b, ".SS %q\n", roff(strings.TrimSpace("callprobe "+c.Name+" "+usage(c))))
		fmt.Fprintf(&b, "%s\n", roff(c.Help))
		for _, a := range c.Args {
			fmt.Fprintf(&b, ".TP\n.I %s\n%s\n", roff(a.Name), roff(a.Help))
		}
		manFlags(&b, c.Flags)
	}
	b.WriteString(manEnd)
	return b.String()
}

// usage shows the flags and arguments of a command in a few words.
func usage(c *kingpin.CmdModel) string {
	text := c.FlagSummary()
	if len(c.Args) > 0 {
		text += " " + c.ArgSummary()
	}
	return strings.TrimSpace(text)
}

// manFlags lists flags as paragraphs.
func manFlags(b *strings.Builder, flags []*kingpin.FlagModel) {
	for _, f := range visible(flags) {
		name := "--" + f.Name
		if f.Short != 0 {
			name = "-" + string(f.Short) + ", " + name
		}
		if !f.IsBoolFlag() {
			name += "=" + f.FormatPlaceHolder()
		}
		fmt.Fprintf(b, ".TP\n.B %s\n%s\n", roff(name), roff(f.Help))
	}
}

// roff marks what would mean something to it.
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`, `"`, `\(dq`, "\n", " ").Replace(text)
	if strings.HasPrefix(text, ".") || strings.HasPrefix(text, "'") {
		return `\&` + text
	}
	return text
}
