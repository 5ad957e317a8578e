package app

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"callprobe/internal/calltest"
	"callprobe/internal/filelock"
)

func TestOneProcessAtATimeKeepsCallsInAFolder(t *testing.T) {
	t.Parallel()
	const kept = "recording: {dir: kept}\n"
	r := startService(t, &agents{}, testTargets+onlyA+kept, nil)
	r.await("the first call", func() bool { return r.calls("a") == 1 })

	err := Serve(t.Context(), ServeOptions{ConfigFile: r.file, Getenv: testEnvironment, Listen: []string{"127.0.0.1:0"}, Log: slog.New(slog.DiscardHandler)})
	if _, ok := errors.AsType[*UsageError](err); ok || !errors.Is(err, filelock.ErrHeld) || !strings.Contains(err.Error(), "give this one a recording.dir of its own") {
		t.Errorf("a second service: %v", err)
	}

	a := &agents{of: map[string]calltest.Agent{"a": {}, "b": {}}}
	o := once(t, a, allQuiet)
	o.Config.Recording.Dir = filepath.Join(filepath.Dir(r.file), "kept")
	reports, _, err := o.Run(t.Context())
	if !errors.Is(err, filelock.ErrHeld) || len(reports) > 0 || a.made("a") > 0 {
		t.Errorf("a run beside it: %v, %d calls", err, a.made("a"))
	}
}

func TestAFolderIsGivenFreeWhenAServiceEnds(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "kept")
	for range 2 {
		release, err := holdRecordings(dir)
		if err != nil {
			t.Fatal(err)
		}
		release()
	}
	file := filepath.Join(t.TempDir(), "callprobe.yml")
	if err := os.WriteFile(file, []byte(testTargets+"recording: {dir: kept}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	// One that could not begin has let go of it, too.
	for range 2 {
		err := Serve(t.Context(), ServeOptions{ConfigFile: file, Getenv: testEnvironment, Listen: []string{"nowhere"}, Log: slog.New(slog.DiscardHandler)})
		if err == nil || errors.Is(err, filelock.ErrHeld) {
			t.Errorf("got %v", err)
		}
	}
}

func TestWhereNothingCanBeHeldNothingIs(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"", filepath.Join(file, "below")} {
		release, err := holdRecordings(dir)
		if err != nil {
			t.Fatalf("%q: %v", dir, err)
		}
		release()
	}
}
