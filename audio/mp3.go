package audio

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/hajimehoshi/go-mp3"
)

const (
	// mp3DecoderDelay is the number of samples by which any mp3 decoder lags:
	// 528 of its filter bank and one (LAME's technical FAQ).
	mp3DecoderDelay = 529
	// mp3UsualDelay is the delay through LAME's encoder (576) and the decoder,
	// for files that do not tell theirs.
	mp3UsualDelay = 576 + mp3DecoderDelay
)

// decodeMP3 decodes MPEG-1 and MPEG-2 layer III.
func decodeMP3(data []byte) (Clip, error) {
	s, err := scanMP3(data)
	if err != nil {
		return Clip{}, err
	}
	perFrame := s.first.samples()
	total := int64(s.frames) * int64(perFrame)
	front, back := int64(mp3UsualDelay), int64(0)
	if s.tag.gapless {
		front = int64(s.tag.delay) + mp3DecoderDelay
		back = int64(s.tag.padding) - mp3DecoderDelay
	}
	if err := checkLength(total-front-back, s.first.rate()); err != nil {
		return Clip{}, err
	}
	audio, err := s.decodable()
	if err != nil {
		return Clip{}, err
	}
	if back < 0 {
		// The sound reaches past the last frame. The tag's own frame is one of
		// silence: decoded once more at the end, it brings out the rest.
		audio = append(audio[:len(audio):len(audio)], s.tag.frame...)
		total += int64(perFrame)
		back += int64(perFrame)
	}
	samples, err := decodeLayer3(audio, total)
	if err != nil {
		return Clip{}, err
	}
	return Clip{Rate: s.first.rate(), Samples: samples[front : total-back]}, nil
}

// decodable returns the frames in a form that the decoder library gets right.
func (s *mp3Stream) decodable() ([]byte, error) {
	frames, err := splitMP3Frames(s.audio)
	if err != nil {
		return nil, err
	}
	audio, frames, err := muteOrphans(s.audio, frames)
	if err != nil || !needsRepack(frames) {
		return audio, err
	}
	return repackMP3(frames)
}

// decodeLayer3 decodes whole frames, total samples of them, to mono.
func decodeLayer3(frames []byte, total int64) (samples []int16, err error) {
	defer func() {
		// The decoder library indexes past its tables on some damaged files.
		if r := recover(); r != nil {
			samples, err = nil, fmt.Errorf("its mp3 data is damaged (%v): encode or download it again", r)
		}
	}()
	// The library reads ahead over a whole seekable file just to know its
	// length; the scan has told that already.
	d, err := mp3.NewDecoder(onlyReader{bytes.NewReader(frames)})
	if err != nil {
		return nil, fmt.Errorf("its mp3 data is damaged (%w): encode or download it again", err)
	}
	samples = make([]int16, 0, total)
	var buf [4 * mp3MaxFrameSamples]byte
	for int64(len(samples)) < total {
		n, err := io.ReadFull(d, buf[:min(int64(len(buf)), 4*(total-int64(len(samples))))])
		for b := buf[:n-n%4]; len(b) > 0; b = b[4:] {
			left, right := int16(binary.LittleEndian.Uint16(b)), int16(binary.LittleEndian.Uint16(b[2:]))
			samples = append(samples, toInt16((float64(left)+float64(right))/2))
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("its mp3 data is damaged (%w): encode or download it again", err)
		}
	}
	if int64(len(samples)) < total {
		return nil, fmt.Errorf("its mp3 data is damaged (%d of %d samples could be decoded): encode or download it again", len(samples), total)
	}
	return samples, nil
}

// onlyReader hides every method but Read.
type onlyReader struct{ io.Reader }
