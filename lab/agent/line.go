package agent

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/url"
	"sync"
	"time"
)

// line is a connection to the room server that can be cut as the death of a
// process cuts it: from one moment to the next, with nothing said. It listens
// on loopback and hands every byte on.
type line struct {
	url    string
	target string
	listen net.Listener
	wait   sync.WaitGroup

	mu     sync.Mutex
	closed bool
	conns  []net.Conn
}

// lineDial bounds the connection to the server behind a line.
const lineDial = 5 * time.Second

// newLine opens a line to the server at rawURL.
func newLine(ctx context.Context, rawURL string) (*line, error) {
	u, err := url.Parse(rawURL)
	if err != nil {
		return nil, fmt.Errorf("open line: %w", err)
	}
	if u.Scheme != "ws" {
		return nil, fmt.Errorf("open line: a call can die only on a server at ws://, not %s://", u.Scheme)
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("open line: %w", err)
	}
	target := u.Host
	u.Host = l.Addr().String()
	ln := &line{url: u.String(), target: target, listen: l}
	ln.wait.Go(func() { ln.serve(ctx) })
	return ln, nil
}

func (l *line) serve(ctx context.Context) {
	for {
		in, err := l.listen.Accept()
		if err != nil {
			return
		}
		dialer := net.Dialer{Timeout: lineDial}
		out, err := dialer.DialContext(ctx, "tcp", l.target)
		if err != nil {
			_ = in.Close()
			continue
		}
		if !l.keep(in, out) {
			return
		}
		l.wait.Go(func() { copyAll(out, in) })
		l.wait.Go(func() { copyAll(in, out) })
	}
}

// keep remembers connections for cut and reports false, having closed them,
// when the line is cut already.
func (l *line) keep(conns ...net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.conns = append(l.conns, conns...)
	if l.closed {
		l.closeAll()
	}
	return !l.closed
}

// cut closes everything and waits until nothing of the line runs. It may be
// called more than once.
func (l *line) cut() {
	l.mu.Lock()
	l.closed = true
	l.closeAll()
	l.mu.Unlock()
	l.wait.Wait()
}

func (l *line) closeAll() {
	_ = l.listen.Close()
	for _, c := range l.conns {
		_ = c.Close()
	}
}

func copyAll(to, from net.Conn) {
	_, _ = io.Copy(to, from)
	_ = to.Close()
	_ = from.Close()
}
