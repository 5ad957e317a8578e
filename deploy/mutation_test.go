package deploy_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// envMutations, when it is "all", asks for every mutation instead of a sample.
const envMutations = "CALLPROBE_MUTATIONS"

// sampleOf is the share of mutations that are tried by default, one in so many:
// all of them take minutes.
const sampleOf = 60

// mutant is a rule that was made worse.
type mutant struct {
	// what says what was done to which rule.
	what string
	// group and rule say which it is.
	group, rule int
	// text takes its place; empty is a rule that is gone.
	text string
}

// mutants makes every rule worse in every way that a unit test must notice.
func mutants(f ruleFile) []mutant {
	var all []mutant
	for g, group := range f.groups {
		for r, text := range group.rules {
			name := strings.Join(append(names(text, "alert"), names(text, "record")...), "")
			add := func(what, changed string) {
				all = append(all, mutant{name + ": " + what, g, r, changed})
			}
			add("it is gone", "")
			for _, n := range numbers(text) {
				for _, v := range worse(n.value) {
					add(fmt.Sprintf("%s becomes %s in %q", n.text, v, n.line), text[:n.at]+v+text[n.at+len(n.text):])
				}
			}
			if len(names(text, "alert")) > 0 {
				for _, w := range windows(text) {
					for _, seconds := range []float64{w.value / 2, w.value * 2} {
						v := fmt.Sprintf("%.0fs", seconds)
						add(fmt.Sprintf("[%s] becomes [%s] in %q", w.text, v, w.line), text[:w.at]+v+text[w.at+len(w.text):])
					}
				}
			}
			if m := regexp.MustCompile(`(?m)^        for: (\d+)(m|s)$`).FindStringSubmatchIndex(text); m != nil {
				n, _ := strconv.Atoi(text[m[2]:m[3]])
				for _, v := range []int{n / 2, n * 2} {
					lasts := fmt.Sprintf("%d%s", v, text[m[4]:m[5]])
					if v == 0 {
						lasts = "0s"
					}
					add("for: "+lasts, text[:m[2]]+lasts+text[m[5]:])
				}
			}
			for from, to := range map[string]string{"critical": "warning", "warning": "critical", "none": "warning"} {
				if before := "severity: " + from; strings.Contains(text, before) {
					add("severity: "+to, strings.Replace(text, before, "severity: "+to, 1))
				}
			}
		}
	}
	// The order of a map is none.
	slices.SortStableFunc(all, func(a, b mutant) int { return strings.Compare(a.what, b.what) })
	return all
}

// figure is a number in an expression, or a length of time in seconds.
type figure struct {
	text, line string
	value      float64
	at         int
}

// windows finds the windows over which an alert looks itself. Those of records
// stand in their names.
func windows(text string) []figure {
	var found []figure
	for _, m := range regexp.MustCompile(`\[(\d+)([smhd])\]`).FindAllStringSubmatchIndex(text, -1) {
		value, err := strconv.ParseFloat(text[m[2]:m[3]], 64)
		if err != nil {
			continue
		}
		value *= map[string]float64{"s": 1, "m": 60, "h": 3600, "d": 24 * 3600}[text[m[4]:m[5]]]
		found = append(found, figure{text[m[2]:m[5]], lineAt(text, m[2]), value, m[2]})
	}
	return found
}

// lineAt returns the line of a text that a position is in, as it can stand in the
// name of a test: a slash would cut that in two.
func lineAt(text string, at int) string {
	begin := strings.LastIndex(text[:at], "\n") + 1
	line, _, _ := strings.Cut(text[begin:], "\n")
	return strings.ReplaceAll(strings.TrimSpace(line), "/", "÷")
}

// numbers finds the figures in the expression of a rule, those in names, strings
// and lengths of time left out.
func numbers(text string) []figure {
	begin := strings.Index(text, "        expr: ")
	end := len(text)
	if m := regexp.MustCompile(`(?m)^        (for|labels|annotations):`).FindStringIndex(text); m != nil {
		end = m[0]
	}
	// vector(1) fires whatever its value is.
	masked := regexp.MustCompile(`"[^"]*"|\[[^\]]*\]|vector\(1\)`).ReplaceAllStringFunc(text[begin:end], func(s string) string { return strings.Repeat("x", len(s)) })
	var found []figure
	for _, m := range regexp.MustCompile(`[\s(](\d+(?:\.\d+)?)[\s),]`).FindAllStringSubmatchIndex(masked, -1) {
		value, err := strconv.ParseFloat(masked[m[2]:m[3]], 64)
		if err != nil {
			continue
		}
		found = append(found, figure{text: masked[m[2]:m[3]], line: lineAt(text, begin+m[2]), value: value, at: begin + m[2]})
	}
	return found
}

// worse returns what a figure is changed to: stricter and looser by half.
func worse(v float64) []string {
	switch v {
	case 0:
		return []string{"1"}
	case 1:
		return []string{"0.5", "2"} // Of counts, more than 1.5 is more than 1.
	}
	write := func(v float64) string { return strconv.FormatFloat(v, 'g', 6, 64) }
	return []string{write(v / 2), write(v * 1.5)}
}

