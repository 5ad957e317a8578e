package scenarios

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// decodeDocument reads YAML into a document and reports everything that does
// not fit. The library's own decoder stops at the first unknown key and forgets
// where the others were, so the syntax tree is read here.
func decodeDocument(data []byte, p *problems) document {
	var doc document
	body := parse(data, p)
	if body == nil {
		p.fatal = true
		return doc
	}
	if _, ok := mappingEntries(body); !ok {
		p.fatal = true
	}
	decode(body, reflect.ValueOf(&doc).Elem(), "the scenario", p)
	return doc
}

// parse returns the tree of the only YAML document in data, or nil when there
// is a problem.
func parse(data []byte, p *problems) (body ast.Node) {
	defer func() {
		if r := recover(); r != nil {
			p.add(position{}, "read YAML: the parser gave up: %v", r)
			body = nil
		}
	}()
	if !utf8.Valid(data) {
		p.add(position{}, "the file is not UTF-8: save it as UTF-8")
		return nil
	}
	tokens := lexer.Tokenize(strings.TrimPrefix(string(data), "\ufeff"))
	if at, deep := tooDeep(tokens); deep {
		p.add(at, "nested more than %d levels deep", maxDepth)
		return nil
	}
	file, err := parser.Parse(tokens, 0)
	if err != nil {
		at, message := syntaxProblem(err)
		p.add(at, "read YAML: %s", message)
		return nil
	}
	switch {
	case len(file.Docs) == 0 || file.Docs[0].Body == nil:
		p.add(position{}, `the file is empty: it needs at least "turns"`)
		return nil
	case len(file.Docs) > 1:
		at := position{}
		if second := file.Docs[1]; second.Start != nil {
			at = tokenPosition(second.Start)
		}
		p.add(at, "a second YAML document begins here: a file holds one scenario")
		return nil
	}
	return file.Docs[0].Body
}

// syntaxProblem takes the place out of the parser's error, whose own text draws
// a picture of the source.
func syntaxProblem(err error) (position, string) {
	var e yaml.Error
	if errors.As(err, &e) && e.GetToken() != nil {
		return tokenPosition(e.GetToken()), e.GetMessage()
	}
	return position{}, err.Error()
}

// maxDepth bounds how deep a file may nest; the format itself needs four.
const maxDepth = 20

// tooDeep finds the first place that nests deeper than maxDepth. The parser
// recurses without a bound and keeps the whole path with every node.
func tooDeep(tokens token.Tokens) (position, bool) {
	flow, line, onLine := 0, 0, 0
	for _, t := range tokens {
		if t.Position.Line != line {
			line, onLine = t.Position.Line, 0
		}
		switch t.Type {
		case token.MappingStartType, token.SequenceStartType:
			flow++
		case token.MappingEndType, token.SequenceEndType:
			flow--
		case token.SequenceEntryType, token.MappingKeyType, token.AnchorType, token.TagType:
			onLine++
		default:
			continue
		}
		if flow+onLine > maxDepth {
			return tokenPosition(t), true
		}
	}
	return position{}, false
}

// decode reads a node into a struct, a slice or a field. where says in words
// what the node is, for messages.
func decode(n ast.Node, into reflect.Value, where string, p *problems) {
	switch n.(type) {
	case *ast.AnchorNode, *ast.AliasNode:
		p.add(nodePosition(n), "anchors and aliases are not supported: write the value out")
		return
	case *ast.TagNode:
		p.add(nodePosition(n), "tags are not supported: write the plain value")
		return
	}
	if s, ok := into.Addr().Interface().(interface {
		scan(n ast.Node, where string, p *problems)
	}); ok {
		s.scan(n, where, p)
		return
	}
	if into.Kind() == reflect.Slice {
		decodeList(n, into, where, p)
		return
	}
	decodeMapping(n, into, where, p)
}

func decodeList(n ast.Node, into reflect.Value, where string, p *problems) {
	list, ok := n.(*ast.SequenceNode)
	if !ok {
		into.Set(reflect.MakeSlice(into.Type(), 0, 0))
		p.add(nodePosition(n), `%s must be a list: begin each entry with "- "`, where)
		return
	}
	if len(list.Values) == 0 {
		p.add(nodePosition(n), "%s is empty: it needs at least one entry", where)
	}
	into.Set(reflect.MakeSlice(into.Type(), len(list.Values), len(list.Values)))
	for i, v := range list.Values {
		decode(v, into.Index(i), fmt.Sprintf("entry %d of %s", i+1, where), p)
	}
}

func decodeMapping(n ast.Node, into reflect.Value, where string, p *problems) {
	entries, ok := mappingEntries(n)
	if !ok {
		p.add(nodePosition(n), "%s must be a mapping of keys: %s", where, strings.Join(keysOf(into.Type()), ", "))
		return
	}
	if g, ok := into.Addr().Interface().(interface{ place(position) }); ok {
		g.place(nodePosition(n))
	}
	for _, e := range entries {
		key := keyText(e.Key)
		field, ok := fieldByKey(into, key)
		if !ok {
			p.add(nodePosition(e.Key), "unknown key %q: %s", key, hint(key, keysOf(into.Type())))
			continue
		}
		if _, empty := e.Value.(*ast.NullNode); empty {
			p.add(nodePosition(e.Key), "%q has no value: give it one or remove the key", key)
			if s, ok := field.Addr().Interface().(interface{ tried(position) }); ok {
				s.tried(nodePosition(e.Key))
			}
			continue
		}
		decode(e.Value, field, fmt.Sprintf("%q", key), p)
	}
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

// keysOf returns the keys of a struct of the document, in the order of its
// fields.
func keysOf(t reflect.Type) []string {
	var keys []string
	for f := range t.Fields() {
		if tag, ok := f.Tag.Lookup("yaml"); ok {
			keys = append(keys, tag)
		}
	}
	return keys
}

func nodePosition(n ast.Node) position {
	if m, ok := n.(*ast.MappingValueNode); ok {
		n = m.Key
	}
	if m, ok := n.(*ast.MappingNode); ok && !m.IsFlowStyle && len(m.Values) > 0 {
		n = m.Values[0].Key
	}
	if t := n.GetToken(); t != nil {
		return tokenPosition(t)
	}
	return position{}
}

func tokenPosition(t *token.Token) position {
	if t.Position == nil {
		return position{}
	}
	return position{line: t.Position.Line, column: t.Position.Column}
}
