package manual_test

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"callprobe/internal/config"
	"callprobe/internal/manual"
	"callprobe/probe"
	"callprobe/scenarios"
)

const root = "../.."

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, path)) //nolint:gosec // A file of this repository.
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// documents are all files of the repository from which people, or a machine that
// they set up, take names: Markdown, configuration, units.
func documents(t *testing.T) []string {
	t.Helper()
	named := regexp.MustCompile(`\.(md|ya?ml|tpl|tmpl|service|timer)$|^deploy/(cron/|docker/Dockerfile)|NOTES\.txt$`)
	var paths []string
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		path = filepath.ToSlash(strings.TrimPrefix(path, root+"/"))
		switch {
		case d.IsDir() && slices.Contains([]string{".git", "bin", "dist", "node_modules", "testdata"}, d.Name()):
			return filepath.SkipDir
		case !d.IsDir() && named.MatchString(path) && path != "THIRD_PARTY_NOTICES.md" && path != ".golangci.yml":
			paths = append(paths, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(paths) < 50 {
		t.Fatalf("only %d documents were found", len(paths))
	}
	return paths
}

// commandFlags are the flags of each command, of the lab's too.
func commandFlags(t *testing.T) map[string]map[string]bool {
	t.Helper()
	flags, err := manual.CommandFlags(read(t, "docs/command-line.md"))
	if err != nil {
		t.Fatal(err)
	}
	lab := map[string]bool{"help": true}
	for _, m := range regexp.MustCompile(`app\.Flag\("([^"]+)"`).FindAllStringSubmatch(read(t, "lab/flags.go"), -1) {
		lab[m[1]], lab["no-"+m[1]] = true, true
	}
	flags["callprobe-lab"], flags["go run -C lab ."] = lab, lab
	return flags
}

// flagsOfOthers are flags that documents show without the program before them,
// with whose they are.
func flagsOfOthers() map[string]string {
	return map[string]string{
		"enable-feature": "Prometheus", "storage.tsdb.path": "Prometheus",
		"storage.path": "Alertmanager", "cluster.listen-address": "Alertmanager",
		"collector.textfile.directory": "node_exporter",
		"from":                         "COPY in a Dockerfile",
	}
}

func TestEveryFlagInTheDocumentsExists(t *testing.T) {
	commands := commandFlags(t)
	anyones := map[string]bool{}
	for _, flags := range commands {
		maps.Copy(anyones, flags)
	}
	others, used := flagsOfOthers(), map[string]bool{}
	checked := 0
	for _, path := range documents(t) {
		if path == "docs/command-line.md" {
			continue // It is what the program says.
		}
		for _, m := range manual.Flags(read(t, path)) {
			flags, known := commands[m.Command]
			switch {
			case known && !flags[m.Name]:
				t.Errorf("%s:%d: %s has no flag --%s", path, m.Line, m.Command, m.Name)
			case known, anyones[m.Name]:
				checked++
			case m.Command != "" && !strings.HasPrefix(m.Command, "callprobe"):
			case others[m.Name] != "":
				used[m.Name] = true
			default:
				t.Errorf("%s:%d: there is no flag --%s; see docs/command-line.md", path, m.Line, m.Name)
			}
		}
	}
	for name, whose := range others {
		if !used[name] {
			t.Errorf("--%s of %s stands in no document any more", name, whose)
		}
	}
	if checked < 100 {
		t.Errorf("only %d flags were found", checked)
	}
}

func TestEveryCommandInTheDocumentsExists(t *testing.T) {
	commands := commandFlags(t)
	checked := 0
	for _, path := range documents(t) {
		if !strings.HasSuffix(path, ".md") {
			continue
		}
		for _, m := range manual.Commands(read(t, path)) {
			if commands["callprobe "+m.Name] == nil {
				t.Errorf("%s:%d: there is no command callprobe %s; see docs/command-line.md", path, m.Line, m.Name)
			}
			checked++
		}
	}
	if checked < 50 {
		t.Errorf("only %d commands were found", checked)
	}
}

// series are the metrics that callprobe exports, by their names in queries.
func series(t *testing.T) map[string]bool {
	t.Helper()
	known := map[string]bool{}
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\| ([a-z]+) \\|").FindAllStringSubmatch(read(t, "docs/metrics.md"), -1) {
		known[m[1]] = true
		if m[2] == "histogram" {
			known[m[1]+"_bucket"], known[m[1]+"_count"], known[m[1]+"_sum"] = true, true, true
		}
	}
	if len(known) < 40 {
		t.Fatalf("docs/metrics.md names only %d series", len(known))
	}
	return known
}

// fields are names that look like metrics and are none: keys, reasons, and what
// reports and logs call things.
func fields(t *testing.T) map[string]bool {
	t.Helper()
	known := map[string]bool{}
	for _, schema := range [][]byte{config.Schema(), scenarios.Schema()} {
		for _, g := range groups(t, schema) {
			for _, k := range g.Keys {
				known[k.Name] = true
			}
		}
	}
	for _, r := range probe.Reasons() {
		known[string(r)] = true
	}
	tag := regexp.MustCompile(`json:"([a-z0-9_]+)`)
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path) //nolint:gosec // A file of this repository.
		for _, m := range tag.FindAllStringSubmatch(string(text), -1) {
			known[m[1]] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return known
}

func TestEveryMetricInTheDocumentsExists(t *testing.T) {
	known, others := series(t), fields(t)
	checked := 0
	for _, path := range documents(t) {
		for _, m := range manual.Metrics(read(t, path)) {
			// The beginning of several, such as callprobe_result_*.
			begins := strings.HasSuffix(m.Name, "_") && slices.ContainsFunc(slices.Collect(maps.Keys(known)), func(name string) bool { return strings.HasPrefix(name, m.Name) })
			switch {
			case known[m.Name], begins:
				checked++
			case others[m.Name]:
			default:
				t.Errorf("%s:%d: there is no metric %s; see docs/metrics.md", path, m.Line, m.Name)
			}
		}
	}
	if checked < 300 {
		t.Errorf("only %d names were found", checked)
	}
}
