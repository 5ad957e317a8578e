package manual

import (
	"bytes"
	"regexp"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
)

// Block is a block of code in a Markdown document.
type Block struct {
	// Line is that of its first line of code, from 1.
	Line int
	// Lang is the word after the fence; empty for none.
	Lang string
	Text string
	// Mark is the text of the comment directly before the block: what a test is
	// told about it.
	Mark string
}

// Blocks returns the blocks of code of a document, fenced and indented ones.
func Blocks(markdown string) []Block {
	source := []byte(markdown)
	document := goldmark.New().Parser().Parse(text.NewReader(source))
	var blocks []Block
	// The walker returns no error, so neither does Walk.
	_ = ast.Walk(document, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		b := Block{Mark: mark(n.PreviousSibling(), source)}
		switch n := n.(type) {
		case *ast.FencedCodeBlock:
			b.Lang = string(n.Language(source))
		case *ast.CodeBlock:
		default:
			return ast.WalkContinue, nil
		}
		lines := n.Lines()
		if lines.Len() > 0 {
			b.Line = 1 + bytes.Count(source[:lines.At(0).Start], []byte("\n"))
			b.Text = string(lines.Value(source))
		}
		blocks = append(blocks, b)
		return ast.WalkContinue, nil
	})
	return blocks
}

// mark is the text of a comment.
func mark(n ast.Node, source []byte) string {
	html, ok := n.(*ast.HTMLBlock)
	if !ok {
		return ""
	}
	all := strings.TrimSpace(string(html.Lines().Value(source)))
	inner, begins := strings.CutPrefix(all, "<!--")
	inner, ends := strings.CutSuffix(inner, "-->")
	if !begins || !ends || strings.Contains(inner, "-->") {
		return ""
	}
	return strings.TrimSpace(inner)
}

// YAML is a YAML text in a document.
type YAML struct {
	Line int
	Text string
}

// YAMLs returns the YAML blocks of a Markdown document and the YAML files that its
// commands write from a here-document.
func YAMLs(markdown string) []YAML {
	written := regexp.MustCompile(`(?ms)^cat >\s*\S+\.ya?ml <<'?EOF'?\n(.*?)^EOF$`)
	var found []YAML
	for _, b := range Blocks(markdown) {
		if b.Lang == "yaml" {
			found = append(found, YAML{b.Line, b.Text})
		}
		for _, at := range written.FindAllStringSubmatchIndex(b.Text, -1) {
			found = append(found, YAML{b.Line + strings.Count(b.Text[:at[2]], "\n"), b.Text[at[2]:at[3]]})
		}
	}
	return found
}

// TopKeys returns the keys of the outermost mapping of a YAML text in block style,
// as they stand at the beginning of a line.
func TopKeys(yaml string) []string {
	var keys []string
	for _, m := range regexp.MustCompile(`(?m)^(?:- )?([A-Za-z_]+):(?:\s|$)`).FindAllStringSubmatch(yaml, -1) {
		keys = append(keys, m[1])
	}
	return keys
}

// Under returns the YAML text below a key of the outermost mapping, moved to the
// left; empty where there is none.
func Under(yaml, key string) string {
	m := regexp.MustCompile(`(?m)^` + key + `:\n((?:(?:  .*)?\n)+)`).FindStringSubmatch(yaml)
	if m == nil {
		return ""
	}
	return regexp.MustCompile(`(?m)^  `).ReplaceAllString(m[1], "")
}
