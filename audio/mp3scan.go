package audio

import (
	"errors"
	"fmt"
)

const (
	mp3MaxFrameSamples = 1152
	// mp3MaxJunk is how far into the file the first frame is looked for.
	mp3MaxJunk = 64 << 10
	// mp3Confirm is how many frames in a row make sure that a sync word is one.
	mp3Confirm = 3
)

// mp3Stream is the audio frames of an mp3 file, without the tags around them.
type mp3Stream struct {
	first  mp3Header
	tag    mp3Tag
	frames int    // Without the tag's frame.
	audio  []byte // Those frames, back to back.
}

// looksLikeMPEG reports whether the data holds MPEG audio: frames, or a header
// of a kind that the decoder does not know, right at the start.
func looksLikeMPEG(data []byte) bool {
	at := skipID3v2(data)
	if at > 0 {
		return true
	}
	if h, ok := parseMP3Header(data); ok && h.unsupported() != nil {
		return true
	}
	_, ok := findMP3Frame(data, 0, mp3MaxJunk)
	return ok
}

// skipID3v2 returns the length of the ID3v2 tags at the start (id3.org,
// "ID3 tag version 2.4.0", section 3.1).
func skipID3v2(data []byte) int {
	at := 0
	for at+10 <= len(data) && string(data[at:at+3]) == "ID3" {
		size := 0
		for _, b := range data[at+6 : at+10] {
			size = size<<7 | int(b&0x7f)
		}
		at += 10 + size
	}
	return min(at, len(data))
}

// findMP3Frame returns where, from a place on and before a limit, the first frame
// begins that is followed by others of its kind or ends with the data.
func findMP3Frame(data []byte, from, limit int) (int, bool) {
	for at := from; at < min(len(data), limit); at++ {
		if confirmMP3Frame(data, at) {
			return at, true
		}
	}
	return 0, false
}

func confirmMP3Frame(data []byte, at int) bool {
	first, ok := parseMP3Header(data[at:])
	if !ok || first.bitrate() == 0 {
		return false
	}
	h := first
	for range mp3Confirm {
		at += h.size()
		if at >= len(data) || startsMP3Trailer(data[at:]) {
			return at <= len(data)
		}
		if h, ok = parseMP3Header(data[at:]); !ok || !h.sameStream(first) {
			return false
		}
	}
	return true
}

// startsMP3Trailer reports whether a tag begins that follows the audio: ID3v1,
// APE, Lyrics3.
func startsMP3Trailer(b []byte) bool {
	for _, tag := range []string{"TAG", "APETAGEX", "LYRICSBEGIN"} {
		if len(b) >= len(tag) && string(b[:len(tag)]) == tag {
			return true
		}
	}
	return false
}

// scanMP3 finds the frames of the file and checks that they are all there.
func scanMP3(data []byte) (*mp3Stream, error) {
	from := skipID3v2(data)
	if h, ok := parseMP3Header(data[from:]); ok {
		if err := h.unsupported(); err != nil {
			return nil, err
		}
	}
	at, ok := findMP3Frame(data, from, from+mp3MaxJunk)
	if !ok {
		return nil, errors.New("it holds no mp3 frames, or only a part of one: encode or download it again")
	}
	s := &mp3Stream{}
	s.first, _ = parseMP3Header(data[at:])
	if err := s.first.unsupported(); err != nil {
		return nil, err
	}
	if tag, ok := parseMP3Tag(data[at:], s.first); ok {
		s.tag = tag
		at += s.first.size()
	}
	end, err := s.walk(data, at)
	if err != nil {
		return nil, err
	}
	s.audio = data[at:end]
	return s, s.checkCount()
}

// walk counts frames from a place on and returns where the last one ends.
func (s *mp3Stream) walk(data []byte, at int) (int, error) {
	for at < len(data) {
		h, ok := parseMP3Header(data[at:])
		if !ok || !h.sameStream(s.first) {
			if next, ok := findMP3Frame(data, at, len(data)); ok && !startsMP3Trailer(data[at:]) {
				return 0, fmt.Errorf("its mp3 data is damaged (%d bytes from byte %d on are not mp3): encode or download it again", next-at, at)
			}
			break
		}
		if at+h.size() > len(data) {
			return 0, errors.New("it is cut off in the middle of an mp3 frame: encode or download it again")
		}
		at += h.size()
		s.frames++
	}
	return at, nil
}

func (s *mp3Stream) checkCount() error {
	switch {
	case s.frames == 0:
		return errors.New("it holds no audio, only a header: record or download it again")
	case !s.tag.gapless || s.tag.frames == 0 || s.frames == s.tag.frames:
		return nil
	case s.frames < s.tag.frames:
		return fmt.Errorf("it is cut off (%d of %d mp3 frames are there): encode or download it again", s.frames, s.tag.frames)
	default:
		return fmt.Errorf("it holds %d mp3 frames, but its header counts %d: it looks like several files joined, encode it again as one", s.frames, s.tag.frames)
	}
}
