// Package truth records what really happened in a call, as the agent's side
// knows it, one JSON object a line.
//
// All times are seconds since the start of the log on the monotonic clock of
// this process, to the nanosecond. Only differences between them have a
// meaning outside this process.
package truth

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"sync"
	"time"
)

// Seconds is a time since the start of the log, or a length of time. It is
// written to the nanosecond.
type Seconds time.Duration

// MarshalJSON writes the seconds with nine decimals.
func (s Seconds) MarshalJSON() ([]byte, error) {
	n, sign := int64(s), ""
	if n < 0 {
		n, sign = -n, "-"
	}
	return fmt.Appendf(nil, "%s%d.%09d", sign, n/1e9, n%1e9), nil
}

// UnmarshalJSON reads seconds as a decimal number.
func (s *Seconds) UnmarshalJSON(data []byte) error {
	f, err := strconv.ParseFloat(string(data), 64)
	if err != nil {
		return fmt.Errorf("read seconds: %w", err)
	}
	*s = Seconds(time.Duration(f * float64(time.Second)).Round(time.Nanosecond))
	return nil
}

// Log writes truth lines. It is safe for concurrent use.
type Log struct {
	zero time.Time

	mu  sync.Mutex
	out io.Writer
	err error
}

// NewLog returns a log that writes to out and whose clock starts now.
func NewLog(out io.Writer) *Log { return &Log{zero: time.Now(), out: out} }

// Since returns t on the log's clock.
func (l *Log) Since(t time.Time) Seconds { return Seconds(t.Sub(l.zero)) }

// Zero returns the moment that the log's times count from.
func (l *Log) Zero() time.Time { return l.zero }

// Write writes line, which must marshal to a JSON object. The first error is
// kept for Err and ends the log.
func (l *Log) Write(line any) {
	data, err := json.Marshal(line)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		return
	}
	if err == nil {
		_, err = l.out.Write(append(data, '\n'))
	}
	if err != nil {
		l.err = fmt.Errorf("write truth: %w", err)
	}
}

// Err returns the first error of a write.
func (l *Log) Err() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err
}
