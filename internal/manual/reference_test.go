package manual_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"callprobe/internal/config"
	"callprobe/internal/manual"
	"callprobe/scenarios"
)

const referencePath = "../../docs/configuration.md"

// groups are the mappings of a format.
func groups(t *testing.T, schema []byte) []manual.Group {
	t.Helper()
	all, err := manual.Groups(schema)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestTheReferenceOfBothFormatsIsWhatTheirSchemasSay(t *testing.T) {
	for name, want := range map[string]string{
		"configuration": "## The configuration\n\n" + manual.Reference(groups(t, config.Schema()), "###", "The file"),
		"scenario":      "## A scenario\n\n" + manual.Reference(groups(t, scenarios.Schema()), "###", "The scenario file"),
	} {
		if err := manual.Sync(referencePath, name, want); err != nil {
			t.Error(err)
		}
	}
}

func TestEveryKeyHasAMeaningAnExampleAndEveryNumberAUnit(t *testing.T) {
	for _, schema := range [][]byte{config.Schema(), scenarios.Schema()} {
		for _, g := range groups(t, schema) {
			if g.Meaning == "" || len(g.Keys) == 0 {
				t.Errorf("%q has no meaning or no keys", g.Path)
			}
			for _, k := range g.Keys {
				mapping := strings.Contains(k.Kind, "mapping")
				if k.Meaning == "" || k.Kind == "" || mapping != (k.Example == "") {
					t.Errorf("%s lacks a meaning, a type or an example: %+v", k.Path, k)
				}
				if strings.HasPrefix(k.Kind, "number") != (k.Unit != "") {
					t.Errorf("%s: a number has a unit and nothing else has one: %+v", k.Path, k)
				}
				if k.Pattern != "" && !regexp.MustCompile(k.Pattern).MatchString(k.Example) {
					t.Errorf("%s: the example %q is not allowed", k.Path, k.Example)
				}
			}
		}
	}
}

// exampleFile is a file of all examples of a format, without the keys named.
func exampleFile(all []manual.Group, without ...string) string {
	skip := regexp.MustCompile(`(^|\.)(` + strings.Join(without, "|") + `)$`)
	var b strings.Builder
	var write func(path, indent string)
	write = func(path, indent string) {
		for _, g := range all {
			if g.Path != path {
				continue
			}
			for _, k := range g.Keys {
				list := strings.HasPrefix(k.Kind, "list")
				switch {
				case skip.MatchString(k.Path):
					continue
				case k.Example == "" && list:
					b.WriteString(indent + k.Name + ":\n" + indent + "  -\n")
					write(k.Path+"[]", indent+"    ")
				case k.Example == "":
					b.WriteString(indent + k.Name + ":\n")
					write(k.Path, indent+"  ")
				case list:
					b.WriteString(indent + k.Name + ": ['" + k.Example + "']\n")
				case strings.HasPrefix(k.Kind, "number"), strings.Contains(k.Kind, "`true`"):
					b.WriteString(indent + k.Name + ": " + k.Example + "\n")
				default:
					b.WriteString(indent + k.Name + ": '" + k.Example + "'\n")
				}
			}
		}
	}
	write("", "")
	return b.String()
}

func TestTheExamplesOfTheReferenceTogetherAreAConfiguration(t *testing.T) {
	all := groups(t, config.Schema())
	for name, without := range map[string][]string{
		"credentials in files, an interval":             {"api_key_env", "api_secret_env", "cron", `probes\[\]\.time_zone`},
		"credentials in the environment, an expression": {"api_key_file", "api_secret_file", "interval"},
	} {
		text := exampleFile(all, without...)
		folder := t.TempDir()
		files := fstest.MapFS{"callprobe.yml": {Data: []byte(text)}, "keys/api-key": {Data: []byte("k")}, "keys/api-secret": {Data: []byte("s")}}
		if err := os.CopyFS(folder, files); err != nil {
			t.Fatal(err)
		}
		if _, err := config.Load(filepath.Join(folder, "callprobe.yml"), func(string) string { return "set" }); err != nil {
			t.Errorf("%s: %v\n%s", name, err, text)
		}
	}
}

func TestTheExamplesOfTheReferenceTogetherAreAScenario(t *testing.T) {
	sound, err := os.ReadFile("../../scenarios/testdata/hello.mp3")
	if err != nil {
		t.Fatal(err)
	}
	all := groups(t, scenarios.Schema())
	for name, without := range map[string][]string{
		"a turn that waits":      {"silence", "barge_in"},
		"a turn that interrupts": {"silence", "hold"},
		"a silent turn":          {"say", "text", "barge_in", "reply", "stt"},
	} {
		text := exampleFile(all, without...)
		files := fstest.MapFS{"refund.yaml": {Data: []byte(text)}, "hello.mp3": {Data: sound}}
		if _, err := scenarios.LoadFS(files, "refund.yaml"); err != nil {
			t.Errorf("%s: %v\n%s", name, err, text)
		}
	}
}
