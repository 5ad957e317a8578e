// Package playout turns the RTP packets of one audio track into a sample
// timeline: which sample was heard when, and where each sample came from.
//
// [Build] works on a whole call at once and is what measurements use. It orders
// the packets, decodes them, conceals what was lost, leaves silence where the
// sender was silent, and puts every sample on the prober's monotonic clock.
// [Stream] follows a running call packet by packet, only to tell whether
// somebody is speaking now.
//
// The ear is at our network socket, without a jitter buffer. A sample's instant
// is the de-jittered arrival of its packet:
//
//	read at   |        x                       x  late: "excess"
//	          |     x     x   x      x   x  x
//	          |  x  .  x  . x .  x x . x .  .  .   lower envelope = TimeOf
//	          |  .  .
//	          +------------------------------------ RTP time
//
// RTP time is the better clock inside a call, so the lower envelope of arrival
// minus RTP time decides, with the skew of the two clocks removed. Where the
// sender's RTP clock did not run with wall time (it stopped in a pause, jumped,
// or began anew), the audio that follows is anchored on its own arrivals.
package playout

import (
	"time"

	"callprobe/audio"
)

// Packet is one RTP packet as it was read from the socket.
type Packet struct {
	// At is when the packet was read: from the start of the call to the return
	// of the read, on the prober's monotonic clock.
	At time.Duration `json:"at_ns"`
	// SSRC, Sequence, Timestamp and Marker are the fields of the RTP header
	// (RFC 3550 section 5.1). The timestamp counts at 48 kHz (RFC 7587 section
	// 4.1).
	SSRC      uint32 `json:"ssrc"`
	Sequence  uint16 `json:"seq"`
	Timestamp uint32 `json:"ts"`
	Marker    bool   `json:"marker,omitempty"`
	// Payload is one Opus packet; it is empty when there was only padding.
	Payload []byte `json:"payload,omitempty"`
	// Size is how many bytes the payload had, where it was not kept.
	Size int `json:"size,omitempty"`
}

// MaxPacketSamples is the longest audio that one Opus packet holds at 48 kHz:
// 120 ms (RFC 6716 section 3.2).
const MaxPacketSamples = 5760

// Decoder is what a timeline needs of a codec.
type Decoder interface {
	// Decode decodes one packet to 48 kHz mono and returns the number of
	// samples written. pcm has room for [MaxPacketSamples].
	Decode(packet []byte, pcm []int16) (n int, err error)
	// Conceal fills all of pcm with what the codec makes up for lost audio. Its
	// length is a multiple of 2.5 ms and at most [MaxPacketSamples].
	Conceal(pcm []int16) error
}

// Chunk is a piece of audio of one origin, as [Stream] hands it out.
type Chunk struct {
	// Pos is the number of samples handed out before this chunk.
	Pos audio.Pos
	// Origin says where the samples came from.
	Origin Origin
	// PCM is 48 kHz mono. It is valid until the next call of the stream.
	PCM []int16
}
