package probe

import (
	"fmt"

	"callprobe/audio"
	"callprobe/audio/opus"
)

// utteranceBitrate is what a browser's WebRTC stack sends for speech, in
// bit/s.
const utteranceBitrate = 32000

// Utterance is a recording that the caller plays, with the words in it.
type Utterance struct {
	// Name is how reports call it: the file's base name.
	Name string `json:"name"`
	// Reference is the text of what is said.
	Reference string `json:"reference"`
	// Clip is the recording, mono at 48 kHz.
	Clip audio.Clip `json:"-"`
	// Speech spans the first to the last voiced sample of Clip.
	Speech audio.Span `json:"speech"`
	// Packets is Clip as Opus, one packet per 20 ms, encoded once and shared
	// by every call that plays it. Packet k begins with sample 960 k.
	Packets [][]byte `json:"-"`
}

// NewUtterance encodes clip, which must be at 48 kHz and hold speech.
func NewUtterance(name, reference string, clip audio.Clip, speech audio.Span) (Utterance, error) {
	if clip.Rate != audio.Rate48k {
		return Utterance{}, fmt.Errorf("encode utterance %q: clip is at %d Hz, want %d", name, clip.Rate, audio.Rate48k)
	}
	packets, err := opus.EncodeClip(clip, opus.EncoderConfig{Bitrate: utteranceBitrate})
	if err != nil {
		return Utterance{}, fmt.Errorf("encode utterance %q: %w", name, err)
	}
	return Utterance{Name: name, Reference: reference, Clip: clip, Speech: speech, Packets: packets}, nil
}
