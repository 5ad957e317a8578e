package audio

import (
	"bytes"
	"encoding/binary"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
)

// chunk returns one RIFF chunk, padded to an even length.
func chunk(id string, body []byte) []byte {
	b := binary.LittleEndian.AppendUint32([]byte(id), uint32(len(body)))
	b = append(b, body...)
	if len(body)%2 == 1 {
		b = append(b, 0)
	}
	return b
}

// riff returns a WAV file of the given chunks.
func riff(chunks ...[]byte) []byte {
	body := slices.Concat(chunks...)
	b := binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(4+len(body)))
	return append(append(b, "WAVE"...), body...)
}

// wavFmt returns a format chunk.
func wavFmt(coding, channels, rate, bits, block int) []byte {
	le := binary.LittleEndian
	b := le.AppendUint16(nil, uint16(coding))
	b = le.AppendUint16(b, uint16(channels))
	b = le.AppendUint32(b, uint32(rate))
	b = le.AppendUint32(b, uint32(rate*block))
	b = le.AppendUint16(b, uint16(block))
	return chunk("fmt ", le.AppendUint16(b, uint16(bits)))
}

// wavFmtExtensible returns a format chunk of the extensible kind.
func wavFmtExtensible(coding, channels, rate, bits, block int) []byte {
	b := wavFmt(wavExtensible, channels, rate, bits, block)[8:]
	b = append(b, 22, 0, byte(bits), byte(bits>>8), 0, 0, 0, 0, byte(coding), byte(coding>>8))
	b = append(b, 0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71)
	return chunk("fmt ", b)
}

func float32s(v ...float32) []byte {
	var b []byte
	for _, x := range v {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
	}
	return b
}

func float64s(v ...float64) []byte {
	var b []byte
	for _, x := range v {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(x))
	}
	return b
}

// pcm16 is the samples 1, -2 and 300.
func pcm16() []byte { return []byte{1, 0, 0xfe, 0xff, 0x2c, 1} }

func TestWAVDecodesEveryUsualCoding(t *testing.T) {
	for _, tc := range []struct {
		name string
		file []byte
		want []int16
	}{
		{"PCM 16", riff(wavFmt(1, 1, 8000, 16, 2), chunk("data", pcm16())), []int16{1, -2, 300}},
		{"PCM 16 extremes", riff(wavFmt(1, 1, 8000, 16, 2), chunk("data", []byte{0xff, 0x7f, 0, 0x80})), []int16{32767, -32768}},
		{"PCM 16 extensible", riff(wavFmtExtensible(1, 1, 8000, 16, 2), chunk("data", pcm16())), []int16{1, -2, 300}},
		{"PCM 8 is centred on 128", riff(wavFmt(1, 1, 8000, 8, 1), chunk("data", []byte{128, 0, 255, 129})), []int16{0, -32768, 32512, 256}},
		{"PCM 24", riff(wavFmt(1, 1, 8000, 24, 3), chunk("data", []byte{0, 1, 0, 0, 0, 0x80, 0xff, 0xff, 0x7f})), []int16{1, -32768, 32767}},
		{"PCM 24 rounds to the nearest", riff(wavFmt(1, 1, 8000, 24, 3), chunk("data", []byte{0x7f, 1, 0, 0x81, 1, 0})), []int16{1, 2}},
		{"PCM 24 extensible", riff(wavFmtExtensible(1, 1, 8000, 24, 3), chunk("data", []byte{0, 1, 0})), []int16{1}},
		{"PCM 24 in 32", riff(wavFmtExtensible(1, 1, 8000, 24, 4), chunk("data", []byte{0, 0, 1, 0, 0, 0, 0, 0x80})), []int16{1, -32768}},
		{"PCM 32", riff(wavFmt(1, 1, 8000, 32, 4), chunk("data", []byte{0, 0, 0xfe, 0xff})), []int16{-2}},
		{"float 32", riff(wavFmt(3, 1, 8000, 32, 4), chunk("data", float32s(0.5, -1, 1, 2, -3))), []int16{16384, -32768, 32767, 32767, -32768}},
		{"float 32 extensible", riff(wavFmtExtensible(3, 1, 8000, 32, 4), chunk("data", float32s(0.25))), []int16{8192}},
		{"float 64", riff(wavFmt(3, 1, 8000, 64, 8), chunk("data", float64s(0.5, -0.5))), []int16{16384, -16384}},
		// Values of G.711's tables: quietest, loudest, either sign.
		{"A-law", riff(wavFmt(6, 1, 8000, 8, 1), chunk("data", []byte{0xd5, 0x55, 0xaa, 0x2a})), []int16{8, -8, 32256, -32256}},
		{"mu-law", riff(wavFmt(7, 1, 8000, 8, 1), chunk("data", []byte{0xff, 0x7f, 0x80, 0x00, 0xfe})), []int16{0, 0, 32124, -32124, 8}},
		{"stereo is averaged", riff(wavFmt(1, 2, 8000, 16, 4), chunk("data", []byte{2, 0, 4, 0, 0xff, 0x7f, 0xff, 0x7f})), []int16{3, 32767}},
		{"four channels are averaged", riff(wavFmt(1, 4, 8000, 16, 8), chunk("data", []byte{4, 0, 8, 0, 0, 0, 0, 0})), []int16{3}},
		{"LIST before the audio", riff(wavFmt(1, 1, 8000, 16, 2), chunk("LIST", make([]byte, 26)), chunk("data", pcm16())), []int16{1, -2, 300}},
		{"an odd chunk before the audio", riff(wavFmt(1, 1, 8000, 16, 2), chunk("junk", make([]byte, 7)), chunk("data", pcm16())), []int16{1, -2, 300}},
		{"an odd chunk without its padding", riff(wavFmt(1, 1, 8000, 16, 2), chunk("junk", make([]byte, 7))[:15], chunk("data", pcm16())), []int16{1, -2, 300}},
		{"a chunk before the format", riff(chunk("JUNK", make([]byte, 28)), wavFmt(1, 1, 8000, 16, 2), chunk("data", pcm16())), []int16{1, -2, 300}},
		{"a chunk behind the audio", riff(wavFmt(1, 1, 8000, 16, 2), chunk("data", pcm16()), chunk("LIST", make([]byte, 10))), []int16{1, -2, 300}},
		{"an incomplete last frame", riff(wavFmt(1, 1, 8000, 16, 2), chunk("data", append(pcm16(), 9))), []int16{1, -2, 300}},
		{"written into a pipe, sizes 0", streamed(0), []int16{1, -2, 300}},
		{"written into a pipe, sizes 0xffffffff", streamed(0xffffffff), []int16{1, -2, 300}},
		{"written into a pipe, sizes 0x7ffff000", streamed(0x7ffff000), []int16{1, -2, 300}},
		{"cut off ends where the file does", riff(wavFmt(1, 1, 8000, 16, 2), chunk("data", append(pcm16(), make([]byte, 100)...)))[:44+6], []int16{1, -2, 300}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			clip, err := Decode("a.wav", tc.file)
			if err != nil {
				t.Fatal(err)
			}
			if clip.Rate != 8000 || !slices.Equal(clip.Samples, tc.want) {
				t.Errorf("%v at %d Hz, want %v", clip.Samples, clip.Rate, tc.want)
			}
			if want := strings.HasPrefix(tc.name, "cut off"); clip.CutOff != want {
				t.Errorf("cut off: %v, want %v", clip.CutOff, want)
			}
		})
	}
}

