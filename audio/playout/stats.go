package playout

import "time"

// Stats counts what happened to the packets of a track.
type Stats struct {
	// Packets is the number of packets read, with duplicates; Bytes is the size
	// of their payloads.
	Packets int64 `json:"packets"`
	Bytes   int64 `json:"bytes"`
	// Lost is the number of packets that never came: sequence numbers missing
	// between the first and the last of each source.
	Lost int64 `json:"lost"`
	// Duplicates is the number of packets that had come before; the first
	// counts.
	Duplicates int64 `json:"duplicates"`
	// Reordered is the number of packets that came after a later one.
	Reordered int64 `json:"reordered"`
	// Late is the number of packets read more than [LateAfter] after their
	// de-jittered arrival; WorstExcess is the longest such delay.
	Late        int64         `json:"late"`
	WorstExcess time.Duration `json:"worst_excess_ns"`
	// Ignored is the number of packets without audio of the sender: padding,
	// silence that the server appends when the track ends, and strays.
	Ignored int64 `json:"ignored"`
	// DecodeErrors is the number of packets that the codec refused; they are
	// concealed.
	DecodeErrors int64 `json:"decode_errors"`
	// Anchors is the number of times the audio was set on the clock: 1, and one
	// more wherever the sender's RTP clock did not run with wall time.
	Anchors int64 `json:"anchors"`
	// Jitter is the interarrival jitter of RFC 3550 section 6.4.1 at the end of
	// the track, the one that RTCP would report.
	Jitter time.Duration `json:"jitter_ns"`
	// SkewPPM is how much faster the sender's RTP clock ran than the prober's
	// monotonic clock, in parts per million; 0 where it cannot be told from
	// none. SkewErrorPPM is its uncertainty either way.
	SkewPPM      float64 `json:"skew_ppm"`
	SkewErrorPPM float64 `json:"skew_error_ppm"`
}

// LateAfter is the delay beyond the de-jittered arrival from which a packet
// counts as late: three packets of 20 ms.
const LateAfter = 60 * time.Millisecond
