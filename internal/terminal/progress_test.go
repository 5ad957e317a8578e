package terminal

import (
	"bytes"
	"strings"
	"testing"

	"github.com/clipperhouse/displaywidth"

	"callprobe/probe"
)

func steps() []probe.Progress {
	return []probe.Progress{
		{Step: probe.StepConnecting, Turn: -1},
		{At: 112 * ms, Step: probe.StepJoined, Turn: -1, Text: "callprobe-c-0001"},
		{At: 480 * ms, Step: probe.StepAgentJoined, Turn: -1, Text: "agent-AJ\x1b[2J"},
		{At: 1024 * ms, Step: probe.StepAgentSpeaking, Turn: -1},
		{At: 3300 * ms, Step: probe.StepAgentSilent, Turn: -1},
		{At: 3900 * ms, Step: probe.StepCallerSpeaks, Turn: 0, Text: "I want a refund for my last order, and I want it now, not next week."},
		{At: 6210 * ms, Step: probe.StepWaiting, Turn: 0},
		{At: 6400 * ms, Step: probe.StepTranscript, Turn: 0, Text: strings.Repeat("我想退款", 20)},
		{At: 12400 * ms, Step: probe.StepHangingUp, Turn: -1},
	}
}

func TestProgressInALogIsALinePerStep(t *testing.T) {
	var out bytes.Buffer
	p := NewProgress(&out, false, Style{})
	for _, s := range steps() {
		p.Update("refund", s)
	}
	p.Done()
	golden(t, "progress.txt", out.Bytes())
}

func TestProgressOnATerminalIsOneLineThatGoesAway(t *testing.T) {
	var out bytes.Buffer
	p := NewProgress(&out, true, Style{Color: true, Width: 60})
	for _, s := range steps() {
		p.Update("refund", s)
	}
	p.Done()
	if strings.Contains(out.String(), "\n") {
		t.Errorf("more than one line: %q", out.String())
	}
	drawn := strings.Split(out.String(), eraseLine)
	if len(drawn) != len(steps())+2 || drawn[0] != "" || drawn[len(drawn)-1] != "" {
		t.Fatalf("%d pieces between erasures, want one per step and an empty line at the end: %q", len(drawn), drawn)
	}
	for _, line := range drawn {
		if err := checkLines(line, Style{Color: true, Width: 60}); err != nil {
			t.Error(err)
		}
		if w := displaywidth.String(withoutColour(line)); w > 59 {
			t.Errorf("%d columns reach the last column of 60: %q", w, line)
		}
	}
}

func TestDoneWithoutProgressPrintsNothing(t *testing.T) {
	var out bytes.Buffer
	NewProgress(&out, true, Style{}).Done()
	p := NewProgress(&out, false, Style{})
	p.Done()
	if out.Len() > 0 {
		t.Errorf("printed %q", out.String())
	}
}
