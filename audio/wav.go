package audio

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// Sample codings of the format chunk (Microsoft, "Multiple channel audio data
// and WAVE files", and RFC 2361 for the registered numbers).
const (
	wavPCM        = 0x0001
	wavFloat      = 0x0003
	wavALaw       = 0x0006
	wavMuLaw      = 0x0007
	wavExtensible = 0xfffe
)

// wavFormat is the format chunk, as far as decoding needs it.
type wavFormat struct {
	coding   uint16
	channels int
	rate     Rate
	width    int // Bytes a sample and channel.
}

// decodeWAV decodes a file that begins with RIFF....WAVE. PCM of 8 to 32 bits,
// float of 32 and 64 bits, A-law and mu-law, each also as WAVE_FORMAT_EXTENSIBLE.
func decodeWAV(data []byte) (Clip, error) {
	format, audio, cutOff, err := readWAVChunks(data)
	if err != nil {
		return Clip{}, err
	}
	frames := int64(len(audio) / (format.channels * format.width))
	if err := checkLength(frames, format.rate); err != nil {
		return Clip{}, err
	}
	clip := Clip{Rate: format.rate, Samples: make([]int16, frames), CutOff: cutOff}
	if err := format.downmix(audio, clip.Samples); err != nil {
		return Clip{}, err
	}
	return clip, nil
}

// readWAVChunks walks the chunks of the file up to the audio.
func readWAVChunks(data []byte) (format wavFormat, audio []byte, cutOff bool, err error) {
	seen := false
	for at := 12; at+8 <= len(data); {
		id, size := string(data[at:at+4]), int64(binary.LittleEndian.Uint32(data[at+4:]))
		body := data[at+8:]
		switch id {
		case "fmt ":
			if format, err = parseWAVFormat(body[:min(size, int64(len(body)))]); err != nil {
				return wavFormat{}, nil, false, err
			}
			seen = true
		case "data":
			if !seen {
				return wavFormat{}, nil, false, errors.New("its format chunk is missing or follows the audio: write the file again")
			}
			audio, cutOff = wavAudio(data, body, size)
			return format, audio, cutOff, nil
		}
		if size > int64(len(body)) {
			break
		}
		at += 8 + int(size)
		if size%2 == 1 && !beginsWAVChunk(data, at) {
			at++
		}
	}
	if !seen {
		return wavFormat{}, nil, false, errors.New("it is a WAV file without a format chunk: record or download it again")
	}
	return wavFormat{}, nil, false, errors.New("it is a WAV file without audio (no data chunk): record or download it again")
}

// beginsWAVChunk reports whether a well-known chunk begins at a place where
// there should be a padding byte: some writers leave it out.
func beginsWAVChunk(data []byte, at int) bool {
	if at+4 > len(data) {
		return false
	}
	switch string(data[at : at+4]) {
	case "fmt ", "data", "LIST", "fact":
		return true
	}
	return false
}

// wavAudio returns the audio of a data chunk, and whether the file was cut off
// in it. Programs that write into a pipe cannot know its size and leave 0 or the
// largest number there, and a recording that was cut off promises more than
// there is: audio then goes to the end of the file. A size of 0 in a file whose
// own size is right is meant.
func wavAudio(data, body []byte, size int64) (audio []byte, cutOff bool) {
	riff := int64(binary.LittleEndian.Uint32(data[4:]))
	streamed := size == 0 && riff != int64(len(data))-8
	if streamed || size > int64(len(body)) {
		return body, !streamed && size < streamedSize
	}
	return body[:size], false
}

// streamedSize is below what writers into a pipe put in place of a size, and far
// above [MaxFileBytes].
const streamedSize = 0x7ff00000

