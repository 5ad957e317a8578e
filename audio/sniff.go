package audio

import (
	"bytes"
	"strings"
)

// kind is what a file holds, in words for an error message.
type kind string

const (
	kindWAV     kind = "WAV"
	kindMP3     kind = "mp3"
	kindUnknown kind = "neither WAV nor mp3"
)

// signature is a run of bytes at a fixed place that tells a format.
type signature struct {
	at    int
	bytes string
	kind  kind
}

// signatures lists what people hand over in place of WAV and mp3.
func signatures() []signature {
	return []signature{
		{0, "RF64", "RF64 (WAV for more than 4 GiB)"},
		{0, "BW64", "BW64 (WAV for more than 4 GiB)"},
		{0, "RIFX", "RIFX (big-endian WAV)"},
		{0, "RIFF", "RIFF, but not WAV"},
		{0, "OggS", "Ogg (Opus or Vorbis)"},
		{0, "fLaC", "FLAC"},
		{0, "FORM", "AIFF"},
		{0, ".snd", "AU"},
		{0, "caff", "CAF"},
		{4, "ftyp", "MP4 (AAC)"},
		{0, "\x1aE\xdf\xa3", "WebM or Matroska"},
		{0, "#!AMR", "AMR"},
		{0, "\x1f\x8b", "gzip"},
		{0, "PK\x03\x04", "a zip archive"},
		{0, "version https://git-lfs", "a Git LFS pointer, not the file itself (run git lfs pull)"},
	}
}

// sniff tells what a file holds from its content alone.
func sniff(data []byte) kind {
	if len(data) >= 12 && string(data[:4]) == "RIFF" && string(data[8:12]) == "WAVE" {
		return kindWAV
	}
	for _, s := range signatures() {
		if len(data) >= s.at && bytes.HasPrefix(data[s.at:], []byte(s.bytes)) {
			return s.kind
		}
	}
	if isADTS(data) {
		return "AAC"
	}
	if looksLikeMPEG(data) {
		return kindMP3
	}
	text := strings.ToLower(strings.TrimSpace(string(data[:min(len(data), 64)])))
	switch {
	case strings.HasPrefix(text, "<"):
		return "a web page or XML (a failed download?)"
	case strings.HasPrefix(text, "{"):
		return "JSON (a failed download?)"
	}
	return kindUnknown
}

// isADTS recognises raw AAC, whose sync word differs from mp3's in the layer
// bits alone.
func isADTS(data []byte) bool {
	return len(data) >= 2 && data[0] == 0xff && data[1]&0xf6 == 0xf0
}
