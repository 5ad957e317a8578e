// Package terminal shows calls to people, on a terminal or in a log, and to
// build servers as JUnit XML. It measures and judges nothing: it prints what
// package probe found.
//
// Whatever comes from outside, such as transcripts, names and errors of
// servers, is made harmless before it is printed: no text can move the cursor,
// change colours or hide other text. No line is wider than its [Style] says.
package terminal

import (
	"io"
	"strings"

	"golang.org/x/term"
)

// Style says what the reader's terminal can show.
type Style struct {
	// Color allows colours. Nothing is said by colour alone.
	Color bool
	// ASCII avoids every other character: drawings use + and -, and outside
	// text in other scripts is spelled as \u escapes.
	ASCII bool
	// Width is the longest line in terminal columns. 0 stands for 80, and any
	// other value is taken as the nearest one from 60 to 160.
	Width int
}

const (
	defaultWidth = 80
	minWidth     = 60
	maxWidth     = 160
)

func (s Style) width() int {
	if s.Width == 0 {
		return defaultWidth
	}
	return min(max(s.Width, minWidth), maxWidth)
}

// Detect returns the style that suits w. There are colours only on a terminal
// whose TERM is not "dumb", and none when NO_COLOR is set to anything
// (no-color.org). Characters beyond ASCII are used only where the locale is a
// UTF-8 one.
func Detect(w io.Writer, getenv func(string) string) Style {
	style := Style{Width: defaultWidth, ASCII: !isUTF8(getenv)}
	fd, ok := terminalOf(w)
	if !ok {
		return style
	}
	style.Color = getenv("TERM") != "dumb" && getenv("NO_COLOR") == ""
	if columns, _, err := term.GetSize(fd); err == nil && columns > 0 {
		style.Width = min(max(columns, minWidth), maxWidth)
	}
	return style
}

// Live reports whether a line on w can be redrawn in place: w is a terminal and
// its TERM is not "dumb".
func Live(w io.Writer, getenv func(string) string) bool {
	_, ok := terminalOf(w)
	return ok && getenv("TERM") != "dumb"
}

func terminalOf(w io.Writer) (fd int, ok bool) {
	f, ok := w.(interface{ Fd() uintptr })
	if !ok {
		return 0, false
	}
	fd = int(f.Fd())
	return fd, term.IsTerminal(fd)
}

// isUTF8 looks at the first of the variables that is set, in the order of
// POSIX (Base Definitions, 8.2).
func isUTF8(getenv func(string) string) bool {
	for _, name := range [...]string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if locale := strings.ToLower(getenv(name)); locale != "" {
			return strings.Contains(locale, "utf-8") || strings.Contains(locale, "utf8")
		}
	}
	return false
}

// glyphs are the characters of drawings and of figures.
type glyphs struct {
	missing, plusMinus, ellipsis string
	speech, quiet, tick          string
	left, line, right, point     string
	caller, agent, step          string
	caution, rule                string
}

func (s Style) glyphs() glyphs {
	if s.ASCII {
		return glyphs{
			missing: "-", plusMinus: "+/-", ellipsis: "...",
			speech: "#", quiet: ".", tick: "|",
			left: "|", line: "-", right: "|", point: "|",
			caller: ">", agent: "<", step: "-",
			caution: "!", rule: "-",
		}
	}
	return glyphs{
		missing: "—", plusMinus: "±", ellipsis: "…",
		speech: "█", quiet: "·", tick: "│",
		left: "├", line: "─", right: "┤", point: "│",
		caller: "▶", agent: "◀", step: "·",
		caution: "!", rule: "─",
	}
}