func parseWAVFormat(b []byte) (wavFormat, error) {
	if len(b) < 16 {
		return wavFormat{}, errors.New("its format chunk is cut short: record or download it again")
	}
	f := wavFormat{
		coding:   binary.LittleEndian.Uint16(b),
		channels: int(binary.LittleEndian.Uint16(b[2:])),
		rate:     Rate(binary.LittleEndian.Uint32(b[4:])),
	}
	align, bits := int(binary.LittleEndian.Uint16(b[12:])), int(binary.LittleEndian.Uint16(b[14:]))
	if f.coding == wavExtensible {
		if len(b) < 40 {
			return wavFormat{}, errors.New("its extensible format chunk is cut short: write the file again")
		}
		f.coding = binary.LittleEndian.Uint16(b[24:]) // The first bytes of the sub-format's GUID.
	}
	if f.channels < 1 || f.channels > maxChannels {
		return wavFormat{}, fmt.Errorf("its header says %d channels, not 1 to %d: the file is damaged", f.channels, maxChannels)
	}
	f.width = (bits + 7) / 8
	// Samples may lie in containers wider than their bits (24 in 32): the block
	// size decides, the bits stand at the upper end.
	if align%f.channels == 0 && align/f.channels > f.width {
		f.width = align / f.channels
	}
	return f, f.check(bits)
}

func (f wavFormat) check(bits int) error {
	known := false
	switch f.coding {
	case wavPCM:
		known = f.width >= 1 && f.width <= 4
	case wavFloat:
		known = f.width == 4 || f.width == 8
	case wavALaw, wavMuLaw:
		known = f.width == 1
	case 0x0002, 0x0011:
		return errors.New("its audio is coded as ADPCM: convert it to 16-bit PCM")
	case 0x0055:
		return errors.New("its audio is mp3 inside WAV: convert it to 16-bit PCM or to a plain mp3 file")
	default:
		return fmt.Errorf("its audio has coding 0x%04x: convert it to 16-bit PCM", f.coding)
	}
	if !known {
		return fmt.Errorf("its header says coding 0x%04x with %d bits a sample: convert it to 16-bit PCM", f.coding, bits)
	}
	return nil
}

// downmix decodes frames and writes the average of their channels to out.
func (f wavFormat) downmix(audio []byte, out []int16) error {
	sample, err := f.sampleReader()
	if err != nil {
		return err
	}
	for i := range out {
		sum := 0.0
		for range f.channels {
			sum += sample(audio)
			audio = audio[f.width:]
		}
		if math.IsNaN(sum) || math.IsInf(sum, 0) {
			return fmt.Errorf("sample %d is not a number: the file is damaged, write it again", i)
		}
		out[i] = toInt16(sum / float64(f.channels))
	}
	return nil
}

// sampleReader returns a function that reads one sample, in units of one step
// of 16-bit PCM.
func (f wavFormat) sampleReader() (func([]byte) float64, error) {
	type form struct {
		coding uint16
		width  int
	}
	switch (form{f.coding, f.width}) {
	case form{wavPCM, 1}:
		return func(b []byte) float64 { return float64(int(b[0])-128) * 256 }, nil
	case form{wavPCM, 2}:
		return func(b []byte) float64 { return float64(int16(binary.LittleEndian.Uint16(b))) }, nil
	case form{wavPCM, 3}:
		return func(b []byte) float64 {
			return float64(int32(uint32(b[0])<<8|uint32(b[1])<<16|uint32(b[2])<<24)) / (1 << 16)
		}, nil
	case form{wavPCM, 4}:
		return func(b []byte) float64 { return float64(int32(binary.LittleEndian.Uint32(b))) / (1 << 16) }, nil
	case form{wavFloat, 4}:
		return func(b []byte) float64 {
			return float64(math.Float32frombits(binary.LittleEndian.Uint32(b))) * fullScale
		}, nil
	case form{wavFloat, 8}:
		return func(b []byte) float64 { return math.Float64frombits(binary.LittleEndian.Uint64(b)) * fullScale }, nil
	case form{wavALaw, 1}:
		return func(b []byte) float64 { return float64(decodeALaw(b[0])) }, nil
	case form{wavMuLaw, 1}:
		return func(b []byte) float64 { return float64(decodeMuLaw(b[0])) }, nil
	}
	return nil, fmt.Errorf("its audio has coding 0x%04x with %d bytes a sample: convert it to 16-bit PCM", f.coding, f.width)
}
