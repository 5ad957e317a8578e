package config

import (
	"errors"

	"callprobe/internal/yamlfile"
	"callprobe/probe"
	"callprobe/scenarios"
)

// probes loads the scenarios. A scenario of several probes is loaded once.
func (b *builder) probes(entries []probeEntry, targets []string) []Probe {
	loaded := map[string]probe.Plan{}
	broken := map[string]bool{}
	names := map[string]int{}
	lines := map[pair]int{}
	var probes []Probe
	for _, e := range entries {
		if !e.Set {
			continue // It is no mapping, which is a problem already.
		}
		p := Probe{Targets: b.probeTargets(e.Targets, targets), Timing: b.timing(e)}
		if !e.Scenario.Set {
			if e.Scenario.Absent() {
				b.Add(e.At, `a probe needs a "scenario": the name of a built-in one, or the path of a .yaml file`)
			}
			continue
		}
		source := e.Scenario.Value
		plan, ok := loaded[source]
		if !ok && !broken[source] {
			plan, ok = b.scenario(e.Scenario, names)
			broken[source] = !ok
		}
		if !ok {
			continue
		}
		loaded[source] = plan
		p.Plan = b.limited(e, plan)
		b.checkUnique(e, p, lines)
		probes = append(probes, p)
	}
	return probes
}

// scenario loads a scenario that was not met before. A name means one scenario:
// names holds the lines of those that are taken.
func (b *builder) scenario(f yamlfile.Field[string], names map[string]int) (probe.Plan, bool) {
	plan, err := scenarios.ResolveNoting(b.folder, f.Value, b.files.add)
	if err == nil {
		line, taken := names[plan.Name]
		if taken {
			b.Add(f.At, `the scenario on line %d is called %s too: give one another "name"`, line, yamlfile.Quote(plan.Name))
		}
		names[plan.Name] = f.At.Line
		return plan, !taken
	}
	// What is wrong inside a scenario file has a place there.
	if _, ok := errors.AsType[*yamlfile.ProblemError](err); ok {
		b.inScenarios = append(b.inScenarios, err)
	} else {
		b.Add(f.At, "%w", err)
	}
	return probe.Plan{}, false
}

// probeTargets returns the targets that are named: all, where none is.
func (b *builder) probeTargets(fields []yamlfile.Field[string], all []string) []string {
	if fields == nil {
		return all
	}
	known := map[string]bool{}
	for _, name := range all {
		known[name] = true
	}
	var names []string
	seen := map[string]bool{}
	for _, f := range fields {
		switch name := f.Value; {
		case !f.Set:
		case !known[name]:
			if len(all) > 0 {
				b.Add(f.At, "no target is called %s: %s", yamlfile.Quote(name), yamlfile.Hint(name, all))
			}
		case seen[name]:
			b.Add(f.At, "target %s is listed twice", yamlfile.Quote(name))
		default:
			seen[name] = true
			names = append(names, name)
		}
	}
	return names
}

// pair is what tells the figures of one probe from those of another.
type pair struct{ scenario, target string }

// checkUnique rejects a scenario that a target is to be called with already.
// One complaint a probe is enough.
func (b *builder) checkUnique(e probeEntry, p Probe, lines map[pair]int) {
	for _, name := range p.Targets {
		key := pair{p.Plan.Name, name}
		if line, taken := lines[key]; taken {
			b.Add(e.Scenario.At, "target %s has a scenario %s already, on line %d: reports and metrics could not tell them apart",
				yamlfile.Quote(name), yamlfile.Quote(p.Plan.Name), line)
			return
		}
		lines[key] = e.Scenario.At.Line
	}
}
