package config

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestAShardThatCannotBeIsRefusedInTheWordsOfItsFlags(t *testing.T) {
	for name, tc := range map[string]struct {
		shard Shard
		says  string
	}{
		"the whole":           {Shard{}, ""},
		"one of one":          {Shard{0, 1}, ""},
		"the last":            {Shard{2, 3}, ""},
		"one past the last":   {Shard{3, 3}, "--shard.index=3 of --shard.count=3: the first of them is 0, the last 2"},
		"before the first":    {Shard{-1, 3}, "--shard.index=-1 of --shard.count=3: the first of them is 0, the last 2"},
		"an index alone":      {Shard{1, 0}, "--shard.count=0: it is how many processes share the configuration, from 1 to 1000"},
		"fewer than none":     {Shard{0, -1}, "--shard.count=-1: it is how many processes share the configuration, from 1 to 1000"},
		"more than anybody's": {Shard{0, 1001}, "--shard.count=1001: it is how many processes share the configuration, from 1 to 1000"},
	} {
		t.Run(name, func(t *testing.T) {
			said := ""
			if err := tc.shard.Validate(); err != nil {
				said = err.Error()
			}
			if said != tc.says {
				t.Errorf("it says %q, not %q", said, tc.says)
			}
		})
	}
}

// owners returns the shards of so many that own a target.
func owners(target string, count int) []int {
	var of []int
	for i := range count {
		if (Shard{i, count}).Owns(target) {
			of = append(of, i)
		}
	}
	return of
}

// names are those of a thousand targets.
func names() []string {
	all := make([]string, 1000)
	for i := range all {
		all[i] = fmt.Sprintf("agent-%04d", i)
	}
	return all
}

func TestEveryTargetHasExactlyOneOwner(t *testing.T) {
	for _, count := range []int{1, 2, 3, 10, 16} {
		for _, name := range names() {
			if of := owners(name, count); len(of) != 1 {
				t.Fatalf("of %d shards, %v own %s", count, of, name)
			}
		}
	}
	if !(Shard{}).Owns("anything") {
		t.Error("the whole does not own everything")
	}
}

func TestAShardThatIsAddedTakesItsShareAndNothingElseMoves(t *testing.T) {
	for _, count := range []int{1, 2, 3, 9} {
		moved := 0
		for _, name := range names() {
			before, after := owners(name, count)[0], owners(name, count+1)[0]
			switch {
			case before == after:
			case after != count:
				t.Fatalf("with shard %d, %s moves from %d to %d", count, name, before, after)
			default:
				moved++
			}
		}
		if fair := 1000 / (count + 1); moved < fair*6/10 || moved > fair*14/10 {
			t.Errorf("shard %d takes %d of 1000 targets; its share is %d", count, moved, fair)
		}
	}
}

func TestTenShardsOfAThousandTargetsAreAboutEqual(t *testing.T) {
	sizes := make([]int, 10)
	for _, name := range names() {
		sizes[owners(name, len(sizes))[0]]++
	}
	t.Logf("targets of each shard: %v", sizes)
	if least, most := slices.Min(sizes), slices.Max(sizes); least < 75 || most > 130 {
		t.Errorf("between %d and %d of 1000 targets fall to a shard of 10", least, most)
	}
}

// A change of the rule would call every target twice while processes of two
// versions run beside each other.
func TestWhoOwnsWhatIsTheSameInEveryVersion(t *testing.T) {
	var got []int
	for _, name := range []string{"lab", "prod", "sales-eu", "sales-us", "a", "b", "c", "agent-0001"} {
		got = append(got, owners(name, 5)[0])
	}
	if want := []int{2, 3, 3, 0, 3, 1, 1, 1}; !slices.Equal(got, want) {
		t.Errorf("the owners are %v, and were %v", got, want)
	}
}

const quiet = "turns: [{silence: 1s}]\n"

func shardOfFile(t *testing.T, text string, s Shard) (*Config, error) {
	t.Helper()
	folder := t.TempDir()
	for name, content := range map[string]string{"callprobe.yml": text, "hello.yaml": quiet, "bye.yaml": quiet} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return LoadShard(filepath.Join(folder, "callprobe.yml"), environment, s)
}

// manyTargets is a configuration of so many targets, as it is for a region.
func manyTargets(n int, rest string) string {
	var b strings.Builder
	b.WriteString("targets:\n")
	for i := range n {
		fmt.Fprintf(&b, "  - name: agent-%04d\n    url: wss://agents-eu.example\n    api_key_env: KEY\n    api_secret_env: SECRET\n    agent_name: agent-%04d\n    budget: {calls_per_hour: 30, minutes_per_day: 300}\n", i, i)
	}
	return b.String() + rest
}

func TestTheShardsOfAConfigurationAreAllOfItAndEachPairIsInOne(t *testing.T) {
	text := manyTargets(50, `
probes:
  - {scenario: hello.yaml, interval: 5m}
  - {scenario: bye.yaml, interval: 5m, targets: [agent-0003, agent-0007]}
maintenance:
  - {starts: "0 3 * * SUN", length: 30m, targets: [agent-0003]}
`)
	times, windows := map[string]int{}, 0
	for i := range 4 {
		c, err := shardOfFile(t, text, Shard{i, 4})
		if err != nil {
			t.Fatal(err)
		}
		windows += len(c.Windows)
		for _, p := range c.Probes {
			for _, name := range p.Targets {
				if _, err := c.Target(name); err != nil {
					t.Error(err)
				}
				times[p.Plan.Name+" on "+name]++
			}
		}
	}
	for pair, n := range times {
		if n != 1 {
			t.Errorf("%d shards call %s", n, pair)
		}
	}
	if len(times) != 52 || windows != 1 {
		t.Errorf("the shards have %d pairs and %d windows together; the configuration has 52 and 1", len(times), windows)
	}
}

func TestAShardChecksAllOfTheConfiguration(t *testing.T) {
	text := manyTargets(10, "probes: [{scenario: opening-houts}]\n")
	for i := range 3 {
		if _, err := shardOfFile(t, text, Shard{i, 3}); err == nil || !strings.Contains(err.Error(), "opening-hours") {
			t.Errorf("shard %d says %v", i, err)
		}
	}
}

func TestCallsAtOnceAreThoseOfAShard(t *testing.T) {
	text := manyTargets(100, "calls_at_once: 40\n")
	if _, err := shardOfFile(t, text, Shard{}); err == nil || !strings.Contains(err.Error(), `"calls_at_once" is 40 for 100 targets`) {
		t.Errorf("all in one process: %v", err)
	}
	c, err := shardOfFile(t, text, Shard{0, 5})
	if err != nil || c.CallsAtOnce != 40 {
		t.Errorf("a fifth of it: %v", err)
	}
}

func TestAThousandTargetsFitIntoAConfiguration(t *testing.T) {
	c, err := shardOfFile(t, manyTargets(1000, "probes: [{scenario: hello.yaml, interval: 5m}]\n"), Shard{3, 10})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(c.Targets); n < 75 || n > 130 || len(c.Probes) != 1 {
		t.Errorf("%d targets and %d probes fall to one shard of ten", n, len(c.Probes))
	}
}
