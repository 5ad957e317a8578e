package opus

import (
	"errors"
	"fmt"
)

// PacketSamples returns how many samples at 48 kHz a packet decodes to. It reads
// no more than the packet's first two bytes (RFC 6716, section 3.1), so it
// answers for packets whose payload is damaged, too.
func PacketSamples(packet []byte) (int, error) {
	if len(packet) == 0 {
		return 0, errors.New("read opus packet: it is empty")
	}
	frames := 1
	switch packet[0] & 3 {
	case 1, 2:
		frames = 2
	case 3:
		if len(packet) < 2 {
			return 0, errors.New("read opus packet: the frame count byte is missing")
		}
		frames = int(packet[1] & 0x3f)
		if frames == 0 {
			return 0, errors.New("read opus packet: it claims to hold no frames")
		}
	}
	n := frames * frameSamples(packet[0]>>3)
	if n > MaxPacketSamples {
		return 0, fmt.Errorf("read opus packet: it claims to last %d samples, more than the %d (120 ms) that Opus allows", n, MaxPacketSamples)
	}
	return n, nil
}

// frameSamples returns the samples in one frame at 48 kHz for a configuration
// number of RFC 6716, table 2.
func frameSamples(config byte) int {
	switch {
	case config < 12: // SILK: 10, 20, 40, 60 ms.
		return [...]int{480, 960, 1920, 2880}[config%4]
	case config < 16: // Hybrid: 10, 20 ms.
		return [...]int{480, 960}[config%2]
	default: // CELT: 2.5, 5, 10, 20 ms.
		return 120 << (config % 4)
	}
}
