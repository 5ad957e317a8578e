package opus

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"callprobe/audio"
)

func TestPacketSamplesFollowTheTableOfContents(t *testing.T) {
	for _, tc := range []struct {
		name   string
		packet []byte
		want   int
		err    string
	}{
		{"SILK 10 ms", []byte{0 << 3}, 480, ""},
		{"SILK 20 ms", []byte{9 << 3}, 960, ""},
		{"SILK 40 ms", []byte{6 << 3}, 1920, ""},
		{"SILK 60 ms", []byte{11 << 3, 1, 2}, 2880, ""},
		{"hybrid 10 ms", []byte{12 << 3}, 480, ""},
		{"hybrid 20 ms", []byte{15 << 3}, 960, ""},
		{"CELT 2.5 ms", []byte{16 << 3}, 120, ""},
		{"CELT 5 ms", []byte{21 << 3}, 240, ""},
		{"CELT 20 ms stereo", []byte{31<<3 | 4}, 960, ""},
		{"two frames alike", []byte{15<<3 | 1}, 1920, ""},
		{"two frames unlike", []byte{15<<3 | 2}, 1920, ""},
		{"three frames", []byte{15<<3 | 3, 3}, 2880, ""},
		{"six frames with padding and variable sizes", []byte{15<<3 | 3, 0xc0 | 6}, 5760, ""},
		{"48 frames of 2.5 ms", []byte{16<<3 | 3, 48}, 5760, ""},
		{"nothing", nil, 0, "it is empty"},
		{"no frame count", []byte{15<<3 | 3}, 0, "frame count byte is missing"},
		{"no frames", []byte{15<<3 | 3, 0}, 0, "no frames"},
		{"longer than 120 ms", []byte{15<<3 | 3, 7}, 0, "6720 samples, more than the 5760"},
		{"two of 60 ms are 120 ms", []byte{3<<3 | 1}, 5760, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := PacketSamples(tc.packet)
			if got != tc.want || (err == nil) != (tc.err == "") {
				t.Errorf("%d, %v, want %d", got, err, tc.want)
			}
			if err != nil && !strings.Contains(err.Error(), tc.err) {
				t.Errorf("error %q does not say %q", err, tc.err)
			}
		})
	}
}

func newTestDecoder(t testing.TB) *Decoder {
	t.Helper()
	d, err := NewDecoder()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestDecodeRejectsWhatIsNoPacket(t *testing.T) {
	pcm := make([]int16, MaxPacketSamples)
	good := readPackets(t, "hybrid-28k")[0]
	for _, tc := range []struct {
		name   string
		packet []byte
		pcm    []int16
		want   string
	}{
		{"an empty packet", nil, pcm, "it is empty"},
		{"an endless packet", make([]byte, MaxPacketBytes+1), pcm, "bytes are more than the 4000 allowed"},
		{"a short buffer", good, pcm[:959], "it holds 960 samples, the buffer has room for 959"},
		{"two equal frames of an odd size", []byte{15<<3 | 1, 1, 2, 3}, pcm, "decode opus packet: "},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d := newTestDecoder(t)
			if n, err := d.Decode(tc.packet, tc.pcm); n != 0 || err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%d samples, error %v", n, err)
			}
			if n, err := d.Decode(good, pcm); n != 960 || err != nil {
				t.Errorf("the next packet: %d, %v", n, err)
			}
		})
	}
}

func TestConcealFillsAnyLength(t *testing.T) {
	packets := readPackets(t, "silk-wide-16k")
	for _, n := range []int{0, 1, 119, 120, 121, 960, 1000, 5640, 5760, 5761, 20_000} {
		d := newTestDecoder(t)
		pcm := make([]int16, MaxPacketSamples)
		for _, p := range packets {
			if _, err := d.Decode(p, pcm); err != nil {
				t.Fatal(err)
			}
		}
		buf := slices.Repeat([]int16{math.MaxInt16}, n+1)
		if err := d.Conceal(buf[:n]); err != nil {
			t.Errorf("%d samples: %v", n, err)
		}
		if buf[n] != math.MaxInt16 {
			t.Errorf("%d samples: it wrote past the end", n)
		}
		if i := slices.Index(buf[:n], math.MaxInt16); i >= 0 {
			t.Errorf("%d samples: sample %d was left alone", n, i)
		}
	}
}

