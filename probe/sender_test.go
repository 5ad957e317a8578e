package probe

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"callprobe/audio"
)

// slowCall is a call of which each write begins some time after it is asked for,
// as on a machine that is busy.
type slowCall struct {
	Call
	start  time.Time
	behind []time.Duration
}

func (c *slowCall) Send([]byte) (before, after time.Duration, err error) {
	if len(c.behind) > 0 {
		time.Sleep(c.behind[0])
		c.behind = c.behind[1:]
	}
	at := time.Since(c.start)
	return at, at, nil
}

func TestThe99thPercentileOfTheLatenessIsByNearestRank(t *testing.T) {
	for frames, want := range map[int]time.Duration{1: 1, 2: 2, 50: 50, 100: 99, 101: 100, 200: 198, 713: 706} {
		rec := &Recording{}
		for k := range frames { // Frame k is k+1 ns late.
			rec.Sent = append(rec.Sent, time.Duration(k)*audio.FrameDuration+time.Duration(k+1))
		}
		if got := pacingOf(rec).LateP99; got != want {
			t.Errorf("of %d frames it is that of rank %d, want %d", frames, got, want)
		}
	}
}

func TestLatenessCountsFromTheScheduleHoweverTheFirstFrameLeaves(t *testing.T) {
	for _, tc := range []struct {
		name   string
		behind []time.Duration
		want   []time.Duration
	}{
		{"the first frame is late by itself", []time.Duration{ms(8)}, []time.Duration{ms(8), 0, 0}},
		{"the first frame is in time", nil, []time.Duration{0, 0, 0}},
		{"a later frame is late by itself", []time.Duration{0, ms(8)}, []time.Duration{0, ms(8), 0}},
		{"a frame that is very late holds up the next", []time.Duration{ms(30)}, []time.Duration{ms(30), ms(10), 0}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				rec := &Recording{}
				c := newConductor(Plan{}, rec, time.Now(), func(Progress) {})
				time.Sleep(time.Second)
				call := &slowCall{start: c.start, behind: tc.behind}
				s := &sender{call: call, start: c.start, speak: make(chan int), sent: make(chan sentFrame)}
				ctx, stop := context.WithCancel(t.Context())
				ended := make(chan error)
				go func() { ended <- s.run(ctx) }()
				for range tc.want {
					c.noteSent(<-s.sent)
				}
				stop()
				<-ended
				for k, want := range tc.want {
					if got := rec.lateness(k); got != want {
						t.Errorf("frame %d: %v late, want %v", k, got, want)
					}
				}
				if want := time.Second; rec.Due != want {
					t.Errorf("the schedule began at %v, want %v", rec.Due, want)
				}
			})
		})
	}
}
