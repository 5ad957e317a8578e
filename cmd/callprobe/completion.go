package main

import (
	"context"
	"embed"
	"fmt"

	"github.com/alecthomas/kingpin/v2"
)

// shells holds a script for each shell. They ask `callprobe complete`, so what
// they offer is what this very binary takes.
//
//go:embed shells
var shells embed.FS

// completionCommand prints the script for a shell.
type completionCommand struct{ shell string }

func (c *completionCommand) register(cli *kingpin.Application) *kingpin.CmdClause {
	cmd := cli.Command("completion", "Print the script that completes callprobe's command line in a shell: bash, zsh or fish.")
	cmd.Arg("shell", "bash, zsh or fish.").Required().SetValue(choice{"shell ", []string{"bash", "zsh", "fish"}, &c.shell})
	return cmd
}

func (c *completionCommand) run(_ context.Context, s streams) (int, error) {
	script, err := shells.ReadFile("shells/callprobe." + c.shell)
	if err != nil {
		return exitUsage, err
	}
	if _, err := s.out.Write(script); err != nil {
		return exitUsage, fmt.Errorf("print completion: %w", err)
	}
	return exitPassed, nil
}

// completeCommand is what those scripts ask.
type completeCommand struct {
	cli   *kingpin.Application
	words []string
}

func (c *completeCommand) register(cli *kingpin.Application) *kingpin.CmdClause {
	c.cli = cli
	cmd := cli.Command("complete", "Say how a command line may go on; the scripts of completion ask this.").Hidden()
	cmd.Arg("word", "The words after callprobe, the last of them perhaps not whole.").StringsVar(&c.words)
	return cmd
}

// run prints what fits, a line each: the word, a tab, and what it means. A last
// line ":paths" says that a path may stand there, too.
func (c *completeCommand) run(_ context.Context, s streams) (int, error) {
	found, paths := complete(c.cli.Model(), c.words)
	for _, f := range found {
		if _, err := fmt.Fprintf(s.out, "%s\t%s\n", f.text, f.help); err != nil {
			return exitUsage, err
		}
	}
	if paths {
		if _, err := fmt.Fprintln(s.out, ":paths"); err != nil {
			return exitUsage, err
		}
	}
	return exitPassed, nil
}
