package audio

import (
	"bytes"
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

func TestLoadTellsFormatsByContent(t *testing.T) {
	wav, mp3 := readTestdata(t, "source-16000-1.wav"), readTestdata(t, "16000-40k.mp3")
	for _, tc := range []struct {
		name, file string
		data       []byte
		wantErr    string // Empty when it is to be read.
	}{
		{"WAV named .wav", "a.wav", wav, ""},
		{"WAV named .WAV", "a.WAV", wav, ""},
		{"WAV named .wave", "a.wave", wav, ""},
		{"mp3 named .mp3", "a.mp3", mp3, ""},
		{"WAV without extension", "a", wav, ""},
		{"mp3 named otherwise", "a.bin", mp3, ""},
		{"mp3 named .wav", "greet.wav", mp3, `decode audio "greet.wav": it is named .wav but holds mp3: rename it to greet.mp3`},
		{"WAV named .mp3", "x/greet.mp3", wav, `it is named .mp3 but holds WAV: rename it to greet.wav`},
		{"Ogg named .mp3", "a.mp3", []byte("OggS\x00\x02"), "it holds Ogg (Opus or Vorbis): convert it to WAV or mp3"},
		{"FLAC", "a.wav", []byte("fLaC\x00"), "it holds FLAC"},
		{"AIFF", "a.wav", []byte("FORM\x00\x00\x00\x00AIFF"), "it holds AIFF"},
		{"AAC", "a.mp3", []byte{0xff, 0xf1, 0x50, 0x80}, "it holds AAC"},
		{"MP4", "a.mp3", []byte("\x00\x00\x00\x20ftypM4A "), "it holds MP4"},
		{"RF64", "a.wav", []byte("RF64\xff\xff\xff\xffWAVE"), "it holds RF64"},
		{"RIFX", "a.wav", []byte("RIFX\xff\xff\xff\xffWAVE"), "it holds RIFX"},
		{"another RIFF", "a.wav", []byte("RIFF\xff\xff\xff\xffAVI "), "it holds RIFF, but not WAV"},
		{"a web page", "a.mp3", []byte("\n<!DOCTYPE html><html>"), "it holds a web page"},
		{"an LFS pointer", "a.wav", []byte("version https://git-lfs.github.com/spec/v1\n"), "run git lfs pull"},
		{"text", "a.wav", []byte("hello"), "it holds neither WAV nor mp3"},
		{"nothing", "a.wav", nil, "the file is empty"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			clip, err := Load(fstest.MapFS{tc.file: {Data: tc.data}}, tc.file)
			if tc.wantErr == "" {
				if err != nil || len(clip.Samples) == 0 {
					t.Fatalf("%d samples, %v", len(clip.Samples), err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tc.wantErr) {
				t.Fatalf("error %v does not say %q", err, tc.wantErr)
			}
			if !strings.Contains(err.Error(), tc.file) {
				t.Errorf("error %q does not name %s", err, tc.file)
			}
		})
	}
}

func TestLoadNamesAMissingFile(t *testing.T) {
	_, err := LoadFile(filepath.Join(t.TempDir(), "gone.wav"))
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "gone.wav") {
		t.Errorf("error %v", err)
	}
}

func TestLoadRejectsADirectory(t *testing.T) {
	_, err := LoadFile(t.TempDir())
	if err == nil || !strings.Contains(err.Error(), "it is a directory") {
		t.Errorf("error %v", err)
	}
}

// endlessFile never ends, whatever size it tells.
type endlessFile struct{ size, read int64 }

func (f *endlessFile) Open(string) (fs.File, error)     { return f, nil }
func (f *endlessFile) Close() error                     { return nil }
func (f *endlessFile) Stat() (fs.FileInfo, error)       { return f, nil }
func (f *endlessFile) Name() string                     { return "endless.wav" }
func (f *endlessFile) Size() int64                      { return f.size }
func (f *endlessFile) Mode() fs.FileMode                { return 0 }
func (f *endlessFile) ModTime() time.Time               { return time.Time{} }
func (f *endlessFile) IsDir() bool                      { return false }
func (f *endlessFile) Sys() any                         { return nil }
func (f *endlessFile) Read(p []byte) (n int, err error) { f.read += int64(len(p)); return len(p), nil }

func TestLoadReadsNoFurtherThanTheLimit(t *testing.T) {
	for _, tc := range []struct{ limit int64 }{{0}, {1}, {100_000}} {
		f := &endlessFile{}
		_, err := readLimited(f, tc.limit)
		if err == nil || !strings.Contains(err.Error(), "cut it shorter") {
			t.Errorf("error %v", err)
		}
		if f.read > tc.limit+1 {
			t.Errorf("%d bytes read of at most %d", f.read, tc.limit+1)
		}
	}
}

func TestLoadRejectsALargeFileUnread(t *testing.T) {
	f := &endlessFile{size: MaxFileBytes + 1}
	_, err := Load(f, "endless.wav")
	if err == nil || !strings.Contains(err.Error(), `"endless.wav": it is larger than 256 MiB: cut it shorter`) {
		t.Errorf("error %v", err)
	}
	if f.read != 0 {
		t.Errorf("%d bytes were read", f.read)
	}
}

func TestDecodeRejectsAudioThatLastsTooLong(t *testing.T) {
	frame := readTestdata(t, "44100-untagged.mp3")[:208]
	for name, data := range map[string][]byte{
		"a.wav": riff(wavFmt(1, 1, int(MinRate), 8, 1), chunk("data", make([]byte, MinRate.Samples(MaxClipDuration)+1))),
		"a.mp3": bytes.Repeat(frame, int(Rate(44100).Samples(MaxClipDuration))/1152+3),
	} {
		if _, err := Decode(name, data); err == nil || !strings.Contains(err.Error(), "it lasts more than 20m0s (20m0.") {
			t.Errorf("%s: error %v", name, err)
		}
	}
	if err := checkLength(MinRate.Samples(MaxClipDuration), MinRate); err != nil {
		t.Errorf("the longest clip is rejected: %v", err)
	}
}
