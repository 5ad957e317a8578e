package terminal

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/displaywidth"
)

const (
	// longestText is how many columns of one outside text are shown.
	longestText = 600
	// longestInput is how many bytes of it are looked at: no run of characters
	// without width can make a report long.
	longestInput = 8 * longestText
	// mostMarks is how many accents one character may carry. Living scripts
	// need four at most; more of them only smear over the lines around.
	mostMarks = 4
)

const (
	zeroWidthNonJoiner = '\u200c'
	zeroWidthJoiner    = '\u200d'
	// dottedCircle carries marks that have no character of their own to sit
	// on, as Unicode (chapter 2, section 11) shows them.
	dottedCircle = '\u25cc'
)

// clean makes outside text safe to print, on one line: white space becomes one
// space, and whatever a terminal would obey rather than show (controls, changes
// of writing direction, invisible characters, bytes that are not UTF-8) is
// spelled out.
func (s Style) clean(text string) string {
	c := cleaner{ascii: s.ASCII}
	rest, cut := text, false
	if len(rest) > longestInput {
		rest, cut = rest[:longestInput], true
	}
	for len(rest) > 0 {
		r, n := utf8.DecodeRuneInString(rest)
		if r == utf8.RuneError && n == 1 {
			if cut && !utf8.FullRuneInString(rest) {
				break
			}
			c.spell(fmt.Sprintf(`\x%02x`, rest[0]))
		} else {
			c.add(r)
		}
		rest = rest[n:]
	}
	out := strings.TrimSpace(c.b.String())
	ellipsis := s.glyphs().ellipsis
	if cut && displaywidth.String(out) < longestText {
		return out + ellipsis
	}
	return displaywidth.TruncateString(out, longestText, ellipsis)
}

// cleaner builds the safe text.
type cleaner struct {
	b     strings.Builder
	ascii bool
	// marks counts those on the character before; base says that there is one.
	marks int
	base  bool
	space bool
}

func (c *cleaner) add(r rune) {
	switch {
	case unicode.IsSpace(r):
		if !c.space {
			c.b.WriteByte(' ')
		}
		c.base, c.space = false, true
	case !unicode.IsGraphic(r) && r != zeroWidthJoiner && r != zeroWidthNonJoiner, c.ascii && r > unicode.MaxASCII:
		c.spell(escape(r))
	case unicode.IsMark(r), r == zeroWidthJoiner, r == zeroWidthNonJoiner:
		c.mark(r)
	default:
		c.b.WriteRune(r)
		c.marks, c.base, c.space = 0, true, false
	}
}

func (c *cleaner) mark(r rune) {
	if !c.base {
		c.add(dottedCircle)
	}
	if c.marks++; c.marks <= mostMarks {
		c.b.WriteRune(r)
	}
}

func (c *cleaner) spell(escaped string) {
	c.b.WriteString(escaped)
	c.base, c.space = false, false
}

func escape(r rune) string {
	switch {
	case r <= 0xff:
		return fmt.Sprintf(`\x%02x`, r)
	case r <= 0xffff:
		return fmt.Sprintf(`\u%04x`, r)
	}
	return fmt.Sprintf(`\U%08x`, r)
}

// shorten cuts a cleaned text to a number of columns.
func (s Style) shorten(text string, columns int) string {
	return displaywidth.TruncateString(text, columns, s.glyphs().ellipsis)
}

// Clean makes outside text safe to show on one line: see [Style].
func Clean(text string) string { return Style{}.clean(text) }
