package main

import (
	"bytes"
	"encoding/xml"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"callprobe/audio"
)

func TestARecordedCallIsReplayedToTheSameReport(t *testing.T) {
	lab := theLab(t)
	dir := t.TempDir()
	got := callLab(t, lab, nil, "opening-hours", "--record.dir="+dir)
	if got.code != exitPassed {
		t.Fatalf("exit %d: %s", got.code, got.out)
	}
	kept := filepath.Join(dir, got.report.CallID)
	var out, errOut bytes.Buffer
	if code := run([]string{"replay", "--output=json", kept}, &out, &errOut, os.Getenv); code != exitPassed {
		t.Fatalf("replay: exit %d: %s", code, errOut.String())
	}
	if out.String() != got.out {
		t.Errorf("replay differs:\n%s\n%s", got.out, out.String())
	}
	for _, name := range []string{"recording.json.gz", "call.wav", "report.json"} {
		data, err := os.ReadFile(filepath.Join(kept, name)) //nolint:gosec // The test made it.
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(data, []byte(lab.APISecret)) {
			t.Errorf("%s holds the API secret", name)
		}
	}
	checkStereo(t, filepath.Join(kept, "call.wav"), got.report)
}

func TestSeveralCallsAreReplayedAndADamagedOneIsNamed(t *testing.T) {
	folder := t.TempDir()
	// Calls to nobody are calls as well.
	code, _, errOut := invoke(credentials(), "call", "opening-hours", "short-answer", "--livekit.url=ws://127.0.0.1:1", "--record.dir="+folder)
	kept, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil || len(kept) != 2 {
		t.Fatalf("kept %v, %v, exit %d: %s", kept, err, code, errOut)
	}
	args := append([]string{"replay"}, kept...)
	code, out, errOut := invoke(nil, args...)
	if code != exitInconclusive || errOut != "" || strings.Count(out, "INCONCLUSIVE  ") != 2 || !strings.Contains(out, "2 calls: 0 passed") {
		t.Errorf("exit %d\n%s%s", code, out, errOut)
	}
	bad := filepath.Join(folder, "bad")
	code, out, errOut = invoke(nil, append(args, bad, "--output=json")...)
	if code != exitUsage || strings.Count(out, "\n") != 2 || !strings.Contains(errOut, bad+" holds no recording") {
		t.Errorf("with a bad one: exit %d\n%s%s", code, out, errOut)
	}
}

func TestACallKeptWithoutAudioIsNotReplayed(t *testing.T) {
	t.Parallel()
	lab := theLab(t)
	folder := serviceFolder(t, lab, "quiet-", "probes: [{scenario: asks.yaml, interval: 30s}]\nrecording: {dir: calls, audio: none}\n")
	vars := map[string]string{"LIVEKIT_API_KEY": lab.APIKey, "LIVEKIT_API_SECRET": lab.APISecret}
	code, _, errOut := invoke(vars, "run", "--config.file="+filepath.Join(folder, "callprobe.yml"))
	kept, err := filepath.Glob(filepath.Join(folder, "calls", "*", "recording.json.gz"))
	if err != nil || len(kept) == 0 {
		t.Fatalf("nothing is kept: %v, exit %d\n%s", err, code, errOut)
	}
	dir := filepath.Dir(kept[0])
	code, out, errOut := invoke(nil, "replay", dir)
	if code != exitUsage || out != "" || !strings.Contains(errOut, dir) || !strings.Contains(errOut, "kept without audio (recording.audio: none) and cannot be measured again") {
		t.Errorf("exit %d\n%s%s", code, out, errOut)
	}
	if _, err := os.Stat(filepath.Join(dir, "call.wav")); !os.IsNotExist(err) {
		t.Errorf("call.wav: %v", err)
	}
}

// checkStereo listens to the kept file: it must be as long as the call and hold
// sound.
func checkStereo(t *testing.T, path string, r report) {
	t.Helper()
	clip, err := audio.LoadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := clip.Duration().Seconds() - r.DurationSeconds; abs(d) > 0.01 {
		t.Errorf("the audio lasts %.3f s, the call %.3f s", clip.Duration().Seconds(), r.DurationSeconds)
	}
	if clip.ActiveLevelDBFS() < -50 {
		t.Errorf("the audio is silent: %.0f dBFS", clip.ActiveLevelDBFS())
	}
}

func TestACutRecordingIsAnErrorThatNamesTheFile(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{"empty": "", "no gzip": "hello", "cut": "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(dir, "recording.json.gz")
			if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			var out, errOut bytes.Buffer
			if code := run([]string{"replay", dir}, &out, &errOut, os.Getenv); code != exitUsage {
				t.Errorf("exit %d, want %d", code, exitUsage)
			}
			if !strings.Contains(errOut.String(), path) {
				t.Errorf("the error does not name %s: %s", path, errOut.String())
			}
		})
	}
}

func TestJUnitHoldsOneCasePerCall(t *testing.T) {
	lab := theLab(t)
	var out, errOut bytes.Buffer
	code := run([]string{"call", "short-answer", "--output=junit", "--agent-name=nobody"}, &out, &errOut, env(lab, nil))
	if code != exitFailed {
		t.Errorf("exit %d, want %d", code, exitFailed)
	}
	var suites struct {
		Suites []struct {
			Cases []struct {
				Failure *struct {
					Type string `xml:"type,attr"`
				} `xml:"failure"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	if err := xml.Unmarshal(out.Bytes(), &suites); err != nil {
		t.Fatal(err)
	}
	if len(suites.Suites) != 1 || len(suites.Suites[0].Cases) != 1 || suites.Suites[0].Cases[0].Failure == nil || suites.Suites[0].Cases[0].Failure.Type != "no_agent" {
		t.Errorf("unexpected JUnit:\n%s", out.String())
	}
}

func TestTextOutputShowsTheTimelineAndTheWholeBatch(t *testing.T) {
	lab := theLab(t)
	var out, errOut bytes.Buffer
	code := exitInconclusive
	for range 3 { // Again when this machine was too busy.
		out.Reset()
		errOut.Reset()
		code = run([]string{"call", "short-answer", "opening-hours", "--agent-name=" + lab.AgentName}, &out, &errOut, env(lab, nil))
		if code != exitInconclusive {
			break
		}
	}
	if code != exitPassed {
		t.Fatalf("exit %d:\n%s%s", code, out.String(), errOut.String())
	}
	for _, want := range []string{"PASSED  short-answer: answered", "PASSED  opening-hours: answered", "TTFA", "caller  ", "agent   ", "2 calls: 2 passed"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("stdout does not show %q:\n%s", want, out.String())
		}
	}
	for _, want := range []string{"connecting", "agent joined", "caller speaking", "hanging up"} {
		if !strings.Contains(errOut.String(), want) {
			t.Errorf("progress does not show %q:\n%s", want, errOut.String())
		}
	}
	for line := range strings.Lines(out.String()) {
		if n := len([]rune(strings.TrimRight(line, "\n"))); n > 80 {
			t.Errorf("a line of %d columns: %s", n, line)
		}
	}
}
