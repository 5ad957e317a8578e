// Package voice loads recorded speech: what the reference agent says, and what
// it can understand.
package voice

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"runtime"
	"strings"
	"sync"

	"callprobe/audio"
	"callprobe/audio/vad"
)

// Recording is one recording with the words in it.
type Recording struct {
	// Name is the file's name without its ending.
	Name string
	Text string
	// Role says what a reply is for, Answers names the utterance that it
	// answers. Both are empty for an utterance.
	Role, Answers string
	// Clip is mono at 48 kHz.
	Clip audio.Clip
	// Speech spans the first to the last voiced sample of Clip.
	Speech audio.Span
}

// The roles of replies that answer no utterance.
const (
	Greeting = "greeting"
	Fallback = "fallback"
)

// maxText bounds the text beside a recording.
const maxText = 64 << 10

// Load reads one recording. Its text is in a .txt file beside it, unless text
// is given.
func Load(fsys fs.FS, name, text string) (Recording, error) {
	clip, err := audio.Load(fsys, name)
	if err != nil {
		return Recording{}, fmt.Errorf("load recording: %w", err)
	}
	if clip, err = clip.Resample(audio.Rate48k); err != nil {
		return Recording{}, fmt.Errorf("load recording %s: %w", name, err)
	}
	speech, ok := vad.SpeechByDefinition(clip)
	if !ok {
		return Recording{}, fmt.Errorf("load recording %s: it holds no speech", name)
	}
	if text == "" {
		beside := strings.TrimSuffix(name, path.Ext(name)) + ".txt"
		if text, err = readText(fsys, beside); err != nil {
			return Recording{}, fmt.Errorf("load recording %s: %w", name, err)
		}
	}
	base := path.Base(name)
	return Recording{
		Name:   strings.TrimSuffix(base, path.Ext(base)),
		Text:   text,
		Clip:   clip,
		Speech: speech,
	}, nil
}

// LoadDir reads all recordings of a folder, in the order of their names. All
// errors are reported at once.
func LoadDir(fsys fs.FS, dir string) ([]Recording, error) {
	entries, err := fs.ReadDir(fsys, dir)
	if err != nil {
		return nil, fmt.Errorf("load recordings: %w", err)
	}
	var list []listed
	for _, e := range entries {
		if ext := path.Ext(e.Name()); ext == ".mp3" || ext == ".wav" {
			list = append(list, listed{File: e.Name()})
		}
	}
	return loadAll(fsys, dir, list)
}

// LoadReplies reads the replies that dir's replies.json lists.
func LoadReplies(fsys fs.FS, dir string) ([]Recording, error) {
	index := path.Join(dir, "replies.json")
	data, err := fs.ReadFile(fsys, index)
	if err != nil {
		return nil, fmt.Errorf("load replies: %w", err)
	}
	var list []listed
	if err := json.Unmarshal(data, &list); err != nil {
		return nil, fmt.Errorf("load replies: %s: %w", index, err)
	}
	recs, err := loadAll(fsys, dir, list)
	for i := range recs {
		recs[i] = recs[i].withLead(replyLead)
	}
	return recs, err
}

// replyLead is how much comes before the first voiced sample of a reply, in
// samples at 48 kHz: 10 ms, so that an answer can come soon.
const replyLead = 480

// withLead cuts what comes more than lead samples before the first voiced one.
func (r Recording) withLead(lead int64) Recording {
	cut := max(0, int64(r.Speech.Start)-lead)
	r.Clip.Samples = r.Clip.Samples[cut:]
	r.Speech.Start -= audio.Pos(cut)
	r.Speech.End -= audio.Pos(cut)
	return r
}

// listed is a recording in an index.
type listed struct{ File, Text, Role, Answers string }

// loadAll reads recordings on all processors.
func loadAll(fsys fs.FS, dir string, list []listed) ([]Recording, error) {
	recs, errs := make([]Recording, len(list)), make([]error, len(list))
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	var wait sync.WaitGroup
	for i, entry := range list {
		slots <- struct{}{}
		wait.Go(func() {
			defer func() { <-slots }()
			recs[i], errs[i] = Load(fsys, path.Join(dir, entry.File), entry.Text)
			recs[i].Role, recs[i].Answers = entry.Role, entry.Answers
		})
	}
	wait.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return recs, nil
}

// readText reads a text file as one line with single spaces.
func readText(fsys fs.FS, name string) (string, error) {
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		return "", fmt.Errorf("read its text: %w", err)
	}
	if len(data) > maxText {
		return "", fmt.Errorf("read its text: %s is longer than %d bytes", name, maxText)
	}
	text := strings.Join(strings.Fields(string(data)), " ")
	if text == "" {
		return "", fmt.Errorf("read its text: %s is empty", name)
	}
	return text, nil
}
