package audio

import (
	"math"
	"os"
	"path/filepath"
	"testing"
)

func readTestdata(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func loadTestdata(t testing.TB, name string) Clip {
	t.Helper()
	clip, err := LoadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return clip
}

// snrDB compares a clip with a reference that it follows by lag samples.
func snrDB(ref, got []int16, lag int) float64 {
	signal, noise := 0.0, 0.0
	for i := range ref {
		if i+lag < 0 || i+lag >= len(got) {
			continue
		}
		d := float64(ref[i]) - float64(got[i+lag])
		signal += float64(ref[i]) * float64(ref[i])
		noise += d * d
	}
	return 10 * math.Log10(signal/max(noise, 1e-9))
}

func TestMP3DecodesToExactlyTheSamplesThatWereEncoded(t *testing.T) {
	for _, tc := range []struct {
		name, source string
		minSNR       float64 // What the bit rate of the file allows.
	}{
		{"48000-joint-stereo-128k", "48000-2", 10},
		{"48000-stereo-vbr", "48000-2", 10},
		{"44100-64k", "44100-1", 10},
		{"44100-vbr", "44100-1", 10},
		{"44100-crc", "44100-1", 10},
		{"44100-id3", "44100-1", 10},
		{"32000-abr", "32000-1", 10},
		{"24000-64k", "24000-1", 10},
		{"22050-64k", "22050-1", 10},
		{"22050-stereo-160k", "22050-2", 10},
		{"16000-40k", "16000-1", 10},
	} {
		t.Run(tc.name, func(t *testing.T) {
			source := loadTestdata(t, "source-"+tc.source+".wav")
			got := loadTestdata(t, tc.name+".mp3")
			if got.Rate != source.Rate || len(got.Samples) != len(source.Samples) {
				t.Fatalf("%d samples at %d Hz, want %d at %d", len(got.Samples), got.Rate, len(source.Samples), source.Rate)
			}
			checkInPlace(t, source, got, tc.minSNR)
		})
	}
}

func TestMP3WithoutATagStartsInPlaceAndKeepsThePaddingAtItsEnd(t *testing.T) {
	for _, tc := range []struct {
		name, source string
		minSNR       float64
	}{
		{"44100-untagged", "44100-1", 10},
		{"22050-32k", "22050-1", 10}, // Too small a frame to hold a tag.
		{"16000-24k", "16000-1", 10},
	} {
		t.Run(tc.name, func(t *testing.T) {
			source := loadTestdata(t, "source-"+tc.source+".wav")
			got := loadTestdata(t, tc.name+".mp3")
			if extra := len(got.Samples) - len(source.Samples); extra < 0 || extra > 2*mp3MaxFrameSamples {
				t.Errorf("%d samples, want %d and at most two frames of padding", len(got.Samples), len(source.Samples))
			}
			checkInPlace(t, source, got, tc.minSNR)
		})
	}
}

// checkInPlace checks that no shift fits the source better than none.
func checkInPlace(t *testing.T, source, got Clip, minSNR float64) {
	t.Helper()
	exact := snrDB(source.Samples, got.Samples, 0)
	for lag := -40; lag <= 40; lag++ {
		if s := snrDB(source.Samples, got.Samples, lag); s > exact {
			t.Errorf("it fits better %d samples late: %.1f dB than in place: %.1f dB", lag, s, exact)
		}
	}
	t.Logf("SNR %.1f dB", exact)
	if exact < minSNR {
		t.Errorf("SNR %.1f dB, want %.1f", exact, minSNR)
	}
}
