package audio

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"time"
)

const (
	// MaxFileBytes is the largest audio file that is read: MaxClipDuration of
	// stereo 16-bit WAV at 48 kHz, and some room.
	MaxFileBytes = 256 << 20
	// MaxClipDuration is the longest audio that is decoded, from its first
	// sample to its last.
	MaxClipDuration = 20 * time.Minute
)

// maxChannels bounds the channels of a file; ambisonic recordings have 36.
const maxChannels = 64

// Load reads a WAV or mp3 file from fsys. See [Decode].
func Load(fsys fs.FS, name string) (Clip, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return Clip{}, fmt.Errorf("read audio: %w", err)
	}
	return loadAndClose(f, name)
}

// LoadFile reads a WAV or mp3 file. See [Decode].
func LoadFile(path string) (Clip, error) {
	f, err := os.Open(path)
	if err != nil {
		return Clip{}, fmt.Errorf("read audio: %w", err)
	}
	return loadAndClose(f, path)
}

func loadAndClose(f fs.File, name string) (Clip, error) {
	data, err := readLimited(f, MaxFileBytes)
	if err := errors.Join(err, f.Close()); err != nil {
		return Clip{}, fmt.Errorf("read audio %q: %w", name, err)
	}
	return Decode(name, data)
}

// readLimited reads a file whole, but never more than one byte over the limit.
func readLimited(f fs.File, limit int64) ([]byte, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return nil, errors.New("it is a directory: name a WAV or mp3 file")
	}
	if info.Size() > limit {
		return nil, tooLarge()
	}
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > limit {
		return nil, tooLarge()
	}
	return data, nil
}

func tooLarge() error {
	return fmt.Errorf("it is larger than %d MiB: cut it shorter", MaxFileBytes>>20)
}

// Decode decodes a WAV or mp3 file by its content, at the file's own sample
// rate; several channels are averaged into one. The name appears in errors, and
// its extension must not contradict the content: a file called .wav that holds
// mp3 is an error, because the next tool in line will trip over it.
//
// An mp3 that says how much silence its encoder added (as LAME and FFmpeg write
// into the first frame) decodes to exactly the samples that were encoded. Others
// lose the 1105 samples by which LAME's encoder and the decoder delay the sound;
// their end keeps the encoder's padding.
//
// A WAV file may be cut off: audio ends where the file does. An mp3 may not; but
// it may begin in the middle of a longer one, with a few frames of silence for
// those that cannot be decoded.
func Decode(name string, data []byte) (Clip, error) {
	clip, err := decode(name, data)
	if err != nil {
		return Clip{}, fmt.Errorf("decode audio %q: %w", name, err)
	}
	return clip, nil
}

func decode(name string, data []byte) (Clip, error) {
	if len(data) == 0 {
		return Clip{}, errors.New("the file is empty: record or download it again")
	}
	if len(data) > MaxFileBytes {
		return Clip{}, tooLarge()
	}
	kind := sniff(data)
	if err := checkExtension(name, kind); err != nil {
		return Clip{}, err
	}
	switch kind {
	case kindWAV:
		return decodeWAV(data)
	case kindMP3:
		return decodeMP3(data)
	default:
		return Clip{}, fmt.Errorf("it holds %s: convert it to WAV or mp3", kind)
	}
}

// checkExtension rejects a name that promises another format than the content.
func checkExtension(name string, kind kind) error {
	var promised []string
	switch kind {
	case kindWAV:
		promised = []string{".wav", ".wave"}
	case kindMP3:
		promised = []string{".mp3"}
	default:
		return nil
	}
	ext := strings.ToLower(path.Ext(name))
	switch ext {
	case ".wav", ".wave", ".mp3":
	default:
		return nil
	}
	if slices.Contains(promised, ext) {
		return nil
	}
	return fmt.Errorf("it is named %s but holds %s: rename it to %s", ext, kind,
		strings.TrimSuffix(path.Base(name), path.Ext(name))+promised[0])
}

// checkLength rejects audio of no samples and audio that lasts too long, before
// any of it is decoded.
func checkLength(frames int64, rate Rate) error {
	if !rate.Valid() {
		return fmt.Errorf("its sample rate is %d Hz, not within %d to %d: resample or repair it", rate, MinRate, MaxRate)
	}
	if frames <= 0 {
		return errors.New("it holds no audio, only a header: record or download it again")
	}
	if d := rate.Duration(frames); d > MaxClipDuration {
		return fmt.Errorf("it lasts more than %v (%v): cut it shorter", MaxClipDuration, d)
	}
	return nil
}
