package agent

import (
	"context"
	"math"
	"slices"
	"time"

	"github.com/livekit/protocol/livekit/agent"

	"callprobe/audio"
	"callprobe/lab/truth"
	"callprobe/lab/voice"
)

// dialog is where a call stands.
type dialog struct {
	sayings []*saying // What is planned or being said; the last one counts.
	// unsettled are those that ended before the utterance that they answer
	// did.
	unsettled []*saying
	// answered is the turn that was answered before it ended: the agent
	// talked over the caller.
	answered int
}

// saying is one thing that the agent says.
type saying struct {
	speech *speech
	rec    *voice.Recording
	line   truth.Said
	// written says that the truth of its start is out; over the caller it
	// waits for the end of the utterance.
	started, written bool
	at               time.Time
	end              *spokeEvent
	transcript       *ownTranscript
}

// ahead is how long before its audio the agent says that it speaks.
const ahead = 30 * time.Millisecond

// soon is the least time in which a reply can begin.
const soon = 10 * time.Millisecond

// hear begins to listen to the first caller that publishes a microphone.
func (c *call) hear(ctx context.Context, e roomEvent) {
	if c.caller != "" {
		return
	}
	c.caller, c.callerMic, c.reporter.to = e.who, e.mic, e.who
	c.note("hearing", e.who)
	endpointing := c.opts.Endpointing
	if c.fault.ReplyDelay != nil {
		const margin = 200 * time.Millisecond
		endpointing = min(endpointing, max(attemptAfter, time.Duration(*c.fault.ReplyDelay)-margin))
	}
	ear, err := newEar(c.opts.Book, endpointing, c.opts.Patience, c.heard)
	if err != nil {
		c.check("listen", err)
		return
	}
	c.helpers.Go(func() { ear.read(ctx, e.remote) })
	if c.fault.Deaf {
		c.helpers.Go(func() { drain(ctx, ear.packets) })
		return
	}
	c.helpers.Go(func() { ear.listen(ctx) })
}

// greet says the greeting once somebody can hear it.
func (c *call) greet() {
	if c.greeted || c.fault.NoGreeting || c.fault.Silent {
		return
	}
	rec, ok := c.opts.role(voice.Greeting)
	if !ok {
		return
	}
	c.greeted = true
	at := time.Now().Add(max(100*time.Millisecond, time.Duration(c.fault.GreetingDelay)))
	c.agenda.add(at.Add(-2*ahead), func() { c.say(rec, truth.Said{Event: "greeting"}, at) })
}

// onHeard follows the caller.
func (c *call) onHeard(e hearEvent) {
	if c.hung {
		return
	}
	switch e.kind {
	case began:
		c.setUser(agent.UserState_US_SPEAKING)
		c.segment = nil
		if d := c.fault.TalkOver; d != nil {
			c.talkOver(e.onset.Add(time.Duration(*d)))
		}
	case goesOn:
		limit := DefaultBargeIn
		if c.fault.BargeInAfter != nil {
			limit = time.Duration(*c.fault.BargeInAfter)
		}
		if e.lasted >= limit && c.mouth.speaking() && !c.fault.NoBargeIn && c.fault.TalkOver == nil {
			c.mouth.stop()
		}
	case guessed:
		c.showInterims(e.rec, e.begins)
	case hasSaid:
		c.setUser(agent.UserState_US_LISTENING)
		c.answer(e.turn)
	}
}

// answer deals with an utterance that has ended.
func (c *call) answer(t *heardTurn) {
	c.turn++
	line := c.heardLine(t)
	if c.fault.NoBargeIn && c.mouth.speaking() {
		line.Event, line.Transcript = "ignored", ""
		c.opts.Truth.Write(line)
		return
	}
	if t.heard.Understood {
		c.transcribe(&line)
	}
	c.opts.Truth.Write(line)
	if c.dialog.answered == c.turn {
		c.settle(&line)
		return
	}
	c.mouth.stop()
	c.setState(agent.AgentState_AS_THINKING)
	rec, ok := c.opts.reply(line.Utterance)
	if c.fault.WrongReply {
		rec, ok = c.opts.wrongReply(line.Utterance)
	}
	at := t.endSmooth.Add(c.fault.ReplyAfter(c.opts.ReplyDelay))
	if least := time.Now().Add(soon); at.Before(least) {
		at = least
	}
	switch {
	case c.fault.Hang:
		c.hung = true
		return
	case c.fault.ReplyError:
		const component = "agent.RuleLLM"
		c.check("report error", c.reporter.failed(component))
		c.setState(agent.AgentState_AS_LISTENING)
		return
	case !ok || c.fault.Silent:
		c.agenda.add(at, func() { c.setState(agent.AgentState_AS_LISTENING) })
		return
	}
	said := truth.Said{Event: "said", Turn: c.turn}
	end, smooth := line.End, line.EndSmooth
	said.TTFA, said.TTFASmooth = &end, &smooth // Becomes the difference at the start.
	c.say(rec, said, at)
}

// heardLine is the truth of what was heard.
func (c *call) heardLine(t *heardTurn) truth.Heard {
	line := truth.Heard{
		Event: "not_understood", Room: c.roomName, Job: c.job.GetId(), Turn: c.turn,
		Exact: t.exact, Match: t.match, Frame: t.frame,
		Start: c.opts.Truth.Since(t.start), StartSmooth: c.opts.Truth.Since(t.startSmooth),
		End: c.opts.Truth.Since(t.end), EndSmooth: c.opts.Truth.Since(t.endSmooth),
	}
	if !math.IsInf(t.heard.Distance, 0) {
		line.Distance = &t.heard.Distance
	}
	if t.heard.Understood {
		rec := t.heard.Recording
		line.Event, line.Utterance, line.Text = "heard", rec.Name, rec.Text
		line.Transcript = garble(rec.Text, c.fault.Garble)
	}
	return line
}

// talkOver answers an utterance that is still going on.
func (c *call) talkOver(at time.Time) {
	rec, ok := c.opts.reply("")
	if !ok || c.fault.Silent {
		return
	}
	c.dialog.answered = c.turn + 1
	if least := time.Now().Add(soon); at.Before(least) {
		at = least
	}
	c.say(rec, truth.Said{Event: "said", Turn: c.turn + 1}, at)
}

// settle completes the truth of an answer that began before the utterance had
// ended.
func (c *call) settle(heard *truth.Heard) {
	for _, s := range slices.Concat(c.dialog.sayings, c.dialog.unsettled) {
		if s.line.Turn != heard.Turn || s.line.TTFA != nil {
			continue
		}
		end, smooth := heard.End, heard.EndSmooth
		s.line.TTFA, s.line.TTFASmooth = &end, &smooth
		if s.started {
			c.writeStart(s)
		}
		if s.end != nil {
			c.writeEnd(s)
		}
	}
	c.dialog.unsettled = nil
}

func (c *call) setUser(s agent.UserState) {
	if s != c.userState {
		c.check("report user", c.reporter.userState(c.userState, s))
		c.userState = s
	}
}

func drain(ctx context.Context, packets <-chan packet) {
	for {
		select {
		case <-ctx.Done():
			return
		case _, ok := <-packets:
			if !ok {
				return
			}
		}
	}
}

func samplesDuration(n int64) time.Duration { return audio.Rate48k.Duration(n) }
