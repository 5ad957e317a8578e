package opus

import (
	"bytes"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/thesyncim/gopus"

	"callprobe/audio"
)

// fixture is a short stream of a few frames with the samples that libopus 1.5.2
// decodes it to. Files: NAME.packets has one packet a line in hexadecimal, "-"
// for a lost one; NAME.wav has the samples.
type fixture struct {
	name   string
	packet func(t testing.TB) [][]byte // Makes the packets anew.
	// tolerance is the largest difference allowed: rounding, and for concealed
	// audio what is left to the decoder's taste.
	tolerance int
}

func fixtures() []fixture {
	var all []fixture
	for _, s := range streams() {
		samples := 4 * FrameSamples
		if s.frames != nil {
			samples = 9 * FrameSamples
		}
		if s.dtx {
			samples = 22 * FrameSamples
		}
		all = append(all, fixture{name: s.name, tolerance: 2, packet: func(t testing.TB) [][]byte {
			t.Helper()
			source := speech(9600+samples, 5)[9600:]
			if s.dtx {
				clear(source[4*FrameSamples : 20*FrameSamples])
			}
			return s.encode(t, source)
		}})
	}
	for _, s := range streams()[:7] {
		switch s.name {
		case "silk-wide-16k", "hybrid-28k", "celt-64k":
			all = append(all, fixture{name: s.name + "-lost", tolerance: 2, packet: func(t testing.TB) [][]byte {
				t.Helper()
				return lose(s.encode(t, speech(9600+6*FrameSamples, 6)[9600:]), 2, 3)
			}})
		}
	}
	return all
}

func TestDecoderStillDecodesTheFixtures(t *testing.T) {
	for _, f := range fixtures() {
		t.Run(f.name, func(t *testing.T) {
			if os.Getenv("UPDATE_FIXTURES") != "" {
				writeFixture(t, f)
			}
			packets := readPackets(t, f.name)
			want, err := audio.LoadFile(filepath.Join("testdata", f.name+".wav"))
			if err != nil {
				t.Fatal(err)
			}
			got := decodeAll(t, packets)
			if len(got) != len(want.Samples) {
				t.Fatalf("%d samples, want %d", len(got), len(want.Samples))
			}
			d, at := maxDifference(got, want.Samples)
			t.Logf("%d packets, SNR %.1f dB, largest difference %d", len(packets), snrDB(want.Samples, got), d)
			if d > f.tolerance {
				t.Errorf("sample %d differs by %d, allowed are %d", at, d, f.tolerance)
			}
		})
	}
}

func TestFixturesCoverWhatTheyAreNamedFor(t *testing.T) {
	var dtx, stereo, fec int
	lengths := map[int]bool{}
	for _, f := range fixtures() {
		layer, _, _ := strings.Cut(f.name, "-")
		hits := 0
		for _, p := range readPackets(t, f.name) {
			if p == nil {
				continue
			}
			if mode(p) == layer {
				hits++
			}
			if p[0]&4 != 0 {
				stereo++
			}
			if gopus.PacketHasLBRR(p) {
				fec++
			}
			if len(p) <= 2 {
				dtx++
			}
			n, err := PacketSamples(p)
			if err != nil {
				t.Fatal(err)
			}
			lengths[n] = true
		}
		if hits == 0 && layer != "dtx" {
			t.Errorf("%s holds no %s packet", f.name, layer)
		}
	}
	for _, n := range []int{120, 240, 480, 960, 1920, 2880} {
		if !lengths[n] {
			t.Errorf("no packet of %d samples", n)
		}
	}
	if dtx == 0 || stereo == 0 || fec == 0 {
		t.Errorf("%d DTX, %d stereo and %d FEC packets", dtx, stereo, fec)
	}
}

func writeFixture(t *testing.T, f fixture) {
	t.Helper()
	packets := f.packet(t)
	var lines, wav bytes.Buffer
	for _, p := range packets {
		if p == nil {
			lines.WriteString("-")
		}
		lines.WriteString(hex.EncodeToString(p) + "\n")
	}
	if err := audio.WriteWAV(&wav, audio.Rate48k, referenceDecode(t, packets)); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", f.name)
	if err := os.WriteFile(path+".packets", lines.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path+".wav", wav.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

func readPackets(t testing.TB, name string) [][]byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name+".packets"))
	if err != nil {
		t.Fatal(err)
	}
	var packets [][]byte
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSpace(line)
		if line == "-" {
			packets = append(packets, nil)
			continue
		}
		p, err := hex.DecodeString(line)
		if err != nil {
			t.Fatal(err)
		}
		packets = append(packets, p)
	}
	return packets
}
