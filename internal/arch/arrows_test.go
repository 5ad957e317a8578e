package arch_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// layers returns the packages from the bottom up. A package may import those
// of the layers below its own, never its neighbours and never upwards.
func layers() [][]string {
	return [][]string{
		{"callprobe/audio", "callprobe/audio/spectrum", "callprobe/probe/wer", "callprobe/internal/yamlfile", "callprobe/internal/schedule", "callprobe/internal/manual", "callprobe/internal/process", "callprobe/internal/filelock", "callprobe/deploy"},
		{"callprobe/audio/opus", "callprobe/audio/playout", "callprobe/audio/vad"},
		{"callprobe/audio/vad/corpus", "callprobe/probe"},
		{
			"callprobe/scenarios", "callprobe/metrics", "callprobe/probe/livekit",
			"callprobe/internal/terminal", "callprobe/internal/calldir", "callprobe/internal/calltest",
			"callprobe/internal/labproc", "callprobe/internal/alerttest", "callprobe/probe/loopback", "callprobe/internal/vadplot",
		},
		{"callprobe/internal/config", "callprobe/internal/history", "callprobe/internal/selftest", "callprobe/internal/drill"},
		{"callprobe/internal/pages"},
		{"callprobe/internal/app"},
		{"callprobe/cmd/callprobe"},
	}
}

// standsAlone reports whether a package is outside the layers because nothing
// may import it.
func standsAlone(path string) bool {
	return path == "callprobe/internal/arch" || path == "callprobe/internal/walkthrough" || within(path, "callprobe/scripts")
}

// sole names, for packages of others, the only packages of ours that may
// import them. A prefix covers all packages below it.
func sole() map[string][]string {
	return map[string][]string{
		"github.com/thesyncim/gopus":     {"callprobe/audio/opus"},
		"github.com/hajimehoshi/go-mp3":  {"callprobe/audio"},
		"github.com/livekit":             {"callprobe/probe/livekit"},
		"github.com/pion":                {"callprobe/probe/livekit", "callprobe/probe/loopback"},
		"github.com/twitchtv/twirp":      {"callprobe/probe/livekit"},
		"github.com/goccy/go-yaml":       {"callprobe/internal/yamlfile"},
		"go.yaml.in/yaml":                {},
		"gopkg.in/yaml.v3":               {},
		"github.com/prometheus":          {"callprobe/metrics", "callprobe/internal/app", "callprobe/internal/drill"},
		"github.com/yuin/goldmark":       {"callprobe/deploy", "callprobe/internal/manual"},
		"github.com/alecthomas/kingpin":  {"callprobe/cmd/callprobe"},
		"github.com/robfig/cron":         {"callprobe/internal/schedule"},
		"github.com/go-analyze/charts":   {"callprobe/internal/vadplot"},
		"github.com/godeps/opus":         {},
		"github.com/livekit/media-sdk":   {},
		"github.com/pion/opus":           {},
		"github.com/livekit/livekit-cli": {},
	}
}

// unreachable is what the packages below a prefix must not depend on, not even
// through others.
type unreachable struct {
	from   string
	to     []string
	reason string
}

func unreachables() []unreachable {
	network := []string{"net/http", "github.com/livekit", "github.com/pion"}
	yaml := []string{"github.com/goccy/go-yaml", "go.yaml.in/yaml", "gopkg.in/yaml.v3"}
	prometheus := []string{"github.com/prometheus"}
	return []unreachable{
		{from: "callprobe/audio", to: slices.Concat(network, yaml, prometheus, []string{"callprobe/probe"}), reason: "sound knows nothing of calls"},
		{from: "callprobe/probe/wer", to: slices.Concat(network, yaml, prometheus, []string{"callprobe/audio"}), reason: "it compares words and nothing else"},
		{from: "callprobe/internal/yamlfile", to: slices.Concat(network, prometheus, []string{"callprobe/audio", "callprobe/probe"}), reason: "it reads files and knows no format"},
		{from: "callprobe/scenarios", to: slices.Concat(network, prometheus), reason: "a scenario is read from files"},
		{from: "callprobe/internal/config", to: slices.Concat(network, prometheus), reason: "a configuration is read from files"},
		{from: "callprobe/internal/history", to: slices.Concat(network, yaml, prometheus), reason: "it keeps calls in files"},
		{from: "callprobe/internal/pages", to: slices.Concat([]string{"github.com/livekit", "github.com/pion"}, yaml, prometheus), reason: "they show what they are handed"},
		{from: "callprobe/internal/terminal", to: slices.Concat(network, yaml, prometheus), reason: "it prints what package probe yields"},
		{
			from: "callprobe/cmd/callprobe",
			to: []string{"github.com/livekit/livekit-server", "github.com/livekit/media-sdk", "github.com/godeps/opus", "github.com/tetratelabs/wazero", "callprobe/lab", "callprobe/internal/calltest",
				"callprobe/internal/alerttest", "runtime/cgo", "testing"},
			reason: "the prober is small, static and never links a server, a test's codec or cgo",
		},
	}
}

