package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"syscall"
	"time"

	"golang.org/x/net/netutil"

	"callprobe/deploy"
)

const (
	// connectionsAtOnce bounds what a flood of requests can use.
	connectionsAtOnce = 512
	// answerLimit bounds the time in which an answer must be taken, other than
	// those of /metrics and /probe, which bound their own.
	answerLimit = 2 * time.Minute
)

// addressRemedy says what to do about an address that cannot be listened on now
// and perhaps can be later: the process before has not ended yet, or the network
// is not up. It is empty for any other error.
func addressRemedy(err error) string {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return "another process listens there: end it or choose another address"
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return "this machine does not have the address"
	}
	return ""
}

func listen(ctx context.Context, addresses []string) ([]net.Listener, error) {
	var listeners []net.Listener
	for _, address := range addresses {
		l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
		if err != nil {
			for _, open := range listeners {
				_ = open.Close()
			}
			err = fmt.Errorf("listen on --web.listen-address=%s: %w", address, err)
			if remedy := addressRemedy(err); remedy != "" {
				err = fmt.Errorf("%w: %s", err, remedy)
			}
			return nil, err
		}
		listeners = append(listeners, netutil.LimitListener(l, connectionsAtOnce))
	}
	if len(listeners) == 0 {
		return nil, errors.New("no --web.listen-address is given")
	}
	return listeners, nil
}

func (s *service) routes(probing, shown http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/metrics", s.metrics.Handler())
	mux.Handle("/probe", probing)
	mux.Handle("/-/healthy", bounded(http.HandlerFunc(s.healthy)))
	mux.Handle("/-/ready", bounded(http.HandlerFunc(s.isReady)))
	mux.Handle("/-/reload", bounded(http.HandlerFunc(s.reloadNow)))
	mux.Handle("/runbooks/", bounded(deploy.RunbookHandler("/runbooks/")))
	mux.Handle("/", bounded(shown))
	return mux
}

// bounded keeps a reader that does not read from holding its answer for ever.
func bounded(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(answerLimit))
		h.ServeHTTP(w, r)
	})
}

// healthy says that the process works. What is wrong with its configuration
// does not make it unhealthy: restarting would only make that worse.
func (s *service) healthy(w http.ResponseWriter, _ *http.Request) {
	_, _ = fmt.Fprintln(w, "callprobe is healthy.")
	if r := s.lastRefusal(); r.err != nil {
		_, _ = fmt.Fprintf(w, "The configuration was refused at %s and the old one is in use:\n%v\n", r.at.UTC().Format(time.RFC3339), r.err)
	}
	if err := s.kept.Trouble(); err != nil {
		_, _ = fmt.Fprintf(w, "Calls are kept in memory only: %v\n", err)
	}
}

func (s *service) isReady(w http.ResponseWriter, _ *http.Request) {
	if !s.ready.Load() {
		http.Error(w, "callprobe is not ready.", http.StatusServiceUnavailable)
		return
	}
	_, _ = fmt.Fprintln(w, "callprobe is ready.")
}

func (s *service) reloadNow(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost && r.Method != http.MethodPut {
		w.Header().Set("Allow", "POST, PUT")
		http.Error(w, "reload with POST", http.StatusMethodNotAllowed)
		return
	}
	// A client that goes away does not leave half a reload.
	if err := s.reload(context.WithoutCancel(r.Context()), "request"); err != nil {
		http.Error(w, fmt.Sprintf("the configuration was refused, the old one stays in use:\n%v", err), http.StatusInternalServerError)
		return
	}
	_, _ = fmt.Fprintln(w, "The configuration was loaded.")
}
