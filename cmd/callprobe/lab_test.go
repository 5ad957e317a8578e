package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"callprobe/internal/app"
	"callprobe/internal/labproc"
	"callprobe/probe"
	"callprobe/probe/livekit"
	"callprobe/probe/wer"
)

// sharedLab is one lab for all tests that do not break it.
type sharedLab struct {
	once sync.Once
	lab  *labproc.Lab
	err  error
}

//nolint:gochecknoglobals // One lab serves the whole test binary; TestMain stops it.
var shared sharedLab

func TestMain(m *testing.M) {
	if os.Getenv("CALLPROBE_TEST_MAIN") != "" {
		main()
		return
	}
	livekit.SilenceSDK()
	app.SpareThreads()
	flag.Parse()
	// Calls wait far more than they compute.
	atOnce := "10"
	if raceEnabled {
		atOnce = "5"
	}
	if err := flag.Set("test.parallel", atOnce); err != nil {
		panic(err)
	}
	code := m.Run()
	if shared.lab != nil {
		if err := errors.Join(noRooms(shared.lab), shared.lab.Stop()); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// noRooms reports rooms that outlived the calls that made them.
func noRooms(lab *labproc.Lab) error {
	names, err := rooms(context.Background(), lab)
	if err == nil && len(names) > 0 {
		err = fmt.Errorf("rooms left behind after all tests: %v", names)
	}
	return err
}

// theLab returns the shared lab, or skips the test where there is none.
func theLab(t *testing.T) *labproc.Lab {
	t.Helper()
	path := labPath(t)
	shared.once.Do(func() {
		shared.lab, shared.err = labproc.Start(context.Background(), path, os.Stderr)
	})
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	return shared.lab
}

// ownLab returns a lab that the test may break.
func ownLab(t *testing.T, args ...string) *labproc.Lab {
	t.Helper()
	lab, err := labproc.Start(t.Context(), labPath(t), os.Stderr, args...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := lab.Stop(); err != nil {
			t.Error(err)
		}
	})
	return lab
}

func labPath(t *testing.T) string {
	t.Helper()
	path := os.Getenv(labproc.EnvPath)
	if path == "" {
		t.Skipf("needs the lab: set %s to its binary, or use make test", labproc.EnvPath)
	}
	return path
}

// env is the environment of a command that calls the lab.
func env(lab *labproc.Lab, change map[string]string) func(string) string {
	vars := map[string]string{
		"LIVEKIT_URL": lab.URL, "LIVEKIT_API_KEY": lab.APIKey, "LIVEKIT_API_SECRET": lab.APISecret,
		"LANG": "C.UTF-8",
	}
	maps.Copy(vars, change)
	return func(k string) string { return vars[k] }
}

// outcome is what one run of the command printed.
type outcome struct {
	code        int
	out, errOut string
	report      report
}

// report holds the fields of the JSON object that tests look at.
type report struct {
	Scenario         string   `json:"scenario"`
	CallID           string   `json:"call_id"`
	Room             string   `json:"room"`
	Verdict          string   `json:"verdict"`
	Reason           string   `json:"reason"`
	Stage            string   `json:"stage"`
	Detail           string   `json:"detail"`
	Remedy           string   `json:"remedy"`
	DurationSeconds  float64  `json:"duration_seconds"`
	JoinSeconds      *float64 `json:"join_seconds"`
	AgentJoinSeconds *float64 `json:"agent_join_seconds"`
	GreetingSeconds  *float64 `json:"greeting_seconds"`
	Turns            []struct {
		Utterance       string   `json:"utterance"`
		Transcript      string   `json:"transcript"`
		AgentText       string   `json:"agent_text"`
		Outcome         string   `json:"outcome"`
		TTFA            *float64 `json:"ttfa_seconds"`
		TTFAUncertainty *float64 `json:"ttfa_uncertainty_seconds"`
		FirstEnergy     *float64 `json:"first_energy_seconds"`
		TalkOver        bool     `json:"talk_over"`
		BargeInStop     *float64 `json:"barge_in_stop_seconds"`
		STT             *struct {
			Outcome       string   `json:"outcome"`
			WER           *float64 `json:"wer"`
			Hits          int      `json:"hits"`
			Substitutions int      `json:"substitutions"`
			Deletions     int      `json:"deletions"`
			Insertions    int      `json:"insertions"`
			Raw           *struct {
				WER float64 `json:"wer"`
			} `json:"raw"`
			Alignment []wer.Step        `json:"alignment"`
			Phrases   []probe.KeyPhrase `json:"phrases"`
			Interim   *float64          `json:"interim_seconds"`
			Final     *float64          `json:"final_seconds"`
		} `json:"stt"`
		AgentReported *struct {
			E2ELatency *float64 `json:"e2e_latency_seconds"`
		} `json:"agent_reported"`
	} `json:"turns"`
	Network struct {
		Packets int64 `json:"packets"`
	} `json:"network"`
	Pacing struct {
		LateP99 float64 `json:"late_p99_seconds"`
	} `json:"pacing"`
	Warnings []string `json:"warnings"`
}

// callLab runs `callprobe call --output=json` against a lab. A call that this
// machine was too busy for says so, and is made again: a test must not depend
// on a fast machine.
func callLab(t *testing.T, lab *labproc.Lab, change map[string]string, args ...string) outcome {
	t.Helper()
	for range 3 {
		got := callOnce(t, lab, change, args...)
		if got.report.Reason != string(probe.ProberOverloaded) {
			return got
		}
		t.Logf("this machine was too busy (%s); calling again", got.report.Detail)
	}
	t.Fatal("this machine was too busy for a call three times in a row")
	return outcome{}
}

func callOnce(t *testing.T, lab *labproc.Lab, change map[string]string, args ...string) outcome {
	t.Helper()
	args = append([]string{"call", "--output=json"}, args...)
	if !hasFlag(args, "--agent-name") && lab.AgentName != "" {
		args = append(args, "--agent-name="+lab.AgentName)
	}
	var out, errOut bytes.Buffer
	code := run(args, &out, &errOut, env(lab, change))
	got := outcome{code: code, out: out.String(), errOut: errOut.String()}
	if strings.TrimSpace(got.out) != "" {
		first, _, _ := strings.Cut(got.out, "\n")
		if err := json.Unmarshal([]byte(first), &got.report); err != nil {
			t.Fatalf("stdout is not JSON: %v\n%s", err, got.out)
		}
	}
	for _, text := range []string{got.out, got.errOut} {
		if strings.Contains(text, lab.APISecret) {
			t.Errorf("the API secret is in the output:\n%s", text)
		}
	}
	return got
}

func hasFlag(args []string, name string) bool {
	for _, a := range args {
		if strings.HasPrefix(a, name) {
			return true
		}
	}
	return false
}

// fault is the flag that asks the lab's agent to misbehave.
func fault(text string) string { return "--agent-metadata=" + text }

// wantReason checks reason, verdict and exit code, which belong together.
func wantReason(t *testing.T, got outcome, want probe.Reason) {
	t.Helper()
	codes := map[probe.Verdict]int{probe.Passed: exitPassed, probe.Failed: exitFailed, probe.Inconclusive: exitInconclusive}
	if got.report.Reason != string(want) || got.report.Verdict != string(want.Verdict()) || got.code != codes[want.Verdict()] {
		t.Errorf("got %s, %s (%s: %s), exit %d; want %s\n%s", got.report.Verdict, got.report.Reason, got.report.Stage, got.report.Detail, got.code, want, got.errOut)
	}
	if want != probe.Answered && (got.report.Detail == "" || got.report.Stage == "") {
		t.Errorf("reason %s without a stage or a detail", want)
	}
	if want != probe.Answered && want != probe.Canceled && got.report.Remedy == "" {
		t.Errorf("reason %s without a remedy", want)
	}
}

// atMost checks that a call ended within its bound.
func atMost(t *testing.T, got outcome, limit time.Duration) {
	t.Helper()
	if got.report.DurationSeconds > limit.Seconds() {
		t.Errorf("the call took %.1f s, its bound is %v", got.report.DurationSeconds, limit)
	}
}
