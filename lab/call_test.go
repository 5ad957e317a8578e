package main

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/livekit/protocol/livekit"

	"callprobe/audio"
)

// soonEnough is how long a test waits for what a busy machine may delay.
const soonEnough = 20 * time.Second

func TestCalls(t *testing.T) {
	lab := start(t)
	// The group ends before the lab is stopped.
	t.Run("group", func(t *testing.T) {
		for _, tt := range []struct {
			rule string
			test func(*testing.T, *running)
		}{
			{"a good call is answered and its truth holds", goodCall},
			{"a reply delay is kept to the packet", replyDelay},
			{"an agent that talks over the caller has a negative delay", talkOver},
			{"speech at the wrong speed is not understood", wrongSpeed},
			{"the agent stops when the caller interrupts it", bargeIn},
			{"mistakes in a transcript are as many as asked", garbled},
			{"a dead agent goes silent and says no farewell", dies},
			{"an agent can delete the room", closesRoom},
			{"a refused job leaves the caller alone", rejected},
			{"faults that nobody knows are told", unknownFault},
		} {
			t.Run(strings.ReplaceAll(tt.rule, " ", "_"), func(t *testing.T) {
				t.Parallel()
				tt.test(t, lab)
			})
		}
	})
}

func goodCall(t *testing.T, lab *running) {
	c, truth := dial(t, lab, "")
	truth.truth("greeting", 1, soonEnough)
	truth.truth("stopped", 1, soonEnough)
	end := c.speak(utterance(t, "opening-hours"))
	heard := truth.truth("heard", 1, soonEnough)
	said := truth.truth("said", 1, soonEnough)
	truth.truth("stopped", 2, soonEnough)

	if heard["utterance"] != "opening-hours" || heard["exact"] != true || heard["frame"] != 0.0 {
		t.Errorf("heard %v: want opening-hours, placed exactly at the start of a packet", heard)
	}
	if said["reply"] != "answer-opening-hours" {
		t.Errorf("said %v: want the answer to opening-hours", said)
	}
	ttfa := seconds(t, said, "ttfa_smooth")
	if diff := seconds(t, said, "start_smooth") - seconds(t, heard, "end_smooth") - ttfa; math.Abs(diff) > 1e-8 {
		t.Errorf("the delay is %g s off its own ends", diff)
	}
	at, ok := c.audible(end.Add(200 * time.Millisecond))
	if !ok {
		t.Fatal("no reply was audible")
	}
	off := at.Sub(end).Seconds() - ttfa
	t.Logf("the caller measures %.6f s, the truth is %.6f s, difference %.3f ms", at.Sub(end).Seconds(), ttfa, off*1e3)
	if math.Abs(off) > 0.05 {
		t.Errorf("the caller's measure is %.1f ms off the truth", off*1e3)
	}
	c.until("the agent's words", soonEnough, func() bool { return len(c.transcripts) >= 7 })
	const question = "What are your opening hours on Saturday?"
	if got := c.texts("caller", "true"); !slices.Equal(got, []string{question}) {
		t.Errorf("final transcripts %q", got)
	}
	if got := c.texts("caller", "false"); len(got) < 3 || !slices.Contains(got, question) {
		t.Errorf("interim transcripts %q: want some, and the final as one of them", got)
	}
	if n := c.interimsBefore(end); n == 0 {
		t.Log("no interim transcript came before the end of the question: a busy machine")
	}
	for _, state := range []string{"listening", "thinking", "speaking"} {
		c.state(state, soonEnough)
	}
}

func replyDelay(t *testing.T, lab *running) {
	c, truth := dial(t, lab, `{"reply_delay":"600ms","no_greeting":true}`)
	c.until("the agent listens", soonEnough, func() bool { return c.subscribed })
	truth.truth("hearing", 1, soonEnough)
	// The plan is kept to the grid of 1 ms, unless the machine is so busy that
	// the question is understood too late; the write follows the machine.
	for turn := 1; turn <= 5; turn++ {
		c.speak(utterance(t, "thank-you"))
		said := truth.truth("said", turn, soonEnough)
		truth.truth("stopped", turn, soonEnough)
		planned := seconds(t, said, "ttfa_smooth") + seconds(t, said, "planned") - seconds(t, said, "start_smooth")
		if planned < 0.5999 {
			t.Fatalf("the reply was planned %.4f s after the question, want no less than 0.6 s", planned)
		}
		if planned < 0.6011 {
			truth.none("greeting")
			return
		}
		t.Logf("turn %d: the reply was planned %.4f s after the question", turn, planned)
	}
	t.Error("no reply was planned 0.6 s after its question")
}

func talkOver(t *testing.T, lab *running) {
	c, truth := dial(t, lab, `{"talk_over":"700ms","no_greeting":true}`)
	truth.truth("hearing", 1, soonEnough)
	c.speak(utterance(t, "booking-request"))
	said := truth.truth("said", 1, soonEnough)
	if ttfa := seconds(t, said, "ttfa"); ttfa >= 0 {
		t.Errorf("the reply came %.3f s after the question, want before its end", ttfa)
	}
}

