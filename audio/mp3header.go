package audio

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// mp3Header is the first four bytes of an MPEG audio frame (ISO/IEC 11172-3,
// section 2.4.1.3, and 13818-3).
type mp3Header uint32

// Values of the version field.
const (
	mpeg25 = 0
	mpeg2  = 2
	mpeg1  = 3
)

// parseMP3Header reads the header of a layer I, II or III frame of any version.
// Its bit rate may be zero: free format.
func parseMP3Header(b []byte) (mp3Header, bool) {
	if len(b) < 4 {
		return 0, false
	}
	h := mp3Header(binary.BigEndian.Uint32(b))
	valid := h>>21 == 0x7ff && h.version() != 1 && h.layer() != 0 &&
		h.bitrateIndex() != 15 && h.rateIndex() != 3 && h&3 != 2
	return h, valid
}

func (h mp3Header) version() int      { return int(h >> 19 & 3) }
func (h mp3Header) layer() int        { return int(h >> 17 & 3) } // 1 is III, 2 is II, 3 is I.
func (h mp3Header) hasCRC() bool      { return h>>16&1 == 0 }
func (h mp3Header) bitrateIndex() int { return int(h >> 12 & 15) }
func (h mp3Header) rateIndex() int    { return int(h >> 10 & 3) }
func (h mp3Header) padding() int      { return int(h >> 9 & 1) }
func (h mp3Header) mono() bool        { return h>>6&3 == 3 }

// rate returns the sample rate.
func (h mp3Header) rate() Rate {
	rate := [...]Rate{44100, 48000, 32000, 0}[h.rateIndex()]
	switch h.version() {
	case mpeg2:
		return rate / 2
	case mpeg25:
		return rate / 4
	}
	return rate
}

// bitrate returns the bit rate of layer III in kbit/s, 0 for free format.
func (h mp3Header) bitrate() int {
	if h.version() == mpeg1 {
		return [...]int{0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0}[h.bitrateIndex()]
	}
	return [...]int{0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0}[h.bitrateIndex()]
}

// samples returns the samples in a layer III frame, per channel.
func (h mp3Header) samples() int {
	if h.version() == mpeg1 {
		return mp3MaxFrameSamples
	}
	return mp3MaxFrameSamples / 2
}

// size returns the bytes in a layer III frame.
func (h mp3Header) size() int {
	return h.samples()/8*h.bitrate()*1000/int(h.rate()) + h.padding()
}

// sideInfo returns the bytes of side information that follow the header.
func (h mp3Header) sideInfo() int {
	switch {
	case h.version() == mpeg1 && h.mono():
		return 17
	case h.version() == mpeg1:
		return 32
	case h.mono():
		return 9
	}
	return 17
}

// sameStream reports whether two headers can belong to one stream: bit rate and
// padding may change from frame to frame, the rest not.
func (h mp3Header) sameStream(o mp3Header) bool {
	return h.bitrate() != 0 && h.version() == o.version() && h.layer() == o.layer() &&
		h.rateIndex() == o.rateIndex() && h.mono() == o.mono()
}

// unsupported names what the decoder cannot decode about a valid header.
func (h mp3Header) unsupported() error {
	switch {
	case h.layer() != 1:
		return errors.New("it holds MPEG audio layer I or II, not mp3: convert it to WAV or mp3")
	case h.version() == mpeg25:
		return fmt.Errorf("it is mp3 of %d Hz (MPEG-2.5), which cannot be decoded: convert it to WAV, or to mp3 of 16000 Hz or more", h.rate())
	case h.bitrateIndex() == 0:
		return errors.New("it is mp3 of free bit rate format, which cannot be decoded: encode it again with a usual bit rate")
	}
	return nil
}

// mp3Tag is what the first frame says about the stream when it carries a Xing,
// Info or VBRI tag in place of audio.
type mp3Tag struct {
	frame          []byte // The tag's own frame, which decodes to silence.
	frames         int    // Audio frames in the file; 0 when it is not said.
	gapless        bool   // Whether delay and padding are known.
	delay, padding int    // Samples that the encoder added in front and behind.
}

// parseMP3Tag reads the tag of the first frame (G. Bouvigne, "Mp3 Info Tag
// specifications", rev 1).
func parseMP3Tag(b []byte, h mp3Header) (mp3Tag, bool) {
	b = b[:min(h.size(), len(b))]
	at := 4 + h.sideInfo()
	if !isXing(b, at) && h.hasCRC() {
		at += 2 // LAME counts no CRC here, others do.
	}
	if !isXing(b, at) {
		const vbriAt = 4 + 32 // Wherever the side information ends.
		vbri := len(b) >= vbriAt+4 && string(b[vbriAt:vbriAt+4]) == "VBRI"
		return mp3Tag{frame: b}, vbri
	}
	tag := mp3Tag{frame: b}
	flags, rest := binary.BigEndian.Uint32(b[at+4:]), b[at+8:]
	for bit, size := range []int{4, 4, 100, 4} { // Frames, bytes, table of contents, quality.
		if flags>>bit&1 == 0 {
			continue
		}
		if len(rest) < size {
			return tag, true
		}
		if bit == 0 {
			tag.frames = int(binary.BigEndian.Uint32(rest))
		}
		rest = rest[size:]
	}
	if len(rest) >= 24 {
		tag.delay = int(rest[21])<<4 | int(rest[22])>>4
		tag.padding = int(rest[22]&0xf)<<8 | int(rest[23])
		tag.gapless = tag.delay != 0 || tag.padding != 0
	}
	return tag, true
}

func isXing(b []byte, at int) bool {
	return len(b) >= at+8 && (string(b[at:at+4]) == "Xing" || string(b[at:at+4]) == "Info")
}
