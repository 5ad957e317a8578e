package main

import (
	"bytes"
	"context"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"callprobe/audio"
	"callprobe/internal/app"
	"callprobe/internal/calldir"
	"callprobe/internal/labproc"
	"callprobe/probe"
	"callprobe/probe/wer"
	"callprobe/scenarios"
)

// The words of the recording that these calls play, seven of them.
const openingHours = "what are your opening hours on saturday"

// openingScenario asks them, and more of the turn and of the scenario in lines.
// The agent may take its time: its ears are slow on a busy machine.
func openingScenario(t *testing.T, lines string) string {
	t.Helper()
	text := "turns:\n  - say: opening-hours\n    reply: {within: 12s, timeout: 15s}\n" + lines
	return filepath.Join(inFolder(t, map[string]string{"asks.yaml": text}), "asks.yaml")
}

// The lab's agent makes its mistakes at known places: words from the left are
// substituted, the ones after them dropped, and new ones follow the last.
func TestGarbledTranscriptsAreCountedExactly(t *testing.T) {
	t.Parallel()
	lab := theLab(t)
	scenario := openingScenario(t, "")
	for _, tc := range []struct {
		name, garble string
		want         wer.Counts
		steps        string
	}{
		{"nothing", `{}`, wer.Counts{Hits: 7}, "HHHHHHH"},
		{"one word substituted", `{"substitute":1}`, wer.Counts{Hits: 6, Substitutions: 1}, "SHHHHHH"},
		{"three words substituted", `{"substitute":3}`, wer.Counts{Hits: 4, Substitutions: 3}, "SSSHHHH"},
		{"every word substituted", `{"substitute":7}`, wer.Counts{Substitutions: 7}, "SSSSSSS"},
		{"one word dropped", `{"drop":1}`, wer.Counts{Hits: 6, Deletions: 1}, "DHHHHHH"},
		{"four words dropped", `{"drop":4}`, wer.Counts{Hits: 3, Deletions: 4}, "DDDDHHH"},
		{"one word inserted", `{"insert":1}`, wer.Counts{Hits: 7, Insertions: 1}, "HHHHHHHI"},
		{"nine words inserted", `{"insert":9}`, wer.Counts{Hits: 7, Insertions: 9}, "HHHHHHHIIIIIIIII"},
		{"one of each", `{"substitute":1,"drop":1,"insert":1}`, wer.Counts{Hits: 5, Substitutions: 1, Deletions: 1, Insertions: 1}, "SDHHHHHI"},
		{"two, three and one", `{"substitute":2,"drop":3,"insert":1}`, wer.Counts{Hits: 2, Substitutions: 2, Deletions: 3, Insertions: 1}, "SSDDDHHI"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got := callLab(t, lab, nil, scenario, fault(`{"garble":`+tc.garble+`}`))
			rate, _ := tc.want.WER()
			reason := probe.Answered
			if rate > 0.25 {
				reason = probe.STTWrong
			}
			wantReason(t, got, reason)
			if len(got.report.Turns) != 1 || got.report.Turns[0].STT == nil || got.report.Turns[0].STT.WER == nil {
				t.Fatalf("no score: %s", got.out)
			}
			stt := got.report.Turns[0].STT
			counts := wer.Counts{Hits: stt.Hits, Substitutions: stt.Substitutions, Deletions: stt.Deletions, Insertions: stt.Insertions}
			if counts != tc.want || *stt.WER != rate {
				t.Errorf("got %+v and WER %v, injected %+v: %v\n%s", counts, *stt.WER, tc.want, rate, got.report.Turns[0].Transcript)
			}
			var steps strings.Builder
			var said []string
			for _, s := range stt.Alignment {
				steps.WriteString(strings.ToUpper(s.Op.String()[:1]))
				if s.Op != wer.Insertion {
					said = append(said, s.Reference)
				}
			}
			if steps.String() != tc.steps || strings.Join(said, " ") != openingHours {
				t.Errorf("the errors are at %s, injected at %s: %+v", &steps, tc.steps, stt.Alignment)
			}
		})
	}
}

func TestAKeyPhraseFailsACallThatItsRatePasses(t *testing.T) {
	t.Parallel()
	lab := theLab(t)
	scenario := openingScenario(t, "    stt:\n      max_wer: 0.5\n      phrases: [\"Opening hours, on Saturday\", what are your]\n")
	for _, tc := range []struct {
		name, garble string
		reason       probe.Reason
		heard        []bool
	}{
		{"both are there", `{"insert":1}`, probe.Answered, []bool{true, true}},
		{"one is not", `{"substitute":1}`, probe.STTWrong, []bool{true, false}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got := callLab(t, lab, nil, scenario, fault(`{"garble":`+tc.garble+`}`))
			wantReason(t, got, tc.reason)
			var heard []bool
			for _, p := range got.report.Turns[0].STT.Phrases {
				heard = append(heard, p.Heard)
			}
			if !slices.Equal(heard, tc.heard) {
				t.Errorf("phrases %+v", got.report.Turns[0].STT.Phrases)
			}
			if tc.reason == probe.STTWrong && !strings.Contains(got.report.Detail, `the key phrase "what are your" is not in it`) {
				t.Errorf("detail %q does not name the phrase", got.report.Detail)
			}
		})
	}
}

