package audio

import (
	"testing"
)

// fuzzDecode checks what must hold for any bytes: an error, or a clip within
// the limits.
func fuzzDecode(t *testing.T, name string, data []byte) {
	t.Helper()
	clip, err := Decode(name, data)
	if err != nil {
		return
	}
	if len(clip.Samples) == 0 || !clip.Rate.Valid() || clip.Duration() > MaxClipDuration {
		t.Errorf("%d samples at %d Hz", len(clip.Samples), clip.Rate)
	}
}

func FuzzDecodeWAV(f *testing.F) {
	f.Add(riff(wavFmt(1, 1, 8000, 16, 2), chunk("data", pcm16())))
	f.Add(riff(wavFmtExtensible(3, 2, 44100, 32, 8), chunk("data", float32s(0.5, -0.5))))
	f.Add(riff(wavFmt(6, 1, 8000, 8, 1), chunk("junk", make([]byte, 7)), chunk("data", []byte{1, 2, 3})))
	f.Add(streamed(0))
	f.Add(streamed(0xffffffff))
	f.Add(riff(wavFmt(1, 1, 8000, 24, 4), chunk("data", make([]byte, 8)))[:50])
	f.Fuzz(func(t *testing.T, data []byte) { fuzzDecode(t, "a.wav", data) })
}

func FuzzDecodeMP3(f *testing.F) {
	for _, name := range []string{"16000-24k.mp3", "22050-32k.mp3", "44100-crc.mp3", "8000-mpeg25.mp3"} {
		f.Add(readTestdata(f, name))
	}
	f.Add(readTestdata(f, "48000-stereo-vbr.mp3")[:3000])
	f.Add([]byte("ID3\x04\x00\x10\x00\x00\x01\x00"))
	f.Fuzz(func(t *testing.T, data []byte) { fuzzDecode(t, "a.mp3", data) })
}
