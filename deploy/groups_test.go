package deploy_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

const (
	rulesPath   = "prometheus/callprobe.rules.yml"
	testsFolder = "prometheus/tests"
)

// ruleFile is the text of a file of rules, cut into its groups, and those into
// their rules, so that a part can be left out or changed and all else stays as
// it is shipped.
type ruleFile struct {
	head   string
	groups []ruleGroup
}

type ruleGroup struct {
	head  string
	rules []string
}

func cutRules(text string) ruleFile {
	parts := cut(text, `(?m)^(?:  #.*\n)*  - name: `)
	f := ruleFile{head: parts[0]}
	for _, part := range parts[1:] {
		rules := cut(part, `(?m)^(?:      #.*\n)*      - (?:alert|record): `)
		f.groups = append(f.groups, ruleGroup{head: rules[0], rules: rules[1:]})
	}
	return f
}

// cut cuts a text before each match of a pattern.
func cut(text, pattern string) []string {
	var parts []string
	begin := 0
	for _, place := range regexp.MustCompile(pattern).FindAllStringIndex(text, -1) {
		parts = append(parts, text[begin:place[0]])
		begin = place[0]
	}
	return append(parts, text[begin:])
}

func (f ruleFile) String() string {
	var b strings.Builder
	b.WriteString(f.head)
	for _, g := range f.groups {
		b.WriteString(g.head + strings.Join(g.rules, ""))
	}
	return b.String()
}

// names returns the alerts or records of a file or a part of it.
func names(text, kind string) []string {
	var found []string
	for _, m := range regexp.MustCompile(`(?m)^      - `+kind+`: (\S+)$`).FindAllStringSubmatch(text, -1) {
		found = append(found, m[1])
	}
	return found
}

// needed returns the file with the groups only that an alert rests on: its own,
// and those that record or raise what its group looks at. Groups do not disturb
// each other, and promtool takes its time for each.
func (f ruleFile) needed(alert string) ruleFile {
	wanted := map[int]bool{}
	var follow func(kind, name string)
	follow = func(kind, name string) {
		for i, g := range f.groups {
			text := g.head + strings.Join(g.rules, "")
			if wanted[i] || !slices.Contains(names(text, kind), name) {
				continue
			}
			wanted[i] = true
			for _, record := range regexp.MustCompile(`target:\w+:\w+`).FindAllString(text, -1) {
				follow("record", record)
			}
			for _, m := range regexp.MustCompile(`alertname=~?"([^"]+)"`).FindAllStringSubmatch(text, -1) {
				for other := range strings.SplitSeq(m[1], "|") {
					follow("alert", other)
				}
			}
		}
	}
	follow("alert", alert)
	small := ruleFile{head: f.head}
	for i, g := range f.groups {
		if wanted[i] {
			small.groups = append(small.groups, g)
		}
	}
	return small
}

// rule is what YAML makes of a rule.
type rule struct {
	Alert, Record, Expr, For string
	Labels, Annotations      map[string]string
}

// decodeRules reads a file of rules, or the spec of a PrometheusRule.
func decodeRules(t *testing.T, text string) []rule {
	t.Helper()
	type group struct{ Rules []rule }
	var file struct {
		Groups []group
		Spec   struct{ Groups []group }
	}
	if err := yaml.Unmarshal([]byte(text), &file); err != nil {
		t.Fatalf("read rules: %v", err)
	}
	var rules []rule
	for _, g := range append(file.Groups, file.Spec.Groups...) {
		rules = append(rules, g.Rules...)
	}
	if len(rules) == 0 {
		t.Fatal("read rules: there are none")
	}
	return rules
}

// shippedAlerts returns the alerts of the repository.
func shippedAlerts(t *testing.T) []rule {
	t.Helper()
	return slices.DeleteFunc(decodeRules(t, read(t, rulesPath)), func(r rule) bool { return r.Alert == "" })
}

func TestCuttingLosesNothing(t *testing.T) {
	text := read(t, rulesPath)
	f := cutRules(text)
	if f.String() != text {
		t.Error("the parts do not add up to the file")
	}
	count := 0
	for _, g := range f.groups {
		count += len(g.rules)
	}
	if want := len(decodeRules(t, text)); count != want {
		t.Errorf("%d rules were cut, and there are %d", count, want)
	}
}
