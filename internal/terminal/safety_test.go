package terminal

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/displaywidth"

	"callprobe/probe"
	"callprobe/probe/wer"
)

// randomText draws from what is most likely to break a line: wide and joined
// characters, marks, controls, long words, bytes that are not UTF-8.
func randomText(rng *rand.Rand) string {
	pieces := []string{
		"a", "word", " ", "  ", "\n", "\t", "\r", "款", "項", "하", "\u1112\u1161", "e\u0301", "\u0301", "\u0301", "👩‍👩‍👧", "🇩🇪", "🇩",
		"\ufe0f", "#\ufe0f", "❤\ufe0f", "\u200d", "\u200c", "\u200b", "\u202e", "\u2066", "\u2028", "\u3000", "\u00a0", "न", "\u094d", "ก", "ำ",
		"\x1b[31m", "\x1b]0;t\x07", "\u009b2J", "\x00", "\x7f", "\xff", "\xe4\xb8", "\ufeff", "\ue000", "\u0600", "\U000e0041", "\u00ad",
		strings.Repeat("x", 90), strings.Repeat("款", 50), strings.Repeat("\u0301", 50), `"`, "<&>]]>", "50", "%", "--", "█",
	}
	var b strings.Builder
	for range rng.IntN(12) {
		b.WriteString(pieces[rng.IntN(len(pieces))])
	}
	if rng.IntN(40) == 0 {
		return strings.Repeat(b.String(), 400)
	}
	return b.String()
}

func randomDuration(rng *rand.Rand) time.Duration {
	switch rng.IntN(12) {
	case 0:
		return time.Duration(rng.Uint64())
	case 1:
		return math.MaxInt64
	case 2:
		return math.MinInt64
	case 3:
		return 0
	}
	return time.Duration(rng.Int64N(int64(40*time.Second))) - 2*time.Second
}

func randomMeasured(rng *rand.Rand) probe.Measured {
	switch rng.IntN(3) {
	case 0:
		return probe.Measured{Missing: randomText(rng)}
	case 1:
		return probe.Measured{Value: randomDuration(rng), OK: true, Uncertainty: randomDuration(rng)}
	}
	return probe.Measured{Value: randomDuration(rng), OK: true}
}

func randomInterval(rng *rand.Rand) probe.Interval {
	return probe.Interval{Start: randomDuration(rng), End: randomDuration(rng)}
}

func some[T any](rng *rand.Rand, most int, one func() T) []T {
	out := make([]T, rng.IntN(most+1))
	for i := range out {
		out[i] = one()
	}
	return out
}

func randomTurn(rng *rand.Rand) probe.TurnReport {
	outcomes := []probe.STTOutcome{probe.STTCorrect, probe.STTIncorrect, probe.STTNotThere, probe.STTUnsupported, probe.STTNotApplicable}
	t := probe.TurnReport{
		Utterance: randomText(rng), Reference: randomText(rng), Transcript: randomText(rng), AgentText: randomText(rng),
		Outcome: probe.Reason(randomText(rng)), Detail: randomText(rng),
		Said: randomInterval(rng), Reply: randomInterval(rng), TTFA: randomMeasured(rng), TalkOver: rng.IntN(2) == 0,
		FirstEnergy: randomMeasured(rng), BargeInStop: randomMeasured(rng), AgentE2E: randomMeasured(rng),
		STT:      probe.STTReport{Outcome: outcomes[rng.IntN(len(outcomes))], Interim: randomMeasured(rng), Final: randomMeasured(rng)},
		Warnings: some(rng, 3, func() probe.Warning { return probe.Warning(randomText(rng)) }),
	}
	if rng.IntN(2) == 0 {
		t.STT.Score = &wer.Result{Steps: some(rng, 20, func() wer.Step {
			return wer.Step{Op: wer.Op(rng.IntN(5)), Reference: randomText(rng), Hypothesis: randomText(rng)}
		})}
		t.STT.Score.Hits, t.STT.Score.Deletions = rng.IntN(100), rng.IntN(3)
	}
	return t
}

