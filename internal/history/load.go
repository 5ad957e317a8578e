package history

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"callprobe/internal/calldir"
)

// block is what a file system hands out at least.
const block = 4 << 10

// load reads the index of the calls on disk. Directories without an entry are
// somebody else's and stay; one whose entry is damaged was cut short by a power
// failure and is removed.
func (s *Store) load() error {
	list, err := os.ReadDir(s.dir)
	if err != nil {
		return fmt.Errorf("read history: %w", err)
	}
	var errs []error
	for _, d := range list {
		if !d.IsDir() || strings.HasPrefix(d.Name(), ".") {
			continue
		}
		dir := filepath.Join(s.dir, d.Name())
		r, err := loadRecord(dir)
		switch {
		case err == nil:
			s.records = append(s.records, r)
		case errors.Is(err, os.ErrNotExist):
		case errors.Is(err, errDamaged):
			s.log.Warn("a call in the history is damaged and removed", "dir", dir, "err", err)
			errs = append(errs, calldir.Remove(dir))
		default:
			errs = append(errs, err)
		}
	}
	slices.SortStableFunc(s.records, func(a, b record) int { return a.entry.Started.Compare(b.entry.Started) })
	for _, r := range s.records {
		s.latest[r.entry.Pair()] = r.entry
	}
	return errors.Join(errs...)
}

var errDamaged = errors.New("damaged entry")

func loadRecord(dir string) (record, error) {
	text, err := os.ReadFile(filepath.Join(dir, entryFile)) //nolint:gosec // Below the history's own directory.
	if err != nil {
		return record{}, fmt.Errorf("read history: %w", err)
	}
	var e Entry
	if err := json.Unmarshal(text, &e); err != nil {
		return record{}, fmt.Errorf("read history: %w: %w", errDamaged, err)
	}
	if e.ID != filepath.Base(dir) {
		return record{}, fmt.Errorf("read history: %w: it is of call %q", errDamaged, e.ID)
	}
	size, err := sizeOf(dir)
	if err != nil {
		return record{}, err
	}
	return record{entry: &e, bytes: size}, nil
}

// sizeOf is the space that the files of a call take.
func sizeOf(dir string) (int64, error) {
	files, err := os.ReadDir(dir)
	if err != nil {
		return 0, fmt.Errorf("measure call: %w", err)
	}
	size := int64(block) // The directory itself.
	for _, f := range files {
		info, err := f.Info()
		if err != nil {
			return 0, fmt.Errorf("measure call: %w", err)
		}
		size += (info.Size() + block - 1) / block * block
	}
	return size, nil
}
