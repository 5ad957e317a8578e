package metrics

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// heap is what is in use after a collection, in bytes.
func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return s.HeapAlloc
}

// flood sends requests over some connections at once and returns the answers'
// codes.
func flood(t *testing.T, server *httptest.Server, requests int, path func(i int) string) map[int]int {
	t.Helper()
	const atOnce = 20
	var mu sync.Mutex
	codes := map[int]int{}
	next := make(chan int)
	var workers sync.WaitGroup
	for range atOnce {
		workers.Go(func() {
			for i := range next {
				r, err := server.Client().Get(server.URL + path(i))
				if err != nil {
					t.Error(err)
					continue
				}
				_, _ = io.Copy(io.Discard, r.Body)
				r.Body.Close()
				mu.Lock()
				codes[r.StatusCode]++
				mu.Unlock()
			}
		})
	}
	for i := range requests {
		next <- i
	}
	close(next)
	workers.Wait()
	return codes
}

func TestAFloodOfBadRequestsPlacesNoCallAndLeavesNothing(t *testing.T) {
	h, p := onScrape()
	mux := http.NewServeMux()
	mux.Handle("/probe", h)
	mux.Handle("/metrics", p.m.Handler())
	server := httptest.NewServer(mux)
	defer server.Close()
	bad := func(i int) string {
		switch i % 4 {
		case 0:
			return fmt.Sprintf("/probe?target=shop&scenario=unknown-%d", i)
		case 1:
			return fmt.Sprintf("/probe?target=unknown-%d&scenario=0", i)
		case 2:
			return "/probe?target=shop&scenario=0&x=" + strings.Repeat("x", 8<<10)
		}
		return "/probe?target=" + strings.Repeat("y", 1000)
	}
	flood(t, server, 500, bad) // Pools and buffers fill first.
	series := len(read(t, p.m.counted()))
	before, goroutines := heap(), runtime.NumGoroutine()
	if codes := flood(t, server, 10_000, bad); codes[http.StatusBadRequest] != 10_000 {
		t.Errorf("answers %v, want 400 throughout", codes)
	}
	if p.calls.Load() > 0 {
		t.Errorf("%d calls were placed", p.calls.Load())
	}
	if after := heap(); after > before+2<<20 {
		t.Errorf("memory grew from %d to %d kB", before>>10, after>>10)
	}
	if after := runtime.NumGoroutine(); after > goroutines+10 {
		t.Errorf("goroutines grew from %d to %d", goroutines, after)
	}
	if after := len(read(t, p.m.counted())); after != series {
		t.Errorf("series grew from %d to %d", series, after)
	}
}

// once is a listener with one connection.
type once struct{ conns chan net.Conn }

func (l once) Accept() (net.Conn, error) {
	if conn, ok := <-l.conns; ok {
		return conn, nil
	}
	return nil, net.ErrClosed
}

func (once) Close() error   { return nil }
func (once) Addr() net.Addr { return &net.UnixAddr{} }

func TestAReaderThatTakesNoAnswerIsCutOff(t *testing.T) {
	for _, path := range []string{"/metrics", "/probe?target=shop&scenario=0", "/probe?target=shop&scenario=0&debug=true", "/probe"} {
		t.Run(path, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h, p := onScrape()
				mux := http.NewServeMux()
				mux.Handle("/probe", h)
				mux.Handle("/metrics", p.m.Handler())
				client, server := net.Pipe()
				l := once{make(chan net.Conn, 1)}
				l.conns <- server
				close(l.conns)
				gone := make(chan struct{})
				s := &http.Server{Handler: mux, ReadHeaderTimeout: time.Second, ConnState: func(_ net.Conn, state http.ConnState) {
					if state == http.StateClosed {
						close(gone)
					}
				}}
				_ = s.Serve(l)
				began := time.Now()
				_, _ = fmt.Fprintf(client, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", path)
				<-gone
				if took, most := time.Since(began), length+writeLimit+time.Second; took > most {
					t.Errorf("cut off after %v, want at most %v", took, most)
				}
				_ = client.Close()
				h.Close()
			})
		})
	}
}

// Readers that send half a request, or take no answer, hold a connection each
// and nothing else: others are answered.
func TestSlowReadersHoldUpNobody(t *testing.T) {
	h, p := onScrape()
	mux := http.NewServeMux()
	mux.Handle("/probe", h)
	mux.Handle("/metrics", p.m.Handler())
	server := httptest.NewServer(mux)
	defer server.Close()
	var slow []net.Conn
	for i := range 200 {
		conn, err := net.Dial("tcp", server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		slow = append(slow, conn)
		request := "GET /probe?target=shop&scenario=none HTTP/1.1\r\nHost: x\r\n\r\n"
		if i%2 == 0 {
			request = request[:20]
		}
		if _, err := conn.Write([]byte(request)); err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range []string{"/metrics", "/probe?target=none&scenario=none"} {
		conn, err := net.Dial("tcp", server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
		_, _ = fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", path)
		if _, err := http.ReadResponse(bufio.NewReader(conn), nil); err != nil {
			t.Errorf("%s is not answered beside slow readers: %v", path, err)
		}
		_ = conn.Close()
	}
	for _, conn := range slow {
		_ = conn.Close()
	}
	if p.calls.Load() > 0 {
		t.Errorf("%d calls were placed", p.calls.Load())
	}
}
