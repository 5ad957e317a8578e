package vad_test

import (
	"encoding/json"
	"flag"
	"fmt"
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
//	VAD_VOICES  a folder of clean WAV or mp3 recordings to use in place of the
//	            scenarios' utterances
//	VAD_CASES   how many cases of each condition to build (0: every source)
//	VAD_SEED    the seed of noise, leads and disturbances
//	VAD_ONLY    only conditions whose name contains this
//	VAD_BAD     print every case that is wrong by more milliseconds
//
// Set to anything, they switch the comparison with the baseline off.
type accuracyPlan struct {
	voices, only string
	cases, bad   int
	seed         uint64
	baseline     bool
}

func accuracyFromEnvironment(t *testing.T) accuracyPlan {
	t.Helper()
	p := accuracyPlan{voices: "../../scenarios/utterances", only: os.Getenv("VAD_ONLY"), cases: 3, seed: 2, baseline: true}
	number := func(name string, otherwise int) int {
		text := os.Getenv(name)
		if text == "" {
			return otherwise
		}
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		p.baseline = false
		return n
	}
	p.cases, p.bad = number("VAD_CASES", p.cases), number("VAD_BAD", 0)
	p.seed = uint64(number("VAD_SEED", int(p.seed)))
	if dir := os.Getenv("VAD_VOICES"); dir != "" {
		p.voices, p.baseline = dir, false
	}
	if p.only != "" {
		p.baseline = false
	}
	return p
}

// TestAccuracy prints how well the detector does in every group of conditions
// and compares it with testdata/accuracy.json. With -update it writes that file.
func TestAccuracy(t *testing.T) {
	plan := accuracyFromEnvironment(t)
	if raceEnabled && plan.baseline {
		t.Skip("figures are taken without the race detector")
	}
	groups, order := measure(t, plan)
	got := map[string]corpus.Figures{}
	var b strings.Builder
	fmt.Fprintf(&b, "\n%-12s %5s %5s %5s | %8s %8s %8s %6s %6s | %8s %8s %8s | %5s %5s\n", "group", "n", "false", "miss",
		"on p50", "on p95", "emerged", "<=1ms", "<=5ms", "off p50", "off p95", "submgd", "cover", "c off")
	for _, g := range order {
		f := groups[g].Figures()
		got[g] = f
		fmt.Fprintf(&b, "%-12s %5d %5d %5d | %8.2f %8.2f %8.2f %6.3f %6.3f | %8.2f %8.2f %8.2f | %5.2f %5.2f\n", g, f.Cases, f.FalseTriggers, f.Misses,
			f.OnsetP50MS, f.OnsetP95MS, f.EmergedP95MS, f.Within1MS, f.Within5MS, f.OffsetP50MS, f.OffsetP95MS, f.SubmergedP95MS, f.Covered, f.OffsetCovered)
	}
	t.Log(b.String())
	if plan.baseline {
		compare(t, got)
	}
}

// measure runs the detector over the corpus.
func measure(t *testing.T, plan accuracyPlan) (groups map[string]*corpus.Scorer, order []string) {
	t.Helper()
	sources := loadSources(t, plan.voices)
	groups = map[string]*corpus.Scorer{"speech": {}}
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
			found, err := vad.Detect(c.Clip)
			if err != nil {
				t.Fatal(err)
			}
			spent += processTime() - begin
			heard += c.Clip.Duration()
			groups[cond.Group].Add(c, found)
			if !cond.NoSpeech {
				groups["speech"].Add(c, found)
			}
			if plan.bad > 0 {
				printBad(t, c, found, float64(plan.bad))
			}
		}
	}
	t.Logf("%.2f ms of CPU per second of audio, over %.0f s", spent.Seconds()*1000/heard.Seconds(), heard.Seconds())
	return groups, append(order, "speech")
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

const baselineFile = "testdata/accuracy.json"

func compare(t *testing.T, got map[string]corpus.Figures) {
	t.Helper()
	var want baseline
	data, err := os.ReadFile(baselineFile)
	if err == nil {
		err = json.Unmarshal(data, &want)
	}
	if *update {
		want.Groups = got
		data, err = json.MarshalIndent(want, "", "  ")
		if err == nil {
			err = os.WriteFile(baselineFile, append(data, '\n'), 0o644)
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
