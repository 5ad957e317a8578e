package main

import (
	"bytes"
	"sync"
)

// syncBuffer holds what a process prints, for readers while it runs.
type syncBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
	// changed is told of writes; one that nobody waits for is enough.
	changed chan struct{}
}

// Write implements io.Writer.
func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	select {
	case b.changed <- struct{}{}:
	default:
	}
	return b.buf.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
