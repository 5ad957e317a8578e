package vad_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"callprobe/audio"
	"callprobe/audio/vad"
	"callprobe/audio/vad/corpus"
)

// accuracyPlan says how much of the corpus TestAccuracy builds. It is set by the
// environment:
//
//	VAD_VOICES    a folder of clean WAV or mp3 recordings to use in place of the
//	              scenarios' utterances
//	VAD_CASES     how many cases of each condition to build (0: every source)
//	VAD_SEED      the seed of noise, leads and disturbances
//	VAD_BASELINE  a file like testdata/accuracy.json to compare with
//	VAD_ONLY      only conditions whose name contains this
//	VAD_BAD       print every case that is wrong by more milliseconds
//
// Without VAD_BASELINE, any of them switches the comparison off.
type accuracyPlan struct {
	voices, only, baseline string
	cases, bad             int
	seed                   uint64
}

func accuracyFromEnvironment(t *testing.T) accuracyPlan {
	t.Helper()
	changed := false
	text := func(name, otherwise string) string {
		if v := os.Getenv(name); v != "" {
			changed = true
			return v
		}
		return otherwise
	}
	number := func(name string, otherwise int) int {
		n, err := strconv.Atoi(text(name, strconv.Itoa(otherwise)))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		return n
	}
	p := accuracyPlan{voices: text("VAD_VOICES", "../../scenarios/utterances"), only: text("VAD_ONLY", ""), cases: number("VAD_CASES", 3),
		seed: uint64(number("VAD_SEED", 2)), bad: number("VAD_BAD", 0)}
	p.baseline = os.Getenv("VAD_BASELINE")
	if p.baseline == "" && !changed {
		p.baseline = "testdata/accuracy.json"
	}
	return p
}

// TestAccuracy prints how well the detector does in every group of conditions
// and compares it with testdata/accuracy.json. With -update it writes that file.
func TestAccuracy(t *testing.T) {
	plan := accuracyFromEnvironment(t)
	if raceEnabled && plan.baseline != "" {
		t.Skip("figures are taken without the race detector")
	}
	groups, order := measure(t, plan)
	got := map[string]corpus.Figures{}
	for _, g := range order {
		got[g] = groups[g].Figures()
	}
	t.Log("errors and ranges in milliseconds\n" + table(got, order))
	if plan.baseline != "" {
		compare(t, plan.baseline, got)
	}
}

// table writes the figures in Markdown.
func table(got map[string]corpus.Figures, order []string) string {
	var b strings.Builder
	header := []string{"condition", "clips", "false", "miss", "onset p50", "p95", "emerged p95", "<= 1 ms", "<= 5 ms", "covered", "range p50", "p95",
		"offset p50", "p95", "submerged p95", "covered", "range p50", "p95"}
	rule := strings.Repeat("|---", len(header)) + "|"
	fmt.Fprintf(&b, "| %s |\n%s\n", strings.Join(header, " | "), rule)
	for _, g := range order {
		f := got[g]
		fmt.Fprintf(&b, "| %s | %d | %d |", g, f.Cases, f.FalseTriggers)
		if g == noSpeech {
			fmt.Fprintf(&b, "%s\n", strings.Repeat(" - |", len(header)-3))
			continue
		}
		share := func(v float64) string { return strconv.Itoa(int(math.Floor(100*v))) + " %" }
		fmt.Fprintf(&b, " %d | %.1f | %.1f | %.1f | %s | %s | %s | ± %.1f | ± %.1f | %.1f | %.1f | %.1f | %s | ± %.1f | ± %.1f |\n", f.Misses,
			f.OnsetP50MS, f.OnsetP95MS, f.EmergedP95MS, share(f.Within1MS), share(f.Within5MS), share(f.Covered), f.RangeP50MS, f.RangeP95MS,
			f.OffsetP50MS, f.OffsetP95MS, f.SubmergedP95MS, share(f.OffsetCovered), f.OffsetRangeP50MS, f.OffsetRangeP95MS)
	}
	return b.String()
}

// noSpeech is the group of the conditions without speech, withSpeech that of all
// others together.
const noSpeech, withSpeech = "no speech", "all with speech"

// measure runs the detector over the corpus.
func measure(t *testing.T, plan accuracyPlan) (groups map[string]*corpus.Scorer, order []string) {
	t.Helper()
	sources := loadSources(t, plan.voices)
	groups = map[string]*corpus.Scorer{withSpeech: {}}
	var heard, spent time.Duration
	for at, cond := range corpus.Conditions() {
		if !strings.Contains(cond.Name, plan.only) {
			continue
		}
		if groups[cond.Group] == nil {
			groups[cond.Group] = &corpus.Scorer{}
			order = append(order, cond.Group)
		}
		for _, s := range pick(sources, plan.cases, at) {
			c, err := corpus.Build(s, cond, plan.seed)
			if err != nil {
				t.Fatal(err)
			}
			begin := processTime()
			found := c.Detect()
			spent += processTime() - begin
			heard += c.Clip.Duration()
			groups[cond.Group].Add(c, found)
			if !cond.NoSpeech {
				groups[withSpeech].Add(c, found)
			}
			if plan.bad != 0 {
				printBad(t, c, found, float64(plan.bad))
			}
		}
	}
	t.Logf("%.2f ms of CPU per second of audio, over %.0f s", spent.Seconds()*1000/heard.Seconds(), heard.Seconds())
	return groups, append(order, withSpeech)
}

