// Package manual is for the tests that hold the documents to the program: it
// writes the references of configuration and scenario files from their schemas,
// and finds in Markdown what can be checked, such as blocks of commands, flags
// and metrics. The program does not import it.
package manual

import (
	"fmt"
	"os"
	"strings"
)

// EnvWrite names the environment variable with which tests write the documents
// anew instead of comparing them; `make docs` sets it.
const EnvWrite = "CALLPROBE_WRITE_DOCS"

// Sync compares the part of a document that bears a name with what the program
// says, or writes it anew. In the document the part stands between two comments.
func Sync(path, name, want string) error {
	raw, err := os.ReadFile(path) //nolint:gosec // A document of this repository.
	if err != nil {
		return fmt.Errorf("read document: %w", err)
	}
	begin := "<!-- " + name + ": written by make docs; change the code, not this -->\n"
	end := "<!-- end of " + name + " -->\n"
	before, rest, begun := strings.Cut(string(raw), begin)
	got, after, ended := strings.Cut(rest, end)
	if !begun || !ended {
		return fmt.Errorf("%s has no place for %q: put the lines %q and %q there", path, name, begin, end)
	}
	if got == want {
		return nil
	}
	if os.Getenv(EnvWrite) != "" {
		return os.WriteFile(path, []byte(before+begin+want+end+after), 0o644) //nolint:gosec // Anybody may read it.
	}
	line := 1 + strings.Count(before+begin, "\n")
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			return fmt.Errorf("%s:%d: the document is not what the program says; run make docs\n document: %s\n program:  %s", path, line+i, g[i], w[i])
		}
	}
	return fmt.Errorf("%s:%d: the document has %d lines of %q, the program says %d; run make docs", path, line, len(g), name, len(w))
}

// Cell makes a text fit into a cell of a Markdown table.
func Cell(text string) string {
	return strings.NewReplacer("|", `\|`, "\n", " ").Replace(text)
}