func TestConcealBeforeTheFirstPacketIsSilence(t *testing.T) {
	buf := slices.Repeat([]int16{7}, 1500)
	if err := newTestDecoder(t).Conceal(buf); err != nil {
		t.Fatal(err)
	}
	if i := slices.IndexFunc(buf, func(s int16) bool { return s != 0 }); i >= 0 {
		t.Errorf("sample %d is %d", i, buf[i])
	}
}

// failing is a codec that panics once, then works as told.
type failing struct{ panics bool }

func (f failing) DecodeInt16(_ []byte, pcm []int16) (int, error) {
	if f.panics {
		panic("index out of range")
	}
	return len(pcm), nil
}

func (f failing) EncodeInt16(_ []int16, packet []byte) (int, error) {
	if f.panics {
		panic("index out of range")
	}
	packet[0] = 42
	return 1, nil
}

func TestDecoderSurvivesAPanicOfItsCodec(t *testing.T) {
	made := 0
	d, err := newDecoder(func() (pcmDecoder, error) {
		made++
		return failing{panics: made == 1}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	pcm := make([]int16, MaxPacketSamples)
	if n, err := d.Decode([]byte{15 << 3}, pcm); n != 0 || !errors.Is(err, ErrCodecPanic) || !strings.Contains(err.Error(), "index out of range") {
		t.Errorf("%d, %v", n, err)
	}
	if n, err := d.Decode([]byte{15 << 3}, pcm); n != 960 || err != nil {
		t.Errorf("after the restart: %d, %v", n, err)
	}
	if made != 2 {
		t.Errorf("%d codecs were made", made)
	}
	d.codec = failing{panics: true}
	if err := d.Conceal(pcm); !errors.Is(err, ErrCodecPanic) {
		t.Errorf("conceal: %v", err)
	}
}

// short is a codec that returns fewer samples than it should, and no packet.
type short struct{}

func (short) DecodeInt16(_ []byte, pcm []int16) (int, error) { return len(pcm) - 1, nil }
func (short) EncodeInt16([]int16, []byte) (int, error)       { return 0, nil }

func TestACodecThatReturnsTooLittleIsAnError(t *testing.T) {
	d, err := newDecoder(func() (pcmDecoder, error) { return short{}, nil })
	if err != nil {
		t.Fatal(err)
	}
	pcm := make([]int16, MaxPacketSamples)
	if n, err := d.Decode([]byte{15 << 3}, pcm); n != 0 || err == nil || !strings.Contains(err.Error(), "959 samples of 960") {
		t.Errorf("decode: %d, %v", n, err)
	}
	if err := d.Conceal(pcm[:240]); err == nil || !strings.Contains(err.Error(), "239 samples of 240") {
		t.Errorf("conceal: %v", err)
	}
	e, err := newEncoder(func() (pcmEncoder, error) { return short{}, nil })
	if err != nil {
		t.Fatal(err)
	}
	if p, err := e.Encode(pcm[:FrameSamples]); p != nil || err == nil || !strings.Contains(err.Error(), "packet of 0 bytes") {
		t.Errorf("encode: %v, %v", p, err)
	}
}

func TestEncoderSurvivesAPanicOfItsCodec(t *testing.T) {
	made := 0
	e, err := newEncoder(func() (pcmEncoder, error) {
		made++
		return failing{panics: made == 1}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	frame := make([]int16, FrameSamples)
	if p, err := e.Encode(frame); p != nil || !errors.Is(err, ErrCodecPanic) {
		t.Errorf("%v, %v", p, err)
	}
	if p, err := e.Encode(frame); !slices.Equal(p, []byte{42}) || err != nil {
		t.Errorf("after the restart: %v, %v", p, err)
	}
}

func TestEncoderConfigIsChecked(t *testing.T) {
	for _, tc := range []struct {
		name string
		cfg  EncoderConfig
		want string
	}{
		{"the zero value", EncoderConfig{}, ""},
		{"everything set", EncoderConfig{Bitrate: 24000, Complexity: 10, DTX: true, FEC: true}, ""},
		{"too low a rate", EncoderConfig{Bitrate: 5999}, "bitrate 5999 bit/s is not within 6000 to 510000"},
		{"too high a rate", EncoderConfig{Bitrate: 510001}, "bitrate 510001"},
		{"too complex", EncoderConfig{Complexity: 11}, "complexity 11 is not within 1 to 10"},
		{"both wrong", EncoderConfig{Bitrate: -1, Complexity: -1}, "complexity -1"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := NewEncoder(tc.cfg)
			if (err == nil) != (tc.want == "") || err != nil && !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v does not say %q", err, tc.want)
			}
		})
	}
}

func TestEncodeRejectsOtherThanAFrameAt48k(t *testing.T) {
	e, err := NewEncoder(EncoderConfig{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Encode(make([]int16, 959)); err == nil || !strings.Contains(err.Error(), "959 samples, not 960") {
		t.Errorf("error %v", err)
	}
	if _, err := EncodeClip(audio.Clip{Rate: 16000, Samples: make([]int16, 9)}, EncoderConfig{}); err == nil || !strings.Contains(err.Error(), "16000 Hz, not 48000: resample it first") {
		t.Errorf("error %v", err)
	}
}

func TestEncodedPacketsAreTheCallersToKeep(t *testing.T) {
	e, err := NewEncoder(EncoderConfig{})
	if err != nil {
		t.Fatal(err)
	}
	source := speech(2*FrameSamples, 1)
	first, err := e.Encode(source[:FrameSamples])
	if err != nil {
		t.Fatal(err)
	}
	kept := slices.Clone(first)
	if _, err := e.Encode(source[FrameSamples:]); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(first, kept) {
		t.Error("the next frame overwrote the packet")
	}
}

func TestDTXSendsTinyPacketsInSilence(t *testing.T) {
	clip := audio.Clip{Rate: audio.Rate48k, Samples: slices.Concat(speech(19200, 1), make([]int16, 48000))}
	tiny := func(cfg EncoderConfig) (n int) {
		packets, err := EncodeClip(clip, cfg)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range packets {
			if len(p) <= 2 {
				n++
			}
		}
		return n
	}
	if with, without := tiny(EncoderConfig{DTX: true}), tiny(EncoderConfig{}); with < 25 || without != 0 {
		t.Errorf("%d packets of one or two bytes with DTX, %d without", with, without)
	}
}

func FuzzDecode(f *testing.F) {
	for _, fix := range fixtures() {
		var stream []byte
		for _, p := range readPackets(f, fix.name) {
			stream = append(stream, byte(len(p)))
			stream = append(stream, p[:len(p)&0xff]...)
		}
		f.Add(stream)
	}
	f.Fuzz(func(t *testing.T, stream []byte) {
		d := newTestDecoder(t)
		pcm := make([]int16, MaxPacketSamples)
		// A length byte and a packet, again and again; length 0 is a loss.
		for range 64 {
			if len(stream) == 0 {
				return
			}
			n := min(int(stream[0]), len(stream)-1)
			packet := stream[1 : 1+n]
			stream = stream[1+n:]
			var err error
			if n == 0 {
				err = d.Conceal(pcm[:960])
			} else {
				_, err = d.Decode(packet, pcm)
			}
			if errors.Is(err, ErrCodecPanic) {
				t.Fatalf("packet %x: %v", packet, err)
			}
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	packets, err := EncodeClip(audio.Clip{Rate: audio.Rate48k, Samples: speech(48000, 1)}, EncoderConfig{})
	if err != nil {
		b.Fatal(err)
	}
	d, pcm := newTestDecoder(b), make([]int16, MaxPacketSamples)
	for b.Loop() {
		for _, p := range packets {
			if _, err := d.Decode(p, pcm); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "x_realtime")
}

func BenchmarkEncode(b *testing.B) {
	clip := audio.Clip{Rate: audio.Rate48k, Samples: speech(48000, 1)}
	for b.Loop() {
		if _, err := EncodeClip(clip, EncoderConfig{}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "x_realtime")
}