// baseline is testdata/accuracy.json: the figures as they were, and by how much
// they may get worse.
type baseline struct {
	Allowance struct {
		P50MS float64 `json:"p50_ms"`
		P95MS float64 `json:"p95_ms"`
		Share float64 `json:"share"`
		Count int     `json:"count"`
	} `json:"allowance"`
	Groups map[string]corpus.Figures `json:"groups"`
}

var update = flag.Bool("update", false, "write testdata/accuracy.json")

func compare(t *testing.T, file string, got map[string]corpus.Figures) {
	t.Helper()
	var want baseline
	data, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(data, &want)
	}
	if *update {
		want.Groups = got
		data, err = json.MarshalIndent(want, "", "  ")
		if err == nil {
			err = os.WriteFile(file, append(data, '\n'), 0o644)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	allow := want.Allowance
	for name, was := range want.Groups {
		now, ok := got[name]
		if !ok || now.Cases != was.Cases {
			t.Errorf("%s: %d cases, the baseline has %d: if the corpus changed, run with -update", name, now.Cases, was.Cases)
			continue
		}
		for _, f := range []struct {
			name               string
			now, was, mayWorse float64
		}{
			{"false triggers", float64(now.FalseTriggers), float64(was.FalseTriggers), float64(allow.Count)},
			{"misses", float64(now.Misses), float64(was.Misses), float64(allow.Count)},
			{"onset p50 ms", now.OnsetP50MS, was.OnsetP50MS, allow.P50MS},
			{"onset p95 ms", now.OnsetP95MS, was.OnsetP95MS, allow.P95MS},
			{"emerged p95 ms", now.EmergedP95MS, was.EmergedP95MS, allow.P95MS},
			{"offset p50 ms", now.OffsetP50MS, was.OffsetP50MS, allow.P50MS},
			{"offset p95 ms", now.OffsetP95MS, was.OffsetP95MS, allow.P95MS},
			{"share beyond 1 ms", 1 - now.Within1MS, 1 - was.Within1MS, allow.Share},
			{"share beyond 5 ms", 1 - now.Within5MS, 1 - was.Within5MS, allow.Share},
			{"share outside the onset's range", 1 - now.Covered, 1 - was.Covered, allow.Share},
			{"share outside the offset's range", 1 - now.OffsetCovered, 1 - was.OffsetCovered, allow.Share},
			{"half the onset's range p50 ms", now.RangeP50MS, was.RangeP50MS, allow.P50MS},
			{"half the onset's range p95 ms", now.RangeP95MS, was.RangeP95MS, allow.P95MS},
			{"half the offset's range p50 ms", now.OffsetRangeP50MS, was.OffsetRangeP50MS, allow.P50MS},
			{"half the offset's range p95 ms", now.OffsetRangeP95MS, was.OffsetRangeP95MS, allow.P95MS},
		} {
			if f.now > f.was+f.mayWorse {
				t.Errorf("%s: %s %.2f, was %.2f and may be %.2f: a change of the recordings or the corpus moves it, too; then run with -update",
					name, f.name, f.now, f.was, f.was+f.mayWorse)
			}
		}
	}
}

func printBad(t *testing.T, c corpus.Case, found []vad.Talkspurt, limitMS float64) {
	t.Helper()
	if c.Condition.NoSpeech || len(found) == 0 {
		if c.Condition.NoSpeech != (len(found) == 0) {
			t.Logf("BAD %s: %d talkspurts %+v", c.Name, len(found), found)
		}
		return
	}
	millis := func(n audio.Pos) float64 { return float64(n) / 48 }
	on, off := millis(found[0].Onset-c.Speech.Start), millis(found[len(found)-1].Offset-c.Speech.End)
	if max(on, -on, off, -off) > limitMS {
		t.Logf("BAD %s: onset %+.1f ms (emergence %+.1f), offset %+.1f ms (submergence %+.1f), speech at %.0f, spurts %d, snr %.0f", c.Name,
			on, millis(c.Emergence-c.Speech.Start), off, millis(c.Submergence-c.Speech.End), millis(c.Speech.Start), len(found), found[0].SNRDB())
	}
}

// pick returns n of the sources, others for every condition.
func pick(sources []corpus.Source, n, shift int) []corpus.Source {
	if n <= 0 || n >= len(sources) {
		return sources
	}
	out := make([]corpus.Source, 0, n)
	for i := range n {
		out = append(out, sources[(shift*n+i*len(sources)/n)%len(sources)])
	}
	return out
}

// loadSources returns the recordings of a folder.
func loadSources(t *testing.T, dir string) []corpus.Source {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*.*"))
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(names)
	var sources []corpus.Source
	for _, name := range names {
		if ext := filepath.Ext(name); ext != ".mp3" && ext != ".wav" {
			continue
		}
		c, err := audio.LoadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		s, err := corpus.NewSource(strings.TrimSuffix(filepath.Base(name), filepath.Ext(name)), c)
		if err != nil {
			t.Fatal(err)
		}
		sources = append(sources, s)
	}
	if len(sources) == 0 {
		t.Fatalf("no recordings in %s", dir)
	}
	return sources
}
