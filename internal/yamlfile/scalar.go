package yamlfile

import (
	"math"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
)

// Scalar is what a field can hold. A duration is written with its unit: "1.2s".
type Scalar interface {
	string | bool | float64 | time.Duration
}

// Field is a scalar with its place in the file.
type Field[T Scalar] struct {
	Value T
	// At is where the file has the value, whatever is wrong with it.
	At Position
	// Set is whether the file has a value that could be read.
	Set bool
}

// Absent reports whether the file does not have the field at all, not even with
// a wrong value.
func (f Field[T]) Absent() bool { return f.At == Position{} }

// Or returns the value, or what holds when the file does not say.
func (f Field[T]) Or(otherwise T) T {
	if f.Set {
		return f.Value
	}
	return otherwise
}

// tried notes where the file has a field that has no value.
func (f *Field[T]) tried(at Position) { f.At = at }

// Group is the place of a mapping, if the file has it. Structs of a format
// embed it.
type Group struct {
	At  Position
	Set bool
}

func (g *Group) place(at Position) { g.At, g.Set = at, true }

// scan reads a scalar node.
func (f *Field[T]) scan(n ast.Node, where string, d *decoder) {
	f.At = nodePosition(n)
	text, ok := scalarText(n)
	if !ok {
		d.problems.Add(f.At, "%s must be a single value", where)
		return
	}
	var complaint string
	switch into := any(&f.Value).(type) {
	case *string:
		*into = text
	case *bool:
		*into, complaint = scanBool(n, text)
	case *float64:
		*into, complaint = scanNumber(n, text)
	case *time.Duration:
		*into, complaint = d.format.scanDuration(n, text)
	}
	if complaint != "" {
		d.problems.Add(f.At, "%s %s", where, complaint)
		return
	}
	f.Set = true
}

// scalarText returns what is written for a scalar, whatever type YAML sees in
// it: the text "4711" is as good a text as any.
func scalarText(n ast.Node) (string, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return strings.TrimSpace(n.Value.Value), true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return n.GetToken().Value, true
	}
	return "", false
}

func scanBool(n ast.Node, text string) (bool, string) {
	if b, ok := n.(*ast.BoolNode); ok {
		return b.Value, ""
	}
	return false, "is " + Quote(text) + ": write true or false"
}

func scanNumber(n ast.Node, text string) (float64, string) {
	value := math.NaN()
	switch n := n.(type) {
	case *ast.FloatNode:
		value = n.Value
	case *ast.IntegerNode:
		switch i := n.Value.(type) {
		case int64:
			value = float64(i)
		case uint64:
			value = float64(i)
		}
	}
	if math.IsNaN(value) {
		return 0, "is " + Quote(text) + ": write a number like 0.2"
	}
	return value, ""
}

func (f Format) scanDuration(n ast.Node, text string) (time.Duration, string) {
	switch n.(type) {
	case *ast.IntegerNode, *ast.FloatNode:
		return 0, "is " + Quote(text) + " without a unit: write " + Quote(text+"s") + " for seconds or " + Quote(text+"ms") + " for milliseconds"
	}
	d, err := time.ParseDuration(text)
	switch {
	case err != nil:
		return 0, "is " + Quote(text) + `: write a duration like "1.2s" or "700ms"`
	case d <= 0:
		return 0, "is " + Quote(text) + ": it must be longer than nothing"
	case f.MaxDuration > 0 && d > f.MaxDuration:
		return 0, "is " + Quote(text) + ": more than " + f.MaxDuration.String() + " is no length for a " + f.DurationOf
	}
	return d, ""
}
