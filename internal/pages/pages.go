// Package pages shows, server-rendered and without script, what is called and
// how it goes: an overview and a page for each call.
//
// Transcripts, reasons and names come from outside and are data: everything is
// escaped by html/template, characters that would be obeyed rather than shown
// are spelled out, and the Content-Security-Policy allows nothing but the
// page's own style sheet and sound.
package pages

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"time"

	"callprobe/internal/history"
)

// Config is what the pages are made of.
type Config struct {
	// View is asked for each page. It must be safe for concurrent use and quick.
	View func() View
	// Calls holds the calls that were made.
	Calls *history.Store
	Log   *slog.Logger
}

//go:embed templates
var files embed.FS //nolint:gochecknoglobals // go:embed needs a variable.

// pages renders.
type pages struct {
	Config
	templates map[string]*template.Template
	policy    string
}

// frame is what every page has.
type frame struct {
	Title   string
	Icon    state
	Root    string
	Here    string
	Now     moment
	Version string
	// Refresh asks the browser for the page again every half minute.
	Refresh bool
}

// New returns the handler of all pages: "/", "/calls" and what is below
// "/calls/". Links are relative, so a prefix stripped by a proxy does no harm.
func New(c Config) (http.Handler, error) {
	p := &pages{Config: c, templates: map[string]*template.Template{}}
	css, err := files.ReadFile("templates/style.css")
	if err != nil {
		return nil, fmt.Errorf("read style sheet: %w", err)
	}
	sum := sha256.Sum256(css)
	p.policy = "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; img-src data:; media-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	for _, name := range []string{"overview", "calls", "call", "error"} {
		t, err := template.New("layout.html").Funcs(template.FuncMap{"css": func() template.CSS { return template.CSS(css) }}). //nolint:gosec // It is ours.
																	ParseFS(files, "templates/layout.html", "templates/parts.html", "templates/"+name+".html")
		if err != nil {
			return nil, fmt.Errorf("read template: %w", err)
		}
		p.templates[name] = t
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", p.showOverview)
	mux.HandleFunc("GET /calls", p.showCalls)
	mux.HandleFunc("GET /calls/{id}", p.showCall)
	mux.HandleFunc("GET /calls/{id}/report.json", p.sendReport)
	mux.HandleFunc("GET /calls/{id}/log.txt", p.sendLog)
	mux.HandleFunc("GET /calls/{id}/recording.json.gz", p.sendRecording)
	mux.HandleFunc("GET /calls/{id}/call.wav", p.sendAudio)
	return p.guard(mux), nil
}

// guard sets what holds for every answer.
func (p *pages) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", p.policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

func (p *pages) showOverview(w http.ResponseWriter, r *http.Request) {
	p.render(w, http.StatusOK, "overview", p.overview(readQuery(r), time.Now()))
}

func (p *pages) showCalls(w http.ResponseWriter, r *http.Request) {
	p.render(w, http.StatusOK, "calls", p.calls(readQuery(r), time.Now()))
}

func (p *pages) showCall(w http.ResponseWriter, r *http.Request) {
	page, err := p.call(r.PathValue("id"), time.Now())
	if err != nil {
		p.fail(w, "../", err)
		return
	}
	p.render(w, http.StatusOK, "call", page)
}

// errorPage says why there is nothing to see.
type errorPage struct {
	frame
	Text string
}

func (p *pages) fail(w http.ResponseWriter, root string, err error) {
	now := time.Now()
	page := errorPage{frame: frame{Title: "This call is not kept", Root: root, Here: "error", Icon: stateWaiting, Now: at(now, now), Version: p.View().Version},
		Text: "It may have been removed to keep the history within its bounds, or it was never made here."}
	status := http.StatusNotFound
	if !errors.Is(err, history.ErrNotKept) {
		status, page.Title, page.Text = http.StatusInternalServerError, "This call cannot be read", "The prober's log says why."
		p.Log.Error("a kept call cannot be shown", "err", err)
	}
	p.render(w, status, "error", page)
}

// render makes the whole page before the first byte is sent, so that a slow
// reader holds nothing but its text.
func (p *pages) render(w http.ResponseWriter, status int, name string, page any) {
	var b bytes.Buffer
	if err := p.templates[name].Execute(&b, page); err != nil {
		p.Log.Error("a page cannot be rendered", "page", name, "err", err)
		http.Error(w, "The page cannot be rendered; the prober's log says why.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	w.Write(b.Bytes()) //nolint:errcheck,gosec // The reader has gone away.
}
