package manual_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"callprobe/audio"
	"callprobe/internal/manual"
	"callprobe/scenarios"
)

const costPath = root + "/docs/cost.md"

func TestTheReferenceOfCostsHasWhatTheBuiltInScenariosSay(t *testing.T) {
	var b strings.Builder
	b.WriteString("| scenario | turns | caller's speech | caller's words | a call lasts at most |\n|---|---|---|---|---|\n")
	for _, name := range scenarios.BuiltinNames() {
		plan, err := scenarios.Resolve(".", name)
		if err != nil {
			t.Fatal(err)
		}
		var speech time.Duration
		words := 0
		for _, turn := range plan.Turns {
			if turn.Silence > 0 {
				continue
			}
			speech += audio.Rate48k.Duration(int64(turn.Say.Speech.End - turn.Say.Speech.Start))
			words += len(strings.Fields(turn.Say.Reference))
		}
		fmt.Fprintf(&b, "| `%s` | %d | %.1f s | %d | %.0f s |\n", name, len(plan.Turns), speech.Seconds(), words, plan.MaxDuration().Seconds())
	}
	if err := manual.Sync(costPath, "built-in scenarios", b.String()); err != nil {
		t.Error(err)
	}
}

// grouped writes a number with commas.
func grouped(n float64) string {
	text := fmt.Sprintf("%.0f", n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

func TestTheReferenceOfCostsHasTheSumsOfAMonth(t *testing.T) {
	const month, call = 30 * 24 * 3600.0, 11.0
	var b strings.Builder
	b.WriteString("| a call every | calls an hour | calls | caller's minutes | participant minutes | recognition, open stream | language model requests |\n|---|---|---|---|---|---|---|\n")
	for _, interval := range []string{"15s", "30s", "1m", "5m", "15m", "1h"} {
		every, err := time.ParseDuration(interval)
		if err != nil {
			t.Fatal(err)
		}
		calls := month / every.Seconds()
		minutes := calls * call / 60
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s min | %s |\n", interval, grouped(3600/every.Seconds()), grouped(calls), grouped(minutes), grouped(2*minutes), grouped(minutes), grouped(calls))
	}
	if err := manual.Sync(costPath, "schedules", b.String()); err != nil {
		t.Error(err)
	}
}
