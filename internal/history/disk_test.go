package history

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"callprobe/probe"
)

// writerEnv makes this test binary write calls to a directory without end.
const writerEnv = "CALLPROBE_TEST_HISTORY"

func TestMain(m *testing.M) {
	if dir := os.Getenv(writerEnv); dir != "" {
		writeWithoutEnd(dir)
	}
	os.Exit(m.Run())
}

// writeWithoutEnd prints the name of each call once it is kept.
func writeWithoutEnd(dir string) {
	s, err := Open(dir, DefaultLimits(), slog.New(slog.DiscardHandler))
	if err != nil {
		panic(err)
	}
	from := time.Now().Add(-24 * time.Hour)
	for i := 0; ; i++ {
		c := numbered(i, from, probe.NoAgent)
		c.log = strings.Repeat("a line of the log\n", 5000)
		c.addTo(s)
		fmt.Println(c.id)
	}
}

func TestAKilledProcessLosesTheCallInFlightAtMost(t *testing.T) {
	for round := range 3 {
		dir := t.TempDir()
		cmd := exec.Command(os.Args[0], "-test.run=^$")
		cmd.Env = append(os.Environ(), writerEnv+"="+dir)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		var said []string
		for scan := bufio.NewScanner(out); len(said) < 20+7*round && scan.Scan(); {
			said = append(said, scan.Text())
		}
		if err := cmd.Process.Signal(syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		cmd.Wait()
		s := open(t, dir, DefaultLimits())
		kept := ids(s.List(Filter{}))
		slices.Reverse(kept)
		// More may have been written than was read of what it said.
		if len(kept) < len(said) || !slices.Equal(kept[:len(said)], said) {
			t.Errorf("it said %v, kept is %v", said, kept)
		}
		for _, id := range kept {
			if _, err := s.Call(id); err != nil {
				t.Errorf("%s: %v", id, err)
			}
		}
		if _, dirs := onDisk(t, dir); dirs != len(kept) {
			t.Errorf("%d directories for %d calls: leftovers", dirs, len(kept))
		}
	}
}

func TestWhatWasCutShortIsCleanedUpAndNothingElse(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, DefaultLimits())
	for i := range 3 {
		numbered(i, time.Now().Add(-time.Hour), probe.Answered).addTo(s)
	}
	for name, content := range map[string]string{
		".unfinished-123/recording.json.gz": "half a rec",
		"call-00001/entry.json":             `{"id":"call-0`, // A power failure emptied a block.
		"20260101t000000-abc/report.json":   "{}",            // Of callprobe call --record.dir.
		"notes.txt":                         "mine",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var l logged
	s, err := Open(dir, DefaultLimits(), l.logger())
	if err != nil {
		t.Fatal(err)
	}
	if got := ids(s.List(Filter{})); !slices.Equal(got, []string{"call-00002", "call-00000"}) {
		t.Errorf("listed %v", got)
	}
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range list {
		names = append(names, e.Name())
	}
	if want := []string{"20260101t000000-abc", "call-00000", "call-00002", "notes.txt"}; !slices.Equal(names, want) {
		t.Errorf("the directory holds %v, want %v", names, want)
	}
	if l.count("is damaged") != 1 || s.Trouble() != nil {
		t.Errorf("logged %q, trouble %v", l.b.String(), s.Trouble())
	}
}

func TestARestartShowsTheSameList(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, DefaultLimits())
	for i := range 30 {
		numbered(i, time.Now().Add(-time.Hour), []probe.Reason{probe.Answered, probe.NoAgent, probe.Unreachable}[i%3]).addTo(s)
	}
	again := open(t, dir, DefaultLimits())
	if got, want := again.List(Filter{}), s.List(Filter{}); !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%s, want\n%s", encoded(t, got), encoded(t, want))
	}
	if !reflect.DeepEqual(again.Latest(), s.Latest()) {
		t.Error("the latest calls differ")
	}
	calls, bytes, _ := s.Usage()
	if c, b, _ := again.Usage(); c != calls || b != bytes {
		t.Errorf("%d calls and %d bytes, before %d and %d", c, b, calls, bytes)
	}
}