func randomReport(rng *rand.Rand) *probe.Report {
	verdicts := []probe.Verdict{probe.Passed, probe.Failed, probe.Inconclusive, "", "\x1b[31mpassed"}
	reasons := probe.Reasons()
	return &probe.Report{
		Scenario: randomText(rng), Target: randomText(rng), CallID: randomText(rng), Room: randomText(rng),
		Verdict: verdicts[rng.IntN(len(verdicts))], Reason: reasons[rng.IntN(len(reasons))],
		Stage: probe.Stage(randomText(rng)), Detail: randomText(rng), Remedy: randomText(rng),
		Duration: randomDuration(rng), Join: randomMeasured(rng), AgentJoin: randomMeasured(rng), Greeting: randomMeasured(rng),
		Agents: some(rng, 5, func() string { return randomText(rng) }),
		Turns:  some(rng, 6, func() probe.TurnReport { return randomTurn(rng) }),
		Network: probe.Network{
			Packets: rng.Int64(), Lost: rng.Int64N(1000), DecodeErrors: rng.Int64N(3), Jitter: randomDuration(rng),
			SkewPPM: rng.NormFloat64() * 1e6, Known: rng.IntN(2) == 0,
		},
		Pacing:   probe.Pacing{Frames: rng.IntN(3), LateP99: randomDuration(rng), LateMax: randomDuration(rng)},
		Talk:     some(rng, 8, func() probe.Talk { return probe.Talk{Interval: randomInterval(rng), LevelDBFS: math.NaN()} }),
		Warnings: some(rng, 30, func() probe.Warning { return probe.Warning(randomText(rng)) }),
	}
}

func randomPlan(rng *rand.Rand) probe.Plan {
	return probe.Plan{Name: randomText(rng), Limits: probe.Limits{Call: randomDuration(rng)}, Turns: some(rng, 15, func() probe.Turn {
		return probe.Turn{Say: probe.Utterance{Name: randomText(rng)}, Silence: randomDuration(rng), When: probe.Trigger{Kind: probe.BargeIn}}
	})}
}

// withoutColour takes away the control sequences that we print ourselves.
func withoutColour(text string) string {
	return regexp.MustCompile("\x1b\\[(1;)?[0-9]{1,2}m").ReplaceAllString(text, "")
}

// checkLines says what is wrong with printed text, if anything.
func checkLines(text string, style Style) error {
	if style.Color {
		for line := range strings.SplitSeq(text, "\n") {
			if last := strings.LastIndex(line, "\x1b["); last >= 0 && !strings.HasPrefix(line[last:], "\x1b[0m") {
				return fmt.Errorf("colour runs on after %q", line)
			}
		}
		text = withoutColour(text)
	}
	if !utf8.ValidString(text) {
		return errors.New("not UTF-8")
	}
	for line := range strings.SplitSeq(text, "\n") {
		if w := displaywidth.String(line); w > style.width() {
			return fmt.Errorf("%d columns wide, the style has %d: %q", w, style.width(), line)
		}
		for _, r := range line {
			switch {
			case unicode.IsControl(r), r != zeroWidthJoiner && r != zeroWidthNonJoiner && unicode.Is(unicode.Cf, r), unicode.In(r, unicode.Zl, unicode.Zp, unicode.Co):
				return fmt.Errorf("a terminal obeys %U in %q", r, line)
			case style.ASCII && r > unicode.MaxASCII:
				return fmt.Errorf("%U is not ASCII in %q", r, line)
			}
		}
	}
	return nil
}

func randomStyle(rng *rand.Rand) Style {
	widths := []int{0, -5, 10, 60, 61, 80, 100, 160, 999}
	return Style{Color: rng.IntN(2) == 0, ASCII: rng.IntN(3) == 0, Width: widths[rng.IntN(len(widths))]}
}

