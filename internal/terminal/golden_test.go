package terminal

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"callprobe/probe"
)

var update = flag.Bool("update", false, "write the golden files in testdata")

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs; -update accepts what is printed now:\n%s", path, got)
	}
}

func TestReportsLookAsAgreed(t *testing.T) {
	for name, r := range calls(t) {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			if err := Report(&out, Style{Width: 80}, r); err != nil {
				t.Fatal(err)
			}
			golden(t, name+".txt", out.Bytes())
		})
	}
}

func TestStylesLookAsAgreed(t *testing.T) {
	for name, style := range map[string]Style{
		"color":  {Color: true, Width: 80},
		"ascii":  {ASCII: true, Width: 80},
		"narrow": {Width: 60},
		"broad":  {Width: 120},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			for _, r := range []*probe.Report{misheardCall(t), talkOverCall(t), wideCall(t)} {
				if err := Report(&out, style, r); err != nil {
					t.Fatal(err)
				}
			}
			golden(t, "style-"+name+".txt", out.Bytes())
		})
	}
}

func TestSummaryLooksAsAgreed(t *testing.T) {
	reports := []*probe.Report{
		goodCall(t), talkOverCall(t), slowCall(t), noAgentCall(t), misheardCall(t), multiTurnCall(t),
		unreachableCall(t), silentCallerCall(t), longTextCall(t), wideCall(t), hostileCall(t), {}, nil,
	}
	for _, r := range reports[:len(reports)-1] {
		r.Target = "staging"
	}
	for name, style := range map[string]Style{"summary": {Width: 80}, "summary-narrow-ascii": {Width: 60, ASCII: true}} {
		var out bytes.Buffer
		if err := Summary(&out, style, reports); err != nil {
			t.Fatal(err)
		}
		golden(t, name+".txt", out.Bytes())
	}
}

func TestSummaryOfSeveralTargetsNamesThem(t *testing.T) {
	reports := []*probe.Report{goodCall(t), slowCall(t), noAgentCall(t)}
	reports[1].Target, reports[2].Target = "sales-eu-central-1", "\x1b[2J"
	for name, style := range map[string]Style{"summary-targets": {Width: 80}, "summary-targets-narrow-ascii": {Width: 60, ASCII: true}} {
		var out bytes.Buffer
		if err := Summary(&out, style, reports); err != nil {
			t.Fatal(err)
		}
		golden(t, name+".txt", out.Bytes())
	}
}

func TestSummaryOfOneCallIsEmpty(t *testing.T) {
	var out bytes.Buffer
	if err := Summary(&out, Style{}, []*probe.Report{goodCall(t)}); err != nil || out.Len() != 0 {
		t.Errorf("printed %q, error %v", out.String(), err)
	}
}

func plans() []probe.Plan {
	turn := func(name string, length int) probe.Turn {
		return probe.Turn{Say: probe.Utterance{Name: name, Clip: clipOf(between(0, length).End)}, When: probe.Trigger{Kind: probe.AfterAgent}}
	}
	barge := turn("stop-please", 1200)
	barge.When.Kind = probe.BargeIn
	many := probe.Plan{Name: "many", Limits: probe.DefaultLimits()}
	for range 40 {
		many.Turns = append(many.Turns, turn("again", 1000))
	}
	return []probe.Plan{
		{Name: "refund", Limits: probe.DefaultLimits(), Turns: []probe.Turn{turn("refund-please", 2310)}},
		{Name: "barge-in", Limits: probe.DefaultLimits(), Turns: []probe.Turn{turn("tell-me-everything", 3100), barge, turn("thank-you", 900)}},
		{Name: "silence", Limits: probe.DefaultLimits(), Turns: []probe.Turn{{Silence: 5000 * ms}}},
		{Name: "退款\x1b[31m-with-a-name-that-does-not-end", Limits: probe.DefaultLimits(), Turns: []probe.Turn{turn("退\x07款", 1000)}},
		many,
		{},
	}
}

func TestPlansLookAsAgreed(t *testing.T) {
	var out bytes.Buffer
	if err := Plans(&out, Style{Width: 80}, plans()); err != nil {
		t.Fatal(err)
	}
	golden(t, "plans.txt", out.Bytes())
}

func TestJUnitLooksAsAgreed(t *testing.T) {
	var out bytes.Buffer
	reports := []*probe.Report{goodCall(t), slowCall(t), unreachableCall(t), silentCallerCall(t), hostileCall(t), {}}
	if err := JUnit(&out, reports); err != nil {
		t.Fatal(err)
	}
	golden(t, "junit.xml", out.Bytes())
}

type brokenWriter struct{}

var errBroken = errors.New("no space left")

func (brokenWriter) Write([]byte) (int, error) { return 0, errBroken }

func TestErrorsOfTheWriterAreReturned(t *testing.T) {
	two := []*probe.Report{goodCall(t), goodCall(t)}
	for name, err := range map[string]error{
		"report":  Report(brokenWriter{}, Style{}, two[0]),
		"summary": Summary(brokenWriter{}, Style{}, two),
		"plans":   Plans(brokenWriter{}, Style{}, plans()),
		"JUnit":   JUnit(brokenWriter{}, two),
	} {
		if !errors.Is(err, errBroken) {
			t.Errorf("%s: error %v does not wrap the writer's", name, err)
		}
	}
}

func TestAReportThatIsNotThereIsAnError(t *testing.T) {
	var out bytes.Buffer
	if err := Report(&out, Style{}, nil); err == nil || out.Len() > 0 {
		t.Errorf("error %v, printed %q", err, out.String())
	}
	if err := JUnit(&out, []*probe.Report{nil}); err == nil || out.Len() > 0 {
		t.Errorf("error %v, printed %q", err, out.String())
	}
}
