package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/livekit/protocol/logger"
	lksdk "github.com/livekit/server-sdk-go/v2"

	"callprobe/audio"
	"callprobe/lab/truth"
)

// running is a lab under test, with its truth.
type running struct {
	t     *testing.T
	ready truth.Ready
	stdin *io.PipeWriter
	ended chan int

	mu      sync.Mutex
	changed *sync.Cond
	lines   []map[string]any
	end     bool
}

// start runs the program and waits until it is ready.
func start(t *testing.T, args ...string) *running {
	t.Helper()
	r := &running{t: t, ended: make(chan int, 1)}
	r.changed = sync.NewCond(&r.mu)
	in, stdin := io.Pipe()
	out, stdout := io.Pipe()
	r.stdin = stdin
	go func() {
		r.ended <- run(context.WithoutCancel(t.Context()), append(args, "--exit-with-stdin"), in, stdout, os.Stderr)
		_ = stdout.Close()
	}()
	t.Cleanup(r.stop)
	lines := bufio.NewScanner(out)
	if !lines.Scan() {
		t.Fatal("the lab said nothing")
	}
	if err := json.Unmarshal(lines.Bytes(), &r.ready); err != nil || r.ready.Event != "ready" {
		t.Fatalf("first line %q: %v", lines.Text(), err)
	}
	go r.follow(lines)
	return r
}

func (r *running) follow(lines *bufio.Scanner) {
	for lines.Scan() {
		line := map[string]any{}
		err := json.Unmarshal(lines.Bytes(), &line)
		r.mu.Lock()
		if err != nil {
			line = map[string]any{"event": "unreadable", "text": lines.Text()}
		}
		r.lines = append(r.lines, line)
		r.changed.Broadcast()
		r.mu.Unlock()
	}
	r.mu.Lock()
	r.end = true
	r.changed.Broadcast()
	r.mu.Unlock()
}

// stop ends the lab and waits for it.
func (r *running) stop() {
	_ = r.stdin.Close()
	select {
	case code := <-r.ended:
		if code != exitOK {
			r.t.Errorf("the lab exits with %d", code)
		}
		r.ended <- code
	case <-time.After(20 * time.Second):
		r.t.Error("the lab does not end when stdin closes")
	}
}

// truth waits for the n-th line of an event, counted from 1.
func (r *running) truth(event string, n int, limit time.Duration) map[string]any {
	r.t.Helper()
	deadline := time.Now().Add(limit)
	wake := time.AfterFunc(limit, r.changed.Broadcast)
	defer wake.Stop()
	r.mu.Lock()
	defer r.mu.Unlock()
	for {
		seen := 0
		for _, line := range r.lines {
			if line["event"] == event {
				if seen++; seen == n {
					return line
				}
			}
		}
		if r.end || !time.Now().Before(deadline) {
			r.t.Fatalf("no %q line number %d within %s; truth so far: %v", event, n, limit, r.lines)
		}
		r.changed.Wait()
	}
}

// utterance reads one of callprobe's recordings.
func utterance(t *testing.T, name string) audio.Clip {
	t.Helper()
	clip, err := audio.Load(builtinUtterances(), name+".mp3")
	if err != nil {
		t.Fatal(err)
	}
	if clip, err = clip.Resample(audio.Rate48k); err != nil {
		t.Fatal(err)
	}
	return clip
}

func seconds(t *testing.T, line map[string]any, key string) float64 {
	t.Helper()
	v, ok := line[key].(float64)
	if !ok {
		t.Fatalf("truth line without %q: %v", key, line)
	}
	return v
}

func TestAGoodCall(t *testing.T) {
	lab := start(t)
	c := dial(t, lab.ready, "")
	greeting := lab.truth("greeting", 1, 15*time.Second)
	lab.truth("stopped", 1, 15*time.Second)
	end := c.speak(utterance(t, "opening-hours"))
	heard := lab.truth("heard", 1, 15*time.Second)
	said := lab.truth("said", 1, 15*time.Second)
	lab.truth("stopped", 2, 15*time.Second)
	t.Log(greeting)
	t.Log(heard)
	t.Log(said)
	at, ok := c.audible(end.Add(200 * time.Millisecond))
	t.Log(at.Sub(end), ok, seconds(t, said, "ttfa"))
	for _, tr := range c.transcripts {
		t.Log(tr)
	}
}

func TestMain(m *testing.M) {
	lksdk.SetLogger(logger.GetDiscardLogger())
	os.Exit(m.Run())
}
