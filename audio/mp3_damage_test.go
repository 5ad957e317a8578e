package audio

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

func TestMP3ThatCannotBeDecodedFaithfullyIsAnErrorWithARemedy(t *testing.T) {
	good := readTestdata(t, "44100-64k.mp3")
	untagged := readTestdata(t, "44100-untagged.mp3")
	damage := func(data []byte, from, to int) []byte {
		out := bytes.Clone(data)
		clear(out[from:to])
		return out
	}
	for _, tc := range []struct {
		name string
		data []byte
		want string
	}{
		{"MPEG-2.5", readTestdata(t, "8000-mpeg25.mp3"), "8000 Hz (MPEG-2.5), which cannot be decoded: convert it to WAV"},
		{"free format", readTestdata(t, "44100-free.mp3"), "free bit rate format, which cannot be decoded: encode it again"},
		{"cut within a frame", good[:len(good)-50], "cut off in the middle of an mp3 frame"},
		{"cut within a frame, untagged", untagged[:len(untagged)-50], "cut off in the middle of an mp3 frame"},
		{"cut between frames", cutFrames(t, good, 3), "cut off (12 of 15 mp3 frames are there)"},
		{"header only", good[:208], "it holds no audio, only a header"},
		{"a hole in the middle", damage(good, 1200, 1500), "from byte"},
		{"a hole in the middle, untagged", damage(untagged, 1200, 1500), "from byte"},
		{"two files joined", slices.Concat(good, good), "several files joined"},
		{"an ID3 tag alone", readTestdata(t, "44100-id3.mp3")[:2000], "no mp3 frames"},
		{"layer II", []byte{0xff, 0xfd, 0x80, 0x04, 0, 0, 0, 0}, "layer I or II"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			clip, err := Decode("agent.mp3", tc.data)
			if err == nil {
				t.Fatalf("it decoded to %d samples", len(clip.Samples))
			}
			for _, want := range []string{`"agent.mp3"`, tc.want} {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q does not say %q", err, want)
				}
			}
		})
	}
}

// cutFrames removes n frames from the end of an mp3 of constant bit rate.
func cutFrames(t *testing.T, data []byte, n int) []byte {
	t.Helper()
	s, err := scanMP3(data)
	if err != nil {
		t.Fatal(err)
	}
	frames, err := splitMP3Frames(s.audio)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range frames[len(frames)-n:] {
		data = data[:len(data)-f.header.size()]
	}
	return data
}

func TestMP3WithinOtherBytesDecodesAlike(t *testing.T) {
	data := readTestdata(t, "44100-64k.mp3")
	want := loadTestdata(t, "44100-64k.mp3")
	id3v1 := append([]byte("TAG"), make([]byte, 125)...)
	id3v2 := append([]byte("ID3\x04\x00\x00\x00\x00\x01\x00"), make([]byte, 128)...)
	for _, tc := range []struct {
		name string
		data []byte
	}{
		{"ID3v2 before it", slices.Concat(id3v2, data)},
		{"two ID3v2 tags before it", slices.Concat(id3v2, id3v2, data)},
		{"ID3v1 after it", slices.Concat(data, id3v1)},
		{"an APE tag that holds mp3 after it", slices.Concat(data, []byte("APETAGEX"), data)},
		{"zeros before it", slices.Concat(make([]byte, 777), data)},
		{"zeros after it", slices.Concat(data, make([]byte, 777))},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := Decode("agent.mp3", tc.data)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got.Samples, want.Samples) {
				t.Errorf("%d samples differ from the %d of the plain file", len(got.Samples), len(want.Samples))
			}
		})
	}
}

func TestMP3OfTwoFramesBeforeATagIsRead(t *testing.T) {
	data := readTestdata(t, "44100-untagged.mp3")
	first, _ := parseMP3Header(data)
	second, _ := parseMP3Header(data[first.size():])
	tag := append([]byte("TAG"), make([]byte, 125)...)
	got, err := Decode("agent.mp3", slices.Concat(data[:first.size()+second.size()], tag))
	if err != nil {
		t.Fatal(err)
	}
	if want := 2*1152 - mp3UsualDelay; len(got.Samples) != want {
		t.Errorf("%d samples, want %d", len(got.Samples), want)
	}
}

// A decoder has to run on past the last frame when the encoder added less
// padding than its delay.
func TestMP3WithLittlePaddingKeepsItsLastSamples(t *testing.T) {
	data := readTestdata(t, "44100-64k.mp3")
	want := loadTestdata(t, "44100-64k.mp3")
	s, err := scanMP3(data)
	if err != nil {
		t.Fatal(err)
	}
	const padding = 100
	patched := bytes.Clone(data)
	at := bytes.Index(patched, []byte("Info")) + 8 + 4 + 4 + 100 + 4 + 21
	patched[at+1] = patched[at+1]&0xf0 | padding>>8
	patched[at+2] = padding & 0xff
	got, err := Decode("agent.mp3", patched)
	if err != nil {
		t.Fatal(err)
	}
	if wantLen := len(want.Samples) + s.tag.padding - padding; len(got.Samples) != wantLen {
		t.Errorf("%d samples, want %d", len(got.Samples), wantLen)
	}
	if !slices.Equal(got.Samples[:len(want.Samples)], want.Samples) {
		t.Error("the samples before the padding changed")
	}
}

// LAME writes its tag as if frames with a checksum had none; others make room
// for the two bytes.
func TestMP3TagIsFoundBehindAChecksum(t *testing.T) {
	data := readTestdata(t, "44100-crc.mp3")
	want := loadTestdata(t, "44100-crc.mp3")
	at, end := bytes.Index(data, []byte("Info")), 208 // The first frame's end.
	shifted := slices.Concat(data[:at], []byte{0, 0}, data[at:end-2], data[end:])
	got, err := Decode("agent.mp3", shifted)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got.Samples, want.Samples) {
		t.Errorf("%d samples, want %d", len(got.Samples), len(want.Samples))
	}
}

// A piece cut out of a longer mp3 begins with frames whose data lies in frames
// that are not there.
func TestMP3CutFromALongerOneBeginsQuietly(t *testing.T) {
	for _, name := range []string{"44100-untagged.mp3", "22050-32k.mp3", "16000-24k.mp3"} {
		t.Run(name, func(t *testing.T) {
			whole := loadTestdata(t, name)
			data := readTestdata(t, name)
			frames, err := splitMP3Frames(data)
			if err != nil {
				t.Fatal(err)
			}
			cuts, at := 0, 0
			for k, f := range frames[:len(frames)-5] {
				if f.mainDataBegin() > 0 {
					cuts++
					got, err := Decode(name, data[at:])
					if err != nil {
						t.Fatal(err)
					}
					checkCut(t, whole.Samples[k*f.header.samples():], got.Samples, f.header.samples())
				}
				at += f.header.size()
			}
			if cuts == 0 {
				t.Error("no frame uses data of those before it")
			}
		})
	}
}

// checkCut compares the decoded piece with its place in the whole: nothing in
// it is much louder, and soon all of it is the same.
func checkCut(t *testing.T, whole, got []int16, frame int) {
	t.Helper()
	peak := 0
	for _, s := range whole[:4*frame] {
		peak = max(peak, abs(s))
	}
	last := -1
	for i, s := range got {
		if i < 4*frame && abs(s) > peak*5/4+50 {
			t.Fatalf("sample %d is %d, the whole has at most %d there", i, s, peak)
		}
		if s != whole[i] {
			last = i
		}
	}
	if last > 6*frame {
		t.Errorf("sample %d still differs", last)
	}
}
