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
	const good = `{"reference":"a","hypothesis":"b"}` + "\n"
	for name, tc := range map[string]struct {
		text, says string
		lines      int // scored before it
	}{
		"not JSON":            {good + "nope\n", "pairs.jsonl:2: not a pair: ", 1},
		"a list":              {good + "\n[1]\n", "pairs.jsonl:3: not a pair: ", 1},
		"a number for a text": {`{"reference":"a","hypothesis":3}`, "pairs.jsonl:1: not a pair: ", 0},
		"a key is missing":    {"{\"reference\":\"a\"}\n", `pairs.jsonl:1: a pair needs both "reference" and "hypothesis": write {"reference":`, 0},
		"null is no text":     {`{"reference":"a","hypothesis":null}`, `pairs.jsonl:1: a pair needs both`, 0},
		"no language":         {`{"reference":"a","hypothesis":"b","language":"english"}`, `pairs.jsonl:1: "language": "english" is no language tag: write one like en or de-AT`, 0},
		"an endless line":     {good + strings.Repeat("x", maxPairLine+1), "pairs.jsonl:2: the line is longer than 4 MB: split it", 1},
		"a text too long":     {`{"reference":"` + strings.Repeat("7", maxPairWords+1) + `","hypothesis":""}`, "pairs.jsonl:1: a text of 50001 words is too long: split it", 0},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(inFolder(t, map[string]string{"pairs.jsonl": tc.text}), "pairs.jsonl")
			got := runHere(t, "wer", "--pairs="+file)
			if got.code != exitUsage || !strings.Contains(got.errOut, tc.says) {
				t.Errorf("exit %d, stderr %.300q does not say %q", got.code, got.errOut, tc.says)
			}
			if n := strings.Count(got.out, "\n"); n != tc.lines {
				t.Errorf("%d lines scored before it, want %d", n, tc.lines)
			}
		})
	}
}

func TestWERRefusesWhatItCannotScore(t *testing.T) {
	for name, tc := range map[string]struct {
		args []string
		says string
	}{
		"nothing given":            {nil, "nothing to score: give --reference and --hypothesis, or --pairs"},
		"half a pair":              {[]string{"--hypothesis=a"}, `give both --reference and --hypothesis, and "" for nothing`},
		"texts and a file":         {[]string{"--reference=a", "--pairs=f"}, "--pairs holds the texts"},
		"a file that is not there": {[]string{"--pairs=no.jsonl"}, "read pairs: open no.jsonl: no such file or directory: name a file with"},
		"a language's name":        {[]string{"--reference=a", "--hypothesis=b", "--language=english"}, `--language: "english" is no language tag`},
	} {
		t.Run(name, func(t *testing.T) {
			got := runHere(t, append([]string{"wer"}, tc.args...)...)
			if got.code != exitUsage || got.out != "" || !strings.Contains(got.errOut, tc.says) {
				t.Errorf("exit %d, stdout %q, stderr %q does not say %q", got.code, got.out, got.errOut, tc.says)
			}
		})
	}
}

func TestWERPrintsOneObjectAPairInOrder(t *testing.T) {
	text := "\ufeff" + `{"reference":"order four seven one one","hypothesis":"Order 4711.","id":7}` + "\r\n" +
		`{"reference":"zwei Bier","hypothesis":"zwei 2","language":"de"}` + "\n" +
		`{"reference":"你好","hypothesis":"你","language":"zh"}` + "\n" +
		`{"reference":"","hypothesis":"hello"}`
	file := filepath.Join(inFolder(t, map[string]string{"pairs.jsonl": text}), "pairs.jsonl")
	want := `{"hits":5,"substitutions":0,"deletions":0,"insertions":0,"wer":0,"cer":0,"raw":{"hits":0,"substitutions":2,"deletions":3,"insertions":0,"wer":1,"cer":0.7916666666666666}}
{"hits":1,"substitutions":1,"deletions":0,"insertions":0,"wer":0.5,"cer":0.4444444444444444,"raw":{"hits":1,"substitutions":1,"deletions":0,"insertions":0,"wer":0.5,"cer":0.4444444444444444}}
{"hits":1,"substitutions":0,"deletions":1,"insertions":0,"wer":0.5,"cer":0.5,"raw":{"hits":1,"substitutions":0,"deletions":1,"insertions":0,"wer":0.5,"cer":0.5}}
{"hits":0,"substitutions":0,"deletions":0,"insertions":1,"raw":{"hits":0,"substitutions":0,"deletions":0,"insertions":1}}
`
	got := runHere(t, "wer", "--pairs="+file)
	if got.code != exitPassed || got.out != want || got.errOut != "" {
		t.Errorf("exit %d:\n%s%s\nwant\n%s", got.code, got.out, got.errOut, want)
	}
}

// The session that docs/stt.md shows.
func TestWERAsDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/stt.md")
	if err != nil {
		t.Fatal(err)
	}
	got := runHere(t, "wer", "--reference=order four seven one one", "--hypothesis=Order 471.")
	line, _, _ := strings.Cut(got.out, `"raw":`)
	want := `$ callprobe wer --reference="order four seven one one" --hypothesis="Order 471."` + "\n" + line
	if got.code != exitPassed || line == "" || !strings.Contains(string(text), want) {
		t.Errorf("docs/stt.md does not show\n%s", want)
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
