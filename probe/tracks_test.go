package probe

import (
	"testing"

	"callprobe/audio/playout"
)

func TestATrackThatIsPublishedAnewGoesOn(t *testing.T) {
	up := func(id, name, who string) Event {
		return Event{Kind: TrackUp, Track: id, TrackName: name, Participant: who}
	}
	down := func(id string) Event { return Event{Kind: TrackDown, Track: id} }
	for _, tc := range []struct {
		name   string
		events []Event
		want   string // the track that packets of the last one are kept with
	}{
		{"of the same name", []Event{up("A", "voice", "agent"), up("B", "voice", "agent")}, "A"},
		{"of no name, when the first is gone", []Event{up("A", "", "agent"), down("A"), up("B", "", "agent")}, "A"},
		{"of no name, time and again", []Event{up("A", "", "agent"), down("A"), up("B", "", "agent"), down("B"), up("C", "", "agent")}, "A"},
		{"but not beside the first where there is no name", []Event{up("A", "", "agent"), up("B", "", "agent")}, "B"},
		{"nor beside one that came back", []Event{up("A", "", "agent"), down("A"), up("B", "", "agent"), up("C", "", "agent")}, "C"},
		{"nor for another name", []Event{up("A", "voice", "agent"), down("A"), up("B", "", "agent")}, "B"},
		{"nor for another agent", []Event{up("A", "", "agent"), down("A"), up("B", "", "other")}, "B"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := listensTo()
			for _, e := range tc.events {
				c.see(e)
			}
			c.see(Event{Kind: PacketIn, Track: tc.events[len(tc.events)-1].Track, Packet: &playout.Packet{}})
			for _, track := range c.rec.Tracks {
				if got := len(track.Packets) > 0; got != (track.ID == tc.want) {
					t.Errorf("track %s has packets: %v, want them on %s", track.ID, got, tc.want)
				}
			}
		})
	}
}
