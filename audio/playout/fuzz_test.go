package playout

import (
	"encoding/binary"
	"testing"
	"time"

	"callprobe/audio"
)

// record is the size of one packet in the input of FuzzBuild: milliseconds since
// the last packet, SSRC, sequence, timestamp, flags, kind of payload.
const record = 2 + 1 + 2 + 4 + 1 + 1

func decodePackets(data []byte) []Packet {
	var packets []Packet
	var at time.Duration
	var sample int64
	for ; len(data) >= record && len(packets) < 300; data = data[record:] {
		at += time.Duration(int16(binary.BigEndian.Uint16(data))) * 100 * time.Microsecond
		p := Packet{
			At:        at,
			SSRC:      uint32(data[2] % 4),
			Sequence:  binary.BigEndian.Uint16(data[3:]),
			Timestamp: binary.BigEndian.Uint32(data[5:]),
			Marker:    data[9]&1 != 0,
		}
		switch kind := data[10]; {
		case kind < 8:
		case kind < 32:
			p.Payload = []byte{kind}
		case kind < 40:
			p.Payload = []byte{0xff, 0, 0, 0}
		default:
			n := 120 * (1 + int(kind)%48)
			p.Payload = payload(sample, n)
			sample += int64(n)
		}
		packets = append(packets, p)
	}
	return packets
}

func encodePackets(packets []Packet) []byte {
	var data []byte
	var at time.Duration
	for _, p := range packets {
		data = binary.BigEndian.AppendUint16(data, uint16((p.At-at)/(100*time.Microsecond)))
		at = p.At
		kind := byte(199) // 960 samples
		if len(p.Payload) <= 2 {
			kind = 8
		}
		data = append(data, byte(p.SSRC))
		data = binary.BigEndian.AppendUint16(data, p.Sequence)
		data = binary.BigEndian.AppendUint32(data, p.Timestamp)
		data = append(data, 0, kind)
	}
	return data
}

func FuzzBuild(f *testing.F) {
	f.Add(encodePackets(newSender().speak(20).packets))
	f.Add(encodePackets(talk(2)[:120]))
	reset := newSender().speak(10)
	reset.ts, reset.seq = 5, 30000
	f.Add(encodePackets(reset.speak(10).packets))
	still := newSender().speak(20)
	still.clock += 2 * time.Second
	f.Add(encodePackets(still.speak(20).packets))
	f.Fuzz(func(t *testing.T, data []byte) {
		packets := decodePackets(data)
		tl, err := Build(packets, counter{})
		if err == nil {
			checkShape(t, tl)
			if audio.Rate48k.Duration(int64(cap(tl.Samples))) > MaxDuration+time.Second {
				t.Errorf("%d samples were allocated", cap(tl.Samples))
			}
			if s := tl.Stats; s.Packets != int64(len(packets)) || s.Lost < 0 || s.Duplicates < 0 || s.Ignored < 0 {
				t.Errorf("stats are %+v", s)
			}
		}
		s := NewStream(counter{})
		for _, p := range packets {
			n := 0
			for _, c := range append(s.Advance(p.At), s.Ingest(p)...) {
				n += len(c.PCM)
			}
			if n > 6*48000+MaxPacketSamples {
				t.Fatalf("one packet makes %d samples", n)
			}
		}
	})
}
