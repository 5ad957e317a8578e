package manual

import (
	"regexp"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
)

// Links returns where the links and pictures of a document lead to.
func Links(markdown string) []string {
	var found []string
	// The walker returns no error, so neither does Walk.
	_ = ast.Walk(goldmark.New().Parser().Parse(text.NewReader([]byte(markdown))), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		switch n := n.(type) {
		case *ast.Link:
			if entering {
				found = append(found, string(n.Destination))
			}
		case *ast.Image:
			if entering {
				found = append(found, string(n.Destination))
			}
		}
		return ast.WalkContinue, nil
	})
	// Tables are no part of plain Markdown, and the links in them are found all the same.
	return found
}

// Anchors returns the anchors of a document's headings, as GitHub makes them.
func Anchors(markdown string) map[string]bool {
	anchors := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^#{1,6} (.+)$`).FindAllStringSubmatch(markdown, -1) {
		slug := regexp.MustCompile(`[^\p{L}\p{N} _-]`).ReplaceAllString(strings.ToLower(m[1]), "")
		anchors[strings.ReplaceAll(slug, " ", "-")] = true
	}
	return anchors
}
