//go:build unix

package main

import (
	"bytes"
	"encoding/binary"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"callprobe/audio"
	"callprobe/internal/labproc"
	"callprobe/probe"
)

// insideLimit is how long an answer may take by the agent's own count and by the
// scenario. It is long, for the machine may be busy.
const insideLimit = "6"

// A caller is told the agent's failure later than the agent counts it.
const insideScenario = "limits: {join: 30s, agent_join: 30s}\nturns:\n  - say: opening-hours\n    reply: {within: 6s, timeout: 10s}\n"

// inside is the agent of deploy/agents at work, with stand-ins for its models.
type inside struct {
	*process
	lab      *labproc.Lab
	scenario string
}

// startInside starts the agent's worker and waits until it takes calls.
func startInside(t *testing.T) *inside {
	t.Helper()
	folder := os.Getenv("CALLPROBE_AGENTS")
	if folder == "" {
		t.Skip("needs the agent of deploy/agents, built, in CALLPROBE_AGENTS: use make test-agents")
	}
	lab := ownLab(t, "--no-agent")
	files := inFolder(t, map[string]string{"asks.yaml": insideScenario, "voice.pcm": string(pcm(t, "../../lab/replies/answer-opening-hours.mp3"))})
	_, metrics, _ := net.SplitHostPort(freePort(t))
	_, health, _ := net.SplitHostPort(freePort(t))
	worker := startProcess(t, map[string]string{
		"LIVEKIT_URL": lab.URL, "LIVEKIT_API_KEY": lab.APIKey, "LIVEKIT_API_SECRET": lab.APISecret, "LIVEKIT_AGENT_NAME": "inside",
		"AGENT_METRICS_HOST": "127.0.0.1", "AGENT_METRICS_PORT": metrics, "AGENT_HEALTH_PORT": health, "AGENT_REPLY_LIMIT_SECONDS": insideLimit,
		"STANDIN_HEARS": openingHours, "STANDIN_VOICE": filepath.Join(files, "voice.pcm"),
	}, "node", filepath.Join(folder, "dist", "test", "standin_agent.js"), "start")
	in := &inside{process: worker, lab: lab, scenario: filepath.Join(files, "asks.yaml")}
	in.await(t, map[string]float64{"agent_workers_active": 1})
	return in
}

// pcm decodes a recording to what the stand-in for a synthesizer plays: 16 bits, mono, 24 kHz.
func pcm(t *testing.T, path string) []byte {
	t.Helper()
	clip, err := audio.LoadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if clip, err = clip.Resample(24000); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := binary.Write(&b, binary.LittleEndian, clip.Samples); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// await waits until the agent's own figures are as wanted.
func (in *inside) await(t *testing.T, want map[string]float64) {
	t.Helper()
	deadline := time.After(90 * time.Second)
	for {
		text := string(fetch(t, in.url+"/metrics"))
		var wrong []string
		for series, v := range want {
			if got := seriesValue(t, text, series); got != v {
				wrong = append(wrong, series)
			}
		}
		if len(wrong) == 0 {
			return
		}
		select {
		case <-time.After(200 * time.Millisecond):
		case <-deadline:
			t.Fatalf("the agent's figures are not as wanted: %v\nwrong are %q\nof\n%s\nlog:\n%s", want, wrong, text, in.log())
		}
	}
}

// call calls while something goes wrong, or nothing, until this machine has the
// time for it. It returns how many calls the agent took.
func (in *inside) call(t *testing.T, trouble string, want probe.Reason) (got outcome, taken float64) {
	t.Helper()
	for range 3 {
		got = callOnce(t, in.lab, nil, in.scenario, "--agent-name=inside", fault(trouble))
		if got.report.Reason != string(probe.NoAgent) {
			taken++
		}
		if got.report.Reason == string(want) {
			return got, taken
		}
		t.Logf("%s: the caller heard %s (%s), want %s", trouble, got.report.Reason, got.report.Detail, want)
		if got.report.Reason != string(probe.NoAgent) && got.report.Reason != string(probe.ProberOverloaded) {
			t.Fail()
			return got, taken
		}
	}
	t.Errorf("%s: this machine was too busy for a call three times in a row", trouble)
	return got, taken
}

// insideSeries names what is counted of callprobe's calls.
func insideSeries(name string, labels ...string) string {
	return name + "{" + strings.Join(append([]string{`caller="callprobe"`}, labels...), ",") + "}"
}

func TestAnAgentCountsInsideWhatCallersHearOutside(t *testing.T) {
	in := startInside(t)
	success := insideSeries("agent_requests_total", `status="success"`)
	failed := insideSeries("agent_requests_total", `status="error"`)
	heard, unheard := insideSeries("stt_transcription_requests_total"), insideSeries("stt_transcription_errors_total")
	observed, seconds := insideSeries("agent_response_seconds_count"), insideSeries("agent_response_seconds_sum")
	in.await(t, map[string]float64{success: 0, failed: 0, heard: 0, unheard: 0, observed: 0})

	good, calls := in.call(t, "none", probe.Answered)
	in.await(t, map[string]float64{success: calls, failed: 0, heard: calls, unheard: 0, observed: calls, "agent_workers_active": 1})
	if calls == 1 && len(good.report.Turns) == 1 && good.report.Turns[0].TTFA != nil {
		outside, within := *good.report.Turns[0].TTFA, seriesValue(t, string(fetch(t, in.url+"/metrics")), seconds)
		t.Logf("from the caller's last word: %.3f s to the answer as the caller hears it, %.3f s by the agent's own count, %.3f s less", outside, within, outside-within)
		if within <= 0 || within >= outside {
			t.Errorf("the agent's count is %.3f s, the caller's %.3f s: the agent cannot know of more than the caller hears", within, outside)
		}
	}

	// Three at a time, and each job is a process of its own.
	var running sync.WaitGroup
	var mu sync.Mutex
	taken := map[string]float64{}
	for _, row := range [][]string{{"llm_fails"}, {"stt_fails"}, {"job_dies", "deaf"}} {
		running.Go(func() {
			for _, trouble := range row {
				want := probe.AgentSilent
				if trouble == "job_dies" {
					want = probe.AgentLeft
				}
				_, n := in.call(t, trouble, want)
				mu.Lock()
				taken[trouble] = n
				mu.Unlock()
			}
		})
	}
	running.Wait()
	// Whose words were not transcribed has not asked anything, as far as the agent knows.
	in.await(t, map[string]float64{
		success: calls, observed: calls, failed: taken["llm_fails"] + taken["job_dies"], unheard: taken["stt_fails"] + taken["deaf"],
		heard: calls + taken["llm_fails"] + taken["stt_fails"] + taken["job_dies"] + taken["deaf"], "agent_workers_active": 1,
	})

	text := string(fetch(t, in.url+"/metrics"))
	for _, secret := range []string{in.lab.APISecret, good.report.Room} {
		if strings.Contains(text, secret) {
			t.Errorf("%q is in the metrics", secret)
		}
	}
	if strings.Contains(in.log(), in.lab.APISecret) {
		t.Error("the API secret is in the agent's log")
	}
	for _, series := range []string{`agent_requests_total{caller="other",status="success"}`, `agent_requests_total{caller="other",status="error"}`} {
		if v := seriesValue(t, text, series); v != 0 {
			t.Errorf("%s is %v, and nobody but callprobe called", series, v)
		}
	}
}
