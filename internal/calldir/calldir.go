// Package calldir keeps a call on disk: the recording, which can be evaluated
// again to the same report; both sides as one stereo file to listen to; and
// the report as it was at the time.
package calldir

import (
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"callprobe/audio"
	"callprobe/probe"
)

// The files of a call directory.
const (
	RecordingFile = "recording.json.gz"
	AudioFile     = "call.wav"
	ReportFile    = "report.json"
)

// maxRecording bounds what a recording may unpack to, so that a damaged or
// hostile file cannot use up the memory.
const maxRecording = 256 << 20

// Prepare makes sure that calls can be kept under dir, by making it and
// writing to it.
func Prepare(dir string) error {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return fmt.Errorf("prepare record directory: %w: choose a directory that can be written", err)
	}
	f, err := os.CreateTemp(dir, ".callprobe-*")
	if err != nil {
		return fmt.Errorf("prepare record directory: %w: choose a directory that can be written", err)
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// Call is what is to be kept of one call.
type Call struct {
	Recording *probe.Recording
	Report    *probe.Report
	// NoAudio leaves out the file to listen to, by far the largest.
	NoAudio bool
	// Extra holds further files by their names.
	Extra map[string][]byte
}

// Save writes the call to dir/CALL-ID and returns that directory. It appears
// under its name only when it is whole.
func (c Call) Save(dir string) (string, error) {
	final := filepath.Join(dir, c.Recording.CallID)
	tmp, err := os.MkdirTemp(dir, unfinished+"*")
	if err != nil {
		return "", fmt.Errorf("keep call: %w", err)
	}
	if err = c.fill(tmp); err == nil {
		err = os.Rename(tmp, final)
	}
	if err != nil {
		return "", fmt.Errorf("keep call: %w", errors.Join(err, os.RemoveAll(tmp)))
	}
	return final, nil
}

// unfinished begins the names of directories that are being written or removed.
const unfinished = ".unfinished-"

func (c Call) fill(dir string) error {
	err := errors.Join(
		write(dir, RecordingFile, func(w io.Writer) error {
			z := gzip.NewWriter(w)
			return errors.Join(c.Recording.Write(z), z.Close())
		}),
		write(dir, ReportFile, func(w io.Writer) error {
			enc := json.NewEncoder(w)
			enc.SetIndent("", "  ")
			return enc.Encode(c.Report)
		}),
	)
	if !c.NoAudio {
		err = errors.Join(err, write(dir, AudioFile, func(w io.Writer) error {
			caller, agent, err := c.Recording.Stereo()
			if err != nil {
				return err
			}
			return audio.WriteWAV(w, audio.Rate48k, caller, agent)
		}))
	}
	for name, content := range c.Extra {
		err = errors.Join(err, write(dir, name, func(w io.Writer) error {
			_, err := w.Write(content)
			return err
		}))
	}
	return err
}

// Remove deletes a call directory in such a way that a crash leaves nothing
// behind that looks like a call; [Clean] removes the rest.
func Remove(dir string) error {
	parent, name := filepath.Split(dir)
	gone := filepath.Join(parent, unfinished+name)
	if err := os.Rename(dir, gone); err != nil {
		return fmt.Errorf("remove call: %w", err)
	}
	if err := os.RemoveAll(gone); err != nil {
		return fmt.Errorf("remove call: %w", err)
	}
	return nil
}

// Clean removes what writing and removing calls under dir left when it was cut
// short. Nothing may be writing there.
func Clean(dir string) error {
	list, err := os.ReadDir(dir)
	for _, e := range list {
		if strings.HasPrefix(e.Name(), unfinished) {
			err = errors.Join(err, os.RemoveAll(filepath.Join(dir, e.Name())))
		}
	}
	if err != nil {
		return fmt.Errorf("clean up after unfinished calls: %w", err)
	}
	return nil
}

func write(dir, name string, fill func(io.Writer) error) error {
	f, err := os.Create(filepath.Join(dir, name)) //nolint:gosec // The name is one of ours.
	if err != nil {
		return err
	}
	return errors.Join(fill(f), f.Close())
}

// Load reads the recording of a call directory, or the file of a recording that
// was taken out of one.
func Load(dir string) (*probe.Recording, error) { return load(dir, maxRecording) }

func load(dir string, limit int64) (*probe.Recording, error) {
	path := filepath.Join(dir, RecordingFile)
	if info, err := os.Stat(dir); err == nil && info.Mode().IsRegular() {
		path = dir
	}
	f, err := os.Open(path) //nolint:gosec // The user names it.
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%s holds no recording: give the directory of one call, as made by --record.dir", dir)
	}
	if err != nil {
		return nil, fmt.Errorf("open recording: %w", err)
	}
	defer f.Close() //nolint:errcheck // Nothing was written.
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, fmt.Errorf("%s: not a recording, or cut short (%w): give the directory of one call, as made by --record.dir", path, err)
	}
	limited := &io.LimitedReader{R: z, N: limit}
	rec, err := probe.ReadRecording(limited)
	if err == nil {
		// The checksum comes at the end, after what the recording needs.
		_, err = io.Copy(io.Discard, limited)
	}
	if limited.N <= 0 {
		return nil, fmt.Errorf("%s: unpacks to more than %d bytes, which no call does", path, limit)
	}
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, gzip.ErrChecksum):
		return nil, fmt.Errorf("%s: %w: the file is damaged or cut short, copy it again", path, err)
	case err != nil:
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return rec, nil
}
