package main

import (
	"regexp"

	"github.com/alecthomas/kingpin/v2"

	"callprobe/internal/yamlfile"
)

// usageHint says what to do about a command line that cannot be understood: the
// flag or the command that was probably meant.
func usageHint(cli *kingpin.Application, args []string, err error) string {
	model := cli.Model()
	if m := regexp.MustCompile(`^unknown long flag '--(.*)'$`).FindStringSubmatch(err.Error()); m != nil {
		var names []string
		for _, f := range readLine(model, args).flags {
			names = append(names, f.Name)
		}
		if best, ok := yamlfile.Nearest(m[1], names); ok {
			return "did you mean --" + best + "?"
		}
	}
	if m := regexp.MustCompile(`^expected command but got "(.*)"$`).FindStringSubmatch(err.Error()); m != nil {
		var names []string
		for _, c := range model.Commands {
			if !c.Hidden {
				names = append(names, c.Name)
			}
		}
		if best, ok := yamlfile.Nearest(m[1], names); ok {
			return "did you mean callprobe " + best + "?"
		}
	}
	return "try callprobe --help"
}
