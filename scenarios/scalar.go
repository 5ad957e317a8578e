package scenarios

import (
	"math"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
)

// maxDuration bounds every duration of a scenario file: a call is short, and a
// longer one is a slip of the unit.
const maxDuration = time.Hour

// scan reads a scalar node.
func (f *field[T]) scan(n ast.Node, where string, p *problems) {
	f.tried(nodePosition(n))
	text, ok := scalarText(n)
	if !ok {
		p.add(f.at, "%s must be a single value", where)
		return
	}
	var complaint string
	switch into := any(&f.value).(type) {
	case *string:
		*into, f.set = text, true
	case *bool:
		*into, complaint = scanBool(n, text)
	case *float64:
		*into, complaint = scanNumber(n, text)
	case *time.Duration:
		*into, complaint = scanDuration(n, text)
	}
	if complaint != "" {
		p.add(f.at, "%s %s", where, complaint)
		return
	}
	f.set = true
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
	return false, "is " + quote(text) + ": write true or false"
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
		return 0, "is " + quote(text) + ": write a number like 0.2"
	}
	return value, ""
}

func scanDuration(n ast.Node, text string) (time.Duration, string) {
	switch n.(type) {
	case *ast.IntegerNode, *ast.FloatNode:
		return 0, "is " + quote(text) + " without a unit: write " + quote(text+"s") + " for seconds or " + quote(text+"ms") + " for milliseconds"
	}
	d, err := time.ParseDuration(text)
	switch {
	case err != nil:
		return 0, "is " + quote(text) + `: write a duration like "1.2s" or "700ms"`
	case d <= 0:
		return 0, "is " + quote(text) + ": it must be longer than nothing"
	case d > maxDuration:
		return 0, "is " + quote(text) + ": more than " + maxDuration.String() + " is no length for a call"
	}
	return d, ""
}

// quote puts a value of the file into a message, cut to a readable length.
func quote(text string) string {
	const most = 200
	if r := []rune(text); len(r) > most {
		text = string(r[:most]) + "…"
	}
	return `"` + strings.ReplaceAll(text, "\n", " ") + `"`
}
