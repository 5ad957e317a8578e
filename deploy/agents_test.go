package deploy_test

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// instrument is a metric family as a source declares it.
type instrument struct{ kind, labels, help string }

// theAgents returns the instruments that each language's agent declares.
func theAgents(t *testing.T) map[string]map[string]instrument {
	t.Helper()
	declared := map[string]*regexp.Regexp{
		"agents/metrics.ts":       regexp.MustCompile(`new (Counter|Histogram|Gauge)\(\{\s*name: '(\w+)',\s*help: ['"](.+?)['"],\n(?:\s*labelNames: \[(.*?)\])?`),
		"agents/agent_metrics.py": regexp.MustCompile(`\s(Counter|Histogram|Gauge)\(\s*"(\w+)",\s*"(.+?)",\n(?:\s*\[(.*?)\])?`),
	}
	agents := map[string]map[string]instrument{}
	for path, pattern := range declared {
		found := map[string]instrument{}
		for _, m := range pattern.FindAllStringSubmatch(read(t, path), -1) {
			found[m[2]] = instrument{strings.ToLower(m[1]), sortedNames(m[4]), m[3]}
		}
		agents[path] = found
	}
	return agents
}

// sortedNames returns the names in a list, without quotes.
func sortedNames(list string) string {
	names := regexp.MustCompile(`\w+`).FindAllString(list, -1)
	slices.Sort(names)
	return strings.Join(names, " ")
}

// What the agent says of itself has neither target, which Prometheus adds, nor
// scenario, which it does not know; it knows who calls instead.
func TestAgentsHaveTheFamiliesOfCallprobe(t *testing.T) {
	want := map[string]instrument{}
	for _, m := range regexp.MustCompile(`(?m)^((?:agent|stt)_\w+) (\w+) \{(.*)\}$`).FindAllStringSubmatch(read(t, "../metrics/testdata/families.txt"), -1) {
		var labels []string
		for label := range strings.SplitSeq(m[3], ", ") {
			switch label {
			case "scenario":
				labels = append(labels, "caller")
			case "target":
			default:
				labels = append(labels, label)
			}
		}
		want[m[1]] = instrument{kind: m[2], labels: sortedNames(strings.Join(labels, " "))}
	}
	if len(want) != 5 {
		t.Fatalf("families of callprobe: %v", want)
	}
	for path, found := range theAgents(t) {
		for name, i := range found {
			i.help = ""
			if want[name] != i {
				t.Errorf("%s: %s is %+v, callprobe's is %+v", path, name, i, want[name])
			}
		}
		if got, all := slices.Sorted(maps.Keys(found)), slices.Sorted(maps.Keys(want)); !slices.Equal(got, all) {
			t.Errorf("%s declares %q, callprobe %q", path, got, all)
		}
	}
}

func TestAgentsSayTheSameOfTheirFamiliesInBothLanguages(t *testing.T) {
	agents := theAgents(t)
	node, python := agents["agents/metrics.ts"], agents["agents/agent_metrics.py"]
	for name, i := range node {
		if python[name] != i {
			t.Errorf("%s in Node:\n%+v\nin Python:\n%+v", name, i, python[name])
		}
	}
}

func TestAgentsHaveTheBucketsOfCallprobe(t *testing.T) {
	numbers := func(path, from string) []string {
		_, rest, found := strings.Cut(read(t, path), from)
		if !found {
			t.Fatalf("%s has no %q", path, from)
		}
		list := regexp.MustCompile(`^[\s\d.,]+`).FindString(rest)
		return regexp.MustCompile(`[\d.]+`).FindAllString(list, -1)
	}
	want := numbers("../metrics/buckets.go", "func replyBuckets() []float64 {\n\treturn []float64{")
	if len(want) < 20 {
		t.Fatalf("buckets of callprobe: %q", want)
	}
	for path, from := range map[string]string{"agents/metrics.ts": "BUCKETS = [", "agents/agent_metrics.py": "BUCKETS = ("} {
		if got := numbers(path, from); !slices.Equal(got, want) {
			t.Errorf("%s has the buckets %q, callprobe %q", path, got, want)
		}
	}
}

