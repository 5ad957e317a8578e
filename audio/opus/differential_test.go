package opus

import (
	"fmt"
	"math"
	"strings"
	"testing"

	libopus "github.com/godeps/opus"

	"callprobe/audio"
)

func TestDecoderAgreesWithLibopus(t *testing.T) {
	source := speech(38400, 3)
	for i := 10000; i < 28000; i++ {
		source[i] = 0 // So that DTX has something to leave out.
	}
	for _, s := range streams() {
		t.Run(s.name, func(t *testing.T) {
			packets := s.encode(t, source)
			got, want := decodeAll(t, packets), referenceDecode(t, packets)
			if len(got) != len(want) {
				t.Fatalf("%d samples, libopus decodes %d", len(got), len(want))
			}
			d, at := maxDifference(got, want)
			if d > 2 {
				t.Errorf("sample %d differs by %d", at, d)
			}
			modes := map[string]int{}
			for _, p := range packets {
				modes[mode(p)]++
			}
			t.Logf("%d packets %v, SNR %.1f dB, largest difference %d", len(packets), modes, snrDB(want, got), d)
			if layer, _, _ := strings.Cut(s.name, "-"); layer != "dtx" && modes[layer] < len(packets)*3/4 {
				t.Errorf("modes %v: the stream no longer tests %s", modes, layer)
			}
		})
	}
}

// What our encoder makes must be as good as what libopus makes of the same
// settings, and libopus must hear in it what we hear. (From 14 to 18 kbit/s it
// spends up to a quarter more bytes than libopus 1.5.2; no test holds it to that.)
func TestEncoderIsAsGoodAsLibopus(t *testing.T) {
	source := audio.Clip{Rate: audio.Rate48k, Samples: speech(24000, 8)}
	for _, bitrate := range []int{12000, 24000, 32000} {
		t.Run(fmt.Sprintf("%d bit/s", bitrate), func(t *testing.T) {
			ours, err := EncodeClip(source, EncoderConfig{Bitrate: bitrate})
			if err != nil {
				t.Fatal(err)
			}
			theirs := stream{application: libopus.AppVoIP, channels: 1, bitrate: bitrate}.
				encode(t, append(source.Samples, make([]int16, FrameSamples)...))
			heard := referenceDecode(t, ours)
			if d, at := maxDifference(decodeAll(t, ours), heard); d > 2 {
				t.Errorf("sample %d differs by %d between the decoders", at, d)
			}
			reference := referenceDecode(t, theirs)
			n := min(len(heard), len(reference))
			level := audio.Clip{Rate: audio.Rate48k, Samples: heard[:n]}.ActiveLevelDBFS() -
				audio.Clip{Rate: audio.Rate48k, Samples: reference[:n]}.ActiveLevelDBFS()
			bytes := float64(total(ours)) / float64(total(theirs))
			t.Logf("%.3f of libopus's bytes, level %+.2f dB, SNR to its sound %.1f dB", bytes, level, snrDB(reference, heard))
			if math.Abs(bytes-1) > 0.1 || math.Abs(level) > 0.5 {
				t.Errorf("%.3f of libopus's bytes, level %+.2f dB", bytes, level)
			}
		})
	}
}

func total(packets [][]byte) (n int) {
	for _, p := range packets {
		n += len(p)
	}
	return n
}
