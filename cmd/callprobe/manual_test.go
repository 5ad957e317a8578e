package main

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/alecthomas/kingpin/v2"

	"callprobe/internal/manual"
)

const commandLinePath = "../../docs/command-line.md"

// commandLine describes all commands in Markdown, as the flag parser has them.
func commandLine() string {
	cli, _ := newCLI(io.Discard, io.Discard)
	var b strings.Builder
	b.WriteString("| command | does |\n|---|---|\n")
	var commands []*kingpin.CmdModel
	for _, c := range cli.Model().FlattenedCommands() {
		if !c.Hidden && c.Name != "help" {
			commands = append(commands, c)
			name := "callprobe " + c.FullCommand
			fmt.Fprintf(&b, "| [`%s`](#%s) | %s |\n", name, strings.ReplaceAll(name, " ", "-"), manual.Cell(c.Help))
		}
	}
	for _, c := range commands {
		fmt.Fprintf(&b, "\n### callprobe %s\n\n%s\n", c.FullCommand, c.Help)
		if len(c.Args) > 0 {
			b.WriteString("\n| argument | meaning |\n|---|---|\n")
		}
		for _, a := range c.Args {
			name := a.Name
			if !a.Required {
				name = "[" + name + "]"
			}
			if _, many := a.Value.(interface{ IsCumulative() bool }); many {
				name += " …"
			}
			fmt.Fprintf(&b, "| `%s` | %s |\n", name, manual.Cell(a.Help))
		}
		writeFlags(&b, c.Flags)
	}
	b.WriteString("\n### Every command\n")
	writeFlags(&b, cli.Model().Flags)
	return b.String()
}

func writeFlags(b *strings.Builder, flags []*kingpin.FlagModel) {
	if len(flags) == 0 {
		return
	}
	b.WriteString("\n| flag | default | meaning |\n|---|---|---|\n")
	for _, f := range flags {
		if f.Hidden {
			continue
		}
		name := "--" + f.Name
		switch {
		case f.IsBoolFlag():
		case f.PlaceHolder != "":
			name += "=" + f.PlaceHolder
		default:
			name += "=VALUE"
		}
		if f.Short != 0 {
			name = "-" + string(f.Short) + ", " + name
		}
		otherwise := "-"
		if len(f.Default) > 0 {
			otherwise = "`" + manual.Cell(strings.Join(f.Default, ", ")) + "`"
		}
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", name, otherwise, manual.Cell(f.HelpWithEnvar()))
	}
}

func TestTheReferenceOfTheCommandLineIsWhatTheProgramSays(t *testing.T) {
	if err := manual.Sync(commandLinePath, "command line", commandLine()); err != nil {
		t.Error(err)
	}
}

func TestEveryFlagAndArgumentSaysWhatItIsFor(t *testing.T) {
	cli, _ := newCLI(io.Discard, io.Discard)
	for _, c := range cli.Model().FlattenedCommands() {
		if c.Help == "" {
			t.Errorf("callprobe %s says nothing of itself", c.FullCommand)
		}
		for _, f := range c.Flags {
			if f.Help == "" {
				t.Errorf("callprobe %s --%s says nothing of itself", c.FullCommand, f.Name)
			}
		}
		for _, a := range c.Args {
			if a.Help == "" {
				t.Errorf("callprobe %s <%s> says nothing of itself", c.FullCommand, a.Name)
			}
		}
	}
}
