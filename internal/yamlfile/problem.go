package yamlfile

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
)

// Position is a place in a file. Lines and columns count from 1; the zero
// position stands for the file as a whole.
type Position struct {
	Line, Column int
}

// ProblemError is one thing wrong in a file, with its place, so that an editor
// can jump to it.
type ProblemError struct {
	File string
	At   Position
	Err  error
}

func (e *ProblemError) Error() string {
	if e.At.Line == 0 {
		return fmt.Sprintf("%s: %v", e.File, e.Err)
	}
	return fmt.Sprintf("%s:%d:%d: %v", e.File, e.At.Line, e.At.Column, e.Err)
}

func (e *ProblemError) Unwrap() error { return e.Err }

// Problems collects everything wrong in one file.
type Problems struct {
	file string
	list []*ProblemError
}

// NewProblems returns an empty collection for a file, named as messages should
// name it.
func NewProblems(file string) *Problems { return &Problems{file: file} }

// Add notes a problem. The format is that of fmt.Errorf.
func (p *Problems) Add(at Position, format string, args ...any) {
	p.list = append(p.list, &ProblemError{File: p.file, At: at, Err: fmt.Errorf(format, args...)})
}

// None reports whether nothing is wrong so far.
func (p *Problems) None() bool { return len(p.list) == 0 }

// Err joins the problems in the order of the file, or is nil when there is none.
func (p *Problems) Err() error {
	slices.SortStableFunc(p.list, func(a, b *ProblemError) int {
		return cmp.Or(cmp.Compare(a.At.Line, b.At.Line), cmp.Compare(a.At.Column, b.At.Column))
	})
	errs := make([]error, len(p.list))
	for i, e := range p.list {
		errs[i] = e
	}
	return errors.Join(errs...)
}
