package pages

import (
	"bytes"
	"math"
	"strings"
	"testing"
	"time"

	"callprobe/audio"
	"callprobe/internal/history"
	"callprobe/probe"
	"callprobe/probe/wer"
)

func sec(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// told is a call of ten seconds: the caller speaks from 2 to 4 s, the agent
// replies at 5 s.
func told(change ...func(*history.Call)) *history.Call {
	c := &history.Call{
		Report: &probe.Report{
			Duration: sec(10), Talk: []probe.Talk{{Interval: probe.Interval{Start: sec(5), End: sec(7)}}},
			Turns: []probe.TurnReport{{
				Reference: "hello", Said: probe.Interval{Start: sec(2), End: sec(4)}, Reply: probe.Interval{Start: sec(5), End: sec(7)},
				TTFA: probe.Measured{Value: sec(1), OK: true, Uncertainty: sec(0.01)},
			}},
		},
		Limits: []time.Duration{sec(2)},
	}
	for _, f := range change {
		f(c)
	}
	return c
}

// second is where a moment lies in the wide drawing.
func second(s float64) float64 { return round(64 + s/10*(1080-64-2)) }

func TestTheTimelineIsTrueToScale(t *testing.T) {
	d := wide(told(), nil)
	if b := d.Bars[0]; b.X != second(2) || math.Abs(b.X+b.W-second(4)) > 0.2 || b.Class != "caller" || b.Y != callerY {
		t.Errorf("the caller is drawn %+v", b)
	}
	if b := d.Bars[1]; b.X != second(5) || math.Abs(b.X+b.W-second(7)) > 0.2 || b.Class != "reply" || b.Y != agentY {
		t.Errorf("the agent is drawn %+v", b)
	}
	if w := d.Waits[0]; w.X1 != second(4) || w.X2 != second(5) || w.Label.Text != "1.00 s" || w.Class != "" {
		t.Errorf("the wait is drawn %+v", w)
	}
	if l := d.Limits[0]; l.X != second(6) || l.Text != "limit 2 s" {
		t.Errorf("the limit is drawn %+v", l)
	}
	if u := d.Unsure[0]; math.Abs(u.X-second(4.99)) > 0.2 || math.Abs(u.X+u.W-second(5.01)) > 0.2 {
		t.Errorf("the uncertainty is drawn %+v", u)
	}
}

func TestWhatTheTimelineShowsOfWaits(t *testing.T) {
	for _, tc := range []struct {
		name   string
		change func(*history.Call)
		want   wait
	}{
		{"a late reply is bad", func(c *history.Call) { c.Limits[0] = sec(0.5) }, wait{X1: second(4), X2: second(5), Class: "bad"}},
		{"no reply is drawn to the end of the call", func(c *history.Call) {
			c.Report.Turns[0].TTFA = probe.Measured{Missing: "no reply was heard"}
		}, wait{X1: second(4), X2: second(10), Class: "bad none"}},
		{"talk over the caller is drawn backwards", func(c *history.Call) {
			c.Report.Turns[0].TTFA.Value = sec(-0.5)
		}, wait{X1: second(3.5), X2: second(4)}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := wide(told(tc.change), nil).Waits[0]
			if w.X1 != tc.want.X1 || w.X2 != tc.want.X2 || w.Class != tc.want.Class {
				t.Errorf("got %+v, want %+v", w, tc.want)
			}
		})
	}
}

func TestLabelsNeverCoverOneAnother(t *testing.T) {
	c := told(func(c *history.Call) {
		turn := c.Report.Turns[0]
		c.Report.Turns = nil
		for i := range 40 {
			turn.Said = probe.Interval{Start: sec(float64(i) * 0.25), End: sec(float64(i)*0.25 + 0.1)}
			turn.TTFA.Value = sec(0.05)
			c.Report.Turns = append(c.Report.Turns, turn)
			c.Limits = append(c.Limits, sec(0.1))
			c.Events = append(c.Events, probe.Event{At: turn.Said.Start, Kind: probe.Reconnecting})
		}
	})
	for _, d := range []*drawing{wide(c, nil), narrow(c, nil)} {
		char := 6.4
		if d.Class == "narrow" {
			char = 5.6
		}
		shown := 0
		end := map[float64]float64{}
		check := func(row float64, l label) {
			if l.Text == "" {
				return
			}
			shown++
			w := textWidth(l.Text) * char
			start := l.X
			if l.Anchor == "middle" {
				start -= w / 2
			}
			if start < end[row] || start < d.Left-0.1 || start+w > d.W+0.1 {
				t.Errorf("%s: %q at %v covers what ends at %v, or lies outside", d.Class, l.Text, start, end[row])
			}
			end[row] = start + w
		}
		for _, w := range d.Waits {
			check(waitLabelY, w.Label)
		}
		for _, l := range d.Limits {
			check(limitY, l)
		}
		for _, l := range d.Room {
			check(l.Y, l)
		}
		if shown < 6 {
			t.Errorf("%s: only %d labels are shown", d.Class, shown)
		}
	}
}

