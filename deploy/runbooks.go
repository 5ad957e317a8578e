package deploy

import (
	"bytes"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
)

// RunbookNames returns the alerts that have a runbook, in alphabetical order.
func RunbookNames() []string {
	paths, err := fs.Glob(runbooks(), "*.md")
	if err != nil {
		panic(err) // The pattern is a valid one.
	}
	for i, p := range paths {
		paths[i] = strings.TrimSuffix(path.Base(p), ".md")
	}
	return paths
}

// Runbook returns the runbook of an alert as Markdown, and whether there is one.
func Runbook(alert string) (markdown string, found bool) {
	if strings.ContainsAny(alert, `/\.`) {
		return "", false
	}
	text, err := fs.ReadFile(runbooks(), alert+".md")
	return string(text), err == nil
}

// RunbookHTML returns the runbook of an alert as the body of a page. Links to
// other runbooks are relative and end in ".md".
func RunbookHTML(alert string) (template.HTML, error) {
	markdown, found := Runbook(alert)
	if !found {
		return "", fmt.Errorf("show runbook of %q: there is none", alert)
	}
	var b bytes.Buffer
	// Raw HTML in a runbook is left out; there is none.
	if err := goldmark.New(goldmark.WithExtensions(extension.Table)).Convert([]byte(markdown), &b); err != nil {
		return "", fmt.Errorf("show runbook of %q: %w", alert, err)
	}
	return template.HTML(b.String()), nil //nolint:gosec // It is made of our own file.
}

// RunbookHandler serves the runbooks: a list at prefix, which ends with a slash,
// and each below it by the name of its alert. The pages need nothing else: no
// script, no other file.
func RunbookHandler(prefix string) http.Handler {
	pages := template.Must(template.New("page").Parse(runbookPage))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "runbooks can be read only", http.StatusMethodNotAllowed)
			return
		}
		page := struct {
			Title string
			Body  template.HTML
			Names []string
		}{Title: "Runbooks", Names: RunbookNames()}
		if name := strings.TrimSuffix(strings.TrimPrefix(r.URL.Path, prefix), ".md"); name != "" {
			body, err := RunbookHTML(name)
			if err != nil {
				http.Error(w, "there is no such runbook; the list is at "+prefix, http.StatusNotFound)
				return
			}
			page.Title, page.Body, page.Names = name, body, nil
		}
		var b bytes.Buffer
		if err := pages.Execute(&b, page); err != nil {
			http.Error(w, "the runbook cannot be shown", http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
		_, _ = b.WriteTo(w) // Whoever asked has gone, then.
	})
}

// runbookPage is the frame of a runbook: dark or light as the reader has it, and
// readable on a phone.
const runbookPage = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{.Title}} · callprobe</title>
<style>
:root { color-scheme: light dark; }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 50rem; margin: 0 auto; padding: 1rem; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; padding: .75rem; border: 1px solid; border-radius: .25rem; }
table { border-collapse: collapse; display: block; overflow-x: auto; }
th, td { border: 1px solid; padding: .25rem .75rem; text-align: left; }
</style>
</head>
<body>
<nav><a href="../">Overview</a> · <a href="../calls">Calls</a>{{if not .Names}} · <a href="./">Runbooks</a>{{end}}</nav>
{{if .Names}}<h1>Runbooks</h1>
<ul>
{{range .Names}}<li><a href="{{.}}">{{.}}</a></li>
{{end}}</ul>
{{else}}{{.Body}}{{end}}
</body>
</html>
`
