package terminal

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/clipperhouse/displaywidth"
)

// Moment is one of a row of moments.
type Moment struct {
	What string
	// At is from the first moment.
	At time.Duration
}

const (
	// mostMoment is how many columns of a moment's text are shown.
	mostMoment = 42
	// momentTime is how many columns its time has.
	momentTime = 9
)

// Waterfall draws a row of moments, one a line, each with a bar from the moment
// before it to itself. It draws nothing of fewer than two.
func (c *Checklist) Waterfall(title string, moments []Moment) {
	if len(moments) < 2 {
		return
	}
	c.Done()
	s := newSheet(c.style)
	s.end()
	s.flow(0, s.outside(title, bold))
	widest := 0
	for _, m := range moments {
		widest = max(widest, displaywidth.String(s.shorten(s.clean(m.What), mostMoment)))
	}
	whole := moments[len(moments)-1].At.Seconds()
	room := s.width() - labelCol - widest - momentTime - 2
	from := 0
	for _, m := range moments {
		upTo := 0
		if whole > 0 {
			upTo = max(from, min(room, int(m.At.Seconds()/whole*float64(room)+0.5)))
		}
		s.to(labelCol)
		s.put(s.shorten(s.clean(m.What), mostMoment), plain)
		s.to(labelCol + widest)
		s.put(fmt.Sprintf("%*s", momentTime, fmt.Sprintf("%.1f s", m.At.Seconds())), plain)
		if upTo > from {
			s.to(labelCol + widest + momentTime + 2 + from)
			s.put(strings.Repeat(s.glyphs().speech, upTo-from), cyan)
		}
		s.end()
		from = upTo
	}
	_, _ = io.WriteString(c.w, s.b.String())
}
