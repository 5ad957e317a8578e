package server

import (
	"context"
	"io"
	"log/slog"
	"sync/atomic"

	"github.com/go-logr/logr"
	"github.com/livekit/protocol/logger"
	lksdk "github.com/livekit/server-sdk-go/v2"
)

// Logs is where the LiveKit code of this process logs to. Its loggers are
// variables of the libraries, so there is one for the whole process.
type Logs struct{ handler atomic.Pointer[slog.Handler] }

// CaptureLogs takes over the loggers of the LiveKit libraries and drops what
// they say until SendTo. Only main and TestMain may call it: before the first
// server or room, and once.
func CaptureLogs() *Logs {
	l := &Logs{}
	l.SendTo(nil)
	logger.SetLogger(logger.LogRLogger(logr.FromSlogHandler(&handler{logs: l})), "lab")
	lksdk.SetLogger(logger.GetDiscardLogger())
	return l
}

// SendTo sends the logs to w from now on; nil drops them.
func (l *Logs) SendTo(w io.Writer) {
	h := slog.DiscardHandler
	if w != nil {
		h = slog.NewTextHandler(w, nil)
	}
	l.handler.Store(&h)
}

// handler hands records to where the logs go at that time.
type handler struct {
	logs  *Logs
	attrs []slog.Attr
}

func (h *handler) Enabled(ctx context.Context, level slog.Level) bool {
	return (*h.logs.handler.Load()).Enabled(ctx, level)
}

func (h *handler) Handle(ctx context.Context, r slog.Record) error {
	r.AddAttrs(h.attrs...)
	return (*h.logs.handler.Load()).Handle(ctx, r)
}

func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &handler{h.logs, append(h.attrs[:len(h.attrs):len(h.attrs)], attrs...)}
}

// WithGroup keeps attributes flat: the server groups nothing.
func (h *handler) WithGroup(string) slog.Handler { return h }