// The gap's query stands in the documents; what promtool tests is that text.
func TestTheRulesHoldWithBothViewsOfAnAgent(t *testing.T) {
	path := promtool(t)
	_, rest, _ := strings.Cut(read(t, "../docs/alerting.md"), "## Inside against outside")
	_, query, _ := strings.Cut(rest, "```promql\n")
	query, _, found := strings.Cut(query, "```")
	tests := strings.Replace(read(t, "agents/test/rules.yml"), "GAP", strings.Join(strings.Fields(query), " "), 1)
	if !found || strings.Contains(tests, "GAP") {
		t.Fatal("docs/alerting.md has no query for the gap")
	}
	tests += gapOfTheDashboard(t, tests[strings.Index(tests, "  - name: the gap"):])
	folder := folderOf(t, map[string]string{"prometheus/callprobe.rules.yml": read(t, rulesPath), "agents/test/rules.yml": tests})
	if out, err := invoke(t, path, "test", "rules", filepath.Join(folder, "agents/test/rules.yml")); err != nil {
		t.Errorf("promtool test rules: %v\n%s", err, out)
	}
	if out, err := invoke(t, path, "check", "config", "agents/prometheus.yml"); err != nil {
		t.Errorf("promtool check config: %v\n%s", err, out)
	}
}

// gapOfTheDashboard makes of the test of the gap that of the dashboard's panel, which
// asks by other labels than the names of jobs.
func gapOfTheDashboard(t *testing.T, gap string) string {
	t.Helper()
	name, rest, _ := strings.Cut(gap, "\n")
	for _, p := range readDashboard(t).Panels {
		if p.Title == "Outside less inside" {
			asked := strings.ReplaceAll(query(p.Targets[0].Expr), `"support"`, `"shop"`)
			return name + " in the dashboard\n" + regexp.MustCompile(`round\(.*, 0\.001\)`).ReplaceAllLiteralString(rest, "round("+asked+", 0.001)")
		}
	}
	t.Error("the dashboard does not show the gap")
	return ""
}

// python returns a Python that has these modules, or skips the test.
func python(t *testing.T, modules string) string {
	t.Helper()
	for _, name := range []string{"python3", "/usr/bin/python3"} {
		path, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		if _, err := invoke(t, path, "-c", "import "+modules); err == nil {
			return path
		}
	}
	t.Skipf("there is no Python that can import %s: install Debian's python3-prometheus-client", modules)
	return ""
}

func TestTheAgentInPythonCountsByTheRulesOfTheOneInNode(t *testing.T) {
	path := python(t, "prometheus_client")
	out, err := invoke(t, path, "-B", "-m", "unittest", "discover", "-s", "agents/test")
	if err != nil || !regexp.MustCompile(`Ran 1\d tests`).MatchString(out) {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestTheAgentInPythonCompiles(t *testing.T) {
	path := python(t, "ast")
	for _, name := range []string{"agents/agent.py", "agents/agent_metrics.py"} {
		if out, err := invoke(t, path, "-c", "import sys; compile(open(sys.argv[1]).read(), sys.argv[1], 'exec')", name); err != nil {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}

func TestTheLockOfTheAgentNamesNoRegistry(t *testing.T) {
	lock := read(t, "agents/package-lock.json")
	if strings.Contains(lock, `"resolved"`) || !strings.Contains(lock, `"integrity": "sha512-`) {
		t.Error("npm install --omit-lockfile-registry-resolved=true writes a lock with checksums and without addresses")
	}
	if _, err := os.Stat("agents/node_modules"); err == nil {
		t.Error("deploy/agents/node_modules does not belong among sources: tools/test.sh agents installs elsewhere")
	}
}
