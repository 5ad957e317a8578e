package yamlfile

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// decoder reads the syntax tree into structs. The library's own decoder stops
// at the first unknown key and forgets where the others were.
type decoder struct {
	format   Format
	problems *Problems
}

// scanner is a value that reads itself.
type scanner interface {
	scan(n ast.Node, where string, d *decoder)
}

// decode reads a node into a struct, a slice or a field. where says in words
// what the node is, for messages.
func (d *decoder) decode(n ast.Node, into reflect.Value, where string) {
	switch n.(type) {
	case *ast.AnchorNode, *ast.AliasNode:
		d.problems.Add(nodePosition(n), "anchors and aliases are not supported: write the value out")
		return
	case *ast.TagNode:
		d.problems.Add(nodePosition(n), "tags are not supported: write the plain value")
		return
	}
	if s, ok := into.Addr().Interface().(scanner); ok {
		s.scan(n, where, d)
		return
	}
	if into.Kind() == reflect.Slice {
		d.list(n, into, where)
		return
	}
	d.mapping(n, into, where)
}

func (d *decoder) list(n ast.Node, into reflect.Value, where string) {
	list, ok := n.(*ast.SequenceNode)
	if !ok {
		into.Set(reflect.MakeSlice(into.Type(), 0, 0))
		d.problems.Add(nodePosition(n), `%s must be a list: begin each entry with "- "`, where)
		return
	}
	if len(list.Values) == 0 {
		d.problems.Add(nodePosition(n), "%s is empty: it needs at least one entry", where)
	}
	into.Set(reflect.MakeSlice(into.Type(), len(list.Values), len(list.Values)))
	for i, v := range list.Values {
		d.decode(v, into.Index(i), fmt.Sprintf("entry %d of %s", i+1, where))
	}
}

func (d *decoder) mapping(n ast.Node, into reflect.Value, where string) {
	entries, ok := mappingEntries(n)
	if !ok {
		d.problems.Add(nodePosition(n), "%s must be a mapping of keys: %s", where, strings.Join(Keys(into.Type()), ", "))
		return
	}
	if g, ok := into.Addr().Interface().(interface{ place(at Position) }); ok {
		g.place(nodePosition(n))
	}
	for _, e := range entries {
		key := keyText(e.Key)
		field, ok := fieldByKey(into, key)
		if !ok {
			d.unknown(e.Key, key, into)
			continue
		}
		if _, empty := e.Value.(*ast.NullNode); empty {
			d.problems.Add(nodePosition(e.Key), "%q has no value: give it one or remove the key", key)
			if s, ok := field.Addr().Interface().(interface{ tried(at Position) }); ok {
				s.tried(nodePosition(e.Key))
			}
			continue
		}
		d.decode(e.Value, field, fmt.Sprintf("%q", key))
	}
}

func (d *decoder) unknown(n ast.Node, key string, into reflect.Value) {
	if r, ok := into.Addr().Interface().(Refuser); ok {
		if remedy := r.Refuse(key); remedy != "" {
			d.problems.Add(nodePosition(n), "key %q is not allowed here: %s", key, remedy)
			return
		}
	}
	d.problems.Add(nodePosition(n), "unknown key %q: %s", key, Hint(key, Keys(into.Type())))
}

func mappingEntries(n ast.Node) ([]*ast.MappingValueNode, bool) {
	switch n := n.(type) {
	case *ast.MappingNode:
		return n.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}, true
	}
	return nil, false
}

// keyText returns a key without quotes and comments.
func keyText(key ast.MapKeyNode) string {
	if k, ok := key.(*ast.MappingKeyNode); ok {
		if text, ok := scalarText(k.Value); ok {
			return text
		}
	}
	if text, ok := scalarText(key); ok {
		return text
	}
	return key.String()
}

func fieldByKey(into reflect.Value, key string) (reflect.Value, bool) {
	for f, v := range into.Fields() {
		if tag, ok := f.Tag.Lookup("yaml"); ok && tag == key {
			return v, true
		}
	}
	return reflect.Value{}, false
}