// streamed returns a file whose writer could not go back to fill in the sizes.
func streamed(size uint32) []byte {
	b := riff(wavFmt(1, 1, 8000, 16, 2), chunk("data", pcm16()))
	binary.LittleEndian.PutUint32(b[4:], size)
	binary.LittleEndian.PutUint32(b[40:], size)
	return b
}

func TestWAVThatCannotBeDecodedIsAnErrorWithARemedy(t *testing.T) {
	data := chunk("data", pcm16())
	for _, tc := range []struct {
		name string
		file []byte
		want string
	}{
		{"a header alone", riff(wavFmt(1, 1, 8000, 16, 2), chunk("data", nil)), "no audio, only a header"},
		{"an empty data chunk before another", riff(wavFmt(1, 1, 8000, 16, 2), chunk("data", nil), chunk("LIST", make([]byte, 10))), "no audio, only a header"},
		{"no data chunk", riff(wavFmt(1, 1, 8000, 16, 2)), "without audio (no data chunk)"},
		{"no chunk at all", riff(), "without a format chunk"},
		{"no format chunk", riff(data), "format chunk is missing or follows the audio"},
		{"a short format chunk", riff(chunk("fmt ", make([]byte, 8)), data), "format chunk is cut short"},
		{"a short extensible format chunk", riff(wavFmt(wavExtensible, 1, 8000, 16, 2), data), "extensible format chunk is cut short"},
		{"ADPCM", riff(wavFmt(0x11, 1, 8000, 4, 256), data), "ADPCM: convert it to 16-bit PCM"},
		{"mp3 in WAV", riff(wavFmt(0x55, 1, 8000, 0, 1), data), "mp3 inside WAV: convert it"},
		{"an unknown coding", riff(wavFmt(0x1234, 1, 8000, 16, 2), data), "coding 0x1234: convert it to 16-bit PCM"},
		{"64-bit PCM", riff(wavFmt(1, 1, 8000, 64, 8), data), "64 bits a sample: convert it to 16-bit PCM"},
		{"PCM of no bits", riff(wavFmt(1, 1, 8000, 0, 0), data), "0 bits a sample: convert it to 16-bit PCM"},
		{"16-bit float", riff(wavFmt(3, 1, 8000, 16, 2), data), "16 bits a sample: convert it to 16-bit PCM"},
		{"no channels", riff(wavFmt(1, 0, 8000, 16, 2), data), "0 channels, not 1 to 64"},
		{"too many channels", riff(wavFmt(1, 65, 8000, 16, 130), data), "65 channels, not 1 to 64"},
		{"a rate of zero", riff(wavFmt(1, 1, 0, 16, 2), data), "sample rate is 0 Hz"},
		{"an absurd rate", riff(wavFmt(1, 1, 4_000_000, 16, 2), data), "sample rate is 4000000 Hz"},
		{"float that is not a number", riff(wavFmt(3, 1, 8000, 32, 4), chunk("data", float32s(0, float32(math.NaN())))), "sample 1 is not a number"},
		{"infinite float", riff(wavFmt(3, 1, 8000, 64, 8), chunk("data", float64s(math.Inf(1)))), "sample 0 is not a number"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			clip, err := Decode("agent.wav", tc.file)
			if err == nil {
				t.Fatalf("it decoded to %v", clip.Samples)
			}
			if !strings.Contains(err.Error(), tc.want) || !strings.Contains(err.Error(), "agent.wav") {
				t.Errorf("error %q does not say %q", err, tc.want)
			}
		})
	}
}

