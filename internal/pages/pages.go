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
var files embed.FS

// pages renders.
type pages struct {
	Config
	templates map[string]*template.Template
	policy    string
	// slots bound how many pages are made at the same time: calls in progress
	// need the processor to keep their pace.
	slots chan struct{}
}

const (
	// atOnce is how many pages are made at the same time, queueLimit how long a
	// request waits for its turn.
	atOnce     = 2
	queueLimit = 5 * time.Second
)

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

// frame is what a page has that is shown now.
func (p *pages) frame(v View, now time.Time, root, here string) frame {
	return frame{Root: root, Here: here, Icon: stateWaiting, Now: at(now, now), Version: clean(v.Version)}
}

// New returns the handler of all pages: "/", "/calls" and what is below
// "/calls/". Links are relative, so a prefix stripped by a proxy does no harm.
func New(c Config) (http.Handler, error) {
	p := &pages{Config: c, templates: map[string]*template.Template{}, slots: make(chan struct{}, atOnce)}
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
	mux.HandleFunc("GET /{$}", p.inTurn(func(r *http.Request) answer {
		return p.render(http.StatusOK, "overview", p.overview(readQuery(r), time.Now()))
	}))
	mux.HandleFunc("GET /calls", p.inTurn(func(r *http.Request) answer {
		return p.render(http.StatusOK, "calls", p.calls(readQuery(r), time.Now()))
	}))
	mux.HandleFunc("GET /calls/latest", p.leadToLatest)
	mux.HandleFunc("GET /calls/{id}", p.inTurn(p.showCall))
	mux.HandleFunc("GET /calls/{id}/report.json", p.inTurn(p.showReport))
	mux.HandleFunc("GET /calls/{id}/log.txt", p.inTurn(p.showLog))
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

// answer is a page, made as a whole before its first byte is sent: a slow
// reader holds nothing but its text.
type answer struct {
	status int
	kind   string
	body   []byte
}

// html is the kind of pages.
const html = "text/html; charset=utf-8"

// inTurn lets few requests be worked on at the same time, and turns away those
// whose turn does not come.
func (p *pages) inTurn(work func(*http.Request) answer) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		limit := time.NewTimer(queueLimit)
		defer limit.Stop()
		select {
		case p.slots <- struct{}{}:
		case <-limit.C:
			w.Header().Set("Retry-After", "5")
			http.Error(w, "Too many pages are being asked for; try again.", http.StatusServiceUnavailable)
			return
		case <-r.Context().Done():
			return
		}
		a := func() answer {
			defer func() { <-p.slots }()
			return work(r)
		}()
		p.send(w, a)
	}
}

func (p *pages) send(w http.ResponseWriter, a answer) {
	w.Header().Set("Content-Type", a.kind)
	w.WriteHeader(a.status)
	w.Write(a.body) //nolint:errcheck,gosec // The reader has gone away.
}

func (p *pages) showCall(r *http.Request) answer {
	page, err := p.call(r.PathValue("id"), time.Now())
	if err != nil {
		return p.failed("../", err)
	}
	return p.render(http.StatusOK, "call", page)
}

// errorPage says why there is nothing to see.
type errorPage struct {
	frame
	Text string
}

func (p *pages) failed(root string, err error) answer {
	page := errorPage{frame: p.frame(p.View(), time.Now(), root, "error"), Text: "It may have been removed to keep the history within its bounds, or it was never made here."}
	page.Title = "This call is not kept"
	status := http.StatusNotFound
	if !errors.Is(err, history.ErrNotKept) {
		status, page.Title, page.Text = http.StatusInternalServerError, "This call cannot be read", "The prober's log says why."
		p.Log.Error("a kept call cannot be shown", "err", err)
	}
	return p.render(status, "error", page)
}

func (p *pages) render(status int, name string, page any) answer {
	var b bytes.Buffer
	if err := p.templates[name].Execute(&b, page); err != nil {
		p.Log.Error("a page cannot be rendered", "page", name, "err", err)
		return answer{http.StatusInternalServerError, "text/plain; charset=utf-8", []byte("The page cannot be rendered; the prober's log says why.")}
	}
	return answer{status, html, b.Bytes()}
}