func TestNothingPrintedIsTooWideOrActsOnATerminal(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	for range 150 {
		style := randomStyle(rng)
		reports := []*probe.Report{randomReport(rng), randomReport(rng)}
		plan := randomPlan(rng)
		step := probe.Progress{At: randomDuration(rng), Step: probe.Step(randomText(rng)), Turn: rng.IntN(3) - 1, Text: randomText(rng)}
		for name, show := range map[string]func(io.Writer) error{
			"report":   func(w io.Writer) error { return Report(w, style, reports[0]) },
			"summary":  func(w io.Writer) error { return Summary(w, style, reports) },
			"plans":    func(w io.Writer) error { return Plans(w, style, []probe.Plan{plan}) },
			"progress": func(w io.Writer) error { NewProgress(w, false, style).Update(randomText(rng), step); return nil },
		} {
			var out bytes.Buffer
			if err := show(&out); err != nil {
				t.Fatal(err)
			}
			if err := checkLines(out.String(), style); err != nil {
				t.Fatalf("%s in style %+v: %v", name, style, err)
			}
		}
	}
}

func TestCheckLinesSeesWhatIsForbidden(t *testing.T) {
	for name, text := range map[string]string{
		"a line that is too wide": strings.Repeat("款", 41),
		"an escape sequence":      "\x1b[2J",
		"a colour without an end": "\x1b[31mred",
		"a carriage return":       "a\rb",
		"an eight-bit control":    "\u009b2J",
		"a change of direction":   "\u202e",
		"a byte outside UTF-8":    "\xff",
	} {
		if checkLines(text, Style{Color: true}) == nil {
			t.Errorf("%s passes", name)
		}
	}
}

func TestJUnitIsValidWhateverTheTextsHold(t *testing.T) {
	rng := rand.New(rand.NewPCG(13, 14))
	for range 40 {
		var out bytes.Buffer
		if err := JUnit(&out, []*probe.Report{randomReport(rng), randomReport(rng)}); err != nil {
			t.Fatal(err)
		}
		var back struct {
			Suites []struct {
				Cases []struct {
					Name string `xml:"name,attr"`
				} `xml:"testcase"`
			} `xml:"testsuite"`
		}
		if err := xml.Unmarshal(out.Bytes(), &back); err != nil {
			t.Fatalf("%v in\n%s", err, out.String())
		}
		n := 0
		for _, s := range back.Suites {
			n += len(s.Cases)
		}
		if n != 2 {
			t.Fatalf("%d cases, want 2, in\n%s", n, out.String())
		}
		if strings.ContainsFunc(out.String(), func(r rune) bool { return unicode.IsControl(r) && r != '\n' }) {
			t.Fatalf("a control character in %q", out.String())
		}
	}
}

func TestWhatIsMissingIsNeverZero(t *testing.T) {
	r := &probe.Report{Scenario: "s", Turns: []probe.TurnReport{{Utterance: "u", Reference: "r"}, {}}}
	zero := regexp.MustCompile(`\b0(\.0+)?( s| ms| %)`)
	for name, show := range map[string]func(io.Writer) error{
		"report":  func(w io.Writer) error { return Report(w, Style{}, r) },
		"summary": func(w io.Writer) error { return Summary(w, Style{}, []*probe.Report{r, r}) },
	} {
		var out bytes.Buffer
		if err := show(&out); err != nil {
			t.Fatal(err)
		}
		text, _, _ := strings.Cut(out.String(), " in all")
		if found := zero.FindString(strings.TrimSuffix(text, "0.0 s")); found != "" {
			t.Errorf("%s prints %q:\n%s", name, found, out.String())
		}
	}
	for _, p := range properties(r) {
		if strings.HasSuffix(p.Name, "_seconds") {
			t.Errorf("property %s is %q though nothing was measured", p.Name, p.Value)
		}
	}
}
