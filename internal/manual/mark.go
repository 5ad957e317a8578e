package manual

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Running says how a block of commands is run by a test.
type Running struct {
	// Skip is why it is not run at all; empty for one that is.
	Skip string
	// Ready is what a block prints that stays up, once it does; empty for one that
	// ends by itself.
	Ready string
	// Exit is the exit code that the block is to end with.
	Exit int
	// Needs are programs without which it is not run.
	Needs []string
}

// Running reads the mark of a block. Its clauses are set apart by semicolons:
//
//	not run: REASON
//	stays up, ready at TEXT
//	exits NUMBER
//	needs PROGRAM…
func (b Block) Running() (Running, error) {
	var r Running
	if b.Mark == "" {
		return r, nil
	}
	for clause := range strings.SplitSeq(b.Mark, "; ") {
		clause = strings.TrimSpace(clause)
		switch {
		case strings.HasPrefix(clause, "not run"):
			reason, ok := strings.CutPrefix(clause, "not run:")
			if r.Skip = strings.TrimSpace(reason); !ok || len(strings.Fields(r.Skip)) < 3 {
				return r, fmt.Errorf("line %d: %q gives no reason: write \"not run: REASON\"", b.Line, clause)
			}
		case strings.HasPrefix(clause, "stays up"):
			text, ok := strings.CutPrefix(clause, "stays up, ready at ")
			if r.Ready = text; !ok || text == "" {
				return r, fmt.Errorf("line %d: %q does not say when it is ready: write \"stays up, ready at TEXT\"", b.Line, clause)
			}
		case regexp.MustCompile(`^exits \d+$`).MatchString(clause):
			r.Exit, _ = strconv.Atoi(strings.TrimPrefix(clause, "exits "))
		case strings.HasPrefix(clause, "needs "):
			r.Needs = strings.Fields(strings.TrimPrefix(clause, "needs "))
		default:
			return r, fmt.Errorf("line %d: the mark %q is none that is known", b.Line, clause)
		}
	}
	return r, nil
}

// Commands returns what a block has for the shell: all of it, or of a session that
// is shown what follows each "$ ". It is empty for a block that is not for the
// shell.
func (b Block) Commands() string {
	switch b.Lang {
	case "sh":
		return b.Text
	case "console":
		var typed strings.Builder
		for line := range strings.Lines(b.Text) {
			if command, ok := strings.CutPrefix(line, "$ "); ok {
				typed.WriteString(command)
			}
		}
		return typed.String()
	}
	return ""
}

// LooksLikeCommands reports whether a block that is not marked as one for the shell
// has commands in it all the same.
func (b Block) LooksLikeCommands() bool {
	return b.Commands() == "" && regexp.MustCompile(`(?m)^\s*(\$ |(\S*/)?(callprobe(-lab)?|make|go|git|curl|export|helm|docker|kubectl|promtool|amtool|prometheus|sudo|apt-get) )`).MatchString(b.Text)
}
