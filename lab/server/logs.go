package server

import (
	"io"
	"log/slog"

	"github.com/go-logr/logr"
	"github.com/livekit/protocol/logger"
)

// silenceLogs sends everything the server says to w, and drops it when w is
// nil.
//
// The server's logger is one for the whole process, so the logs of an agent in
// the same process that uses it go the same way.
func silenceLogs(w io.Writer) {
	var handler slog.Handler = slog.DiscardHandler
	if w != nil {
		handler = slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelInfo})
	}
	logger.SetLogger(logger.LogRLogger(logr.FromSlogHandler(handler)), "lab")
}
