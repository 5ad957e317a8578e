package playout

import (
	"errors"
	"fmt"
	"time"

	"callprobe/audio"
)

// MaxDuration is the longest timeline that [Build] makes.
const MaxDuration = 15 * time.Minute

const (
	maxSamples = int64(MaxDuration/time.Second) * int64(audio.Rate48k)
	// maxPackets is MaxDuration of the shortest Opus packets, 2.5 ms each.
	maxPackets = int(MaxDuration / (2500 * time.Microsecond))
	// maxArrival bounds the times of packets on the call's clock either way.
	maxArrival = 24 * time.Hour
)

// ErrTooLong is returned for packets that make more audio than [MaxDuration].
var ErrTooLong = errors.New("track is too long")

// Build makes the timeline of one track out of its packets, in the order in
// which they were read. It is a pure function of the packets and of a fresh
// decoder: the same packets give the same bits. No packets give an empty
// timeline.
//
//   - Packets out of order are put in order, over the whole call; of duplicates
//     the first counts.
//   - A gap in the sequence numbers is loss: concealed for up to 120 ms, then
//     zeros ([Lost]).
//   - RTP time that passes without a gap in the sequence numbers is silence that
//     the sender left out ([DTX]): zeros. Packets of one or two bytes announce
//     such silence; the codec's noise for them counts as DTX, too.
//   - Where the sender's RTP clock did not run with wall time, and where another
//     source takes over, the audio is placed by its arrival, and the time between
//     is DTX. Where two sources overlap, the younger packet cuts the older.
//   - Silence that the server appends to a track that ended is left out.
func Build(packets []Packet, dec Decoder) (*Timeline, error) {
	t := &Timeline{}
	if err := checkInput(packets); err != nil {
		return nil, fmt.Errorf("build timeline: %w", err)
	}
	all := collect(packets, &t.Stats)
	l := listener{dec: dec, pcm: make([]int16, MaxPacketSamples), budget: maxSamples, stats: &t.Stats}
	for _, s := range all {
		if err := l.hear(s.packets); err != nil {
			return nil, fmt.Errorf("build timeline: %w", err)
		}
		s.anchor()
		t.Stats.Anchors += int64(len(s.runs))
	}
	if err := t.place(all); err != nil {
		return nil, fmt.Errorf("build timeline: %w", err)
	}
	t.Stats.describe(all)
	return t, nil
}

func checkInput(packets []Packet) error {
	if len(packets) > maxPackets {
		return fmt.Errorf("%w: %d packets are more than the %d that fit in %v", ErrTooLong, len(packets), maxPackets, MaxDuration)
	}
	for i := range packets {
		if at := packets[i].At; at.Abs() > maxArrival {
			return fmt.Errorf("packet %d was read at %v from the start of the call, which is more than %v away", i, at, maxArrival)
		}
	}
	return nil
}

// anchor finds the runs and the skew, each of which needs the other.
func (s *source) anchor() {
	const rounds = 3
	s.runs = anchor(s.packets, s.skew.skew)
	for range rounds {
		last := s.skew.skew
		s.skew = fitSkew(s.packets, s.runs)
		if s.skew.skew == last {
			break
		}
		s.runs = anchor(s.packets, s.skew.skew)
	}
}

// describe fills in what is told of the source that sent the most.
func (s *Stats) describe(all []*source) {
	var main *source
	for _, one := range all {
		if main == nil || len(one.packets) > len(main.packets) {
			main = one
		}
	}
	if main == nil {
		return
	}
	s.Jitter = main.jitter.value()
	s.SkewPPM = main.skew.skew.ppm()
	s.SkewErrorPPM = float64(main.skew.error) / 1000 // from parts per billion
}