func TestG711StepsGrowAndSignsMirror(t *testing.T) {
	for _, tc := range []struct {
		name   string
		decode func(byte) int16
		ramp   func(i int) byte // Codes of positive values, quietest first.
	}{
		{"A-law", decodeALaw, func(i int) byte { return byte(i|0x80) ^ 0x55 }},
		{"mu-law", decodeMuLaw, func(i int) byte { return ^byte(i) }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			last, step := int16(-1), int16(0)
			for i := range 128 {
				v := tc.decode(tc.ramp(i))
				if v <= last {
					t.Fatalf("code %d is %d after %d", i, v, last)
				}
				if i > 1 && v-last < step {
					t.Fatalf("the step to code %d is %d after %d", i, v-last, step)
				}
				if i > 0 {
					step = v - last
				}
				last = v
				if n := tc.decode(tc.ramp(i) ^ 0x80); n != -v {
					t.Errorf("code %d is %d and %d", i, v, n)
				}
			}
		})
	}
}

func TestWriteWAVIsReadBackAsItWas(t *testing.T) {
	long := make([]int16, 10_000)
	for i := range long {
		long[i] = int16(i * 7)
	}
	var file bytes.Buffer
	if err := WriteWAV(&file, 48000, long); err != nil {
		t.Fatal(err)
	}
	if want := wavHeaderBytes + 2*len(long); file.Len() != want {
		t.Errorf("%d bytes, want %d", file.Len(), want)
	}
	clip, err := Decode("a.wav", file.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if clip.Rate != 48000 || !slices.Equal(clip.Samples, long) {
		t.Error("other samples came back")
	}
}

func TestWriteWAVPadsShortChannelsWithSilence(t *testing.T) {
	var file bytes.Buffer
	if err := WriteWAV(&file, 16000, []int16{1, 2, 3}, []int16{-1}, nil); err != nil {
		t.Fatal(err)
	}
	want := riff(wavFmt(1, 3, 16000, 16, 6), chunk("data", []byte{
		1, 0, 0xff, 0xff, 0, 0,
		2, 0, 0, 0, 0, 0,
		3, 0, 0, 0, 0, 0,
	}))
	if !bytes.Equal(file.Bytes(), want) {
		t.Errorf("%x\nwant\n%x", file.Bytes(), want)
	}
}

func TestWriteWAVRejectsWhatAHeaderCannotSay(t *testing.T) {
	for name, err := range map[string]error{
		"no channels":  WriteWAV(&bytes.Buffer{}, 48000),
		"no rate":      WriteWAV(&bytes.Buffer{}, 0, []int16{1}),
		"a huge rate":  WriteWAV(&bytes.Buffer{}, 1<<20, []int16{1}),
		"65 channels":  WriteWAV(&bytes.Buffer{}, 48000, make([][]int16, 65)...),
		"a full disk":  WriteWAV(fullDisk{}, 48000, []int16{1}),
		"a late error": WriteWAV(&lateError{left: 44}, 48000, []int16{1}),
	} {
		if err == nil || !strings.HasPrefix(err.Error(), "write wav: ") {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

// lateError fails once it has taken some bytes.
type lateError struct{ left int }

func (w *lateError) Write(p []byte) (int, error) {
	if w.left -= len(p); w.left < 0 {
		return 0, io.ErrShortWrite
	}
	return len(p), nil
}
