// Package server runs a LiveKit server inside this process, on the loopback
// interface, for tests and demonstrations.
package server

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/livekit/livekit-server/pkg/config"
	"github.com/livekit/livekit-server/pkg/routing"
	"github.com/livekit/livekit-server/pkg/service"
	"github.com/livekit/livekit-server/pkg/telemetry/prometheus"
)

// The credentials of every lab server. They are published on purpose: the
// server listens on loopback only and lives for minutes.
const (
	APIKey    = "devkey"
	APISecret = "for-the-callprobe-lab-only-never-in-production"
)

// loopback is the only address the server listens on and offers for media.
const loopback = "127.0.0.1"

// startTimeout bounds the time from the start of the server to its first
// answer; a slow, busy machine needs about a second.
const startTimeout = 15 * time.Second

// stopTimeout bounds the time a server is given to close its rooms.
const stopTimeout = 8 * time.Second

// Options says how a server runs.
type Options struct {
	// Port is the TCP port of the signalling and of the API; 0 takes a free
	// one.
	Port int
	// NoMedia makes a server whose signalling works and that offers no address
	// for media, like one behind a firewall that lets only TCP through.
	NoMedia bool
}

// Server is a running LiveKit server.
type Server struct {
	port   int
	server *service.LivekitServer
	done   chan struct{}
	err    error
	once   sync.Once
}

// URL is the address that callers and workers connect to.
func (s *Server) URL() string { return "ws://" + hostPort(s.port) }

// HTTPURL is the address of the server's API.
func (s *Server) HTTPURL() string { return "http://" + hostPort(s.port) }

// Done is closed when the server has ended, by Stop or by itself.
func (s *Server) Done() <-chan struct{} { return s.done }

// Start runs a server and returns when it answers.
//
// A process can run one server after another, but only the first start
// registers the server's own metrics.
func Start(ctx context.Context, opts Options) (*Server, error) {
	port := opts.Port
	if port == 0 {
		free, err := freePort(ctx)
		if err != nil {
			return nil, fmt.Errorf("start server: %w", err)
		}
		port = free
	}
	conf, err := config.NewConfig(configuration(port, opts.NoMedia), true, nil, nil)
	if err != nil {
		return nil, fmt.Errorf("start server: %w", err)
	}
	node, err := routing.NewLocalNode(conf)
	if err != nil {
		return nil, fmt.Errorf("start server: %w", err)
	}
	if err := prometheus.Init(string(node.NodeID()), node.NodeType()); err != nil {
		return nil, fmt.Errorf("start server: %w", err)
	}
	lk, err := service.InitializeServer(conf, node)
	if err != nil {
		return nil, fmt.Errorf("start server: %w", err)
	}
	s := &Server{port: port, server: lk, done: make(chan struct{})}
	go func() {
		defer close(s.done)
		s.err = lk.Start()
	}()
	if err := s.waitUntilUp(ctx); err != nil {
		s.Stop()
		return nil, err
	}
	return s, nil
}

// Stop ends the server at once, calls or not, and returns when it has ended,
// at the latest after 8 seconds. It may be called more than once.
func (s *Server) Stop() {
	s.once.Do(func() { go s.server.Stop(true) })
	select {
	case <-s.done:
	case <-time.After(stopTimeout):
	}
}

// waitUntilUp asks the server for its health until it answers. The server
// also needs a tenth of a second after its first answer before it can be
// stopped.
func (s *Server) waitUntilUp(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, startTimeout,
		fmt.Errorf("start server: no answer on port %d after %s", s.port, startTimeout))
	defer cancel()
	for {
		if s.healthy(ctx) && s.server.IsRunning() {
			return nil
		}
		select {
		case <-s.done:
			return fmt.Errorf("start server: it ended at once (is port %d taken?): %w", s.port, s.err)
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func (s *Server) healthy(ctx context.Context) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.HTTPURL(), nil)
	if err != nil {
		return false
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	_ = resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

// configuration is the server's YAML. Media runs over UDP on loopback alone,
// so that a candidate pair is found without looking at the machine's other
// interfaces. Rooms close soon after their last caller.
func configuration(port int, noMedia bool) string {
	addresses := `includes: ["127.0.0.0/8"]`
	if noMedia {
		addresses = `excludes: ["0.0.0.0/0", "::/0"]`
	}
	return fmt.Sprintf(`
port: %d
bind_addresses: [%s]
keys: {%s: %s}
rtc:
  node_ip: %s
  tcp_port: 0
  enable_loopback_candidate: true
  allow_tcp_fallback: false
  ips: {%s}
room:
  auto_create: true
  empty_timeout: 20
  departure_timeout: 5
`, port, loopback, APIKey, APISecret, loopback, addresses)
}

// freePort asks the system for a port that nobody uses.
func freePort(ctx context.Context) (int, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", net.JoinHostPort(loopback, "0"))
	if err != nil {
		return 0, fmt.Errorf("find a free port: %w", err)
	}
	defer func() { _ = l.Close() }()
	addr, ok := l.Addr().(*net.TCPAddr)
	if !ok {
		return 0, fmt.Errorf("find a free port: %s is not a TCP address", l.Addr())
	}
	return addr.Port, nil
}

func hostPort(port int) string { return net.JoinHostPort(loopback, strconv.Itoa(port)) }
