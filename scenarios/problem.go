package scenarios

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
)

// position is a place in a scenario file. Lines and columns count from 1; the
// zero position stands for the file as a whole.
type position struct {
	line, column int
}

// problemError is one thing wrong in a scenario file, with its place, so that an
// editor can jump to it.
type problemError struct {
	file string
	at   position
	err  error
}

func (e *problemError) Error() string {
	if e.at.line == 0 {
		return fmt.Sprintf("%s: %v", e.file, e.err)
	}
	return fmt.Sprintf("%s:%d:%d: %v", e.file, e.at.line, e.at.column, e.err)
}

func (e *problemError) Unwrap() error { return e.err }

// problems collects everything wrong in one scenario file.
type problems struct {
	file string
	list []*problemError
	// fatal is set when the file could not be read at all, so that checking its
	// content would only repeat that.
	fatal bool
}

func (p *problems) add(at position, format string, args ...any) {
	p.list = append(p.list, &problemError{file: p.file, at: at, err: fmt.Errorf(format, args...)})
}

// err joins the problems in the order of the file, or is nil when there is none.
func (p *problems) err() error {
	slices.SortStableFunc(p.list, func(a, b *problemError) int {
		return cmp.Or(cmp.Compare(a.at.line, b.at.line), cmp.Compare(a.at.column, b.at.column))
	})
	errs := make([]error, len(p.list))
	for i, e := range p.list {
		errs[i] = e
	}
	return errors.Join(errs...)
}
