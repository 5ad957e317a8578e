package pages

import (
	"fmt"
	"time"

	"callprobe/probe"
)

// transcripts marks when words were published. Agents publish them twice, as a
// stream and as legacy packets: where there are streams, they are enough.
func (p *pen) transcripts() {
	for _, ev := range p.call.Events {
		t := ev.Transcript
		if t == nil || skipLegacy(p.call.Events, t) {
			continue
		}
		m := mark{X: p.x(ev.At), Y: heardY, Final: t.Final, Title: fmt.Sprintf("%s, %s: %s", seconds(ev.At), finality(t.Final), clean(t.Text))}
		if t.Speaker == probe.AgentSpeaks {
			m.Y = saysY
		}
		p.Marks = append(p.Marks, m)
	}
}

func skipLegacy(events []probe.Event, t *probe.Transcript) bool {
	if t.Channel != probe.LegacyChannel {
		return false
	}
	for _, ev := range events {
		if o := ev.Transcript; o != nil && o.Channel == probe.StreamChannel && o.Speaker == t.Speaker {
			return true
		}
	}
	return false
}

func finality(final bool) string {
	if final {
		return "final"
	}
	return "interim"
}

// states draws what the agent says that it is doing.
func (p *pen) states() {
	var last *probe.Event
	until := func(end time.Duration) {
		if last == nil || end <= last.At {
			return
		}
		text := clean(last.Text)
		b := p.bar(probe.Interval{Start: last.At, End: end}, stateY, "state", text, fmt.Sprintf("%s from %s to %s", text, seconds(last.At), seconds(end)))
		b.H = stateH
		switch text {
		case "thinking", "speaking", "listening":
			b.Class += " " + text
		}
		if b.W < textWidth(text)*p.char+6 {
			b.Text = ""
		}
		p.States = append(p.States, b)
	}
	for i, ev := range p.call.Events {
		switch ev.Kind { //nolint:exhaustive // The others are no states.
		case probe.AgentState:
			until(ev.At)
			last = &p.call.Events[i]
		case probe.AgentWentAway, probe.Disconnected:
			until(ev.At)
			last = nil
		}
	}
	until(p.total)
}

// room marks who came and went.
func (p *pen) room() {
	for _, ev := range p.call.Events {
		text := ""
		switch ev.Kind {
		case probe.Joined:
			text = "joined"
		case probe.AgentJoined:
			text = "agent joined"
		case probe.AgentWentAway:
			text = "agent left"
		case probe.Reconnecting:
			text = "interrupted"
		case probe.Reconnected:
			text = "reconnected"
		case probe.Disconnected:
			text = "disconnected"
		default:
			continue
		}
		l := label{X: p.x(ev.At), Text: text, Anchor: "start", Y2: stateY + stateH}
		at := l.X
		for _, y := range []float64{roomY, roomY + roomLine} {
			if p.fits(y, &l) {
				l.Y = y
				break
			}
		}
		if l.Y == 0 {
			l.Text = ""
		}
		p.Room = append(p.Room, l)
		p.Onsets = append(p.Onsets, bar{X: at, Y: gridTop, H: stateY + stateH + 4 - gridTop, Class: "room"})
	}
}
