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

// MarshalText returns the name of the origin.
func (o Origin) MarshalText() ([]byte, error) {
	if o > Lost {
		return nil, fmt.Errorf("write origin: no such origin %d", uint8(o))
	}
	return []byte(o.String()), nil
}

// UnmarshalText reads the name of an origin.
func (o *Origin) UnmarshalText(text []byte) error {
	for known := Received; known <= Lost; known++ {
		if known.String() == string(text) {
			*o = known
			return nil
		}
	}
	return fmt.Errorf("read origin: %q is none of received, concealed, dtx, lost", text)
}

// Segment is a span of a timeline whose samples are all of one origin.
type Segment struct {
	Span   audio.Span `json:"span"`
	Origin Origin     `json:"origin"`
}
