package history

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"callprobe/audio/playout"
	"callprobe/internal/calldir"
	"callprobe/probe"
)

func TestCallsAreKeptWithinTheirBoundOfBytes(t *testing.T) {
	dir := t.TempDir()
	limits := DefaultLimits()
	limits.MaxBytes = 400 << 10
	s := open(t, dir, limits)
	from := time.Now().Add(-2 * time.Hour)
	for i := range 60 {
		numbered(i, from, probe.Answered).addTo(s)
		if used, _ := onDisk(t, dir); used > limits.MaxBytes {
			t.Fatalf("%d bytes after %d calls, the limit is %d", used, i+1, limits.MaxBytes)
		}
	}
	used, kept := onDisk(t, dir)
	calls, bytes, _ := s.Usage()
	if calls != kept || bytes != used {
		t.Errorf("the store says %d calls and %d bytes, on disk are %d and %d", calls, bytes, kept, used)
	}
	if calls < 10 {
		t.Errorf("only %d calls are kept: there was room for more", calls)
	}
	want := []string{}
	for i := 59; i > 59-calls; i-- {
		want = append(want, numbered(i, from, probe.Answered).id)
	}
	if got := ids(s.List(Filter{})); !slices.Equal(got, want) {
		t.Errorf("kept %v, want the newest %v", got, want)
	}
}

func TestFailuresOutlivePasses(t *testing.T) {
	now := time.Now()
	limits := DefaultLimits()
	limits.MaxAge, limits.MaxAgePassed = 30*24*time.Hour, 7*24*time.Hour
	add := func(s *Store, days int, reason probe.Reason) {
		call{id: fmt.Sprintf("%s-%d", reason, days), target: "t", scenario: "s", started: now.Add(-time.Duration(days) * 24 * time.Hour), reason: reason}.addTo(s)
	}
	t.Run("in days", func(t *testing.T) {
		dir := t.TempDir()
		s := open(t, dir, limits)
		for _, days := range []int{31, 8, 6} {
			add(s, days, probe.Answered)
			add(s, days, probe.NoAgent)
			add(s, days, probe.Unreachable)
		}
		want := []string{"answered-6", "no_agent-6", "no_agent-8", "unreachable-6", "unreachable-8"}
		got := ids(s.List(Filter{}))
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("kept %v, want %v", got, want)
		}
		if _, calls := onDisk(t, dir); calls != len(want) {
			t.Errorf("%d calls on disk, want %d", calls, len(want))
		}
	})
	t.Run("in bytes, but a quarter is the passes'", func(t *testing.T) {
		limits := limits
		limits.MaxBytes = 400 << 10
		limits.Audio = AudioNone
		s := open(t, t.TempDir(), limits)
		from := now.Add(-5 * time.Hour)
		for i := range 100 {
			numbered(i, from, probe.Answered).addTo(s)
		}
		for i := 100; i < 200; i++ {
			numbered(i, from, probe.NoAgent).addTo(s)
		}
		passed, failed := len(s.List(Filter{Verdict: probe.Passed})), len(s.List(Filter{Verdict: probe.Failed}))
		if passed < 3 || failed < 2*passed {
			t.Errorf("an outage leaves %d passes and %d failures", passed, failed)
		}
		for i := 200; i < 300; i++ {
			numbered(i, from, probe.Answered).addTo(s)
		}
		// The newest call, whatever it is, is not weighed.
		if left := len(s.List(Filter{Verdict: probe.Failed})); left < failed-1 {
			t.Errorf("%d of %d failures are left after a hundred passes", left, failed)
		}
	})
	t.Run("at the next start too", func(t *testing.T) {
		dir := t.TempDir()
		generous := limits
		generous.MaxAge, generous.MaxAgePassed = 365*24*time.Hour, 0
		s := open(t, dir, generous)
		add(s, 20, probe.Answered)
		add(s, 20, probe.NoAgent)
		s = open(t, dir, limits)
		if got := ids(s.List(Filter{})); !slices.Equal(got, []string{"no_agent-20"}) {
			t.Errorf("kept %v", got)
		}
	})
}

func TestTheNewestCallStaysHoweverLargeItIs(t *testing.T) {
	limits := DefaultLimits()
	limits.MaxBytes = 1
	s := open(t, t.TempDir(), limits)
	for i := range 3 {
		numbered(i, time.Now().Add(-time.Hour), probe.Answered).addTo(s)
	}
	if got := ids(s.List(Filter{})); !slices.Equal(got, []string{"call-00002"}) {
		t.Errorf("kept %v", got)
	}
}

