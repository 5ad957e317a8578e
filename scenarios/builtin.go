package scenarios

import (
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"callprobe/internal/yamlfile"
	"callprobe/probe"
)

//go:embed *.yaml
//go:embed utterances/*.mp3 utterances/*.txt
var builtin embed.FS

// Builtin loads a scenario that comes with callprobe.
func Builtin(name string) (probe.Plan, error) {
	names := BuiltinNames()
	if slices.Contains(names, name) {
		return LoadFS(builtin, name+".yaml")
	}
	if near, ok := yamlfile.Nearest(name, names); ok {
		return probe.Plan{}, fmt.Errorf("load scenario %s: did you mean %s? The built-in ones are %s; your own is named by its .yaml file",
			yamlfile.Quote(name), yamlfile.Quote(near), strings.Join(names, ", "))
	}
	return probe.Plan{}, fmt.Errorf("load scenario %s: the built-in ones are %s; your own is named by its .yaml file",
		yamlfile.Quote(name), strings.Join(names, ", "))
}

// BuiltinNames returns the names of the built-in scenarios, sorted.
func BuiltinNames() []string {
	var names []string
	entries, err := builtin.ReadDir(".")
	if err != nil {
		return nil
	}
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), ".yaml"); ok {
			names = append(names, name)
		}
	}
	return names
}

// BuiltinFile returns the text of a built-in scenario: an example to copy. Its
// recordings are found by their names wherever the copy lies.
func BuiltinFile(name string) ([]byte, error) {
	return builtin.ReadFile(name + ".yaml")
}

// Utterances returns the recordings of the built-in scenarios: NAME.mp3, and
// what is said in it in NAME.txt.
func Utterances() fs.FS {
	sub, err := fs.Sub(builtin, "utterances")
	if err != nil { // Only an invalid path is an error here.
		return builtin
	}
	return sub
}
