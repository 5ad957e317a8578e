package calldir

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"callprobe/audio"
	"callprobe/audio/playout"
	"callprobe/probe"
)

// dialed is the recording of a call that went as far as its end, and its report.
func dialed(t *testing.T, end time.Duration) (*probe.Recording, *probe.Report) {
	t.Helper()
	rec := &probe.Recording{
		Version: 1, CallID: "20260101t000000-abc", Plan: probe.Plan{Name: "none", Language: "en"},
		Tracks: []probe.Track{{ID: "TR", Packets: []playout.Packet{{At: time.Second, Payload: []byte{0xf8, 0xff, 0xfe}}}}},
		Ended:  probe.Ending{At: end, Stage: probe.StageJoin, Reason: probe.Unreachable, Detail: "no route"},
	}
	report, err := probe.Evaluate(rec)
	if err != nil {
		t.Fatal(err)
	}
	return rec, report
}

func encode(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func entries(t *testing.T, dir string) []string {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range list {
		names = append(names, e.Name())
	}
	return names
}

func TestAKeptCallIsReadBackAsItWas(t *testing.T) {
	dir := t.TempDir()
	rec, report := dialed(t, 2*time.Second)
	kept, err := Call{Recording: rec, Report: report}.Save(dir)
	if err != nil {
		t.Fatal(err)
	}
	if want := filepath.Join(dir, rec.CallID); kept != want {
		t.Errorf("kept in %s, want %s", kept, want)
	}
	again, err := Load(kept)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := encode(t, again), encode(t, rec); got != want {
		t.Errorf("read back\n%s\nwant\n%s", got, want)
	}
	stored, err := os.ReadFile(filepath.Join(kept, ReportFile)) //nolint:gosec // The test made it.
	if err != nil {
		t.Fatal(err)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, stored); err != nil || compact.String() != encode(t, report) {
		t.Errorf("the report is %s, want %s (%v)", compact.String(), encode(t, report), err)
	}
	clip, err := audio.LoadFile(filepath.Join(kept, AudioFile))
	if err != nil || clip.Duration() != 2*time.Second {
		t.Errorf("the audio lasts %v: %v", clip.Duration(), err)
	}
	if names := entries(t, dir); len(names) != 1 {
		t.Errorf("left in the directory: %v", names)
	}
}

func TestACallThatNeverBeganCanBeKept(t *testing.T) {
	rec, report := dialed(t, 0)
	rec.Tracks = nil
	kept, err := Call{Recording: rec, Report: report}.Save(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Load(kept); err != nil {
		t.Error(err)
	}
}

func TestACallIsKeptWholeOrNotAtAll(t *testing.T) {
	t.Run("a part that cannot be written", func(t *testing.T) {
		dir := t.TempDir()
		rec, report := dialed(t, 16*time.Minute) // Too long to be rendered.
		if _, err := (Call{Recording: rec, Report: report}).Save(dir); err == nil {
			t.Error("no error")
		}
		if names := entries(t, dir); len(names) > 0 {
			t.Errorf("left behind: %v", names)
		}
	})
	t.Run("a name that is taken", func(t *testing.T) {
		dir := t.TempDir()
		rec, report := dialed(t, time.Second)
		if _, err := (Call{Recording: rec, Report: report}).Save(dir); err != nil {
			t.Fatal(err)
		}
		rec.Target = "another"
		if _, err := (Call{Recording: rec, Report: report}).Save(dir); err == nil {
			t.Error("no error")
		}
		if again, err := Load(filepath.Join(dir, rec.CallID)); err != nil || again.Target != "" {
			t.Errorf("the first call is overwritten: %+v, %v", again, err)
		}
		if names := entries(t, dir); len(names) != 1 {
			t.Errorf("left behind: %v", names)
		}
	})
	t.Run("a directory that is not there", func(t *testing.T) {
		rec, report := dialed(t, time.Second)
		if _, err := (Call{Recording: rec, Report: report}).Save(filepath.Join(t.TempDir(), "none")); err == nil {
			t.Error("no error")
		}
	})
}

func TestPrepareSaysBeforeTheFirstCallThatNothingCanBeKept(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	if err := Prepare(dir); err != nil {
		t.Fatal(err)
	}
	if names := entries(t, dir); len(names) > 0 {
		t.Errorf("left behind: %v", names)
	}
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{"a file": file, "below a file": filepath.Join(file, "dir"), "a device file system": "/dev/null/x"} {
		t.Run(name, func(t *testing.T) {
			if err := Prepare(path); err == nil || !strings.Contains(err.Error(), "choose a directory") {
				t.Errorf("got %v", err)
			}
		})
	}
}

// packed returns text as gzip.
func packed(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestADamagedRecordingIsAnErrorThatNamesIt(t *testing.T) {
	whole := packed(t, `{"version":1,"call_id":"x"}`+"\n")
	flipped := bytes.Clone(whole)
	flipped[len(flipped)-6] ^= 1 // Of the checksum.
	for _, tc := range []struct {
		name    string
		content []byte
		limit   int64
		want    string
	}{
		{"no gzip", []byte("hello"), 1000, "not a recording"},
		{"nothing", nil, 1000, "not a recording"},
		{"cut in its middle", whole[:len(whole)/2], 1000, "unexpected EOF"},
		{"cut before its checksum", whole[:len(whole)-8], 1000, "unexpected EOF"},
		{"another checksum", flipped, 1000, "checksum"},
		{"another version", packed(t, `{"version":2}`), 1000, "version 2"},
		{"too large", packed(t, `{"version":1,"call_id":"`+strings.Repeat("x", 2000)+`"}`), 1000, "more than 1000 bytes"},
		{"too large behind the recording", packed(t, `{"version":1}`+strings.Repeat(" ", 2000)), 1000, "more than 1000 bytes"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, RecordingFile)
			if err := os.WriteFile(path, tc.content, 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := load(dir, tc.limit)
			if err == nil || !strings.Contains(err.Error(), tc.want) || !strings.Contains(err.Error(), path) {
				t.Errorf("got %v, want %q and %s", err, tc.want, path)
			}
		})
	}
	t.Run("taken out of its directory", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "x.recording.json.gz")
		if err := os.WriteFile(path, whole, 0o600); err != nil {
			t.Fatal(err)
		}
		if rec, err := Load(path); err != nil || rec.CallID != "x" {
			t.Errorf("got %+v, %v", rec, err)
		}
		if err := os.WriteFile(path, whole[:len(whole)-8], 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(path); err == nil || !strings.HasPrefix(err.Error(), path+": ") || !strings.Contains(err.Error(), "damaged or cut short, copy it again") {
			t.Errorf("cut short: %v", err)
		}
	})
	t.Run("none at all", func(t *testing.T) {
		if _, err := Load(t.TempDir()); err == nil || !strings.Contains(err.Error(), "--record.dir") {
			t.Errorf("got %v", err)
		}
	})
}

func TestWhatBelongsToACallCanBeKeptBesideIt(t *testing.T) {
	rec, report := dialed(t, 16*time.Minute) // Its sound could not be rendered.
	kept, err := Call{Recording: rec, Report: report, NoAudio: true, Extra: map[string][]byte{"note.txt": []byte("mine")}}.Save(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Join(entries(t, kept), " "), "note.txt recording.json.gz report.json"; got != want {
		t.Errorf("kept %s, want %s", got, want)
	}
}

func TestWhatIsCutShortIsCleanedUp(t *testing.T) {
	dir := t.TempDir()
	rec, report := dialed(t, time.Second)
	for name, leave := range map[string]func(string) error{
		"a removal": func(path string) error {
			kept, err := Call{Recording: rec, Report: report}.Save(dir)
			if err != nil {
				return err
			}
			return os.Rename(kept, path)
		},
		"a call": func(path string) error { return os.MkdirAll(filepath.Join(path, "part"), 0o750) },
	} {
		t.Run(name, func(t *testing.T) {
			if err := leave(filepath.Join(dir, unfinished+"x")); err != nil {
				t.Fatal(err)
			}
			if err := Clean(dir); err != nil {
				t.Fatal(err)
			}
			if left := entries(t, dir); len(left) > 0 {
				t.Errorf("left: %v", left)
			}
		})
	}
}

func TestACallIsRemovedWhole(t *testing.T) {
	dir := t.TempDir()
	rec, report := dialed(t, time.Second)
	kept, err := Call{Recording: rec, Report: report}.Save(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := Remove(kept); err != nil {
		t.Fatal(err)
	}
	if left := entries(t, dir); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
	if err := Remove(kept); err == nil {
		t.Error("removing nothing is no error")
	}
}
