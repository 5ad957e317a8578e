package terminal

import (
	"bytes"
	"testing"
	"time"
)

func TestAccuracyLooksAsAgreed(t *testing.T) {
	us := func(n int) time.Duration { return time.Duration(n) * time.Microsecond }
	passed := Accuracy{
		Over:   "a virtual network in this process",
		Errors: []time.Duration{us(-90), us(110), us(-400), us(-450), us(-100), us(3000), us(800), us(-700)},
		Median: us(400), P95: us(3000), P99: us(3000), Most: us(3000), Coverage: 1,
		PacingMedian: us(900), PacingMost: us(2100),
	}
	failed := Accuracy{
		Over:   "the room server at ws://127.0.0.1:7880",
		Errors: []time.Duration{us(12000), us(70000), us(-1)},
		Median: us(12000), P95: us(70000), P99: us(70000), Most: us(70000), Coverage: 2.0 / 3, Disturbed: 2,
		Exceeds: []string{"the median error of 12ms is above 1ms", "the 99th percentile of 70ms is above 5ms"},
	}
	for name, tc := range map[string]struct {
		style Style
		of    Accuracy
	}{
		"accuracy":              {Style{Width: 80}, passed},
		"accuracy-failed":       {Style{Width: 80, Color: true}, failed},
		"accuracy-narrow-ascii": {Style{Width: 60, ASCII: true}, failed},
	} {
		var out bytes.Buffer
		if err := PrintAccuracy(&out, tc.style, tc.of); err != nil {
			t.Fatal(err)
		}
		golden(t, name+".txt", out.Bytes())
	}
}

func TestCallsAreCounted(t *testing.T) {
	var lines, live bytes.Buffer
	p := NewProgress(&lines, false, Style{})
	p.Count(1, 4, "passed\x1b[2J")
	p = NewProgress(&live, true, Style{Width: 60})
	p.Count(2, 4, "inconclusive after 11.2 s, the caller's audio left 135 ms late")
	p.Done()
	if got, want := lines.String(), "1 of 4 calls, the last: passed\\x1b[2J\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := live.String(), eraseLine+"2 of 4 calls, the last: inconclusive after 11.2 s, the cal…"+eraseLine; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
