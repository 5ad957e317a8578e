package playout

import (
	"time"

	"callprobe/audio"
)

const (
	// fillMost is how much silence one call of a stream fills in.
	fillMost = 3 * time.Second
	// fillChunk is the length of one piece of filled-in silence.
	fillChunk = 100 * time.Millisecond
	// patience is how long a sender may keep quiet before [Stream.Advance]
	// takes it for silent.
	patience = 100 * time.Millisecond
)

// Stream follows the packets of a running call in the order in which they
// arrive and hands out audio without holes. It only serves to tell whether
// somebody is speaking now; measurements use [Build].
//
// Packets that come after a later one are dropped. Gaps are zeros, [Lost] or
// [DTX]; at most three seconds are filled in at once.
type Stream struct {
	dec   Decoder
	pcm   []int16
	zeros []int16
	out   []Chunk
	pos   audio.Pos

	started bool
	ssrc    uint32
	nextSeq uint16
	nextTS  uint32
	length  int64         // samples of the last packet
	at      time.Duration // when it was read
	filled  int64         // samples of silence handed out since by Advance
}

// NewStream returns a stream that decodes with dec.
func NewStream(dec Decoder) *Stream {
	return &Stream{
		dec:    dec,
		pcm:    make([]int16, MaxPacketSamples),
		zeros:  make([]int16, audio.Rate48k.Samples(fillChunk)),
		length: usualLength,
	}
}

// Ingest takes the next packet and returns the audio that it completes: the
// gap before it, if any, and its own. The chunks are read-only and valid until
// the next call.
func (s *Stream) Ingest(p Packet) []Chunk {
	s.out = s.out[:0]
	step := int(int16(p.Sequence - s.nextSeq))
	restart := !s.started || p.SSRC != s.ssrc || step > maxDropout || step < -maxMisorder
	sounds := len(p.Payload) > 0 && !appendedByServer(&p)
	switch {
	case !sounds:
		if !restart && step == 0 {
			s.nextSeq++
		}
		return nil
	case !restart && step < 0:
		return nil
	case !restart:
		s.bridge(int64(step), int64(int32(p.Timestamp-s.nextTS)))
	}
	n := s.decode(p.Payload)
	s.started, s.ssrc, s.nextSeq, s.nextTS = true, p.SSRC, p.Sequence+1, p.Timestamp+uint32(n)
	s.length, s.at, s.filled = n, p.At, 0
	return s.out
}

// Advance tells the stream that the time now has come, since the start of the
// call, and returns the silence since the last packet when nothing has come for
// 100 ms. The chunks are read-only and valid until the next call.
func (s *Stream) Advance(now time.Duration) []Chunk {
	s.out = s.out[:0]
	if !s.started {
		return nil
	}
	due := audio.Rate48k.Samples(now-patience-s.at) - s.length - s.filled
	s.filled += s.fill(due, DTX)
	return s.out
}

// bridge hands out silence for the gap samples before a packet, of which missing
// packets are lost.
func (s *Stream) bridge(missing, gap int64) {
	gap = max(0, gap-s.filled)
	lost := min(gap, missing*s.length)
	filled := s.fill(lost, Lost)
	s.fill(min(gap-lost, audio.Rate48k.Samples(fillMost)-filled), DTX)
}

// fill hands out up to n zeros and returns how many.
func (s *Stream) fill(n int64, origin Origin) int64 {
	n = max(0, min(n, audio.Rate48k.Samples(fillMost)))
	for left := n; left > 0; {
		piece := s.zeros[:min(left, int64(len(s.zeros)))]
		s.emit(piece, origin)
		left -= int64(len(piece))
	}
	return n
}

// decode hands out the audio of a packet and returns its length.
func (s *Stream) decode(packet []byte) int64 {
	n, err := s.dec.Decode(packet, s.pcm)
	switch {
	case err != nil || n <= 0 || n > len(s.pcm):
		return s.fill(s.length, Lost)
	case len(packet) <= silentBytes:
		s.emit(s.pcm[:n], DTX)
	default:
		s.emit(s.pcm[:n], Received)
	}
	return int64(n)
}

func (s *Stream) emit(pcm []int16, origin Origin) {
	s.out = append(s.out, Chunk{Pos: s.pos, Origin: origin, PCM: pcm})
	s.pos += audio.Pos(len(pcm))
}
