package main

import (
	"context"
	"os"
	"runtime"
	"sync"
	"testing"
	"time"

	"callprobe/internal/app"
	"callprobe/internal/labproc"
	"callprobe/probe"
	"callprobe/probe/livekit"
	"callprobe/scenarios"
)

// leakCalls is how many calls are made, leakWorkers at a time; in as many as
// spokenCalls of them something is said and answered.
const (
	leakCalls   = 200
	spokenCalls = 20
	leakWorkers = 5
)

// quickPlan is the shortest call that still goes through every part: join,
// agent, microphone, one turn, hanging up.
func quickPlan() probe.Plan {
	limits := probe.DefaultLimits()
	limits.Call = 20 * time.Second
	return probe.Plan{
		Name: "quick", Language: "en",
		Greeting: probe.Greeting{Mode: probe.GreetingNone},
		Turns:    []probe.Turn{{Silence: 300 * time.Millisecond, When: probe.Trigger{Kind: probe.AfterAgent}}},
		Limits:   limits,
	}
}

// spokenPlan is a call with one question and its answer.
func spokenPlan(t *testing.T) probe.Plan {
	t.Helper()
	plan, err := scenarios.Builtin("opening-hours")
	if err != nil {
		t.Fatal(err)
	}
	plan.Greeting = probe.Greeting{Mode: probe.GreetingNone}
	return plan
}

func labTarget(lab *labproc.Lab) livekit.Target {
	return livekit.Target{
		URL: lab.URL, APIKey: lab.APIKey, APISecret: livekit.Secret(lab.APISecret), AgentName: lab.AgentName,
		RoomPrefix: livekit.DefaultRoomPrefix, IdentityPrefix: livekit.DefaultIdentityPrefix,
	}
}

func TestManyCallsLeaveNothingBehind(t *testing.T) {
	lab := ownLab(t)
	batch := app.Calls{Plans: []probe.Plan{quickPlan()}, Target: labTarget(lab), Count: 1}
	batch.Target.AgentMetadata = `{"no_greeting":true}`
	spoken := batch
	spoken.Plans = []probe.Plan{spokenPlan(t)}
	makeCalls(t, spoken, leakWorkers) // Whatever is started once is started now.
	goroutines := settled(runtime.NumGoroutine, 0)
	files := settled(openFiles, 0)
	makeCalls(t, spoken, spokenCalls)
	makeCalls(t, batch, leakCalls-spokenCalls)
	if after := settled(runtime.NumGoroutine, goroutines); after > goroutines {
		buf := make([]byte, 1<<20)
		t.Errorf("%d goroutines before, %d after\n%s", goroutines, after, buf[:runtime.Stack(buf, true)])
	}
	if after := settled(openFiles, files); after > files {
		t.Errorf("%d open files before, %d after: %v", files, after, fileNames())
	}
	if rooms := roomsOf(t, lab, ""); len(rooms) > 0 {
		t.Errorf("rooms left behind: %v", rooms)
	}
	t.Logf("%d calls: %d goroutines and %d files before and after", leakCalls, goroutines, files)
}

func makeCalls(t *testing.T, batch app.Calls, n int) {
	t.Helper()
	var group sync.WaitGroup
	work := make(chan struct{}, n)
	for range n {
		work <- struct{}{}
	}
	close(work)
	for range leakWorkers {
		group.Go(func() {
			for range work {
				reports, err := batch.Run(context.Background())
				if err != nil {
					t.Error(err)
				}
				for _, r := range reports {
					if r.Verdict != probe.Passed && r.Reason != probe.ProberOverloaded {
						t.Errorf("call %s: %s, %s: %s (pacing %+v)", r.CallID, r.Verdict, r.Reason, r.Detail, r.Pacing)
					}
				}
			}
		})
	}
	group.Wait()
}

// settled returns a count once it is down to want, or has stopped falling for
// 5 s.
func settled(count func() int, want int) int {
	least, since := count(), time.Now()
	for time.Since(since) < 5*time.Second && (want == 0 || least > want) {
		<-time.After(50 * time.Millisecond)
		if n := count(); n < least {
			least, since = n, time.Now()
		}
	}
	return least
}

// fileNames tells what is open, where the system lists it.
func fileNames() []string {
	entries, _ := os.ReadDir("/proc/self/fd")
	var names []string
	for _, e := range entries {
		if name, err := os.Readlink("/proc/self/fd/" + e.Name()); err == nil {
			names = append(names, name)
		}
	}
	return names
}

// openFiles counts the file descriptors of this process, where the system
// lists them; elsewhere it returns 0. The SDK leaves a WebSocket that the server
// closed first to the garbage collector, which is therefore run.
func openFiles() int {
	runtime.GC()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0
	}
	return len(entries)
}
