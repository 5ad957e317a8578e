package terminal

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"callprobe/probe"
)

type junitSuites struct {
	XMLName xml.Name `xml:"testsuites"`
	Name    string   `xml:"name,attr"`
	junitCounts
	Suites []*junitSuite `xml:"testsuite"`
}

type junitCounts struct {
	Tests    int    `xml:"tests,attr"`
	Failures int    `xml:"failures,attr"`
	Errors   int    `xml:"errors,attr"`
	Time     string `xml:"time,attr"`
	total    time.Duration
}

type junitSuite struct {
	Name string `xml:"name,attr"`
	junitCounts
	Timestamp string      `xml:"timestamp,attr,omitempty"`
	Cases     []junitCase `xml:"testcase"`
}

type junitCase struct {
	Name       string          `xml:"name,attr"`
	Class      string          `xml:"classname,attr"`
	Time       string          `xml:"time,attr"`
	Properties []junitProperty `xml:"properties>property"`
	Error      *junitProblem   `xml:"error"`
	Failure    *junitProblem   `xml:"failure"`
	Output     junitText       `xml:"system-out"`
}

// junitText is text whose lines stay lines in the file.
type junitText struct {
	Escaped string `xml:",innerxml"`
}

type junitProperty struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type junitProblem struct {
	Type    string `xml:"type,attr"`
	Message string `xml:"message,attr"`
	junitText
}

// JUnit prints calls in the XML that build servers read: a test suite per
// scenario, a test case per call. A failed call is a failure and an
// inconclusive one an error, with the reason as type. The figures are
// properties of the case, in seconds and named as in JSON; a missing one is
// absent. The printed report is the case's output.
//
// The XML is valid whatever the texts hold: what XML 1.0 cannot hold (section
// 2.2) is spelled out.
func JUnit(w io.Writer, reports []*probe.Report) error {
	all := junitSuites{Name: "callprobe"}
	byName := map[string]*junitSuite{}
	for _, r := range reports {
		if r == nil {
			return errNoReport
		}
		suite, ok := byName[r.Scenario]
		if !ok {
			suite = &junitSuite{Name: scenarioName(r)}
			if !r.Started.IsZero() {
				suite.Timestamp = r.Started.UTC().Format("2006-01-02T15:04:05")
			}
			byName[r.Scenario] = suite
			all.Suites = append(all.Suites, suite)
		}
		c, err := newJUnitCase(r, len(suite.Cases)+1)
		if err != nil {
			return err
		}
		suite.Cases = append(suite.Cases, c)
		suite.count(r)
		all.count(r)
	}
	all.Time = decimal(all.total)
	for _, s := range all.Suites {
		s.Time = decimal(s.total)
	}
	out, err := xml.MarshalIndent(all, "", "  ")
	if err != nil {
		return fmt.Errorf("encode JUnit XML: %w", err)
	}
	if _, err := io.WriteString(w, xml.Header+string(out)+"\n"); err != nil {
		return fmt.Errorf("print JUnit XML: %w", err)
	}
	return nil
}

func scenarioName(r *probe.Report) string {
	if r.Scenario == "" {
		return "(no name)"
	}
	return harmless(r.Scenario)
}

func (c *junitCounts) count(r *probe.Report) {
	c.Tests++
	c.total += max(0, r.Duration)
	switch r.Verdict {
	case probe.Passed:
	case probe.Failed:
		c.Failures++
	case probe.Inconclusive:
		c.Errors++
	default:
		c.Errors++
	}
}

func newJUnitCase(r *probe.Report, n int) (junitCase, error) {
	c := junitCase{
		Name:       fmt.Sprintf("%s #%d", scenarioName(r), n),
		Class:      "callprobe",
		Time:       decimal(max(0, r.Duration)),
		Properties: properties(r),
	}
	if r.Target != "" {
		c.Class += "." + harmless(r.Target)
	}
	if r.Verdict != probe.Passed {
		p := &junitProblem{Type: harmless(string(r.Reason)), Message: harmless(r.Detail)}
		text := p.Message
		if r.Remedy != "" {
			text += "\nwhat to do: " + harmless(r.Remedy)
		}
		p.junitText = lines(text)
		if r.Verdict == probe.Failed {
			c.Failure = p
		} else {
			c.Error = p
		}
	}
	var text bytes.Buffer
	if err := Report(&text, Style{}, r); err != nil {
		return junitCase{}, fmt.Errorf("print JUnit XML: %w", err)
	}
	c.Output = lines("\n" + text.String())
	return c, nil
}

// harmless keeps outside text from acting on a terminal that the file is shown
// on; whatever XML cannot hold is among that.
func harmless(text string) string { return Style{}.clean(text) }

func lines(text string) junitText {
	var b strings.Builder
	for i, line := range strings.Split(text, "\n") {
		if i > 0 {
			b.WriteByte('\n')
		}
		_ = xml.EscapeText(&b, []byte(line)) // A strings.Builder does not fail.
	}
	return junitText{b.String()}
}

func decimal(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', 3, 64) }

// properties lists the figures that there are.
func properties(r *probe.Report) []junitProperty {
	var out []junitProperty
	text := func(name, value string) {
		if value != "" {
			out = append(out, junitProperty{name, harmless(value)})
		}
	}
	figure := func(name string, m probe.Measured) {
		if m.OK {
			out = append(out, junitProperty{name, strconv.FormatFloat(m.Value.Seconds(), 'f', 6, 64)})
		}
	}
	text("call_id", r.CallID)
	text("room", r.Room)
	text("reason", string(r.Reason))
	figure("join_seconds", r.Join)
	figure("agent_join_seconds", r.AgentJoin)
	figure("greeting_seconds", r.Greeting)
	for i, t := range r.Turns {
		turn := fmt.Sprintf("turn%d_", i+1)
		text(turn+"outcome", string(t.Outcome))
		figure(turn+"ttfa_seconds", t.TTFA)
		if t.TTFA.OK {
			figure(turn+"ttfa_uncertainty_seconds", probe.Measured{Value: t.TTFA.Uncertainty, OK: true})
		}
		figure(turn+"first_energy_seconds", t.FirstEnergy)
		figure(turn+"barge_in_stop_seconds", t.BargeInStop)
		figure(turn+"e2e_latency_seconds", t.AgentE2E)
		text(turn+"stt_outcome", string(t.STT.Outcome))
		if t.STT.Score != nil {
			if rate, ok := t.STT.Score.WER(); ok {
				text(turn+"wer", strconv.FormatFloat(rate, 'f', 4, 64))
			}
			if rate, ok := t.STT.Score.Raw.WER(); ok {
				text(turn+"raw_wer", strconv.FormatFloat(rate, 'f', 4, 64))
			}
		}
		figure(turn+"stt_interim_seconds", t.STT.Interim)
		figure(turn+"stt_final_seconds", t.STT.Final)
		for _, phrase := range t.STT.MissedPhrases() {
			text(turn+"missed_phrase", phrase)
		}
	}
	if r.Network.Known {
		text("packets", strconv.FormatInt(r.Network.Packets, 10))
		text("packets_lost", strconv.FormatInt(r.Network.Lost, 10))
		figure("jitter_seconds", probe.Measured{Value: r.Network.Jitter, OK: true})
	}
	if r.Pacing.Frames > 0 {
		figure("late_p99_seconds", probe.Measured{Value: r.Pacing.LateP99, OK: true})
	}
	return out
}
