package manual_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"callprobe/probe"
)

func TestEveryReasonHasItsSectionInTroubleshootingAndViceVersa(t *testing.T) {
	text := read(t, "docs/troubleshooting.md")
	var sections []string
	for _, m := range regexp.MustCompile(`(?m)^## ([a-z_]+)$`).FindAllStringSubmatch(text, -1) {
		sections = append(sections, m[1])
	}
	var reasons []string
	for _, r := range probe.Reasons() {
		reasons = append(reasons, string(r))
	}
	if !slices.Equal(sections, reasons) {
		t.Errorf("the sections are\n%q, the reasons of the code\n%q", sections, reasons)
	}
	for part := range strings.SplitSeq(text, "\n## ") {
		name, body, _ := strings.Cut(part, "\n")
		r := probe.Reason(name)
		if !slices.Contains(probe.Reasons(), r) || r == probe.Answered {
			continue
		}
		if !strings.Contains(body, "**Means**: ") || !strings.Contains(body, "**Whose**: ") {
			t.Errorf("%s does not say what it means and whose it is", name)
		}
		_, whose, _ := strings.Cut(body, "**Whose**:")
		whose, _, _ = strings.Cut(strings.Join(strings.Fields(whose), " "), ".")
		if agents := strings.HasPrefix(whose, "the agent's"); agents != (r.Verdict() == probe.Failed) {
			t.Errorf("%s is %s, and here it is %q", name, r.Verdict(), whose)
		}
	}
	// The table on top has the same three groups.
	for _, r := range probe.Reasons() {
		row := regexp.MustCompile("(?m)^\\|.*\\[`" + string(r) + "`\\]\\(#" + string(r) + "\\).*\\| ([a-z]+),").FindStringSubmatch(text)
		if row == nil || row[1] != string(r.Verdict()) {
			t.Errorf("the table does not say that %s is %s", r, r.Verdict())
		}
	}
}
