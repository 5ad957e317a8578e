package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"callprobe/internal/manual"
)

// example is a configuration or a scenario that the repository shows.
type example struct {
	path string
	manual.YAML
}

func (e example) String() string { return fmt.Sprintf("%s:%d", e.path, e.Line) }

// examples are all YAML texts of documents, and the configurations in values of
// the chart.
func examples(t *testing.T) []example {
	t.Helper()
	var found []example
	err := filepath.WalkDir("../..", func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			if err == nil && slices.Contains([]string{".git", "bin", "dist", "node_modules", "testdata"}, d.Name()) {
				return filepath.SkipDir
			}
			return err
		}
		text, err := os.ReadFile(path) //nolint:gosec // A file of this repository.
		path = filepath.ToSlash(strings.TrimPrefix(path, "../../"))
		before := len(found)
		switch {
		case strings.HasSuffix(path, ".md"):
			for _, y := range manual.YAMLs(string(text)) {
				found = append(found, example{path, y})
			}
		case strings.HasPrefix(path, "deploy/kubernetes/values/"):
			if inner := manual.Under(string(text), "config"); inner != "" {
				found = append(found, example{path, manual.YAML{Line: 1, Text: inner}})
			}
		case strings.HasPrefix(path, "docs/") && strings.HasSuffix(path, ".yml"):
			found = append(found, example{path, manual.YAML{Line: 1, Text: string(text)}})
		}
		// Nothing that names credentials may escape.
		shows := regexp.MustCompile(`(?m)^[\s{-]*api_key_(env|file): `).MatchString(string(text))
		if shows && regexp.MustCompile(`\.(md|ya?ml)$`).MatchString(path) && len(found) == before {
			t.Errorf("%s shows a configuration that this test does not find", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// What kind of YAML a text is, by its outermost keys. A configuration that is
// shown in part lacks its targets.
const (
	kindConfig     = "configuration"
	kindPart       = "part of a configuration"
	kindScenario   = "scenario"
	kindPrometheus = "Prometheus'"
)

func kindOf(t *testing.T, e example) string {
	t.Helper()
	keys := manual.TopKeys(e.Text)
	all := func(of ...string) bool {
		return len(keys) > 0 && !slices.ContainsFunc(keys, func(k string) bool { return !slices.Contains(of, k) })
	}
	switch {
	case slices.Contains(keys, "turns"):
		return kindScenario
	case all("targets", "probes", "calls_at_once", "maintenance", "recording", "web"):
		if slices.Contains(keys, "targets") {
			return kindConfig
		}
		return kindPart
	case all("scrape_configs", "remote_write", "rule_files", "job_name", "global", "alerting"):
		return kindPrometheus
	}
	t.Errorf("%s: the keys %q are those of no format that is known here", e, keys)
	return ""
}

// stubTargets are the targets that a configuration shown in part may name.
const stubTargets = "targets:\n" +
	"  - {name: lab, url: 'ws://127.0.0.1:7880', api_key_env: LIVEKIT_API_KEY, api_secret_env: LIVEKIT_API_SECRET}\n" +
	"  - {name: sales, url: 'ws://127.0.0.1:7880', api_key_env: LIVEKIT_API_KEY, api_secret_env: LIVEKIT_API_SECRET}\n"

// withItsFiles writes an example to a folder with the files that it names, and
// returns its path there. Absolute paths become such of the folder.
func withItsFiles(t *testing.T, name, text string) string {
	t.Helper()
	sound, err := os.ReadFile("../../scenarios/testdata/hello.mp3")
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	write := func(path string, data []byte) {
		path = filepath.Join(folder, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	named := regexp.MustCompile(`(api_key_file|api_secret_file|scenario|say): ['"]?([^\s'",}]+)`)
	for _, m := range named.FindAllStringSubmatch(text, -1) {
		relative := strings.TrimPrefix(m[2], "/")
		if relative != m[2] {
			text = strings.ReplaceAll(text, m[2], relative)
		}
		switch {
		case strings.HasPrefix(m[1], "api_"):
			write(relative, []byte("from-a-file\n"))
		case strings.HasSuffix(relative, ".yaml"):
			write(relative, []byte("turns: [{say: opening-hours}]\n"))
		case strings.HasSuffix(relative, ".mp3"), strings.HasSuffix(relative, ".wav"):
			write(relative, sound)
		}
	}
	write(name, []byte(text))
	return filepath.Join(folder, name)
}

func TestCheckAcceptsEveryExampleInTheRepository(t *testing.T) {
	counts := map[string]int{}
	for _, e := range examples(t) {
		kind := kindOf(t, e)
		counts[kind]++
		var args []string
		switch kind {
		case kindConfig:
			args = []string{"check", "--config.file=" + withItsFiles(t, "callprobe.yml", e.Text)}
		case kindPart:
			args = []string{"check", "--config.file=" + withItsFiles(t, "callprobe.yml", stubTargets+e.Text)}
		case kindScenario:
			args = []string{"check", withItsFiles(t, "example.yaml", e.Text)}
		default:
			continue
		}
		if code, _, errOut := invoke(credentials(), args...); code != exitPassed || errOut != "" {
			t.Errorf("%s: callprobe check of this %s exits with %d:\n%s%s", e, kind, code, errOut, e.Text)
		}
	}
	if counts[kindConfig] < 5 || counts[kindScenario] < 2 || counts[kindPrometheus] < 4 {
		t.Errorf("too few examples were found: %v", counts)
	}
}
