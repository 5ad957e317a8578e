package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func runHere(t *testing.T, args ...string) outcome {
	t.Helper()
	var out, errOut bytes.Buffer
	code := run(args, &out, &errOut, func(string) string { return "" })
	return outcome{code: code, out: out.String(), errOut: errOut.String()}
}

func TestWERScoresOnePair(t *testing.T) {
	got := runHere(t, "wer", "--reference=the cat sat down", "--hypothesis=The cat sad!")
	var score struct {
		Hits, Substitutions, Deletions, Insertions int
		WER                                        float64
		Raw                                        struct{ Hits int }
	}
	if err := json.Unmarshal([]byte(got.out), &score); err != nil || got.code != exitPassed {
		t.Fatalf("exit %d, %v: %s%s", got.code, err, got.out, got.errOut)
	}
	if score.Hits != 2 || score.Substitutions != 1 || score.Deletions != 1 || score.Insertions != 0 || score.WER != 0.5 || score.Raw.Hits != 1 {
		t.Errorf("got %+v", score)
	}
}

func TestWERScoresAFileLineByLine(t *testing.T) {
	file := filepath.Join(t.TempDir(), "pairs.jsonl")
	text := `{"reference":"one two","hypothesis":"one two"}` + "\n\n" + `{"reference":"yes","hypothesis":""}` + "\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	got := runHere(t, "wer", "--pairs="+file)
	lines := strings.Split(strings.TrimSpace(got.out), "\n")
	if got.code != exitPassed || len(lines) != 2 || !strings.Contains(lines[0], `"wer":0`) || !strings.Contains(lines[1], `"deletions":1`) {
		t.Errorf("exit %d:\n%s%s", got.code, got.out, got.errOut)
	}
}

func TestWERNamesTheBadLine(t *testing.T) {
	for name, tc := range map[string]struct{ text, says string }{
		"not JSON":         {"{\"reference\":\"a\",\"hypothesis\":\"b\"}\nnope\n", "pairs.jsonl:2: not a JSON object"},
		"a key is missing": {"{\"reference\":\"a\"}\n", `pairs.jsonl:1: a pair needs both`},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "pairs.jsonl")
			if err := os.WriteFile(file, []byte(tc.text), 0o600); err != nil {
				t.Fatal(err)
			}
			got := runHere(t, "wer", "--pairs="+file)
			if got.code != exitUsage || !strings.Contains(got.errOut, tc.says) {
				t.Errorf("exit %d, stderr %q does not say %q", got.code, got.errOut, tc.says)
			}
		})
	}
}

func TestVADPrintsSamplesAtTheFilesOwnRate(t *testing.T) {
	file := filepath.Join("..", "..", "scenarios", "utterances", "opening-hours.mp3")
	got := runHere(t, "vad", "--output=csv", file)
	lines := strings.Split(strings.TrimSpace(got.out), "\n")
	if got.code != exitPassed || len(lines) < 2 || lines[0] != "file,rate_hz,onset_sample,offset_sample,level_dbfs,snr_db" {
		t.Fatalf("exit %d:\n%s%s", got.code, got.out, got.errOut)
	}
	if row := strings.Split(lines[1], ","); len(row) != 6 || row[0] != file || row[1] != "24000" {
		t.Errorf("row %q", lines[1])
	}
}

func TestVADGoesOnPastABadFile(t *testing.T) {
	good := filepath.Join("..", "..", "scenarios", "utterances", "opening-hours.mp3")
	got := runHere(t, "vad", "--output=json", "nope.wav", good)
	if got.code != exitUsage || !strings.Contains(got.errOut, "nope.wav") || !strings.Contains(got.out, "onset_sample") {
		t.Errorf("exit %d:\n%s%s", got.code, got.out, got.errOut)
	}
}

func TestVADDrawsOneFile(t *testing.T) {
	sound := filepath.Join("..", "..", "scenarios", "utterances", "opening-hours.mp3")
	picture := filepath.Join(t.TempDir(), "out.png")
	got := runHere(t, "vad", "--plot="+picture, sound)
	data, err := os.ReadFile(picture)
	if got.code != exitPassed || err != nil || !bytes.HasPrefix(data, []byte("\x89PNG")) || got.out == "" {
		t.Errorf("exit %d, %v: %s%s", got.code, err, got.out, got.errOut)
	}
	for name, args := range map[string][]string{
		"draws one file": {"--plot=" + picture, sound, sound},
		"no such file":   {"--plot=" + filepath.Join(t.TempDir(), "none", "out.png"), sound},
	} {
		if got := runHere(t, append([]string{"vad"}, args...)...); got.code != exitUsage || !strings.Contains(got.errOut, name) {
			t.Errorf("exit %d: %q does not say %q", got.code, got.errOut, name)
		}
	}
}