// bench tries mutants on the unit tests of the alerts.
type bench struct {
	promtool string
	rules    ruleFile
	alerts   []string

	mu sync.Mutex
	// cases holds the unit tests of each alert, each a file of its own, and
	// first those that have found a mutant before: they find the next ones.
	cases map[string][]string
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{promtool: promtool(t), rules: cutRules(read(t, rulesPath)), cases: map[string][]string{}}
	for _, r := range shippedAlerts(t) {
		b.alerts = append(b.alerts, r.Alert)
		parts := cut(read(t, filepath.Join(testsFolder, r.Alert+".yml")), `(?m)^(?:  #.*\n)*  - name: `)
		for _, part := range parts[1:] {
			b.cases[r.Alert] = append(b.cases[r.Alert], parts[0]+part)
		}
	}
	return b
}

// caught reports whether a unit test notices a mutant.
func (b *bench) caught(t *testing.T, m mutant) bool {
	t.Helper()
	changed := ruleFile{head: b.rules.head, groups: slices.Clone(b.rules.groups)}
	changed.groups[m.group].rules = slices.Clone(changed.groups[m.group].rules)
	changed.groups[m.group].rules[m.rule] = m.text
	original := b.rules.groups[m.group].rules[m.rule]
	for _, alert := range b.affected(m.group, original) {
		text := changed.needed(alert).String()
		if changed.needed(alert).groups == nil {
			text = changed.String() // The alert itself is gone.
		}
		b.mu.Lock()
		cases := slices.Clone(b.cases[alert])
		b.mu.Unlock()
		for _, c := range cases {
			folder := folderOf(t, map[string]string{"callprobe.rules.yml": text, "tests/test.yml": c})
			out, err := invoke(t, b.promtool, "test", "rules", filepath.Join(folder, "tests/test.yml"))
			if err == nil {
				continue
			}
			if !strings.Contains(out, "FAILED") || !strings.Contains(out, "got:") {
				t.Errorf("%s: promtool did not come to testing: %s", m.what, out)
			}
			b.mu.Lock()
			i := slices.Index(b.cases[alert], c)
			b.cases[alert] = slices.Insert(slices.Delete(b.cases[alert], i, i+1), 0, c)
			b.mu.Unlock()
			return true
		}
	}
	return false
}

// affected returns the alerts that a change of a rule may show in, those of the
// rule itself and its group first.
func (b *bench) affected(group int, text string) []string {
	if own := names(text, "alert"); len(own) == 1 {
		return own
	}
	own := b.rules.groups[group].head
	var near, far []string
	for _, alert := range b.alerts {
		small := b.rules.needed(alert)
		i := slices.IndexFunc(small.groups, func(g ruleGroup) bool { return g.head == own })
		switch {
		case i < 0:
		case slices.Contains(names(strings.Join(small.groups[i].rules, ""), "alert"), alert):
			near = append(near, alert)
		default:
			far = append(far, alert)
		}
	}
	return append(near, far...)
}

func TestEveryRuleThatIsMadeWorseFailsAUnitTest(t *testing.T) {
	b := newBench(t)
	all := mutants(b.rules)
	if len(all) < 200 {
		t.Fatalf("only %d mutants: they cannot be all", len(all))
	}
	tried := all
	if os.Getenv(envMutations) != "all" {
		tried = nil
		for i, m := range all {
			if i%sampleOf == 0 || strings.HasSuffix(m.what, "Agents: it is gone") {
				tried = append(tried, m)
			}
		}
		t.Logf("%d of %d mutants are tried; make test-mutations tries all", len(tried), len(all))
	}
	room := newTurns()
	for _, m := range tried {
		t.Run(m.what, func(t *testing.T) {
			t.Parallel()
			defer room.take()()
			if !b.caught(t, m) {
				t.Errorf("no unit test notices that %s", m.what)
			}
		})
	}
}

func TestMutantsAreMade(t *testing.T) {
	const text = "groups:\n  - name: a\n    rules:\n      - alert: A\n        expr: |\n          sum(rate(x{y=\"1\"}[5m])) > 0.5\n          and z_2 == 0\n        for: 2m\n        labels:\n          severity: critical\n"
	var got []string
	for _, m := range mutants(cutRules(text)) {
		got = append(got, m.what)
	}
	want := []string{
		`A: 0 becomes 1 in "and z_2 == 0"`,
		`A: 0.5 becomes 0.25 in "sum(rate(x{y=\"1\"}[5m])) > 0.5"`, `A: 0.5 becomes 0.75 in "sum(rate(x{y=\"1\"}[5m])) > 0.5"`,
		`A: [5m] becomes [150s] in "sum(rate(x{y=\"1\"}[5m])) > 0.5"`, `A: [5m] becomes [600s] in "sum(rate(x{y=\"1\"}[5m])) > 0.5"`,
		"A: for: 1m", "A: for: 4m", "A: it is gone", "A: severity: warning",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
