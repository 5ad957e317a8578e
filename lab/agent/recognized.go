package agent

import (
	"strings"
	"time"

	"github.com/livekit/protocol/livekit/agent"

	"callprobe/audio"
	"callprobe/lab/truth"
	"callprobe/lab/voice"
)

// interimLag is how long after a word was spoken an interim transcript shows
// it.
const interimLag = 250 * time.Millisecond

// showInterims publishes the words of rec, which began at the given time, while
// they are spoken. A word is taken to come when its share of the words has
// been spoken.
func (c *call) showInterims(rec *voice.Recording, begins time.Time) {
	unheard := c.fault.NoBargeIn && c.mouth.speaking()
	if c.segment != nil || c.fault.NoTranscript || unheard {
		return
	}
	seg := c.wire.newSegment(c.caller, c.callerMic)
	c.segment = seg
	text := garble(rec.Text, c.fault.Garble)
	words := len(strings.Fields(text))
	speech := begins.Add(audio.Rate48k.Duration(int64(rec.Speech.Start)) + interimLag + time.Duration(c.fault.TranscriptDelay))
	for _, part := range interims(text) {
		spoken := audio.Rate48k.Duration(rec.Speech.Len()) * time.Duration(len(strings.Fields(part))) / time.Duration(words)
		c.agenda.add(speech.Add(spoken), func() {
			if c.segment != seg || seg.closed {
				return
			}
			if !c.fault.NoText {
				c.check("publish transcript", seg.interim(part))
			}
			c.check("report transcript", c.reporter.heard(part, false))
		})
	}
}

// transcribe publishes what the caller said.
func (c *call) transcribe(line *truth.Heard) {
	if c.fault.NoTranscript {
		line.Transcript = ""
		return
	}
	text, seg := line.Transcript, c.segment
	if seg == nil {
		seg = c.wire.newSegment(c.caller, c.callerMic)
	}
	publish := func() {
		if !c.fault.NoText {
			c.check("publish transcript", seg.final(text))
		}
		c.check("report transcript", c.reporter.heard(text, true))
		c.check("report item", c.reporter.item(agent.ChatRole_USER, text, false, 0))
	}
	if c.fault.TranscriptDelay <= 0 {
		publish()
		return
	}
	c.agenda.add(time.Now().Add(time.Duration(c.fault.TranscriptDelay)), publish)
}
