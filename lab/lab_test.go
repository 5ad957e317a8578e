package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"callprobe/audio"
	"callprobe/lab/server"
	"callprobe/lab/truth"
)

// running is a lab under test, with its truth.
type running struct {
	t     testing.TB
	ready truth.Ready
	stdin *io.PipeWriter
	ended chan int

	mu      sync.Mutex
	changed *sync.Cond
	lines   []map[string]any
	end     bool
}

// of is the part of the truth that is about one room.
type of struct {
	t testing.TB
	*running
	room string
}

// start runs the program and waits until it is ready.
func start(t testing.TB, args ...string) *running {
	t.Helper()
	r := &running{t: t, ended: make(chan int, 1)}
	r.changed = sync.NewCond(&r.mu)
	in, stdin := io.Pipe()
	out, stdout := io.Pipe()
	r.stdin = stdin
	go func() {
		ctx := context.WithoutCancel(t.Context())
		r.ended <- run(ctx, append(args, "--exit-with-stdin"), stdio{in, stdout, t.Output()}, &server.Logs{})
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
		noneLeft(r.t)
	case <-time.After(20 * time.Second):
		r.t.Error("the lab does not end when stdin closes")
	}
}

// truth waits for the n-th line of an event, counted from 1.
func (o of) truth(event string, n int, limit time.Duration) map[string]any {
	o.t.Helper()
	deadline := time.Now().Add(limit)
	wake := time.AfterFunc(limit, func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.changed.Broadcast()
	})
	defer wake.Stop()
	o.mu.Lock()
	defer o.mu.Unlock()
	for {
		if line, ok := o.find(event, n); ok {
			return line
		}
		if o.end || !time.Now().Before(deadline) {
			o.t.Fatalf("no %q line number %d within %s; truth so far:\n%s", event, n, limit, o.story())
		}
		o.changed.Wait()
	}
}

// none fails when there is a line of an event.
func (o of) none(event string) {
	o.t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	if line, ok := o.find(event, 1); ok {
		o.t.Errorf("unexpected truth: %v", line)
	}
}

func (o of) find(event string, n int) (map[string]any, bool) {
	for _, line := range o.lines {
		if room, _ := line["room"].(string); line["event"] == event && room == o.room {
			if n--; n == 0 {
				return line, true
			}
		}
	}
	return nil, false
}

// story is what is known of the room so far.
func (o of) story() string {
	var b strings.Builder
	for _, line := range o.lines {
		if room, _ := line["room"].(string); room == o.room {
			fmt.Fprintln(&b, line)
		}
	}
	return b.String()
}

// utterance reads one of callprobe's recordings.
func utterance(t testing.TB, name string) audio.Clip {
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

func seconds(t testing.TB, line map[string]any, key string) float64 {
	t.Helper()
	v, ok := line[key].(float64)
	if !ok {
		t.Fatalf("truth line without %q: %v", key, line)
	}
	return v
}

// noneLeft fails when a goroutine of the lab's own code still runs. The
// server's own leftovers are not ours to count. A reply that is being encoded ends
// by itself, which takes seconds with the race detector and needs the processor
// that looking too often would take.
func noneLeft(t testing.TB) {
	t.Helper()
	buf := make([]byte, 4<<20)
	for deadline := time.Now().Add(30 * time.Second); ; <-time.After(50 * time.Millisecond) {
		var left []string
		for g := range strings.SplitSeq(string(buf[:runtime.Stack(buf, true)]), "\n\n") {
			if strings.Contains(g, "callprobe/lab/") {
				left = append(left, g)
			}
		}
		if len(left) == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Errorf("goroutines left behind:\n%s", strings.Join(left, "\n\n"))
			return
		}
	}
}

func TestMain(m *testing.M) {
	server.CaptureLogs()
	os.Exit(m.Run())
}
