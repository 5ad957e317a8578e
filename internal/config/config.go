// Package config reads the configuration file: which agents there are to call,
// which scenarios to call them with and when, and what is kept of it.
//
// Loading checks everything and reports everything wrong at once, with file,
// line and column: keys, names, addresses, whether each API key and secret can
// be read, and each scenario with its recordings. Secrets never stand in the
// file itself, and no error shows one.
package config

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"callprobe/internal/schedule"
	"callprobe/internal/yamlfile"
	"callprobe/probe"
)

// maxFileBytes bounds a configuration file: what a ConfigMap of Kubernetes holds,
// which is some thousands of targets.
const maxFileBytes = 1 << 20

// Config is a configuration that was read and checked.
type Config struct {
	// Path is the file it was read from.
	Path string
	// Targets and Probes are in the order of the file.
	Targets []Target
	Probes  []Probe
	// CallsAtOnce is how many calls are made at a time, on all targets
	// together.
	CallsAtOnce int
	// Windows are the maintenance windows.
	Windows   []schedule.Window
	Recording Recording
	Web       Web

	files files
}

// Target is a room server and the agent to call on it.
type Target struct {
	// Name is safe as a metric label and in a file name.
	Name string
	// URL is the server's address, without credentials: ws, wss, http or https.
	URL string
	// APIKey and APISecret sign our tokens.
	APIKey, APISecret Secret
	// AgentName is dispatched explicitly; empty leaves it to the server's
	// automatic dispatch.
	AgentName string
	// AgentMetadata is handed to the agent's job.
	AgentMetadata string
	// RoomPrefix and IdentityPrefix begin the names of rooms and callers; empty
	// leaves callprobe's own.
	RoomPrefix, IdentityPrefix string
	// Labels are words for the reader of the status pages.
	Labels []string
	// Allowance bounds what the service uses of the target.
	Allowance schedule.Allowance
	// Reference says that the agent tells the truth about its own latency, as
	// that of the lab does: the prober's error is measured on it.
	Reference bool
}

// Probe is a scenario and the targets that are called with it.
type Probe struct {
	// Plan is the scenario, ready to be played. Its name is that of no other
	// scenario, and no target has it in two probes.
	Plan probe.Plan
	// Targets names the targets; never empty.
	Targets []string
	// Timing is when the service calls; one that is never is left to the
	// scrapes of /probe.
	Timing schedule.Timing
}

// Load reads the configuration file at path, the credentials that it names, and
// its scenarios. Environment variables are looked up with getenv.
func Load(path string, getenv func(string) string) (*Config, error) {
	return LoadShard(path, getenv, Shard{})
}

// LoadShard is Load for one of several processes that share the configuration:
// everything is checked, and what is this shard's is returned. It may be nothing.
func LoadShard(path string, getenv func(string) string, shard Shard) (*Config, error) {
	if err := shard.Validate(); err != nil {
		return nil, err
	}
	looked := files{}
	looked.add(path)
	data, err := readFile(path)
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	b := &builder{Problems: yamlfile.NewProblems(path), folder: filepath.Dir(path), getenv: getenv, files: looked}
	var doc document
	if !format().Read(data, &doc, b.Problems) {
		return nil, b.Err()
	}
	c := &Config{Path: path, files: looked, Targets: b.targets(doc.Targets)}
	c.Probes = b.probes(doc.Probes, c.TargetNames())
	c.Windows = b.windows(doc.Maintenance, c.TargetNames())
	c.of(shard)
	c.CallsAtOnce = b.callsAtOnce(doc.CallsAtOnce, len(c.Targets))
	c.Recording, c.Web = b.recording(doc.Recording), b.web(doc.Web)
	if err := errors.Join(b.Err(), errors.Join(b.inScenarios...)); err != nil {
		return nil, err
	}
	return c, nil
}

// Target returns the target of that name. The empty name stands for the only
// one there is.
func (c *Config) Target(name string) (Target, error) {
	if name == "" {
		if len(c.Targets) == 1 {
			return c.Targets[0], nil
		}
		return Target{}, fmt.Errorf("%s has %d targets: name one of %s", c.Path, len(c.Targets), strings.Join(c.TargetNames(), ", "))
	}
	for _, t := range c.Targets {
		if t.Name == name {
			return t, nil
		}
	}
	return Target{}, fmt.Errorf("%s has no target %s: %s", c.Path, yamlfile.Quote(name), yamlfile.Hint(name, c.TargetNames()))
}

// Plans returns the scenarios that a target is to be called with, in the order
// of the file.
func (c *Config) Plans(target string) []probe.Plan {
	var plans []probe.Plan
	for _, p := range c.Probes {
		if slices.Contains(p.Targets, target) {
			plans = append(plans, p.Plan)
		}
	}
	return plans
}

// TargetNames returns the names of the targets, in the order of the file.
func (c *Config) TargetNames() []string {
	names := make([]string, len(c.Targets))
	for i, t := range c.Targets {
		names[i] = t.Name
	}
	return names
}

// builder makes a configuration of a document and collects what is wrong with
// it.
type builder struct {
	*yamlfile.Problems
	// folder is that of the configuration file; paths in it are relative to it.
	folder string
	getenv func(string) string
	files  files
	// inScenarios holds what is wrong inside scenario files.
	inScenarios []error
}

// readFile reads a regular file of a bounded size: a pipe could block for ever.
func readFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no regular file", path)
	}
	f, err := os.Open(path) //nolint:gosec // The user names the file.
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(f, maxFileBytes+1))
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	if len(data) > maxFileBytes {
		return nil, fmt.Errorf("%s is larger than %d KiB", path, maxFileBytes>>10)
	}
	return data, nil
}
