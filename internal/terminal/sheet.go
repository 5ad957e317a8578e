package terminal

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/clipperhouse/displaywidth"
)

// ink is how a piece of text looks on a terminal that has colours.
type ink string

// The inks, as parameters of the SGR control sequence (ECMA-48, 8.3.117).
const (
	plain  ink = ""
	bold   ink = "1"
	dim    ink = "2"
	red    ink = "31"
	green  ink = "32"
	yellow ink = "33"
	cyan   ink = "36"
	good   ink = "1;32"
	bad    ink = "1;31"
	unsure ink = "1;33"
)

// word is a piece of text that is not broken unless it is wider than a line.
// Its text is clean.
type word struct {
	text string
	ink  ink
	// glued words follow the one before without a space.
	glued bool
}

// words splits our own or cleaned text at its spaces, but not between a number
// and its unit.
func words(text string, k ink) []word {
	var out []word
	for f := range strings.FieldsSeq(text) {
		if n := len(out); n > 0 && isUnit(f) && isNumber(out[n-1].text) {
			out[n-1].text += " " + f
			continue
		}
		out = append(out, word{text: f, ink: k})
	}
	return out
}

func isUnit(text string) bool {
	switch strings.TrimRight(text, ".,;:)") {
	case "s", "ms", "%", "ppm":
		return true
	}
	return false
}

func isNumber(text string) bool {
	_, err := strconv.ParseFloat(strings.TrimLeft(text, "("), 64)
	return err == nil
}

func wordsf(k ink, format string, args ...any) []word {
	return words(fmt.Sprintf(format, args...), k)
}

// outside splits text that is not ours, cleaned.
func (s Style) outside(text string, k ink) []word { return words(s.clean(text), k) }

// quoted is outside text between quotation marks.
func (s Style) quoted(text string) []word {
	out := s.outside(text, plain)
	if len(out) == 0 {
		return []word{{text: `""`}}
	}
	out[0].text = `"` + out[0].text
	out[len(out)-1].text += `"`
	return out
}

// sheet collects lines that keep to the style's width.
type sheet struct {
	Style
	b   strings.Builder
	col int
	wet ink
}

func newSheet(style Style) *sheet { return &sheet{Style: style} }

// put appends text to the line as it is.
func (s *sheet) put(text string, k ink) {
	if text == "" {
		return
	}
	s.dip(k)
	s.b.WriteString(text)
	s.col += displaywidth.String(text)
}

// dip changes the ink that is written with, where there are colours.
func (s *sheet) dip(k ink) {
	if !s.Color || k == s.wet {
		return
	}
	if s.wet != plain {
		s.b.WriteString("\x1b[0m")
	}
	if k != plain {
		fmt.Fprintf(&s.b, "\x1b[%sm", k)
	}
	s.wet = k
}

// to moves to a column, if the line has not reached it yet.
func (s *sheet) to(col int) { s.put(strings.Repeat(" ", max(0, col-s.col)), plain) }

func (s *sheet) end() {
	s.dip(plain)
	s.b.WriteByte('\n')
	s.col = 0
}

// flow writes words from where the line is, goes on in further lines from
// column indent, and ends the last one.
func (s *sheet) flow(indent int, ws []word) {
	fresh, last := true, plain
	for _, w := range ws {
		gap := 1
		if fresh || w.glued {
			gap = 0
		}
		if (!fresh || s.col > indent) && s.col+gap+displaywidth.String(w.text) > s.width() {
			s.end()
			s.to(indent)
			gap = 0
		}
		if w.ink != last {
			last = plain
		}
		s.put(strings.Repeat(" ", gap), last)
		s.broken(indent, w)
		fresh, last = false, w.ink
	}
	s.end()
}

// broken writes a word over as many lines as it needs.
func (s *sheet) broken(indent int, w word) {
	text := w.text
	for displaywidth.String(text) > s.width()-s.col {
		piece := displaywidth.TruncateString(text, s.width()-s.col, "")
		if piece == "" && s.col <= indent {
			return
		}
		s.put(piece, w.ink)
		s.end()
		s.to(indent)
		text = text[len(piece):]
	}
	s.put(text, w.ink)
}

// write hands the lines over in one piece.
func (s *sheet) write(w io.Writer, what string) error {
	if _, err := io.WriteString(w, s.b.String()); err != nil {
		return fmt.Errorf("print %s: %w", what, err)
	}
	return nil
}

var errNoReport = errors.New("print report: there is none")
