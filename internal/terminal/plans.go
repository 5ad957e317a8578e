package terminal

import (
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/clipperhouse/displaywidth"

	"callprobe/probe"
)

// Plans prints one row per scenario: its name, the number of its turns, how
// long a call of it takes at most, and what the caller says in it with the
// length of each recording.
func Plans(w io.Writer, style Style, plans []probe.Plan) error {
	s := newSheet(style)
	const mostName = 28
	names, width := make([]string, len(plans)), displaywidth.String("scenario")
	for i, p := range plans {
		names[i] = s.shorten(s.clean(p.Name), mostName)
		width = max(width, displaywidth.String(names[i]))
	}
	turnsCol := labelCol + width + columnGap
	boundCol := turnsCol + len("turns") + columnGap
	sayCol := boundCol + len("at most") + columnGap
	heading := []struct {
		col  int
		text string
	}{{labelCol, "scenario"}, {turnsCol, "turns"}, {boundCol, "at most"}, {sayCol, "caller says"}}
	for _, h := range heading {
		s.to(h.col)
		s.put(h.text, bold)
	}
	s.end()
	for i, p := range plans {
		s.to(labelCol)
		s.put(names[i], plain)
		s.rightAligned(strconv.Itoa(len(p.Turns)), boundCol-columnGap)
		s.rightAligned(wholeSeconds(p.MaxDuration()), sayCol-columnGap)
		s.to(sayCol)
		s.flow(sayCol, s.says(p.Turns))
	}
	return s.write(w, "plans")
}

// rightAligned writes text that ends before a column.
func (s *sheet) rightAligned(text string, end int) {
	s.to(end - displaywidth.String(text))
	s.put(text, plain)
}

// wholeSeconds rounds up: a bound is not exceeded.
func wholeSeconds(d time.Duration) string {
	whole := int64(d / time.Second)
	if d%time.Second > 0 {
		whole++
	}
	return strconv.FormatInt(whole, 10) + " s"
}

// mostUtterances is how many are listed of one scenario.
const mostUtterances = 12

func (s *sheet) says(turns []probe.Turn) []word {
	if len(turns) == 0 {
		return []word{{text: s.glyphs().missing, ink: dim}}
	}
	var out []word
	for i, t := range turns {
		if i == mostUtterances {
			out = append(out, wordsf(plain, "and %d more", len(turns)-i)...)
			break
		}
		one := s.say(t)
		if i+1 < len(turns) {
			one[len(one)-1].text += ","
		}
		out = append(out, one...)
	}
	return out
}

func (s *sheet) say(t probe.Turn) []word {
	if t.Silent() {
		return []word{{text: fmt.Sprintf("silence %.1f s", t.Silence.Seconds())}}
	}
	kind := ""
	if t.When.Kind == probe.BargeIn {
		kind = " (barge-in)"
	}
	name := s.clean(t.Say.Name)
	return []word{{text: fmt.Sprintf("%s %.1f s%s", name, t.Say.Clip.Duration().Seconds(), kind)}}
}
