package playout

import (
	"cmp"
	"slices"
	"time"

	"callprobe/audio"
)

const (
	// maxDropout and maxMisorder bound how far a sequence number may run ahead
	// or behind and still belong to the same numbering: the idea of RFC 3550
	// appendix A.1, with room for a minute of loss at 50 packets per second
	// and for retransmissions.
	maxDropout  = 3000
	maxMisorder = 1000
	// maxLeap bounds the step of a timestamp within one numbering, in samples:
	// one hour forward, and one minute back for a packet out of order.
	maxLeap     = 3600 * int64(audio.Rate48k)
	maxLeapBack = 60 * int64(audio.Rate48k)
	// keptNumberings is how many numberings of one SSRC are remembered, so that
	// a stray packet does not cut a stream in two.
	keptNumberings = 3
)

// packet is a packet that holds audio, with its numbers unwrapped.
type packet struct {
	at      time.Duration
	seq     int64
	ts      int64         // in samples, from the source's first packet
	media   time.Duration // ts as a duration
	missing int64         // packets lost between the one before and this one
	payload []byte
	sound
}

// silentBytes is the size up to which a packet only announces silence: Opus
// encoders emit packets that short for frames that need not be sent.
const silentBytes = 2

func (p *packet) silent() bool { return len(p.payload) <= silentBytes }

// source is a stream of packets with one numbering: one SSRC, up to the next
// restart of its sender.
type source struct {
	ssrc    uint32
	packets []packet
	empty   []int64 // sequence numbers of packets without the sender's audio
	seen    map[int64]struct{}
	topSeq  int64
	topTS   int64
	lowSeq  int64
	jitter  jitter
	skew    fit
	runs    []run
}

// sources sorts packets by numbering, in the order in which they were read.
type sources struct {
	all    []*source
	bySSRC map[uint32][]*source
	stats  *Stats
}

// collect unwraps the numbers of all packets and returns the sources that hold
// audio, in the order of their first packets.
func collect(packets []Packet, stats *Stats) []*source {
	c := sources{bySSRC: map[uint32][]*source{}, stats: stats}
	for i := range packets {
		p := &packets[i]
		stats.Packets++
		stats.Bytes += int64(len(p.Payload))
		c.take(p)
	}
	kept := dropStrays(c.all, stats)
	for _, s := range kept {
		s.settle(stats)
	}
	return kept
}

func (c *sources) take(p *Packet) {
	sounds := len(p.Payload) > 0 && !appendedByServer(p)
	s := c.find(p, sounds)
	if s == nil && sounds {
		s = &source{ssrc: p.SSRC, seen: map[int64]struct{}{}}
		s.topSeq, s.topTS, s.lowSeq = int64(p.Sequence), int64(p.Timestamp), int64(p.Sequence)
		c.all = append(c.all, s)
		known := c.bySSRC[p.SSRC]
		c.bySSRC[p.SSRC] = append(known[max(0, len(known)+1-keptNumberings):], s)
	}
	if !sounds {
		c.stats.Ignored++
	}
	if s != nil {
		s.take(p, sounds, c.stats)
	}
}

// find returns the youngest numbering that p fits in.
func (c *sources) find(p *Packet, sounds bool) *source {
	for _, s := range slices.Backward(c.bySSRC[p.SSRC]) {
		seq, ts := s.step(p)
		fits := -maxMisorder <= seq && seq <= maxDropout
		if sounds && seq > 0 {
			fits = fits && -maxLeap <= ts && ts <= maxLeap
		}
		if sounds && seq <= 0 {
			fits = fits && -maxLeapBack <= ts && ts <= 0
		}
		if fits {
			return s
		}
	}
	return nil
}

// step returns the distances from the highest packet so far to p.
func (s *source) step(p *Packet) (seq, ts int64) {
	return int64(int16(p.Sequence - uint16(s.topSeq))), int64(int32(p.Timestamp - uint32(s.topTS)))
}

func (s *source) take(p *Packet, sounds bool, stats *Stats) {
	stepSeq, stepTS := s.step(p)
	seq, ts := s.topSeq+stepSeq, s.topTS+stepTS
	if _, dup := s.seen[seq]; dup {
		stats.Duplicates++
		return
	}
	s.seen[seq] = struct{}{}
	s.lowSeq = min(s.lowSeq, seq)
	if stepSeq < 0 {
		stats.Reordered++
	} else {
		s.topSeq = seq
	}
	if !sounds {
		s.empty = append(s.empty, seq)
		return
	}
	if stepSeq >= 0 {
		s.topTS = ts
	}
	s.jitter.add(p.At, ts)
	s.packets = append(s.packets, packet{at: p.At, seq: seq, ts: ts, payload: p.Payload})
}

// settle orders the packets and counts what is missing between them.
func (s *source) settle(stats *Stats) {
	stats.Lost += s.topSeq - s.lowSeq + 1 - int64(len(s.seen))
	slices.SortFunc(s.packets, func(a, b packet) int { return cmp.Compare(a.seq, b.seq) })
	slices.Sort(s.empty)
	origin, empty := s.packets[0].ts, s.empty
	for i := range s.packets {
		p := &s.packets[i]
		p.ts -= origin
		p.media = audio.Rate48k.Duration(p.ts)
		before, _ := slices.BinarySearch(empty, p.seq)
		empty = empty[before:]
		if i > 0 {
			p.missing = p.seq - s.packets[i-1].seq - 1 - int64(before)
		}
	}
	s.seen, s.empty = nil, nil
}

// dropStrays leaves out sources of a single packet where others have more: a
// new source is valid from its second packet (RFC 3550 appendix A.1).
func dropStrays(all []*source, stats *Stats) []*source {
	valid := func(s *source) bool { return len(s.packets) > 1 }
	if !slices.ContainsFunc(all, valid) {
		return all
	}
	stats.Ignored += int64(len(all))
	kept := slices.DeleteFunc(all, func(s *source) bool { return !valid(s) })
	stats.Ignored -= int64(len(kept))
	return kept
}

// appendedByServer reports whether p is the silence that a LiveKit server sends
// on behalf of a track that ended or is muted: a marked packet with one digital
// silence frame, padded with zeros to 80 bytes.
func appendedByServer(p *Packet) bool {
	const size = 80
	if !p.Marker || len(p.Payload) != size {
		return false
	}
	head := [3]byte{0xf8, 0xff, 0xfe}
	for i, b := range p.Payload {
		if i < len(head) && b != head[i] || i >= len(head) && b != 0 {
			return false
		}
	}
	return true
}

// jitter is the interarrival jitter of RFC 3550 section 6.4.1, computed as in
// its appendix A.8 but in nanoseconds: a sixteenth of scaled.
type jitter struct {
	scaled  int64
	transit time.Duration
	started bool
}

func (j *jitter) add(at time.Duration, ts int64) {
	transit := at - audio.Rate48k.Duration(ts)
	if j.started {
		d := int64((transit - j.transit).Abs())
		j.scaled += d - (j.scaled+8)>>4
	}
	j.transit, j.started = transit, true
}

func (j *jitter) value() time.Duration { return time.Duration(j.scaled >> 4) }
