package probe

import (
	"strings"
	"testing"
	"time"

	"callprobe/audio/playout"
)

// listensTo returns a conductor in the middle of a call.
func listensTo() *conductor {
	return newConductor(Plan{Turns: []Turn{{}}}, &Recording{}, time.Now(), func(Progress) {})
}

func TestNoTextIsLongerThanWhatCanBeSaid(t *testing.T) {
	endless := strings.Repeat("äh ", 1<<20)
	c := listensTo()
	c.see(Event{Kind: TranscriptHeard, Participant: endless, Transcript: &Transcript{Speaker: CallerSpeaks, Segment: endless, Text: endless, Final: true}})
	c.see(Event{Kind: AgentState, Participant: "agent", Text: endless})
	c.see(Event{Kind: SessionReport, Session: &SessionMessage{Type: endless, Role: endless, Text: endless}})
	if len(c.rec.Events) != 3 {
		t.Fatalf("%d of 3 events were kept", len(c.rec.Events))
	}
	for _, e := range c.rec.Events {
		if n := e.bytes(); n > maxTranscriptBytes+4*maxNameBytes {
			t.Errorf("%s: %d bytes were kept", e.Kind, n)
		}
	}
	if len(c.state) > maxNameBytes || len(c.texts.shown) > maxTranscriptBytes {
		t.Errorf("the caller remembers %d and %d bytes", len(c.state), len(c.texts.shown))
	}
}

func TestARoomCannotFillTheMemory(t *testing.T) {
	long := strings.Repeat("x", maxTranscriptBytes)
	packet := playout.Packet{Payload: make([]byte, 1200)}
	for _, tc := range []struct {
		name string
		send func(c *conductor)
	}{
		{"with words", func(c *conductor) {
			c.see(Event{Kind: TranscriptHeard, Transcript: &Transcript{Speaker: AgentSpeaks, Text: long}})
		}},
		{"with packets", func(c *conductor) { c.see(Event{Kind: PacketIn, Track: "TR", Packet: &packet}) }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := listensTo()
			c.rec.Tracks = []Track{{ID: "TR"}}
			for range maxPackets {
				tc.send(c)
			}
			kept := 0
			for _, e := range c.rec.Events {
				kept += e.bytes()
			}
			for _, p := range c.rec.Tracks[0].Packets {
				kept += len(p.Payload)
			}
			if kept > maxKeptBytes || kept < maxKeptBytes/2 {
				t.Errorf("%d bytes were kept, the bound is %d", kept, maxKeptBytes)
			}
			if kept != c.rec.kept {
				t.Errorf("%d bytes were kept and %d counted", kept, c.rec.kept)
			}
		})
	}
}
