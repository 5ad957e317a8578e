package calltest

import (
	"math"
	"time"

	"callprobe/audio"
	"callprobe/audio/opus"
	"callprobe/audio/playout"
	"callprobe/probe"
)

const bitrate = 32000

// settled is how many frames of silence the codec must have seen for its next
// one to be the same as any other.
const settled = 10

// line is something to say at a time; yield breaks off what is being said.
type line struct {
	at    time.Time
	clip  audio.Clip
	yield bool
}

// speak puts up the agent's voice and plays what it is told to, in packets of
// 20 ms that never stop.
func (c *call) speak(joined time.Time) {
	a := c.dialer.agent
	name := a.VoiceTrack
	if name == "" {
		name = probe.AgentTrackName
	}
	c.trackUp(voiceTrack, name)
	enc := newEncoder()
	var lines []line
	var hush []byte
	frame := make([]int16, audio.FrameSamples)
	quiet := 0
	for k := 0; ; k++ {
		at := joined.Add(time.Duration(k) * audio.FrameDuration)
		if !c.wait(time.Until(at)) {
			return
		}
		for len(c.say) > 0 {
			lines = append(lines, <-c.say)
		}
		if a.StopsAfter > 0 && time.Since(joined) > a.StopsAfter {
			return
		}
		quiet++
		if fill(frame, lines, at, amplitude(a.Gain)) {
			quiet = 0
		}
		packet := hush
		if quiet <= settled || hush == nil {
			packet = encode(enc, frame)
		}
		if quiet == settled {
			hush = packet
		}
		c.deliver(uint16(k), packet) //nolint:gosec // Sequence numbers wrap.
	}
}

// fill mixes what is to be said in the 20 ms from at into frame and reports
// whether there is anything.
func fill(frame []int16, lines []line, at time.Time, factor float64) bool {
	clear(frame)
	sound := false
	for i, l := range lines {
		first := audio.Rate48k.Samples(at.Sub(l.at))
		last := min(int64(len(l.clip.Samples)), first+int64(len(frame)), said(lines[i:]))
		for j := max(first, 0); j < last; j++ {
			frame[j-first] += int16(factor * float64(l.clip.Samples[j]))
			sound = true
		}
	}
	return sound
}

// said returns how many samples of the first line are said before one of the
// others breaks it off.
func said(lines []line) int64 {
	n := int64(len(lines[0].clip.Samples))
	for _, l := range lines[1:] {
		if l.yield && l.at.After(lines[0].at) {
			n = min(n, audio.Rate48k.Samples(l.at.Sub(lines[0].at)))
		}
	}
	return n
}

// play loops the background on a track of its own.
func (c *call) play(joined time.Time) {
	packets, err := opus.EncodeClip(c.dialer.agent.Background, opus.EncoderConfig{Bitrate: bitrate})
	if err != nil {
		panic(err)
	}
	for k := 0; c.wait(time.Until(joined.Add(time.Duration(k) * audio.FrameDuration))); k++ {
		c.arrive(backgroundTrack, packet(8, uint16(k), packets[k%len(packets)])) //nolint:gosec // Sequence numbers wrap.
	}
}

func (c *call) trackUp(track, name string) {
	c.emit(probe.Event{At: c.now(), Kind: probe.TrackUp, Participant: agentIdentity, Track: track, TrackName: name})
}

func (c *call) deliver(seq uint16, payload []byte) {
	a := c.dialer.agent
	track, p := voiceTrack, packet(7, seq, payload)
	if sent := time.Duration(seq) * audio.FrameDuration; a.MovesTo != "" && sent > a.MovesAfter {
		track, p = a.MovesTo, packet(9, seq, payload)
	}
	transit := time.Duration(0)
	if a.Transit != nil {
		transit = a.Transit(seq)
	}
	if transit == 0 {
		c.arrive(track, p)
		return
	}
	c.running.Go(func() {
		if c.wait(transit) {
			c.arrive(track, p)
		}
	})
}

func (c *call) arrive(track string, p *playout.Packet) {
	p.At = c.now()
	c.emit(probe.Event{At: p.At, Kind: probe.PacketIn, Participant: agentIdentity, Track: track, Packet: p})
}

func packet(ssrc uint32, seq uint16, payload []byte) *playout.Packet {
	return &playout.Packet{SSRC: ssrc, Sequence: seq, Timestamp: uint32(seq) * audio.FrameSamples, Payload: payload}
}

func newEncoder() *opus.Encoder {
	enc, err := opus.NewEncoder(opus.EncoderConfig{Bitrate: bitrate})
	if err != nil {
		panic(err)
	}
	return enc
}

func encode(enc *opus.Encoder, frame []int16) []byte {
	packet, err := enc.Encode(frame)
	if err != nil {
		panic(err)
	}
	return packet
}

// amplitude turns dB into a factor.
func amplitude(db float64) float64 { return math.Pow(10, db/20) }
