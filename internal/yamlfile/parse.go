package yamlfile

import (
	"errors"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// parse returns the tree of the only YAML document in text, or nil when there
// is a problem.
func (f Format) parse(text string, p *Problems) (body ast.Node) {
	defer func() {
		if r := recover(); r != nil {
			p.Add(Position{}, "read YAML: the parser gave up: %v", r)
			body = nil
		}
	}()
	tokens := lexer.Tokenize(text)
	if at, deep := tooDeep(tokens); deep {
		p.Add(at, "nested more than %d levels deep", maxDepth)
		return nil
	}
	file, err := parser.Parse(tokens, 0)
	if err != nil {
		at, message := syntaxProblem(err)
		if strings.Contains(message, "'\t'") {
			message += ": indent with spaces"
		}
		p.Add(at, "read YAML: %s", message)
		return nil
	}
	switch {
	case len(file.Docs) == 0 || file.Docs[0].Body == nil:
		p.Add(Position{}, `the file is empty: it needs at least %q`, f.Needs)
		return nil
	case len(file.Docs) > 1:
		at := Position{}
		if second := file.Docs[1]; second.Start != nil {
			at = tokenPosition(second.Start)
		}
		p.Add(at, "a second YAML document begins here: a file holds one %s", f.Noun)
		return nil
	}
	return file.Docs[0].Body
}

// syntaxProblem takes the place out of the parser's error, whose own text draws
// a picture of the source.
func syntaxProblem(err error) (Position, string) {
	var e yaml.Error
	if errors.As(err, &e) && e.GetToken() != nil {
		return tokenPosition(e.GetToken()), e.GetMessage()
	}
	return Position{}, err.Error()
}

// maxDepth bounds how deep a file may nest; the formats themselves need four.
const maxDepth = 20

// tooDeep finds the first place that nests deeper than maxDepth. The parser
// recurses without a bound and keeps the whole path with every node.
func tooDeep(tokens token.Tokens) (Position, bool) {
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
	return Position{}, false
}

func nodePosition(n ast.Node) Position {
	if m, ok := n.(*ast.MappingValueNode); ok {
		n = m.Key
	}
	if m, ok := n.(*ast.MappingNode); ok && !m.IsFlowStyle && len(m.Values) > 0 {
		n = m.Values[0].Key
	}
	if t := n.GetToken(); t != nil {
		return tokenPosition(t)
	}
	return Position{}
}

func tokenPosition(t *token.Token) Position {
	if t.Position == nil {
		return Position{}
	}
	return Position{Line: t.Position.Line, Column: t.Position.Column}
}