// coreReach is the rule for package probe alone: probe/livekit below it is the
// adapter that may do what the core may not.
func coreReach() unreachable {
	return unreachable{
		from:   "callprobe/probe",
		to:     []string{"net/http", "github.com/livekit", "github.com/pion", "github.com/goccy/go-yaml", "go.yaml.in/yaml", "gopkg.in/yaml.v3", "github.com/prometheus"},
		reason: "the core is free of YAML, SDK, Prometheus and HTTP",
	}
}

// violations says, one sentence each and in order, where a graph breaks the
// rules above.
func violations(g graph) []string {
	var found []string
	rank := map[string]int{}
	for i, layer := range layers() {
		for _, path := range layer {
			rank[path] = i
		}
	}
	own := g.own()
	for _, path := range slices.Sorted(maps.Keys(own)) {
		found = append(found, upwards(own[path], rank)...)
		found = append(found, notSole(own[path])...)
		for _, rule := range unreachables() {
			if within(path, rule.from) {
				found = append(found, reached(own[path], rule)...)
			}
		}
		if path == coreReach().from {
			found = append(found, reached(own[path], coreReach())...)
		}
		if len(own[path].CgoFiles) > 0 || slices.Contains(own[path].Imports, "C") {
			found = append(found, path+" uses cgo")
		}
	}
	return found
}

func upwards(p pkg, rank map[string]int) []string {
	if standsAlone(p.ImportPath) {
		return nil
	}
	mine, known := rank[p.ImportPath]
	if !known {
		return []string{p.ImportPath + " has no layer: give it its place in layers()"}
	}
	var found []string
	for _, path := range p.Imports {
		if !isOwn(path) {
			continue
		}
		if theirs, known := rank[path]; !known || theirs >= mine {
			found = append(found, fmt.Sprintf("%s imports %s, which is not below it", p.ImportPath, path))
		}
	}
	return found
}

func notSole(p pkg) []string {
	var found []string
	for _, path := range p.Imports {
		rule, importers := longestRule(path)
		if rule != "" && !slices.Contains(importers, p.ImportPath) {
			found = append(found, fmt.Sprintf("%s imports %s, which is for %s", p.ImportPath, path, orNobody(importers)))
		}
	}
	return found
}

// longestRule returns the most specific entry of sole that covers path.
func longestRule(path string) (rule string, importers []string) {
	for prefix, list := range sole() {
		if within(path, prefix) && len(prefix) > len(rule) {
			rule, importers = prefix, list
		}
	}
	return rule, importers
}

func orNobody(importers []string) string {
	if len(importers) == 0 {
		return "no package"
	}
	return strings.Join(importers, " and ") + " only"
}

func reached(p pkg, rule unreachable) []string {
	var found []string
	for _, target := range rule.to {
		i := slices.IndexFunc(p.Deps, func(dep string) bool { return within(dep, target) })
		if i >= 0 {
			found = append(found, fmt.Sprintf("%s depends on %s: %s", p.ImportPath, p.Deps[i], rule.reason))
		}
	}
	return found
}

func TestArrowsNeverPointUpOrSideways(t *testing.T) {
	g := listPackages(t, "./...")
	if _, built := g["callprobe/cmd/callprobe"]; !built {
		t.Fatal("callprobe/cmd/callprobe is not among the listed packages")
	}
	for _, v := range violations(g) {
		t.Error(v)
	}
}