func TestTranscriptsThatAreMissingLateOrUnsupported(t *testing.T) {
	t.Parallel()
	lab := theLab(t)
	usual := openingScenario(t, "")
	strict := openingScenario(t, "limits:\n  transcript: 500ms\n")
	required := openingScenario(t, "    stt: {required: true}\n")
	for _, tc := range []struct {
		name, scenario, fault string
		reason                probe.Reason
		outcome               probe.STTOutcome
		transcript            bool
		detail                string
	}{
		{"none comes", usual, `{"no_transcript":true}`, probe.STTMissing, probe.STTNotThere, false, "published no final transcript"},
		{"one comes late, in its time", usual, `{"transcript_delay":"1s"}`, probe.Answered, probe.STTCorrect, true, ""},
		{"one comes after its time, while the agent speaks", strict, `{"transcript_delay":"2s"}`, probe.STTMissing, probe.STTNotThere, true, "after the reply began, the limit is 500ms"},
		{"one would come after the call", usual, `{"transcript_delay":"20s"}`, probe.STTMissing, probe.STTNotThere, false, "published no final transcript"},
		{"the agent publishes no text at all", usual, `{"no_text":true}`, probe.Answered, probe.STTUnsupported, false, ""},
		{"and the scenario requires one", required, `{"no_text":true}`, probe.STTMissing, probe.STTUnsupported, false, "the scenario requires one"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got := callLab(t, lab, nil, tc.scenario, fault(tc.fault))
			wantReason(t, got, tc.reason)
			turn := got.report.Turns[0]
			if turn.STT == nil || turn.STT.Outcome != string(tc.outcome) {
				t.Fatalf("the outcome is %+v, want %s", turn.STT, tc.outcome)
			}
			if (turn.Transcript != "") != tc.transcript || (turn.STT.Final != nil) != tc.transcript {
				t.Errorf("transcript %q, final at %v", turn.Transcript, turn.STT.Final)
			}
			if (turn.STT.WER != nil) != (tc.outcome == probe.STTCorrect) {
				t.Errorf("WER %v with outcome %s", turn.STT.WER, tc.outcome)
			}
			if !strings.Contains(got.report.Detail, tc.detail) {
				t.Errorf("detail %q does not say %q", got.report.Detail, tc.detail)
			}
		})
	}
}

// The lab publishes as LiveKit's agents do: interims and the final as whole text
// streams, the final twice, and all of it again over legacy packets.
func TestAFinalThatComesDoubledOnTwoChannelsCountsOnce(t *testing.T) {
	t.Parallel()
	lab := theLab(t)
	folder := t.TempDir()
	got := callLab(t, lab, nil, openingScenario(t, ""), "--record.dir="+folder)
	wantReason(t, got, probe.Answered)
	rec, err := calldir.Load(filepath.Join(folder, got.report.CallID))
	if err != nil {
		t.Fatal(err)
	}
	const said = "What are your opening hours on Saturday?"
	whole := map[probe.Channel]map[bool]int{probe.StreamChannel: {}, probe.LegacyChannel: {}}
	for _, e := range rec.Events {
		if e.Kind == probe.TranscriptHeard && e.Transcript.Speaker == probe.CallerSpeaks && e.Transcript.Text == said {
			whole[e.Transcript.Channel][e.Transcript.Final]++
		}
	}
	for channel, seen := range whole {
		if seen[false] == 0 || seen[true] == 0 {
			t.Errorf("%s: the whole text came %d times as an interim and %d times as the final; the lab has changed", channel, seen[false], seen[true])
		}
	}
	turn := got.report.Turns[0]
	if turn.Transcript != said || turn.STT.Hits != 7 || turn.STT.Insertions != 0 || turn.STT.Raw == nil || turn.STT.Raw.WER != 0 {
		t.Errorf("understood %q, %+v", turn.Transcript, turn.STT)
	}
	if turn.STT.Interim == nil || turn.STT.Final == nil || *turn.STT.Interim > *turn.STT.Final {
		t.Errorf("first interim at %v, final at %v", turn.STT.Interim, turn.STT.Final)
	}
}

