package app

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"callprobe/internal/calltest"
	"callprobe/probe"
	"callprobe/probe/livekit"
)

// silent is the quickest plan: the caller says nothing for a moment.
func silent(name string) probe.Plan {
	return probe.Plan{
		Name: name, Language: "en", Greeting: probe.Greeting{Mode: probe.GreetingNone},
		Turns:  []probe.Turn{{Silence: 100 * time.Millisecond, When: probe.Trigger{Kind: probe.AfterAgent}}},
		Limits: probe.DefaultLimits(),
	}
}

// scripted answers every call by the same agent and notes the calls' ids and
// targets.
type scripted struct {
	agent   calltest.Agent
	ids     []string
	targets []livekit.Target
	done    []string
	kept    []string
}

func (s *scripted) batch(plans ...probe.Plan) Calls {
	return Calls{
		Plans: plans, Count: 1,
		Dialer: func(target livekit.Target, id string) probe.Dialer {
			s.ids, s.targets = append(s.ids, id), append(s.targets, target)
			return s.agent.Dialer(plans[0])
		},
		Done: func(r *probe.Report, kept string) {
			s.done = append(s.done, r.Scenario)
			s.kept = append(s.kept, kept)
		},
	}
}

func TestEveryPlanIsCalledAsOftenAsAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s scripted
		calls := s.batch(silent("a"), silent("b"))
		calls.Count, calls.TargetName = 2, "lab"
		var steps []string
		calls.Progress = func(scenario string, p probe.Progress) {
			if p.Step == probe.StepConnecting {
				steps = append(steps, scenario)
			}
		}
		reports, err := calls.Run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		want := []string{"a", "b", "a", "b"}
		var got []string
		for i, r := range reports {
			got = append(got, r.Scenario)
			if r.Verdict != probe.Passed || r.Target != "lab" || r.CallID != s.ids[i] {
				t.Errorf("call %d: %s, target %q, id %q", i, r.Reason, r.Target, r.CallID)
			}
		}
		if !slices.Equal(got, want) || !slices.Equal(s.done, want) || !slices.Equal(steps, want) {
			t.Errorf("reports %v, done %v, progress %v; want %v", got, s.done, steps, want)
		}
		if ids := slices.Clone(s.ids); len(slices.Compact(slices.Sorted(slices.Values(ids)))) != 4 {
			t.Errorf("call ids repeat: %v", s.ids)
		}
	})
}

func TestATokenLivesALittleLongerThanTheLongestCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s scripted
		plan := silent("a")
		plan.Limits.Call = 7 * time.Minute
		if _, err := s.batch(plan).Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got, least := s.targets[0].TokenLife, plan.MaxDuration(); got <= least || got > least+2*time.Minute {
			t.Errorf("it lives %v, the call %v at most", got, least)
		}
	})
}

func TestAnInterruptEndsTheBatchAfterTheCallUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := scripted{agent: calltest.Agent{NeverJoins: true}}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		reports, err := s.batch(silent("a"), silent("b")).Run(ctx)
		if err != nil || len(reports) != 1 || reports[0].Reason != probe.Canceled || len(s.done) != 1 {
			t.Errorf("%d reports, done %v: %v", len(reports), s.done, err)
		}
	})
}

func TestAKeptCallIsReplayedToTheSameReport(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "calls")
	synctest.Test(t, func(t *testing.T) {
		var s scripted
		calls := s.batch(silent("a"))
		calls.RecordDir = dir
		reports, err := calls.Run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if want := filepath.Join(dir, s.ids[0]); s.kept[0] != want {
			t.Fatalf("kept in %q, want %q", s.kept[0], want)
		}
		again, err := Replay(s.kept[0])
		if err != nil {
			t.Fatal(err)
		}
		a, _ := json.Marshal(reports[0])
		b, _ := json.Marshal(again)
		if string(a) != string(b) {
			t.Errorf("replayed\n%s\nwant\n%s", b, a)
		}
	})
}

func TestARecordDirectoryThatCannotBeUsedIsSaidBeforeTheFirstCall(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var s scripted
	calls := s.batch(silent("a"))
	calls.RecordDir = file
	if _, err := calls.Run(t.Context()); err == nil || len(s.ids) > 0 {
		t.Errorf("%d calls: %v", len(s.ids), err)
	}
}

func TestACallThatCannotBeKeptIsReportedAllTheSame(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		var s scripted
		calls := s.batch(silent("a"), silent("b"))
		calls.RecordDir = dir
		dial := calls.Dialer
		calls.Dialer = func(target livekit.Target, id string) probe.Dialer {
			if err := os.RemoveAll(dir); err != nil { // The disk goes away during the call.
				t.Error(err)
			}
			return dial(target, id)
		}
		reports, err := calls.Run(t.Context())
		if err == nil || len(reports) != 1 || len(s.done) != 1 || s.kept[0] != "" {
			t.Fatalf("%d reports, done %v, kept %v: %v", len(reports), s.done, s.kept, err)
		}
		if r := reports[0]; r.Verdict != probe.Passed || len(r.Warnings) != 1 || !strings.Contains(string(r.Warnings[0]), "keep call") {
			t.Errorf("%s with warnings %q", r.Verdict, r.Warnings)
		}
	})
}

func TestACallThatCannotBeMeasuredIsToldAndKept(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		s := scripted{agent: unmeasurable()}
		calls := s.batch(silent("a"), silent("b"))
		calls.RecordDir = dir
		reports, err := calls.Run(t.Context())
		if err == nil || len(reports) != 1 || len(s.done) != 1 || reports[0].Reason != probe.MediaFailed {
			t.Fatalf("%d reports, done %v: %v", len(reports), s.done, err)
		}
		if _, again := Replay(s.kept[0]); again == nil || !strings.Contains(again.Error(), err.Error()) {
			t.Errorf("replayed: %v, it was %v", again, err)
		}
	})
}

func TestAFailedCallIsNoErrorOfTheBatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := scripted{agent: calltest.Agent{DialError: errors.New("refused")}}
		reports, err := s.batch(silent("a"), silent("b")).Run(t.Context())
		if err != nil || len(reports) != 2 || reports[1].Reason != probe.Unreachable {
			t.Errorf("%d reports: %v", len(reports), err)
		}
	})
}

func TestReplayOfNothingIsAnError(t *testing.T) {
	if _, err := Replay(t.TempDir()); err == nil {
		t.Error("no error")
	}
}

func TestReadSecretTakesOneLineAndNoMore(t *testing.T) {
	for _, tc := range []struct{ name, content, want string }{
		{"a line", "key\n", "key"},
		{"a line with white space around", " \tkey \r\n\n", "key"},
		{"no end of line", "key", "key"},
		{"nothing", "", ""},
		{"white space", " \n", ""},
		{"two lines", "key\nsecret\n", ""},
		{"more than a key file holds", strings.Repeat("x", maxSecretFile+1), ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "key")
			if err := os.WriteFile(path, []byte(tc.content), 0o600); err != nil {
				t.Fatal(err)
			}
			got, err := ReadSecret(path)
			if got != tc.want || (err != nil) != (tc.want == "") {
				t.Errorf("got %q, %v", got, err)
			}
			if err != nil && !strings.Contains(err.Error(), path) {
				t.Errorf("the error does not name the file: %v", err)
			}
		})
	}
	for name, path := range map[string]string{"no file": filepath.Join(t.TempDir(), "none"), "a directory": t.TempDir(), "a device without end": "/dev/zero"} {
		t.Run(name, func(t *testing.T) {
			if _, err := ReadSecret(path); err == nil {
				t.Error("no error")
			}
		})
	}
}
