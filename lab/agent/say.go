package agent

import (
	"slices"
	"time"

	"github.com/livekit/protocol/livekit/agent"

	"callprobe/audio"
	"callprobe/lab/truth"
	"callprobe/lab/voice"
)

// say plans rec for a time. line says what the truth knows of it already; its
// TTFA, where set, still holds the end of the caller's utterance.
func (c *call) say(rec *voice.Recording, line truth.Said, at time.Time) {
	var click time.Duration
	if c.fault.ClickBeforeReply != nil {
		click = time.Duration(*c.fault.ClickBeforeReply)
	}
	speech, ok := c.mouth.say(rec, line.Turn, at, click)
	if !ok {
		return
	}
	line.Room, line.Job, line.Reply, line.Text = c.roomName, c.job.GetId(), rec.Name, rec.Text
	line.Planned = c.opts.Truth.Since(speech.planned)
	s := &saying{speech: speech, rec: rec, line: line}
	c.dialog.sayings = append(c.dialog.sayings, s)
	c.agenda.add(speech.planned.Add(-ahead), func() {
		if c.says(s) {
			c.setState(agent.AgentState_AS_SPEAKING)
		}
	})
}

// onSpoke follows the agent's own voice.
func (c *call) onSpoke(e spokeEvent) {
	i := slices.IndexFunc(c.dialog.sayings, func(s *saying) bool { return s.speech == e.speech })
	if i < 0 {
		return
	}
	s := c.dialog.sayings[i]
	if !e.ended {
		c.began(s, e.at)
		return
	}
	c.dialog.sayings = slices.Delete(c.dialog.sayings, i, i+1)
	s.end = &e
	if s.started && !s.written {
		c.dialog.unsettled = append(c.dialog.unsettled, s)
	} else {
		c.writeEnd(s)
	}
	c.endTranscript(s, e.interrupted)
	if len(c.dialog.sayings) == 0 && c.state == agent.AgentState_AS_SPEAKING {
		c.setState(agent.AgentState_AS_LISTENING)
	}
}

// says reports whether s is planned or being said.
func (c *call) says(s *saying) bool { return slices.Contains(c.dialog.sayings, s) }

// began notes that the first voiced sample left, and lets the transcript grow
// with the voice.
func (c *call) began(s *saying, at time.Time) {
	s.started, s.at = true, at
	s.line.Start = c.opts.Truth.Since(at)
	s.line.StartSmooth = c.opts.Truth.Since(c.mouth.smooth(s.speech.planned))
	if s.line.Turn == 0 || s.line.TTFA != nil {
		c.writeStart(s)
	}
	if c.fault.NoText {
		return
	}
	var err error
	if s.transcript, err = c.wire.ownTranscript(c.job.Identity, c.trackID, s.rec.Text); err != nil {
		c.check("publish own words", err)
		s.transcript = nil
		return
	}
	words := len(s.transcript.words)
	length := audio.Rate48k.Duration(s.rec.Speech.Len())
	for i := range words {
		c.agenda.add(at.Add(length*time.Duration(i)/time.Duration(words)), func() {
			if c.says(s) && s.transcript != nil {
				c.check("publish own words", s.transcript.advance(i+1))
			}
		})
	}
}

// writeStart writes the truth of a start. What stood in TTFA was the end of
// the utterance.
func (c *call) writeStart(s *saying) {
	if s.written {
		return
	}
	s.written = true
	if s.line.TTFA != nil {
		*s.line.TTFA = s.line.Start - *s.line.TTFA
		*s.line.TTFASmooth = s.line.StartSmooth - *s.line.TTFASmooth
	}
	if c.fault.DigitalSilence {
		s.line.Event = "said_silently"
	}
	c.opts.Truth.Write(s.line)
}

// writeEnd writes the truth of an end.
func (c *call) writeEnd(s *saying) {
	if s.end.silent || c.fault.DigitalSilence {
		return
	}
	if !s.written {
		c.writeStart(s)
	}
	end := c.opts.Truth.Since(s.end.at)
	line := s.line
	line.Event, line.End, line.Interrupted = "stopped", &end, s.end.interrupted
	c.opts.Truth.Write(line)
}

// endTranscript closes the stream of the agent's words and reports what was
// said.
func (c *call) endTranscript(s *saying, interrupted bool) {
	if !s.started {
		return
	}
	text := s.rec.Text
	if s.transcript != nil {
		if !interrupted {
			c.check("publish own words", s.transcript.advance(len(s.transcript.words)))
		}
		c.check("publish own words", s.transcript.close())
		text = s.transcript.text()
	}
	// Of its two figures the agent tells the de-jittered one: what this machine
	// does to its own packets is no waiting of the caller.
	var e2e time.Duration
	if s.line.TTFASmooth != nil {
		e2e = time.Duration(*s.line.TTFASmooth)
	}
	c.check("report item", c.reporter.item(agent.ChatRole_ASSISTANT, text, interrupted, e2e))
}
