package opus

import (
	"testing"

	libopus "github.com/godeps/opus"
)

// OPUS_BANDWIDTH_NARROWBAND and OPUS_BANDWIDTH_WIDEBAND of opus_defines.h: the
// library's own variables are zero until its first use.
const (
	narrowband libopus.Bandwidth = 1101
	wideband   libopus.Bandwidth = 1103
)

// stream is how libopus encodes one test stream. libopus runs as WebAssembly;
// it is linked into tests alone.
type stream struct {
	name        string
	application libopus.Application
	channels    int
	bitrate     int
	bandwidth   libopus.Bandwidth // 0 leaves it to the encoder.
	dtx         bool
	lossPercent int   // Turns FEC on.
	frames      []int // Frame lengths in samples, used in turn; nil means 20 ms.
}

// streams returns settings that reach every mode of the codec.
func streams() []stream {
	silkLengths := []int{960, 480, 1920, 2880, 960}
	celtLengths := []int{960, 120, 240, 480, 960, 120, 120}
	return []stream{
		{name: "silk-narrow-8k", application: libopus.AppVoIP, channels: 1, bitrate: 8000, bandwidth: narrowband},
		{name: "silk-wide-16k", application: libopus.AppVoIP, channels: 1, bitrate: 16000, bandwidth: wideband},
		{name: "silk-lengths", application: libopus.AppVoIP, channels: 1, bitrate: 16000, bandwidth: wideband, frames: silkLengths},
		{name: "hybrid-28k", application: libopus.AppVoIP, channels: 1, bitrate: 28000},
		{name: "hybrid-fec", application: libopus.AppVoIP, channels: 1, bitrate: 28000, lossPercent: 20},
		{name: "hybrid-stereo", application: libopus.AppVoIP, channels: 2, bitrate: 40000},
		{name: "celt-64k", application: libopus.AppAudio, channels: 1, bitrate: 64000},
		{name: "celt-stereo", application: libopus.AppAudio, channels: 2, bitrate: 96000},
		{name: "celt-lengths", application: libopus.AppRestrictedLowdelay, channels: 1, bitrate: 64000, frames: celtLengths},
		{name: "dtx", application: libopus.AppVoIP, channels: 1, bitrate: 24000, dtx: true},
	}
}

// encode encodes mono samples with libopus. In stereo the second channel is
// half as loud and 1 ms late.
func (s stream) encode(t testing.TB, mono []int16) [][]byte {
	t.Helper()
	enc, err := libopus.NewEncoder(48000, s.channels, s.application)
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{
		enc.SetBitrate(s.bitrate),
		enc.SetDTX(s.dtx),
		enc.SetInBandFEC(s.lossPercent > 0),
		enc.SetPacketLossPerc(s.lossPercent),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if s.bandwidth != 0 {
		if err := enc.SetMaxBandwidth(s.bandwidth); err != nil {
			t.Fatal(err)
		}
	}
	frames := s.frames
	if frames == nil {
		frames = []int{FrameSamples}
	}
	var packets [][]byte
	for from, k := 0, 0; from+frames[k%len(frames)] <= len(mono); k++ {
		n := frames[k%len(frames)]
		pcm := make([]int16, 0, n*s.channels)
		for i := from; i < from+n; i++ {
			pcm = append(pcm, mono[i])
			if s.channels == 2 {
				pcm = append(pcm, mono[max(0, i-48)]/2)
			}
		}
		packet := make([]byte, MaxPacketBytes)
		size, err := enc.Encode(pcm, packet)
		if err != nil {
			t.Fatal(err)
		}
		packets = append(packets, packet[:size:size])
		from += n
	}
	return packets
}

// referenceDecode decodes packets to mono with libopus; a nil packet is lost and
// concealed for as long as the packet before it.
func referenceDecode(t testing.TB, packets [][]byte) []int16 {
	t.Helper()
	dec, err := libopus.NewDecoder(48000, 1)
	if err != nil {
		t.Fatal(err)
	}
	var out []int16
	last := FrameSamples
	for _, p := range packets {
		pcm := make([]int16, MaxPacketSamples)
		if p == nil {
			// The length is taken from the capacity.
			if _, err := dec.DecodePLC(pcm[:last:last]); err != nil {
				t.Fatal(err)
			}
		} else if last, err = dec.Decode(p, pcm); err != nil {
			t.Fatal(err)
		}
		out = append(out, pcm[:last]...)
	}
	return out
}

// decodeAll does the same with the package's own decoder.
func decodeAll(t testing.TB, packets [][]byte) []int16 {
	t.Helper()
	dec, err := NewDecoder()
	if err != nil {
		t.Fatal(err)
	}
	var out []int16
	last := FrameSamples
	for i, p := range packets {
		pcm := make([]int16, MaxPacketSamples)
		if p == nil {
			err = dec.Conceal(pcm[:last])
		} else {
			last, err = dec.Decode(p, pcm)
		}
		if err != nil {
			t.Fatalf("packet %d: %v", i, err)
		}
		out = append(out, pcm[:last]...)
	}
	return out
}

// mode tells the layer of the codec that a packet uses (RFC 6716, table 2).
func mode(packet []byte) string {
	switch config := packet[0] >> 3; {
	case config < 12:
		return "silk"
	case config < 16:
		return "hybrid"
	}
	return "celt"
}

// lose replaces every n-th packet, from the k-th on, by nil.
func lose(packets [][]byte, k, n int) [][]byte {
	out := append([][]byte(nil), packets...)
	for i := k; i < len(out); i += n {
		out[i] = nil
	}
	return out
}