func TestRulesCatch(t *testing.T) {
	const http, sdk = "net/http", "github.com/livekit/server-sdk-go/v2"
	tests := []struct {
		name    string
		planted pkg
		want    string // the sentence, or "" when the import is fine
	}{
		{"the command may use what is below it", pkg{ImportPath: "callprobe/cmd/callprobe", Imports: []string{"callprobe/internal/app", "callprobe/probe", "fmt"}}, ""},
		{"the adapter may use the SDK", pkg{ImportPath: "callprobe/probe/livekit", Imports: []string{sdk}, Deps: []string{sdk, http}}, ""},
		{"an import upwards", pkg{ImportPath: "callprobe/audio/vad", Imports: []string{"callprobe/probe"}}, "callprobe/audio/vad imports callprobe/probe, which is not below it"},
		{"an import sideways", pkg{ImportPath: "callprobe/metrics", Imports: []string{"callprobe/scenarios"}}, "callprobe/metrics imports callprobe/scenarios, which is not below it"},
		{"an import of what stands alone", pkg{ImportPath: "callprobe/probe", Imports: []string{"callprobe/internal/arch"}}, "callprobe/probe imports callprobe/internal/arch, which is not below it"},
		{"a package without a place", pkg{ImportPath: "callprobe/internal/utils"}, "callprobe/internal/utils has no layer: give it its place in layers()"},
		{"the SDK outside the adapter", pkg{ImportPath: "callprobe/internal/app", Imports: []string{sdk}}, "callprobe/internal/app imports " + sdk + ", which is for callprobe/probe/livekit only"},
		{"the codec outside audio/opus", pkg{ImportPath: "callprobe/probe", Imports: []string{"github.com/thesyncim/gopus"}}, "callprobe/probe imports github.com/thesyncim/gopus, which is for callprobe/audio/opus only"},
		{"a codec that needs cgo, even in the adapter", pkg{ImportPath: "callprobe/probe/livekit", Imports: []string{"github.com/livekit/media-sdk/opus"}}, "callprobe/probe/livekit imports github.com/livekit/media-sdk/opus, which is for no package"},
		{"YAML outside its strict reader", pkg{ImportPath: "callprobe/scenarios", Imports: []string{"github.com/goccy/go-yaml/ast"}}, "callprobe/scenarios imports github.com/goccy/go-yaml/ast, which is for callprobe/internal/yamlfile only"},
		{"a YAML library that tells no columns", pkg{ImportPath: "callprobe/probe/livekit", Imports: []string{"gopkg.in/yaml.v3"}}, "callprobe/probe/livekit imports gopkg.in/yaml.v3, which is for no package"},
		{"HTTP reached by the core", pkg{ImportPath: "callprobe/probe", Deps: []string{http}}, "callprobe/probe depends on net/http: the core is free of YAML, SDK, Prometheus and HTTP"},
		{"calls reached by sound", pkg{ImportPath: "callprobe/audio", Deps: []string{"callprobe/probe/wer"}}, "callprobe/audio depends on callprobe/probe/wer: sound knows nothing of calls"},
		{"a server linked into the prober", pkg{ImportPath: "callprobe/cmd/callprobe", Deps: []string{"github.com/livekit/livekit-server/pkg/service"}}, "callprobe/cmd/callprobe depends on github.com/livekit/livekit-server/pkg/service: the prober is small, static and never links a server, a test's codec or cgo"},
		{"cgo", pkg{ImportPath: "callprobe/audio/opus", CgoFiles: []string{"codec.go"}}, "callprobe/audio/opus uses cgo"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var want []string
			if test.want != "" {
				want = []string{test.want}
			}
			if got := violations(graph{test.planted.ImportPath: test.planted}); !slices.Equal(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

func TestPrefixesEndAtASlash(t *testing.T) {
	for _, test := range []struct {
		path, prefix string
		want         bool
	}{
		{"callprobe/probe", "callprobe/probe", true},
		{"callprobe/probe/wer", "callprobe/probe", true},
		{"callprobe/probes", "callprobe/probe", false},
		{"callprobe", "callprobe/probe", false},
	} {
		if got := within(test.path, test.prefix); got != test.want {
			t.Errorf("within(%q, %q) = %v, want %v", test.path, test.prefix, got, test.want)
		}
	}
}