func encoded(t *testing.T, v any) string {
	t.Helper()
	text, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// troubled holds that trouble with the disk is said once, that calls are kept
// in memory meanwhile, and that it is over when it is over.
func troubled(t *testing.T, dir string, trouble, repair func()) {
	t.Helper()
	var l logged
	s, err := Open(dir, DefaultLimits(), l.logger())
	if err != nil {
		t.Fatal(err)
	}
	from := time.Now().Add(-time.Hour)
	numbered(0, from, probe.NoAgent).addTo(s)
	if s.Trouble() != nil {
		t.Fatalf("trouble before there is any: %v", s.Trouble())
	}
	trouble()
	for i := 1; i <= 5; i++ {
		numbered(i, from, probe.NoAgent).addTo(s)
	}
	if s.Trouble() == nil {
		t.Fatal("no trouble is told")
	}
	if n := l.count("in memory only"); n != 1 {
		t.Errorf("the trouble is logged %d times: %s", n, l.b.String())
	}
	if got := ids(s.List(Filter{})); len(got) != 6 || got[0] != "call-00005" {
		t.Errorf("listed %v", got)
	}
	if c, err := s.Call("call-00005"); err != nil || c.Stored {
		t.Errorf("the last call: %+v, %v", c, err)
	}
	repair()
	numbered(6, from, probe.NoAgent).addTo(s)
	if s.Trouble() != nil || l.count("on disk again") != 1 {
		t.Errorf("the trouble goes on: %v, %s", s.Trouble(), l.b.String())
	}
	if c, err := s.Call("call-00006"); err != nil || !c.Stored {
		t.Errorf("the call after: %+v, %v", c, err)
	}
}

func TestADirectoryThatCannotBeWrittenFailsNoProbe(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "history")
	troubled(t, dir, func() {
		// A file in its place stops root as well.
		if err := errors.Join(os.RemoveAll(dir), os.WriteFile(dir, nil, 0o600)); err != nil {
			t.Fatal(err)
		}
	}, func() {
		if err := os.Remove(dir); err != nil {
			t.Fatal(err)
		}
	})
}

func TestAServiceStartsWithoutADirectoryToWriteTo(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s := open(t, filepath.Join(file, "history"), DefaultLimits())
	if s.Trouble() == nil {
		t.Error("no trouble is told")
	}
	numbered(1, time.Now(), probe.Answered).addTo(s)
	if got := ids(s.List(Filter{})); len(got) != 1 {
		t.Errorf("listed %v", got)
	}
	if _, err := Open(file, DefaultLimits(), slog.New(slog.DiscardHandler)); err == nil {
		t.Error("a file is taken for a directory")
	}
}

func TestADamagedCallIsAnErrorAndNothingWorse(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, DefaultLimits())
	numbered(1, time.Now(), probe.Answered).addTo(s)
	path := filepath.Join(dir, "call-00001", callFile)
	whole, err := os.ReadFile(path) //nolint:gosec // The test made it.
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(whole); i += 13 {
		flipped := slices.Clone(whole)
		flipped[i] ^= 0x55
		for _, content := range [][]byte{whole[:i], flipped} {
			if err := os.WriteFile(path, content, 0o600); err != nil {
				t.Fatal(err)
			}
			if c, err := s.Call("call-00001"); err == nil && c.Report == nil {
				t.Error("neither a report nor an error")
			}
		}
	}
}

// quickDir is a directory in memory where there is such a file system: making
// ten thousand directories takes a disk half a minute.
func quickDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "callprobe-test-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func TestTenThousandCallsAreListedInLittleMemory(t *testing.T) {
	dir := quickDir(t)
	const calls = 10_000
	from := time.Now().Add(-calls * time.Minute)
	limits := DefaultLimits()
	limits.MaxAge, limits.MaxAgePassed = 100*24*time.Hour, 0
	for i := range calls {
		e := numbered(i, from, probe.ReplyLate)
		line, err := json.Marshal(entryOf(e.recording(), e.report()))
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, e.id)
		if err := errors.Join(os.Mkdir(path, 0o750), os.WriteFile(filepath.Join(path, entryFile), line, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	before := heap()
	start := time.Now()
	s := open(t, dir, limits)
	took := time.Since(start)
	list := s.List(Filter{})
	if len(list) != calls || list[0].ID != numbered(calls-1, from, probe.ReplyLate).id {
		t.Fatalf("%d calls, the first %s", len(list), list[0].ID)
	}
	used := heap() - before
	t.Logf("opened in %v; the index and a list of all take %d kB", took.Round(time.Millisecond), used>>10)
	if used > 16<<20 {
		t.Errorf("%d bytes of memory for %d calls", used, calls)
	}
	if s.Trouble() != nil {
		t.Error(s.Trouble())
	}
}
