package probe

import (
	"testing"
	"time"
)

// listening returns a conductor in its first turn, with an ear on the agent that
// heard a talkspurt from 2.5 s on.
func listening(t *testing.T) (*conductor, *ear) {
	t.Helper()
	e, err := newEar()
	if err != nil {
		t.Fatal(err)
	}
	rec := replies(asks()).rec
	c := newConductor(rec.Plan, rec, time.Now(), func(Progress) {})
	c.ears["TR"] = e
	c.onset, c.offset = ms(2100), ms(3100)
	e.spurts = []liveSpurt{{onset: ms(2500)}}
	return c, e
}

func TestTalkThatTheDetectorTakesBackIsOver(t *testing.T) {
	_, e := listening(t)
	if !e.speaking() {
		t.Fatal("the agent is not speaking")
	}
	e.take(nil, ms(3000))
	if e.speaking() {
		t.Error("the agent is speaking although the detector says that it is not")
	}
}

func TestAReplyThatWasNoSpeechIsWaitedForAgain(t *testing.T) {
	c, e := listening(t)
	c.enter(waitReply)
	c.stepReply(ms(3200))
	if c.phase != waitEnd {
		t.Fatalf("phase %d, want that of a reply heard", c.phase)
	}
	e.take(nil, ms(3300))
	c.stepEnd(ms(3300))
	if c.phase != waitReply {
		t.Errorf("phase %d, want to wait for the reply", c.phase)
	}
}
