package main

import (
	"slices"
	"strings"

	"github.com/alecthomas/kingpin/v2"

	"callprobe/deploy"
	"callprobe/scenarios"
)

// candidate is one way in which a command line may go on.
type candidate struct{ text, help string }

// complete says what the last of words may become, and whether it may be a path.
func complete(model *kingpin.ApplicationModel, words []string) (found []candidate, paths bool) {
	if len(words) == 0 {
		words = []string{""}
	}
	before, last := words[:len(words)-1], words[len(words)-1]
	line := readLine(model, before)
	switch name, value, ok := strings.Cut(last, "="); {
	case line.value != nil:
		found, paths = values(line.value, "")
	case line.argsOnly || !strings.HasPrefix(last, "-"):
		found, paths = line.arguments(model)
	case ok:
		last = name + "=" + value
		if flag := line.flag(name); flag != nil {
			found, paths = values(flag, name+"=")
		}
	default:
		for _, f := range line.flags {
			found = append(found, candidate{written(f), sentence(f.Help)})
		}
	}
	return slices.DeleteFunc(found, func(c candidate) bool { return !strings.HasPrefix(c.text, last) }), paths
}

// line is what the words before the last one have settled.
type line struct {
	command *kingpin.CmdModel
	flags   []*kingpin.FlagModel
	// value is the flag that waits for its value.
	value    *kingpin.FlagModel
	argsOnly bool
}

func readLine(model *kingpin.ApplicationModel, words []string) line {
	l := line{flags: visible(model.Flags)}
	for _, word := range words {
		switch {
		case l.value != nil:
			l.value = nil
		case l.argsOnly:
		case word == "--":
			l.argsOnly = true
		case strings.HasPrefix(word, "--"):
			if f := l.flag(word); f != nil && !f.IsBoolFlag() {
				l.value = f
			}
		case l.command == nil && !strings.HasPrefix(word, "-"):
			if i := slices.IndexFunc(model.Commands, func(c *kingpin.CmdModel) bool { return c.Name == word }); i >= 0 {
				l.command = model.Commands[i]
				l.flags = append(visible(l.command.Flags), l.flags...)
			}
		}
	}
	return l
}

// flag finds a flag by its name with the dashes.
func (l line) flag(name string) *kingpin.FlagModel {
	if i := slices.IndexFunc(l.flags, func(f *kingpin.FlagModel) bool { return "--"+f.Name == name }); i >= 0 {
		return l.flags[i]
	}
	return nil
}

// arguments are what may stand where no flag does: a command, then what it takes.
func (l line) arguments(model *kingpin.ApplicationModel) (found []candidate, paths bool) {
	if l.command == nil || l.command.Name == "help" {
		for _, c := range model.Commands {
			if !c.Hidden {
				found = append(found, candidate{c.Name, sentence(c.Help)})
			}
		}
		return found, false
	}
	if len(l.command.Args) == 0 {
		return nil, false
	}
	arg := l.command.Args[0] // No command takes a second.
	if c, ok := arg.Value.(choice); ok {
		return c.candidates(""), false
	}
	switch arg.Name {
	case "scenario":
		for _, name := range scenarios.BuiltinNames() {
			found = append(found, candidate{name, "built-in scenario"})
		}
		return found, true
	case "alert":
		return alerts(), false
	}
	return nil, true
}

// alerts are those of the rules that callprobe prints.
func alerts() (found []candidate) {
	all, err := deploy.DefaultRules().Alerts()
	if err != nil {
		return nil // Nothing to offer; the command itself says why.
	}
	for _, a := range all {
		found = append(found, candidate{a.Name, a.Annotations["summary"]})
	}
	return found
}

// values are what a flag may be set to, each after prefix.
func values(f *kingpin.FlagModel, prefix string) (found []candidate, paths bool) {
	if c, ok := f.Value.(choice); ok {
		return c.candidates(prefix), false
	}
	kind, _, _ := strings.Cut(f.PlaceHolder, ".")
	return nil, kind == "FILE" || kind == "PATH" || kind == "DIR"
}

func (c choice) candidates(prefix string) (found []candidate) {
	for _, word := range c.words {
		found = append(found, candidate{text: prefix + word})
	}
	return found
}

// written is a flag as one begins to write it.
func written(f *kingpin.FlagModel) string {
	if f.IsBoolFlag() {
		return "--" + f.Name
	}
	return "--" + f.Name + "="
}

func visible(flags []*kingpin.FlagModel) []*kingpin.FlagModel {
	return slices.DeleteFunc(slices.Clone(flags), func(f *kingpin.FlagModel) bool { return f.Hidden })
}

// sentence is the first of a help text, which fits beside a word.
func sentence(help string) string {
	first, _, _ := strings.Cut(help, ". ")
	first, _, _ = strings.Cut(first, ": ")
	return strings.TrimSuffix(first, ".")
}