func wrongSpeed(t *testing.T, lab *running) {
	c, truth := dial(t, lab, `{"no_greeting":true}`)
	truth.truth("hearing", 1, soonEnough)
	clip := utterance(t, "opening-hours")
	clip.Rate = 24000
	clip, err := clip.Resample(audio.Rate48k)
	if err != nil {
		t.Fatal(err)
	}
	c.speak(clip)
	truth.truth("not_understood", 1, soonEnough)
	if said := truth.truth("said", 1, soonEnough); said["reply"] != "sorry" {
		t.Errorf("said %v, want an excuse", said)
	}
	if got := c.texts("caller", "true"); len(got) > 0 {
		t.Errorf("transcript %q of what was not understood", got)
	}
}

func bargeIn(t *testing.T, lab *running) {
	c, truth := dial(t, lab, `{"no_greeting":true}`)
	truth.truth("hearing", 1, soonEnough)
	c.speak(utterance(t, "services"))
	truth.truth("said", 1, soonEnough)
	c.speak(utterance(t, "interruption"))
	stopped := truth.truth("stopped", 1, soonEnough)
	heard := truth.truth("heard", 2, soonEnough)
	if stopped["interrupted"] != true {
		t.Errorf("stopped %v: want interrupted", stopped)
	}
	after := seconds(t, stopped, "end") - seconds(t, heard, "start_smooth")
	if after < 0.4 || after > 2 {
		t.Errorf("the agent stopped %.3f s after the interruption began, want about 0.5 s", after)
	}
	truth.truth("said", 2, soonEnough)
}

func garbled(t *testing.T, lab *running) {
	c, truth := dial(t, lab, `{"garble":{"substitute":1,"drop":2,"insert":1},"no_greeting":true}`)
	truth.truth("hearing", 1, soonEnough)
	c.speak(utterance(t, "opening-hours"))
	truth.truth("heard", 1, soonEnough)
	const want = "mumble opening hours on Saturday? extra"
	c.until("the transcript", soonEnough, func() bool {
		return slices.ContainsFunc(c.transcripts, func(t transcript) bool { return t.text == want })
	})
}

func dies(t *testing.T, lab *running) {
	c, truth := dial(t, lab, `{"die_after":"3s"}`)
	truth.truth("greeting", 1, soonEnough)
	truth.truth("died", 1, soonEnough)
	// What is still on its way comes within a moment; then there is nothing.
	<-time.After(500 * time.Millisecond)
	c.mu.Lock()
	before := len(c.packets)
	c.mu.Unlock()
	<-time.After(1500 * time.Millisecond)
	c.mu.Lock()
	defer c.mu.Unlock()
	if before == 0 || len(c.packets) != before {
		t.Errorf("%d packets before the death, %d after it", before, len(c.packets)-before)
	}
	if len(c.gone) > 0 {
		t.Errorf("%q said farewell", c.gone)
	}
	truth.none("left")
}

func closesRoom(t *testing.T, lab *running) {
	c, truth := dial(t, lab, `{"close_room_after":"1s"}`)
	truth.truth("room_deleted", 1, soonEnough)
	c.until("the room goes", soonEnough, func() bool { return c.over })
	if c.reason != livekit.DisconnectReason_ROOM_DELETED {
		t.Errorf("the caller was disconnected for %s", c.reason)
	}
}

func rejected(t *testing.T, lab *running) {
	c, truth := dial(t, lab, `{"reject":true}`)
	truth.truth("rejected", 1, soonEnough)
	truth.none("joined")
	if others := c.room.GetRemoteParticipants(); len(others) > 0 {
		t.Errorf("%s is in the room", others[0].Identity())
	}
}

func unknownFault(t *testing.T, lab *running) {
	_, truth := dial(t, lab, `{"nonsense":1,"silent":true}`)
	bad := truth.truth("bad_fault", 1, soonEnough)
	if text, _ := bad["text"].(string); !strings.Contains(text, `no fault is called "nonsense"`) {
		t.Errorf("the truth says %q", text)
	}
	truth.truth("joined", 1, soonEnough)
}

func TestWithoutAnAgentNobodyComes(t *testing.T) {
	lab := start(t, "--no-agent")
	c, truth := dial(t, lab, "")
	<-time.After(time.Second)
	truth.none("job")
	if others := c.room.GetRemoteParticipants(); len(others) > 0 {
		t.Errorf("%s is in the room", others[0].Identity())
	}
}

func TestTheServerCanBeKilled(t *testing.T) {
	lab := start(t)
	c, truth := dial(t, lab, "")
	truth.truth("greeting", 1, soonEnough)
	if _, err := lab.stdin.Write([]byte("kill-server\n")); err != nil {
		t.Fatal(err)
	}
	of{t, lab, ""}.truth("server_killed", 1, soonEnough)
	c.until("the caller loses the room", soonEnough, func() bool { return c.over || c.lost })
}