// Whatever the agent's ears make of noise, it must not pass for the words that
// should have been there.
func TestNoiseInsteadOfTheUtteranceIsNotUnderstood(t *testing.T) {
	t.Parallel()
	lab := theLab(t)
	plan, err := scenarios.Builtin("opening-hours")
	if err != nil {
		t.Fatal(err)
	}
	for name, noise := range noises(plan.Turns[0].Say.Clip) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantMisheard(t, callWithSound(t, lab, plan, noise))
		})
	}
	t.Run("the words themselves", func(t *testing.T) {
		t.Parallel()
		if r := callWithSound(t, lab, plan, plan.Turns[0].Say.Clip); r.Reason != probe.Answered {
			t.Errorf("got %s: %s", r.Reason, r.Detail)
		}
	})
	t.Run("babble from a scenario's own recording", func(t *testing.T) {
		t.Parallel()
		var file bytes.Buffer
		if err := audio.WriteWAV(&file, audio.Rate48k, babble(t).Samples); err != nil {
			t.Fatal(err)
		}
		folder := inFolder(t, map[string]string{
			"noise.wav":  file.String(),
			"noise.yaml": "turns:\n  - say: noise.wav\n    text: " + openingHours + "\n    reply: {within: 12s, timeout: 15s}\n",
		})
		got := callLab(t, lab, nil, filepath.Join(folder, "noise.yaml"))
		if r := got.report.Reason; got.code != exitFailed || r != string(probe.STTWrong) && r != string(probe.STTMissing) {
			t.Errorf("exit %d, %s: %s", got.code, r, got.report.Detail)
		}
	})
}

func wantMisheard(t *testing.T, r *probe.Report) {
	t.Helper()
	if r.Verdict != probe.Failed || r.Reason != probe.STTWrong && r.Reason != probe.STTMissing {
		t.Errorf("got %s, %s (%s); want stt_wrong or stt_missing", r.Verdict, r.Reason, r.Detail)
	}
}

// noises returns sounds as long and as loud as a recording.
func noises(speech audio.Clip) map[string]audio.Clip {
	rng := rand.New(rand.NewPCG(4, 711))
	loud := 3000.0
	like := func(sample func(said int16) float64) audio.Clip {
		out := audio.Clip{Rate: speech.Rate, Samples: make([]int16, len(speech.Samples))}
		for i, s := range speech.Samples {
			out.Samples[i] = int16(max(-32768, min(32767, sample(s))))
		}
		return out
	}
	return map[string]audio.Clip{
		"white noise": like(func(int16) float64 { return rng.NormFloat64() * loud }),
		// Its envelope is that of the words, its spectrum flat.
		"noise in the rhythm of the words": like(func(said int16) float64 {
			if rng.IntN(2) == 0 {
				return -float64(said)
			}
			return float64(said)
		}),
	}
}

// babble is many voices at once, each backwards.
func babble(t *testing.T) audio.Clip {
	t.Helper()
	sum := make([]float64, audio.Rate48k.Samples(3*time.Second))
	for _, name := range []string{"opening-hours", "order-question", "booking-time", "services", "angry-manager"} {
		clip, err := audio.Load(scenarios.Utterances(), name+".mp3")
		if err != nil {
			t.Fatal(err)
		}
		if clip, err = clip.Resample(audio.Rate48k); err != nil {
			t.Fatal(err)
		}
		for i := range sum {
			sum[i] += float64(clip.Samples[len(clip.Samples)-1-i%len(clip.Samples)]) / 2
		}
	}
	out := audio.Clip{Rate: audio.Rate48k, Samples: make([]int16, len(sum))}
	for i, s := range sum {
		out.Samples[i] = int16(max(-32768, min(32767, s)))
	}
	return out
}

// callWithSound makes a call that plays sound for its first turn's words, and
// makes it again when this machine was too busy for it.
func callWithSound(t *testing.T, lab *labproc.Lab, plan probe.Plan, sound audio.Clip) *probe.Report {
	t.Helper()
	say := plan.Turns[0].Say
	say, err := probe.NewUtterance(say.Name, say.Reference, sound, say.Speech)
	if err != nil {
		t.Fatal(err)
	}
	plan.Turns = slices.Clone(plan.Turns)
	plan.Turns[0].Say = say
	plan.Turns[0].Reply = probe.Reply{Within: 12 * time.Second, Timeout: 15 * time.Second}
	for range 3 {
		reports, err := app.Calls{Plans: []probe.Plan{plan}, Target: labTarget(lab), Count: 1}.Run(context.Background())
		if err != nil || len(reports) != 1 {
			t.Fatalf("%d reports, %v", len(reports), err)
		}
		if reports[0].Reason != probe.ProberOverloaded {
			return reports[0]
		}
	}
	t.Fatal("this machine was too busy for a call three times in a row")
	return nil
}
