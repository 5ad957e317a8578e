package audio

import "bytes"

// muteOrphans silences the frames at the start of a cut stream that need main
// data from before the cut: the decoder library would make noise of them, and
// noise at the start looks like an onset. It returns the frames as they are
// when none is an orphan, and copies of them otherwise.
func muteOrphans(audio []byte, frames []mp3Frame) ([]byte, []mp3Frame, error) {
	here, copied := 0, false // Bytes of main data that the frames so far gave.
	for i := 0; i < len(frames) && here <= maxBegin; i++ {
		if frames[i].mainDataBegin() > here {
			if !copied {
				var err error
				audio, copied = bytes.Clone(audio), true
				if frames, err = splitMP3Frames(audio); err != nil {
					return nil, nil, err
				}
			}
			frames[i].mute(here)
		}
		here += len(frames[i].main)
	}
	return audio, frames, nil
}

// maxBegin is how many bytes any frame may reach back.
const maxBegin = 511

// mute makes a frame one of silence that reaches back as far as there is data,
// which later frames may need.
func (f mp3Frame) mute(begin int) {
	clear(f.side)
	if f.header.beginBits() == 9 {
		begin <<= 7
	} else {
		begin <<= 8
	}
	f.side[0], f.side[1] = byte(begin>>8), byte(begin)
}
