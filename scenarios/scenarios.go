// Package scenarios reads scenario files: what a synthetic caller says, when,
// and what it expects back. A scenario is a short YAML file and the recordings
// that it names; a few come with callprobe.
//
// The smallest scenario of your own is a recording, hello.mp3, the words in it,
// hello.txt, and this file beside them:
//
//	description: The agent answers a hello.
//	turns:
//	  - say: hello.mp3
//
// Loading checks everything and reports everything wrong at once, with file,
// line and column. Recordings are decoded, resampled to 48 kHz, searched for
// the first and last sample of speech, and encoded; a call then only sends.
package scenarios

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"callprobe/internal/yamlfile"
	"callprobe/probe"
)

// maxFileBytes bounds a scenario file.
const maxFileBytes = 64 << 10

// Load reads the scenario file at path, and the recordings it names relative to
// it.
func Load(path string) (probe.Plan, error) {
	return load(diskFolder{path: filepath.Dir(path)}, filepath.Base(path), path)
}

// LoadFS reads a scenario file from fsys. Recordings must lie in fsys too.
func LoadFS(fsys fs.FS, name string) (probe.Plan, error) {
	folder, err := fs.Sub(fsys, path.Dir(name))
	if err != nil {
		return probe.Plan{}, fmt.Errorf("load scenario %s: %w", yamlfile.Quote(name), err)
	}
	return load(folder, path.Base(name), name)
}

// Resolve loads a scenario by what a user calls it: the path of a .yaml file,
// relative to dir, or the name of a built-in scenario.
func Resolve(dir, scenario string) (probe.Plan, error) {
	return ResolveNoting(dir, scenario, func(string) {})
}

// ResolveNoting is Resolve and tells which files it looked for, those that are
// missing too: when none of them changes, nor does the scenario.
func ResolveNoting(dir, scenario string, looked func(file string)) (probe.Plan, error) {
	if isPath(scenario) {
		if !filepath.IsAbs(scenario) {
			scenario = filepath.Join(dir, scenario)
		}
		return load(diskFolder{filepath.Dir(scenario), looked}, filepath.Base(scenario), scenario)
	}
	plan, err := Builtin(scenario)
	if err == nil {
		return plan, nil
	}
	for _, ext := range []string{".yaml", ".yml"} {
		if _, statErr := os.Stat(filepath.Join(dir, scenario+ext)); statErr == nil {
			return probe.Plan{}, fmt.Errorf("%w; for the file here write %s", err, yamlfile.Quote(scenario+ext))
		}
	}
	return probe.Plan{}, err
}

func isPath(scenario string) bool {
	switch filepath.Ext(scenario) {
	case ".yaml", ".yml":
		return true
	}
	return strings.ContainsAny(scenario, `/\`)
}

// load reads and checks a scenario file in a folder and makes it ready to be
// played. The display name goes into messages.
func load(folder fs.FS, name, display string) (probe.Plan, error) {
	plan, err := check(folder, name, display)
	if err != nil {
		return probe.Plan{}, err
	}
	if err := encode(plan); err != nil {
		return probe.Plan{}, fmt.Errorf("load scenario %q: %w", display, err)
	}
	return plan, nil
}

// check does all that load does but encoding.
func check(folder fs.FS, name, display string) (probe.Plan, error) {
	data, err := readLimited(folder, name, maxFileBytes)
	if errors.Is(err, fs.ErrNotExist) {
		return probe.Plan{}, fmt.Errorf("load scenario %s: no such file; built-in scenarios are %s: %w",
			yamlfile.Quote(display), strings.Join(BuiltinNames(), ", "), fs.ErrNotExist)
	}
	if err != nil {
		return probe.Plan{}, fmt.Errorf("load scenario %q: %w", display, err)
	}
	p := yamlfile.NewProblems(display)
	var doc document
	if !format().Read(data, &doc, p) {
		return probe.Plan{}, p.Err()
	}
	b := &builder{Problems: p, recordings: newRecordings(folder)}
	plan := b.plan(doc, strings.TrimSuffix(name, path.Ext(name)))
	if err := p.Err(); err != nil {
		return probe.Plan{}, err
	}
	b.checkLength(doc, plan)
	if err := plan.Validate(); err != nil && p.None() {
		p.Add(yamlfile.Position{}, "%w", err)
	}
	if err := p.Err(); err != nil {
		return probe.Plan{}, err
	}
	return plan, nil
}

// diskFolder is a folder on disk. Unlike the file systems of io/fs it follows
// paths that leave the folder: recordings may lie anywhere.
type diskFolder struct {
	path string
	// looked, if set, is told each file that is looked for.
	looked func(file string)
}

// Open opens a file or folder. Anything else, such as a pipe, could block for
// ever and is refused.
func (d diskFolder) Open(name string) (fs.File, error) {
	name = filepath.FromSlash(name)
	if !filepath.IsAbs(name) {
		name = filepath.Join(d.path, name)
	}
	if d.looked != nil {
		d.looked(name)
	}
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() && !info.IsDir() {
		return nil, &fs.PathError{Op: "open", Path: name, Err: errors.New("it is neither a file nor a folder")}
	}
	return os.Open(name)
}