func TestTicksStandAtRoundSecondsAndApart(t *testing.T) {
	for _, total := range []float64{0.01, 0.7, 3, 9.9, 12, 59, 61, 600, 90_000} {
		for _, d := range []*drawing{wide(told(func(c *history.Call) { c.Report.Duration = sec(total) }), nil), narrow(told(func(c *history.Call) { c.Report.Duration = sec(total) }), nil)} {
			if len(d.Ticks) > 40 || len(d.Ticks) < 2 {
				t.Errorf("%s, %v s: %d ticks", d.Class, total, len(d.Ticks))
			}
			for i := 1; i < len(d.Ticks); i++ {
				if d.Ticks[i].X-d.Ticks[i-1].X < 30 {
					t.Errorf("%s, %v s: ticks %v and %v", d.Class, total, d.Ticks[i-1], d.Ticks[i])
				}
			}
		}
	}
}

func TestACallThatNeverBeganHasNoTimeline(t *testing.T) {
	if d := wide(&history.Call{Report: &probe.Report{}}, nil); d != nil {
		t.Errorf("got %+v", d)
	}
}

func TestAgentsThatPublishTwiceAreShownOnce(t *testing.T) {
	heard := func(channel probe.Channel, who probe.Speaker) probe.Event {
		return probe.Event{At: sec(4), Kind: probe.TranscriptHeard, Transcript: &probe.Transcript{Channel: channel, Speaker: who, Text: "hello", Final: true}}
	}
	d := wide(told(func(c *history.Call) {
		c.Events = []probe.Event{heard(probe.StreamChannel, probe.CallerSpeaks), heard(probe.LegacyChannel, probe.CallerSpeaks), heard(probe.LegacyChannel, probe.AgentSpeaks)}
	}), nil)
	if len(d.Marks) != 2 || d.Marks[0].Y != heardY || d.Marks[1].Y != saysY {
		t.Errorf("the marks are %+v", d.Marks)
	}
}

func TestStatesEndWhenTheAgentIsGone(t *testing.T) {
	d := wide(told(func(c *history.Call) {
		c.Events = []probe.Event{
			{At: sec(1), Kind: probe.AgentState, Text: "listening"}, {At: sec(4), Kind: probe.AgentState, Text: "thinking"}, {At: sec(6), Kind: probe.AgentWentAway},
		}
	}), nil)
	if len(d.States) != 2 || d.States[1].X != second(4) || math.Abs(d.States[1].X+d.States[1].W-second(6)) > 0.2 || d.States[1].Class != "state thinking" {
		t.Errorf("the states are %+v", d.States)
	}
}

func TestWavesAreTheLoudestOfEachSideOfEachSlot(t *testing.T) {
	var b bytes.Buffer
	left, right := make([]int16, 4800), make([]int16, 4800)
	left[100], left[2500], right[4799] = 16384, -32767, 8192
	if err := audio.WriteWAV(&b, audio.Rate48k, left, right); err != nil {
		t.Fatal(err)
	}
	w, err := readWaves(&b, 50*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	near := func(got []float64, want ...float64) bool {
		for i := range want {
			if len(got) != len(want) || math.Abs(got[i]-want[i]) > 0.001 {
				return false
			}
		}
		return true
	}
	if !near(w.caller, 0.5, 1) || !near(w.agent, 0, 0.25) {
		t.Errorf("caller %v, agent %v", w.caller, w.agent)
	}
	for _, path := range wide(told(), w).Waves {
		if !strings.HasPrefix(path, "M64 ") || strings.Contains(path, "NaN") {
			t.Errorf("the path is %q", path)
		}
	}
	if _, err := readWaves(strings.NewReader("RIFF"), time.Millisecond); err == nil {
		t.Error("a file that is cut short is drawn")
	}
}

func TestWordsOfScriptsWithoutSpacesStandTogether(t *testing.T) {
	d := newDiff([]wer.Step{{Op: wer.Hit, Reference: "営", Hypothesis: "営"}, {Op: wer.Hit, Reference: "業", Hypothesis: "業"}, {Op: wer.Substitution, Reference: "時", Hypothesis: "字"}, {Op: wer.Hit, Reference: "a", Hypothesis: "a"}})
	glued := []bool{}
	for _, w := range d.Words {
		glued = append(glued, w.Glued)
	}
	if glued[0] || !glued[1] || glued[2] || glued[3] || d.Words[2].Kind != "substitution" {
		t.Errorf("got %+v", d.Words)
	}
	if d := newDiff(make([]wer.Step, 1000)); len(d.Words) != mostSteps || d.Left != 1000-mostSteps {
		t.Errorf("%d words of a thousand, %d left", len(d.Words), d.Left)
	}
}
