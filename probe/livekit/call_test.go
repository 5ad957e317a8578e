package livekit

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"callprobe/probe"
)

// kinds empties a call's events.
func kinds(c *call) []probe.EventKind {
	var out []probe.EventKind
	for len(c.events) > 0 {
		out = append(out, (<-c.events).Kind)
	}
	return out
}

func wantKinds(t *testing.T, c *call, want ...probe.EventKind) {
	t.Helper()
	got := kinds(c)
	if len(got) != len(want) {
		t.Fatalf("events %v, want %v", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("events %v, want %v", got, want)
		}
	}
}

func newTestCall() *call { return newCall(newAPI(Target{URL: "ws://localhost"}), "room", time.Now()) }

func TestAnAgentIsToldOfOnceForAsLongAsItStays(t *testing.T) {
	c := newTestCall()
	c.agentConnected("agent", "")
	c.agentConnected("agent", "listening")
	c.agentState("agent", "listening")
	c.agentState("agent", "")
	wantKinds(t, c, probe.AgentJoined, probe.AgentState)
	c.agentDisconnected("agent", "MIGRATION")
	c.agentConnected("agent", "listening")
	wantKinds(t, c, probe.AgentWentAway, probe.AgentJoined, probe.AgentState)
}

func TestATrackThatIsNotOpusIsNotListenedTo(t *testing.T) {
	up := probe.Event{Kind: probe.TrackUp, Track: "TR"}
	for codec, want := range map[string]probe.EventKind{
		"audio/opus": probe.TrackUp, "audio/OPUS": probe.TrackUp,
		"audio/PCMU": probe.TrackRefused, "audio/red": probe.TrackRefused, "": probe.TrackUp,
	} {
		if got := understood(up, codec); got.Kind != want || got.Track != "TR" || want == probe.TrackRefused && got.Text != codec {
			t.Errorf("%q: %+v, want %s", codec, got, want)
		}
	}
}

func TestNothingBlocksOnceTheCallIsOver(t *testing.T) {
	c := newTestCall()
	for range cap(c.events) {
		c.emit(probe.Event{})
	}
	close(c.done)
	c.emit(probe.Event{}) // The test would hang here.
}

func TestWhatTheSDKWaitsForEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newTestCall()
		cause := errors.New("as told")
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, cause)
		defer cancel()
		began := time.Now()
		err := c.within(ctx, func() error {
			time.Sleep(10 * time.Second)
			return nil
		})
		if !errors.Is(err, cause) || time.Since(began) != time.Second {
			t.Errorf("got %v after %v", err, time.Since(began))
		}
		c.readers.Wait()
		if waited := time.Since(began); waited != 10*time.Second {
			t.Errorf("closing would have waited until %v", waited)
		}
	})
}
