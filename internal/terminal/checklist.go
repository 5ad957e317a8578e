package terminal

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// Mark says how an item of a checklist came out.
type Mark int

// The marks.
const (
	Good Mark = iota
	Doubtful
	Bad
)

// Item is one line of a checklist with what belongs to it.
type Item struct {
	Mark Mark
	// Name is a word or two.
	Name string
	// Text says in a sentence what was found, Details add to it.
	Text    string
	Details []string
	// Caution and Remedy are what a reader should know or do.
	Caution, Remedy string
}

// Checklist shows what is found, item by item as it is found, and in between
// what is waited for. Errors of its writer are ignored: what is checked does not
// depend on being watched. It is for use from one goroutine.
type Checklist struct {
	w     io.Writer
	live  bool
	style Style
	drawn bool
	// said is how long was waited when that was last said.
	said time.Duration
}

// NewChecklist returns a Checklist that redraws the line about waiting in place
// where live (see [Live]), and writes one now and then elsewhere.
func NewChecklist(w io.Writer, live bool, style Style) *Checklist {
	return &Checklist{w: w, live: live, style: style}
}

const (
	// checkNameCol is where the name of an item begins, checkTextCol its text.
	checkNameCol = 9
	checkTextCol = 21
)

// sayEvery is how often waiting is told of where lines cannot be redrawn.
const sayEvery = 15 * time.Second

// Item shows an item.
func (c *Checklist) Item(i Item) {
	c.Done()
	s := newSheet(c.style)
	mark, k := i.Mark.sign()
	s.put(" "+mark, k)
	s.to(checkNameCol)
	s.put(s.shorten(s.clean(i.Name), checkTextCol-checkNameCol-1), bold)
	s.to(checkTextCol)
	s.flow(checkTextCol, s.outside(i.Text, plain))
	for _, text := range i.Details {
		s.to(checkTextCol)
		s.flow(checkTextCol, s.outside(text, dim))
	}
	for _, text := range []string{i.Caution, i.Remedy} {
		if text != "" {
			s.to(checkTextCol - 2)
			s.put("! ", yellow)
			s.flow(checkTextCol, s.outside(text, plain))
		}
	}
	_, _ = io.WriteString(c.w, s.b.String())
}

func (m Mark) sign() (string, ink) {
	switch m {
	case Good:
		return "ok", good
	case Doubtful:
		return "unclear", unsure
	case Bad:
	}
	return "FAILED", bad
}

// Waiting shows what is waited for, and for how long already.
func (c *Checklist) Waiting(what string, since time.Duration) {
	if !c.live && c.drawn && since < c.said+sayEvery {
		return
	}
	s := newSheet(c.style)
	s.put(s.shorten(fmt.Sprintf(" %s %s", s.glyphs().ellipsis, s.clean(what)), s.width()-12), dim)
	s.put(fmt.Sprintf(" %6.0f s", since.Seconds()), dim)
	s.dip(plain)
	line := s.b.String()
	if c.live {
		line = eraseLine + line
	} else {
		line = strings.TrimRight(line, " ") + "\n"
	}
	_, _ = io.WriteString(c.w, line)
	c.drawn, c.said = true, since
}

// Done takes the line about waiting away.
func (c *Checklist) Done() {
	if c.live && c.drawn {
		_, _ = io.WriteString(c.w, eraseLine)
	}
	c.drawn, c.said = false, 0
}

// Conclusion shows what the items come to: a title in capitals, and a sentence
// or more.
func (c *Checklist) Conclusion(mark Mark, title string, texts ...string) {
	c.Done()
	_, k := mark.sign()
	s := newSheet(c.style)
	s.end()
	s.put(title, k)
	s.put("  ", plain)
	for i, text := range texts {
		if i > 0 {
			s.to(labelCol)
		}
		s.flow(labelCol, s.outside(text, plain))
	}
	_, _ = io.WriteString(c.w, s.b.String())
}
