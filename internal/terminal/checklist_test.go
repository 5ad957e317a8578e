package terminal_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/clipperhouse/displaywidth"

	"callprobe/internal/terminal"
)

func checklist(live bool, style terminal.Style, show func(*terminal.Checklist)) string {
	var b bytes.Buffer
	show(terminal.NewChecklist(&b, live, style))
	return b.String()
}

func TestAChecklistSaysWhatWasFoundAndWhatToDo(t *testing.T) {
	got := checklist(false, terminal.Style{}, func(c *terminal.Checklist) {
		c.Item(terminal.Item{Name: "reached", Text: "Alertmanager is ready", Details: []string{"It is one of a cluster of 3."}})
		c.Item(terminal.Item{Name: "active", Text: "nothing mutes it", Caution: "It mutes another."})
		c.Item(terminal.Item{Mark: terminal.Bad, Name: "delivered", Text: "pagerduty gave up", Remedy: "Look into the log."})
		c.Item(terminal.Item{Mark: terminal.Doubtful, Name: "ended", Text: "it was not seen"})
		c.Conclusion(terminal.Bad, "NOT AS PROMISED", "A real one would fare the same.", "And more.")
	})
	const want = ` ok      reached     Alertmanager is ready
                     It is one of a cluster of 3.
 ok      active      nothing mutes it
                   ! It mutes another.
 FAILED  delivered   pagerduty gave up
                   ! Look into the log.
 unclear ended       it was not seen

NOT AS PROMISED  A real one would fare the same.
  And more.
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestAChecklistKeepsToItsWidthAndObeysNoOutsider(t *testing.T) {
	long := strings.Repeat("word ", 60) + strings.Repeat("x", 200) + "\x1b[31m\u202e"
	for _, width := range []int{60, 80, 120} {
		got := checklist(false, terminal.Style{Width: width}, func(c *terminal.Checklist) {
			c.Item(terminal.Item{Name: long, Text: long, Details: []string{long}, Caution: long, Remedy: long})
			c.Waiting(long, time.Second)
			c.Waterfall(long, []terminal.Moment{{long, 0}, {long, time.Second}, {"it comes late", 1000 * time.Hour}})
			c.Conclusion(terminal.Good, "TITLE", long)
		})
		for line := range strings.Lines(got) {
			if w := displaywidth.String(strings.TrimSuffix(line, "\n")); w > width {
				t.Errorf("width %d: a line of %d columns: %q", width, w, line)
			}
		}
		if strings.ContainsAny(got, "\x1b\u202e") {
			t.Errorf("width %d: outside text reached the terminal: %q", width, got)
		}
	}
}

func TestWaitingIsRedrawnInPlaceOnATerminal(t *testing.T) {
	got := checklist(true, terminal.Style{}, func(c *terminal.Checklist) {
		c.Waiting("the page", time.Second)
		c.Waiting("the page", 2*time.Second)
		c.Item(terminal.Item{Name: "delivered", Text: "it came"})
	})
	const erase = "\r\x1b[K"
	parts := strings.Split(got, erase)
	if len(parts) != 4 || !strings.Contains(parts[1], "the page") || !strings.Contains(parts[2], " 2 s") || strings.Contains(parts[2], "\n") || !strings.HasPrefix(parts[3], " ok ") {
		t.Errorf("got %q", parts)
	}
}

func TestWaitingIsSaidNowAndThenElsewhere(t *testing.T) {
	got := checklist(false, terminal.Style{}, func(c *terminal.Checklist) {
		for s := range 40 {
			c.Waiting("the page", time.Duration(s)*time.Second)
		}
		c.Item(terminal.Item{Name: "delivered", Text: "it came"})
		c.Waiting("the end", 0)
	})
	if n := strings.Count(got, "the page"); n != 3 {
		t.Errorf("said %d times in 40 s: %q", n, got)
	}
	if !strings.Contains(got, "the end") {
		t.Errorf("what is waited for next is not said: %q", got)
	}
}

func TestAWaterfallDrawsEachMomentFromTheOneBefore(t *testing.T) {
	got := checklist(false, terminal.Style{ASCII: true, Width: 60}, func(c *terminal.Checklist) {
		c.Waterfall("From death", []terminal.Moment{{"it dies", 0}, {"it is seen", 10 * time.Second}, {"the page", 40 * time.Second}})
	})
	const want = `
From death
  it dies       0.0 s
  it is seen   10.0 s  #########
  the page     40.0 s           ############################
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := checklist(false, terminal.Style{}, func(c *terminal.Checklist) { c.Waterfall("x", []terminal.Moment{{"alone", 0}}) }); got != "" {
		t.Errorf("one moment alone is drawn: %q", got)
	}
}
