package vad_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"callprobe/audio"
	"callprobe/audio/vad"
	"callprobe/audio/vad/corpus"
)

// The size of TestAccuracy is set by the environment:
//
//	VAD_VOICES  a folder of clean WAV or mp3 recordings to use as well
//	VAD_CASES   how many cases of a condition to build (0: all sources)
//	VAD_SEED    the seed of noise, leads and disturbances
//	VAD_BAD     prints every case worse than this many milliseconds
//	VAD_ONLY    conditions to build, by a part of their names
func TestAccuracy(t *testing.T) {
	sources := loadSources(t)
	perCondition := envInt(t, "VAD_CASES", 4)
	seed := uint64(envInt(t, "VAD_SEED", 2))
	groups := map[string]*corpus.Scorer{"speech": {}}
	var order []string
	var heard, spent time.Duration
	for at, cond := range corpus.Conditions() {
		if !strings.Contains(cond.Name, os.Getenv("VAD_ONLY")) {
			continue
		}
		if groups[cond.Group] == nil {
			groups[cond.Group] = &corpus.Scorer{}
			order = append(order, cond.Group)
		}
		for _, s := range pick(sources, perCondition, at) {
			c, err := corpus.Build(s, cond, seed)
			if err != nil {
				t.Fatal(err)
			}
			begin := processTime(t)
			found, err := vad.Detect(c.Clip)
			if err != nil {
				t.Fatal(err)
			}
			spent += processTime(t) - begin
			heard += c.Clip.Duration()
			groups[cond.Group].Add(c, found)
			if !cond.NoSpeech {
				groups["speech"].Add(c, found)
			}
			printBad(t, c, found)
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "\n%-12s %5s %5s %5s | %8s %8s %8s %6s %6s | %8s %8s %8s | %5s %5s\n", "group", "n", "false", "miss", "on p50", "on p95", "emerged", "<=1ms", "<=5ms", "off p50", "off p95", "submgd", "cover", "c off")
	for _, g := range append(order, "speech") {
		f := groups[g].Figures()
		fmt.Fprintf(&b, "%-12s %5d %5d %5d | %8.2f %8.2f %8.2f %6.3f %6.3f | %8.2f %8.2f %8.2f | %5.2f %5.2f\n", g, f.Cases, f.FalseTriggers, f.Misses,
			f.OnsetP50MS, f.OnsetP95MS, f.EmergedP95MS, f.Within1MS, f.Within5MS, f.OffsetP50MS, f.OffsetP95MS, f.SubmergedP95MS, f.Covered, f.OffsetCovered)
	}
	fmt.Fprintf(&b, "%.2f ms per second of audio (CPU), %.0f s of audio", spent.Seconds()*1000/heard.Seconds(), heard.Seconds())
	t.Log(b.String())
}

// processTime returns the CPU time that the process has used.
func processTime(t *testing.T) time.Duration {
	t.Helper()
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		t.Fatal(err)
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}

func printBad(t *testing.T, c corpus.Case, found []vad.Talkspurt) {
	t.Helper()
	limit := envInt(t, "VAD_BAD", 0)
	if limit == 0 {
		return
	}
	if c.Condition.NoSpeech || len(found) == 0 {
		if c.Condition.NoSpeech != (len(found) == 0) {
			t.Logf("BAD %s: %d talkspurts %+v", c.Name, len(found), found)
		}
		return
	}
	on := float64(found[0].Onset-c.Speech.Start) / 48
	off := float64(found[len(found)-1].Offset-c.Speech.End) / 48
	if max(on, -on, off, -off) > float64(limit) {
		t.Logf("BAD %s: onset %+.1f ms (emergence %+.1f), offset %+.1f ms (submergence %+.1f), speech at %.0f, spurts %d, snr %.0f", c.Name, on,
			float64(c.Emergence-c.Speech.Start)/48, off, float64(c.Submergence-c.Speech.End)/48, float64(c.Speech.Start)/48, len(found), found[0].SNRDB())
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

func loadSources(t *testing.T) []corpus.Source {
	t.Helper()
	dirs := []string{"../../scenarios/utterances"}
	if voices := os.Getenv("VAD_VOICES"); voices != "" {
		dirs = []string{voices}
	}
	var sources []corpus.Source
	for _, dir := range dirs {
		names, err := filepath.Glob(filepath.Join(dir, "*.*"))
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(names)
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
	}
	if len(sources) == 0 {
		t.Skip("no recordings to build the corpus from")
	}
	return sources
}

func envInt(t *testing.T, name string, otherwise int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
