package playout

import (
	"fmt"
	"slices"

	"callprobe/audio"
)

const (
	// concealStep is the granularity of concealment in Opus: 2.5 ms.
	concealStep = 120
	// concealMost is how much of one loss is concealed, 120 ms; made-up audio
	// beyond that would only be a guess, so zeros follow.
	concealMost = MaxPacketSamples
	// usualLength stands in for the length of a packet that cannot be decoded
	// when there was none before it.
	usualLength = audio.FrameSamples
)

// sound is what a packet contributes to the timeline, from its own position on:
// its audio, then what stands for the packets lost after it. The rest, up to the
// next packet, is deliberate silence, except for lostBefore at the very end.
type sound struct {
	pcm        []int16
	origin     Origin
	concealed  []int16
	lost       int64 // zeros after the concealment
	lostBefore int64 // samples lost right before the next packet
}

func (s *sound) length() int64 { return int64(len(s.pcm)) }

// listener decodes sources into sounds.
type listener struct {
	dec    Decoder
	pcm    []int16
	budget int64 // samples that may still be held
	stats  *Stats
}

// hear decodes the packets of one source in their order.
func (l *listener) hear(packets []packet) error {
	for i := range packets {
		p := &packets[i]
		length := int64(usualLength)
		if i > 0 {
			last := &packets[i-1]
			length = last.length()
			l.bridge(last, p)
		}
		l.decode(p, length)
		l.budget -= p.length()
		if i > 0 {
			l.budget -= int64(len(packets[i-1].concealed))
		}
		if l.budget < 0 {
			return fmt.Errorf("decode audio: %w: the packets hold more than %v", ErrTooLong, MaxDuration)
		}
	}
	return nil
}

// decode fills in the audio of p itself; expected is how long it is taken to be
// if the codec refuses it.
func (l *listener) decode(p *packet, expected int64) {
	n, err := l.dec.Decode(p.payload, l.pcm)
	if err == nil && 0 < n && n <= len(l.pcm) {
		p.pcm, p.origin = slices.Clone(l.pcm[:n]), Received
		if p.silent() {
			p.origin = DTX
		}
		return
	}
	l.stats.DecodeErrors++
	p.pcm, p.origin = l.conceal(expected)
}

// bridge fills in what was lost between last and p. Lost packets are taken to be
// as long as the last one; the place of p cuts what is too long.
func (l *listener) bridge(last, p *packet) {
	lost := p.missing * last.length()
	switch {
	case lost == 0:
	case last.silent():
		// The sender had announced silence: there is nothing to draw on, and
		// what was lost may have been the beginning of the speech that follows.
		last.lostBefore = lost
	default:
		if pcm, origin := l.conceal(min(lost, concealMost)); origin == Concealed {
			last.concealed = pcm
		}
		last.lost = lost - int64(len(last.concealed))
	}
}

// conceal returns n made-up samples, or zeros marked as lost when the codec has
// none.
func (l *listener) conceal(n int64) ([]int16, Origin) {
	whole := min((n+concealStep-1)/concealStep*concealStep, int64(len(l.pcm)))
	if err := l.dec.Conceal(l.pcm[:whole]); err != nil {
		return make([]int16, n), Lost
	}
	return slices.Clone(l.pcm[:n]), Concealed
}