func TestSoundIsKeptOfTheCallsThatWereAskedFor(t *testing.T) {
	for _, tc := range []struct {
		audio          Audio
		passed, failed bool
	}{{"", false, true}, {AudioFailures, false, true}, {AudioAll, true, true}, {AudioNone, false, false}} {
		t.Run("audio "+string(tc.audio), func(t *testing.T) {
			dir := t.TempDir()
			limits := DefaultLimits()
			limits.Audio = tc.audio
			s := open(t, dir, limits)
			numbered(1, time.Now(), probe.Answered).addTo(s)
			numbered(2, time.Now(), probe.Unreachable).addTo(s)
			for id, want := range map[string]bool{"call-00001": tc.passed, "call-00002": tc.failed} {
				f, err := s.OpenAudio(id)
				if (err == nil) != want {
					t.Errorf("%s: %v, want sound %v", id, err, want)
				}
				c, cerr := s.Call(id)
				if cerr != nil || c.Audio != want || !c.Stored {
					t.Errorf("%s: %+v, %v", id, c, cerr)
				}
				if err == nil {
					f.Close()
					if n := soundOf(t, dir, id); n != 2400 {
						t.Errorf("%s has %d samples, want 2400", id, n)
					}
				}
			}
		})
	}
}

func TestWhoWantsNoAudioFindsNoVoiceInAnyFile(t *testing.T) {
	voice := []byte("the agent's own voice, as it came")
	for _, tc := range []struct {
		audio Audio
		want  bool
	}{{AudioFailures, true}, {AudioNone, false}} {
		t.Run(string(tc.audio), func(t *testing.T) {
			dir := t.TempDir()
			limits := DefaultLimits()
			limits.Audio = tc.audio
			s := open(t, dir, limits)
			c := numbered(1, time.Now(), probe.Answered)
			rec := c.recording()
			rec.Tracks = []probe.Track{{ID: "TR", Packets: []playout.Packet{{At: time.Second, Sequence: 4711, Payload: voice}}}}
			s.Add(rec, c.report(), nil)
			files, err := os.ReadDir(filepath.Join(dir, c.id))
			if err != nil {
				t.Fatal(err)
			}
			found := false
			for _, f := range files {
				text := unpacked(t, filepath.Join(dir, c.id, f.Name()))
				found = found || bytes.Contains(text, voice) || bytes.Contains(text, []byte(base64.StdEncoding.EncodeToString(voice)))
				if f.Name() == calldir.RecordingFile && !bytes.Contains(text, []byte("4711")) {
					t.Error("the recording does not hold the packet's number")
				}
			}
			if found != tc.want {
				t.Errorf("a voice is kept: %v, want %v", found, tc.want)
			}
			if got, err := s.Call(c.id); err != nil || got.SoundRemoved == tc.want {
				t.Errorf("sound removed: %+v, %v", got, err)
			}
		})
	}
}

// unpacked reads a file, packed or not.
func unpacked(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path) //nolint:gosec // The test made it.
	if err != nil {
		t.Fatal(err)
	}
	if z, err := gzip.NewReader(bytes.NewReader(text)); err == nil {
		if text, err = io.ReadAll(z); err != nil {
			t.Fatal(err)
		}
	}
	return text
}

func TestACallWhoseSoundCannotBeKeptIsKeptWithout(t *testing.T) {
	s := open(t, t.TempDir(), DefaultLimits())
	c := numbered(1, time.Now(), probe.NoAgent)
	rec := c.recording()
	rec.Ended.At = 16 * time.Minute // Too long to be rendered.
	s.Add(rec, c.report(), nil)
	if got, err := s.Call(c.id); err != nil || got.Audio || !got.Stored || s.Trouble() != nil {
		t.Errorf("%+v, %v, trouble %v", got, err, s.Trouble())
	}
}

func TestLimitsThatMakeNoSenseAreRefused(t *testing.T) {
	for name, change := range map[string]func(*Limits){
		"no age":                       func(l *Limits) { l.MaxAge = 0 },
		"passes kept longer":           func(l *Limits) { l.MaxAgePassed = l.MaxAge + 1 },
		"no bytes":                     func(l *Limits) { l.MaxBytes = 0 },
		"a choice that does not exist": func(l *Limits) { l.Audio = "some" },
	} {
		t.Run(name, func(t *testing.T) {
			l := DefaultLimits()
			change(&l)
			if _, err := Open("", l, nil); err == nil {
				t.Error("no error")
			}
		})
	}
}

func TestInMemoryTheLatestCallsAreKept(t *testing.T) {
	s := open(t, "", DefaultLimits())
	from := time.Now().Add(-20 * time.Hour)
	for i := range maxMemoryCalls + 50 {
		c := numbered(i, from, probe.Answered)
		c.log = "said"
		c.addTo(s)
	}
	calls, bytes, inMemory := s.Usage()
	if calls != 0 || bytes != 0 || inMemory != maxMemoryCalls {
		t.Errorf("%d calls and %d bytes on disk, %d calls in memory", calls, bytes, inMemory)
	}
	newest := s.List(Filter{Limit: 1})[0]
	c, err := s.Call(newest.ID)
	if err != nil || c.Stored || c.Audio || string(c.Log) != "said" || c.Report.CallID != newest.ID {
		t.Errorf("got %+v, %v", c, err)
	}
	if _, err := s.OpenRecording(newest.ID); err == nil {
		t.Error("there is a recording of a call in memory")
	}
}
