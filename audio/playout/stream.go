package playout

import "time"

// Stream follows the packets of a running call in the order in which they
// arrive and hands out audio without holes. It only serves to tell whether
// somebody is speaking now; measurements use [Build].
type Stream struct{}

// NewStream returns a stream that decodes with dec.
func NewStream(dec Decoder) *Stream { return &Stream{} }

// Ingest takes the next packet and returns the audio that it completes.
func (s *Stream) Ingest(p Packet) []Chunk { return nil }

// Advance tells the stream that now has come, since the start of the call, and
// returns the silence up to there when the sender has stopped sending.
func (s *Stream) Advance(now time.Duration) []Chunk { return nil }
