package terminal

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"callprobe/probe"
	"callprobe/probe/wer"
)

// draw returns the lines of a timeline without their labels, at one column per
// 0.1 s.
func draw(t *testing.T, tenths int, turns []probe.TurnReport, talks []probe.Talk) *timeline {
	t.Helper()
	return newTimeline(&probe.Report{Duration: time.Duration(tenths) * 100 * ms, Turns: turns, Talk: talks}, tenths)
}

func picture(lane []bool) string {
	var b strings.Builder
	for _, spoken := range lane {
		b.WriteByte(".#"[map[bool]int{true: 1}[spoken]])
	}
	return b.String()
}

func TestLanesShowWhoSpokeWhen(t *testing.T) {
	for name, c := range map[string]struct {
		from, to int
		want     string
	}{
		"speech fills its columns":               {200, 500, "..###....."},
		"speech shorter than a column is seen":   {410, 411, "....#....."},
		"the last column needs half of its time": {200, 540, "..###....."},
		"and is filled from there on":            {200, 560, "..####...."},
		"speech at the very end is seen":         {999, 1000, ".........#"},
		"speech before the call begins with it":  {-300, 100, "#........."},
		"speech that ends before it begins":      {500, 400, ".........."},
	} {
		t.Run(name, func(t *testing.T) {
			tl := draw(t, 10, nil, []probe.Talk{talk(c.from, c.to)})
			if got := picture(tl.agent); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

func TestATurnWithoutWordsDrawsNoSpeech(t *testing.T) {
	tl := draw(t, 10, []probe.TurnReport{{Said: between(100, 900)}}, nil)
	if got := picture(tl.caller); got != ".........." {
		t.Errorf("%s", got)
	}
}

func TestTheMarkLiesBetweenTheCallersLastWordAndTheReply(t *testing.T) {
	for name, c := range map[string]struct {
		ttfa int
		want string
	}{
		"a long wait holds its figure":      {1600, "          ├─── 1.60 s ───┤"},
		"a short wait has it beside":        {400, "          ├──┤ 0.40 s"},
		"two columns still have two ends":   {200, "          ├┤ 0.20 s"},
		"one column is a point":             {100, "          │ 0.10 s"},
		"no wait is a point":                {0, "          │ 0.00 s"},
		"talk-over goes back from the word": {-500, "     ├───┤ -0.50 s"},
	} {
		t.Run(name, func(t *testing.T) {
			turn := probe.TurnReport{Reference: "x", Said: between(0, 1000), TTFA: is(c.ttfa)}
			tl := draw(t, 60, []probe.TurnReport{turn}, nil)
			lines := placeMarks(tl.marks(&probe.Report{Turns: []probe.TurnReport{turn}}, Style{}.glyphs()), 60)
			if len(lines) != 1 || strings.TrimRight(lines[0], " ") != c.want {
				t.Errorf("%q, want %q", lines, c.want)
			}
		})
	}
}

func TestMarksNeverTouch(t *testing.T) {
	var marks []mark
	for i := range 20 {
		marks = append(marks, mark{i * 2, []rune("│ 0.82 s")})
	}
	lines := placeMarks(marks, 70)
	if len(lines) != mostMarkLines {
		t.Errorf("%d lines, want %d", len(lines), mostMarkLines)
	}
	for _, l := range lines {
		if n := len([]rune(l)); n != 70 {
			t.Errorf("line of %d columns, want 70: %q", n, l)
		}
		for part := range strings.SplitSeq(strings.TrimSpace(l), "│ ") {
			if part = strings.TrimSpace(part); part != "" && part != "0.82 s" {
				t.Errorf("marks run into each other: %q", l)
			}
		}
	}
}

func TestMarksSideBySideKeepAColumnBetween(t *testing.T) {
	for second, lines := range map[int]int{8: 2, 9: 1} {
		marks := []mark{{0, []rune("│ 0.82 s")}, {second, []rune("│ 0.82 s")}}
		if got := placeMarks(marks, 70); len(got) != lines {
			t.Errorf("the second from column %d: %d lines, want %d: %q", second, len(got), lines, got)
		}
	}
}

func TestAMarkAtTheEndMovesBackIntoTheLane(t *testing.T) {
	lines := placeMarks([]mark{{18, []rune("│ 0.82 s")}}, 20)
	if want := []string{"            │ 0.82 s"}; !slices.Equal(lines, want) {
		t.Errorf("%q, want %q", lines, want)
	}
	if lines := placeMarks([]mark{{0, []rune("│ 0.82 s")}}, 5); len(lines) > 0 {
		t.Errorf("a mark wider than the lane is drawn: %q", lines)
	}
}

func TestTicksAreRoundAndFarEnoughApart(t *testing.T) {
	for total, want := range map[time.Duration]time.Duration{
		300 * ms:         100 * ms,
		2 * time.Second:  500 * ms,
		12 * time.Second: 2 * time.Second,
		90 * time.Second: 20 * time.Second,
		time.Hour:        500 * time.Second,
	} {
		if got := tickStep(total, 70, 8); got != want {
			t.Errorf("%v: a tick every %v, want %v", total, got, want)
		}
	}
}

func TestDifferencesReadWithoutColour(t *testing.T) {
	const reference = "i want a refund for my last order"
	for name, c := range map[string]struct{ hypothesis, want string }{
		"what is right is plain":        {"i want a refund for my last order", "i want a refund for my last order"},
		"another word":                  {"i want a fund for my last order", "i want a [-refund-]{+fund+} for my last order"},
		"two other words side by side":  {"i want a fun park my last order", "i want a [-refund-]{+fun+} [-for-]{+park+} my last order"},
		"words that are missing":        {"i want a refund for order", "i want a refund for [-my last-] order"},
		"words that nobody said":        {"i want a refund oh please for my last order", "i want a refund {+oh please+} for my last order"},
		"nothing was heard":             {"", "[-i want a refund for my last order-]"},
		"a control character in a word": {"i want a re\x1bfund for my last order", `i want a [-refund-]{+re\x1bfund+} for my last order`},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSheet(Style{Width: 160})
			s.flow(0, s.diff(wer.Align(strings.Fields(reference), strings.Fields(c.hypothesis)).Steps))
			if got := strings.TrimSpace(s.b.String()); got != c.want {
				t.Errorf("%s\nwant %s", got, c.want)
			}
		})
	}
}

func TestDifferencesAreColouredToo(t *testing.T) {
	s := newSheet(Style{Color: true})
	s.flow(0, s.diff([]wer.Step{{Op: wer.Hit, Reference: "a"}, {Op: wer.Deletion, Reference: "b"}, {Op: wer.Insertion, Hypothesis: "c"}}))
	if want := "a \x1b[31m[-b-]\x1b[0m \x1b[32m{+c+}\x1b[0m\n"; s.b.String() != want {
		t.Errorf("%q, want %q", s.b.String(), want)
	}
}

func TestOutsideTextIsMadeHarmless(t *testing.T) {
	for name, c := range map[string]struct{ text, want, ascii string }{
		"words stay":                             {"Hello, world!", "Hello, world!", "Hello, world!"},
		"white space becomes one space":          {" a \t\r\n b\u2028c\u3000d ", "a b c d", "a b c d"},
		"escape sequences are spelled":           {"\x1b[2J", `\x1b[2J`, `\x1b[2J`},
		"eight-bit controls are spelled":         {"\u009b2J", `\x9b2J`, `\x9b2J`},
		"bytes outside UTF-8 are spelled":        {"a\xffb", `a\xffb`, `a\xffb`},
		"changes of direction are spelled":       {"a\u202eb", `a\u202eb`, `a\u202eb`},
		"invisible characters are spelled":       {"a\u200bb\U000e0041", `a\u200bb\U000e0041`, `a\u200bb\U000e0041`},
		"other scripts stay, or are spelled":     {"退é", "退é", `\u9000\xe9`},
		"joined emoji stay joined":               {"👩\u200d👧", "👩\u200d👧", `\U0001f469\u200d\U0001f467`},
		"a mark without a character gets one":    {"\u0301", "\u25cc\u0301", `\u0301`},
		"a character carries four marks at most": {"o\u0301\u0302\u0303\u0304\u0305\u0306", "o\u0301\u0302\u0303\u0304", `o\u0301\u0302\u0303\u0304\u0305\u0306`},
	} {
		t.Run(name, func(t *testing.T) {
			if got := (Style{}).clean(c.text); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
			if got := (Style{ASCII: true}).clean(c.text); got != c.ascii {
				t.Errorf("in ASCII %q, want %q", got, c.ascii)
			}
		})
	}
}

func TestLongTextIsCutAndSaysSo(t *testing.T) {
	for name, text := range map[string]string{
		"one long word":         strings.Repeat("x", 1<<20),
		"wide characters":       strings.Repeat("款", 1<<18),
		"marks without an end":  "e" + strings.Repeat("\u0301", 1<<18),
		"spaces without an end": "a" + strings.Repeat(" ", 1<<20) + "b",
	} {
		got := (Style{}).clean(text)
		if !strings.HasSuffix(got, "…") || len(got) > 4*longestText {
			t.Errorf("%s: %d bytes that end in %q", name, len(got), got[max(0, len(got)-10):])
		}
	}
}

func TestANumberStaysWithItsUnit(t *testing.T) {
	for text, want := range map[string]int{
		"50 % of them":        3,
		"-0.350 s, at once":   3,
		"(0.5 %) lost":        2,
		"turn 5 s. the":       3,
		"s % ms":              3,
		"jitter 1.2 ms, done": 3,
	} {
		if got := words(text, plain); len(got) != want {
			t.Errorf("%q is split into %d pieces, want %d: %v", text, len(got), want, got)
		}
	}
}

func TestAnUncertaintyNeverLooksBetterThanItIs(t *testing.T) {
	for d, want := range map[time.Duration]string{
		1:                       "1 ms",
		2001 * time.Microsecond: "3 ms",
		3 * ms:                  "3 ms",
		1500 * ms:               "1.500 s",
	} {
		if got := halfWidth(d); got != want {
			t.Errorf("%v prints as %s, want %s", d, got, want)
		}
	}
}

func TestABoundIsRoundedUp(t *testing.T) {
	for d, want := range map[time.Duration]string{5 * time.Second: "5 s", 5001 * ms: "6 s", 0: "0 s"} {
		if got := wholeSeconds(d); got != want {
			t.Errorf("%v prints as %s, want %s", d, got, want)
		}
	}
}

func TestTheMedianIsOverAnsweredTurnsWithoutTalkOver(t *testing.T) {
	for name, c := range map[string]struct {
		ttfa []probe.Measured
		want string
	}{
		"the middle of three":        {[]probe.Measured{is(900), is(100), is(500)}, "500ms true, 0 talked over"},
		"the mean of the middle two": {[]probe.Measured{is(900), is(100), is(500), is(700)}, "600ms true, 0 talked over"},
		"talk-over is apart":         {[]probe.Measured{is(-300), is(400)}, "400ms true, 1 talked over"},
		"no reply is no figure":      {[]probe.Measured{not("no reply was heard")}, "0s false, 0 talked over"},
	} {
		t.Run(name, func(t *testing.T) {
			r := &probe.Report{}
			for _, m := range c.ttfa {
				r.Turns = append(r.Turns, probe.TurnReport{TTFA: m})
			}
			sum := tallyOf(r)
			m, ok := sum.median()
			if got := fmt.Sprintf("%v %v, %d talked over", m, ok, sum.talkOver); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}
