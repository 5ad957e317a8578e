package playout

import (
	"fmt"

	"callprobe/audio"
)

// Origin says where a sample of a timeline came from.
type Origin uint8

const (
	// Received samples were decoded from a packet that arrived.
	Received Origin = iota
	// Concealed samples were made up by the codec for a lost packet.
	Concealed
	// DTX samples are silence that the sender left out on purpose
	// (discontinuous transmission), or announced with a packet of at most two
	// bytes.
	DTX
	// Lost samples are zeros in a loss too long to conceal.
	Lost
)

// String returns the lower-case name of the origin.
func (o Origin) String() string {
	switch o {
	case Received:
		return "received"
	case Concealed:
		return "concealed"
	case DTX:
		return "dtx"
	case Lost:
		return "lost"
	default:
		return fmt.Sprintf("origin(%d)", uint8(o))
	}
}

// Segment is a span of a timeline whose samples are all of one origin.
type Segment struct {
	Span   audio.Span
	Origin Origin
}
