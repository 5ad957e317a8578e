package yamlfile

import (
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
)

// Outline reads a file in the format of another program, of which only a part
// is wanted: mappings are map[string]any, lists []any, and everything else is
// text. What is wrong with the file is added to p, and the result is nil then.
func (f Format) Outline(data []byte, p *Problems) any {
	if !utf8.Valid(data) {
		p.Add(Position{}, "the file is not UTF-8: save it as UTF-8")
		return nil
	}
	body := f.parse(string(data), p)
	if body == nil {
		return nil
	}
	o := outliner{problems: p, anchors: map[string]any{}}
	outline := o.outline(body)
	if !p.None() {
		return nil
	}
	return outline
}

// outliner turns the syntax tree into plain values.
type outliner struct {
	problems *Problems
	anchors  map[string]any
}

func (o outliner) outline(n ast.Node) any {
	if entries, ok := mappingEntries(n); ok {
		values := map[string]any{}
		for _, e := range entries {
			key := keyText(e.Key)
			if key == "<<" {
				o.problems.Add(nodePosition(e.Key), "merge keys are not supported: write the values out")
				continue
			}
			values[key] = o.outline(e.Value)
		}
		return values
	}
	switch n := n.(type) {
	case *ast.SequenceNode:
		values := make([]any, len(n.Values))
		for i, v := range n.Values {
			values[i] = o.outline(v)
		}
		return values
	case *ast.TagNode:
		return o.outline(n.Value)
	case *ast.AnchorNode:
		value := o.outline(n.Value)
		o.anchors[n.Name.String()] = value
		return value
	case *ast.AliasNode:
		value, known := o.anchors[n.Value.String()]
		if !known {
			o.problems.Add(nodePosition(n), "alias %q has no anchor before it", n.Value)
		}
		return value
	}
	text, _ := scalarText(n)
	return text
}
