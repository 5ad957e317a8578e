package main

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"callprobe/lab/voice"
)

// The reference agent's voice.
//
//go:embed replies
var repliesFS embed.FS

// loadReplies reads the agent's recordings: its own, or those of a folder.
func loadReplies(dir string) ([]voice.Recording, error) {
	if dir != "" {
		recs, err := voice.LoadReplies(os.DirFS(dir), ".")
		if err != nil {
			return nil, fmt.Errorf("--replies %s: %w", dir, err)
		}
		return recs, nil
	}
	return voice.LoadReplies(repliesFS, "replies")
}

// loadUtterances reads what the agent can understand from folders.
func loadUtterances(builtin fs.FS, dirs []string) ([]voice.Recording, error) {
	var all []voice.Recording
	var errs []error
	if builtin != nil {
		recs, err := voice.LoadDir(builtin, ".")
		all, errs = append(all, recs...), append(errs, err)
	}
	for _, dir := range dirs {
		recs, err := voice.LoadDir(os.DirFS(dir), ".")
		switch {
		case err != nil:
			err = fmt.Errorf("--utterances %s: %w", dir, err)
		case len(recs) == 0:
			err = fmt.Errorf("--utterances %s: the folder holds no .mp3 and no .wav file", dir)
		}
		all, errs = append(all, recs...), append(errs, err)
	}
	return all, errors.Join(errs...)
}
