package manual

import (
	"fmt"
	"regexp"
	"strings"
)

// Mention is a flag or a name in a document.
type Mention struct {
	// Line counts from 1.
	Line int
	Name string
	// Command is whose flag it is, such as "callprobe call" or "promtool"; empty
	// where the document does not say.
	Command string
}

// programs are others whose commands stand in our documents.
const programs = `amtool|apt-get|curl|docker|git|golangci-lint|helm|journalctl|jq|kubectl|make|node|npm|prometheus|alertmanager|promtool|sed|systemd-analyze|systemctl`

// Flags finds the flags in a document. A command that goes on after a backslash at
// the end of a line is one command.
func Flags(text string) []Mention {
	flag := regexp.MustCompile("(?:^|[\\s`'\"(\\[=,|])--([a-z][a-z0-9.-]*)")
	command := regexp.MustCompile(`(?:^|[\s/"'(=$\]` + "`" + `])(callprobe [a-z]+|callprobe-lab|go run -C lab \.|` + programs + `)(?:$|[\s` + "`" + `"'])`)
	// What begins a new command.
	end := regexp.MustCompile("[;|`]|&&|\\$\\(")
	var found []Mention
	before := ""
	for i, line := range strings.Split(text, "\n") {
		for _, at := range flag.FindAllStringSubmatchIndex(line, -1) {
			m := Mention{Line: i + 1, Name: strings.TrimRight(line[at[2]:at[3]], ".-")}
			segment := before + line[:at[2]-2]
			if cuts := end.FindAllStringIndex(segment, -1); cuts != nil {
				segment = segment[cuts[len(cuts)-1][1]:]
			}
			if names := command.FindAllStringSubmatch(segment, -1); names != nil {
				m.Command = names[len(names)-1][1]
			}
			found = append(found, m)
		}
		if rest, ok := strings.CutSuffix(line, `\`); ok {
			before += rest + " "
		} else {
			before = ""
		}
	}
	return found
}

// Commands finds the commands of callprobe that a document runs, or names in code
// type.
func Commands(markdown string) []Mention {
	inline := regexp.MustCompile("`(?:[a-z./]*/)?callprobe ([a-z]+)")
	run := regexp.MustCompile(`(?:^\s*|\$ |&& |\* )(?:[a-z./]*/)?callprobe ([a-z]+)(?:\s|$)`)
	var found []Mention
	collect := func(text string, first int, pattern *regexp.Regexp) {
		for i, line := range strings.Split(text, "\n") {
			for _, m := range pattern.FindAllStringSubmatch(line, -1) {
				found = append(found, Mention{Line: first + i, Name: m[1]})
			}
		}
	}
	collect(markdown, 1, inline)
	for _, b := range Blocks(markdown) {
		if b.Lang != "yaml" {
			collect(b.Text, b.Line, run)
		}
	}
	return found
}

// Metrics finds what may be the name of one of callprobe's metrics. A name that
// ends with an underscore is the beginning of several.
func Metrics(text string) []Mention {
	name := regexp.MustCompile(`(?:^|[^A-Za-z0-9_./$:-])((?:agent|stt|callprobe|probe)_[a-z0-9_]+)(\.[a-z])?`)
	var found []Mention
	for i, line := range strings.Split(text, "\n") {
		for _, m := range name.FindAllStringSubmatch(line, -1) {
			// What goes on after a full stop is a file, or a field of something.
			if m[2] == "" {
				found = append(found, Mention{Line: i + 1, Name: m[1]})
			}
		}
	}
	return found
}

// CommandFlags reads the flags of each command off docs/command-line.md. Those of
// every command are with each.
func CommandFlags(reference string) (map[string]map[string]bool, error) {
	row := regexp.MustCompile("^\\| `(?:-[a-z], )?--([a-z0-9.-]+)")
	commands := map[string]map[string]bool{}
	current := ""
	for line := range strings.Lines(reference) {
		if heading, ok := strings.CutPrefix(line, "### "); ok {
			current = strings.TrimSpace(heading)
			commands[current] = map[string]bool{}
		}
		if m := row.FindStringSubmatch(line); m != nil {
			if current == "" {
				return nil, fmt.Errorf("--%s stands under no command", m[1])
			}
			commands[current][m[1]] = true
		}
	}
	every := commands["Every command"]
	delete(commands, "Every command")
	for _, flags := range commands {
		for f := range every {
			flags[f] = true
		}
	}
	if len(commands) == 0 || len(every) == 0 {
		return nil, fmt.Errorf("no commands are described")
	}
	return commands, nil
}
