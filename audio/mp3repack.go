package audio

import (
	"encoding/binary"
	"errors"
)

// go-mp3 computes the size of an MPEG-2 frame with padding one byte too small
// where the unpadded size comes out even after its rounding; at 22050 Hz that
// is every bit rate up to 32 kbit/s and some above. It then loses a byte of the
// bit reservoir and the rest of the file turns to noise. repackMP3 avoids that:
// it lays the same coded audio out in frames without padding.

const (
	// repackBitrateIndex is 160 kbit/s, the highest of MPEG-2 layer III.
	repackBitrateIndex = 14
	// maxMainDataBegin is how many bytes an MPEG-2 frame may reach back.
	maxMainDataBegin = 255
)

// librarySize returns the size that go-mp3 computes for a frame.
func (h mp3Header) librarySize() int {
	size := 144*h.bitrate()*1000/int(h.rate()) + h.padding()
	if h.version() != mpeg1 {
		size /= 2
	}
	return size
}

// mp3Frame is one frame taken apart.
type mp3Frame struct {
	header mp3Header
	side   []byte
	main   []byte // Its share of the main data, which other frames may use.
}

// splitMP3Frames takes apart frames that lie back to back.
func splitMP3Frames(audio []byte) ([]mp3Frame, error) {
	var frames []mp3Frame
	for len(audio) > 0 {
		h, ok := parseMP3Header(audio)
		body := 4
		if h.hasCRC() {
			body += 2
		}
		if !ok || h.size() < body+h.sideInfo() || h.size() > len(audio) {
			return nil, errors.New("its mp3 frames are too small for what they must hold: encode it again")
		}
		frames = append(frames, mp3Frame{
			header: h,
			side:   audio[body : body+h.sideInfo()],
			main:   audio[body+h.sideInfo() : h.size()],
		})
		audio = audio[h.size():]
	}
	return frames, nil
}

// needsRepack reports whether go-mp3 would take a wrong size for any frame.
func needsRepack(frames []mp3Frame) bool {
	for _, f := range frames {
		if f.header.librarySize() != f.header.size() {
			return true
		}
	}
	return false
}

// repackMP3 lays out MPEG-2 frames anew, each at 160 kbit/s and unpadded.
func repackMP3(frames []mp3Frame) ([]byte, error) {
	var pool []byte // All main data of the file, in order.
	for _, f := range frames {
		pool = append(pool, f.main...)
	}
	h := frames[0].header.repacked()
	overhead := 4 + h.sideInfo()
	room := h.size() - overhead
	laid := make([]byte, len(frames)*room) // The new main data.
	headers := make([]byte, 0, len(frames)*overhead)
	filled, here := 0, 0 // Ends of what is laid out, and of what frames before gave.
	for i, f := range frames {
		from, size := here-f.mainDataBegin(), f.mainBytes()
		here += len(f.main)
		begin := max(filled, i*room-maxMainDataBegin)
		if from < 0 || from+size > here || begin+size > (i+1)*room {
			return nil, errors.New("its mp3 data does not add up (MPEG-2 with padding): convert it to WAV")
		}
		filled = begin + copy(laid[begin:], pool[from:from+size])
		headers = binary.BigEndian.AppendUint32(headers, uint32(f.header.repacked()))
		headers = append(headers, f.side...)
		headers[len(headers)-len(f.side)] = byte(i*room - begin)
	}
	out := make([]byte, 0, len(frames)*h.size())
	for i := range frames {
		out = append(out, headers[i*overhead:(i+1)*overhead]...)
		out = append(out, laid[i*room:(i+1)*room]...)
	}
	return out, nil
}

// repacked returns the header of the frame's new form: no padding, no CRC.
func (h mp3Header) repacked() mp3Header {
	const bitrate, padding, noCRC = 0xf << 12, 1 << 9, 1 << 16
	return h&^(bitrate|padding) | repackBitrateIndex<<12 | noCRC
}

// mainBytes returns how many bytes of main data an MPEG-2 frame uses: its
// part2_3_length per channel (ISO/IEC 13818-3, section 2.4.1.7), 12 bits that
// follow 9 bits in mono and 10 in stereo, 63 bits apart.
func (f mp3Frame) mainBytes() int {
	if f.header.mono() {
		return (bitsAt(f.side, 9, 12) + 7) / 8
	}
	return (bitsAt(f.side, 10, 12) + bitsAt(f.side, 10+63, 12) + 7) / 8
}

// mainDataBegin returns how many bytes of main data before this frame's own the
// frame uses.
func (f mp3Frame) mainDataBegin() int { return bitsAt(f.side, 0, f.header.beginBits()) }

// beginBits returns the width of the field that mainDataBegin reads.
func (h mp3Header) beginBits() int {
	if h.version() == mpeg1 {
		return 9
	}
	return 8
}

// bitsAt reads n bits, the highest first, from a bit position on.
func bitsAt(b []byte, at, n int) int {
	v := 0
	for i := at; i < at+n; i++ {
		v = v<<1 | int(b[i/8]>>(7-i%8)&1)
	}
	return v
}
