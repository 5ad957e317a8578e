package probe

import (
	"fmt"
	"time"

	"callprobe/audio"
	"callprobe/audio/opus"
	"callprobe/audio/playout"
	"callprobe/audio/vad"
)

// ear listens to one track while the call runs, so that the caller knows when
// to speak. It decides late and roughly; nothing it says is reported as a
// measurement.
type ear struct {
	stream   *playout.Stream
	detector *vad.Detector
	// heard is the position after the newest sample, which was heard at
	// lastAt.
	heard  audio.Pos
	lastAt time.Duration
	spurts []liveSpurt
}

// liveSpurt is a talkspurt as the running call knows it, in call time.
type liveSpurt struct {
	onset, offset time.Duration
	ended         bool
}

func newEar() (*ear, error) {
	dec, err := opus.NewDecoder()
	if err != nil {
		return nil, fmt.Errorf("open ear: %w", err)
	}
	return &ear{stream: playout.NewStream(dec), detector: vad.NewDetector()}, nil
}

// listen takes in the next packet.
func (e *ear) listen(p playout.Packet) { e.take(e.stream.Ingest(p), p.At) }

// wait lets time pass without a packet: a sender that is silent may send none.
func (e *ear) wait(now time.Duration) { e.take(e.stream.Advance(now), now) }

func (e *ear) take(chunks []playout.Chunk, at time.Duration) {
	for _, chunk := range chunks {
		e.heard += audio.Pos(len(chunk.PCM))
		e.lastAt = at
		done := e.detector.Write(chunk.PCM, chunk.Origin == playout.Received)
		for _, spurt := range done {
			e.begin(spurt.Onset)
			last := &e.spurts[len(e.spurts)-1]
			last.offset, last.ended = e.timeOf(spurt.Offset), true
		}
	}
	if onset, ok := e.detector.Speaking(); ok {
		e.begin(onset)
	} else if e.speaking() {
		e.spurts = e.spurts[:len(e.spurts)-1] // It was a new noise and no speech.
	}
}

// begin notes a talkspurt's onset unless it is the one already under way.
func (e *ear) begin(onset audio.Pos) {
	if e.speaking() {
		return
	}
	e.spurts = append(e.spurts, liveSpurt{onset: e.timeOf(onset)})
}

func (e *ear) timeOf(p audio.Pos) time.Duration {
	return e.lastAt - audio.Rate48k.Duration(int64(e.heard-p))
}

// speaking reports whether a talkspurt is under way.
func (e *ear) speaking() bool {
	n := len(e.spurts)
	return n > 0 && !e.spurts[n-1].ended
}

// after returns the onset of the first talkspurt that began after t.
func (e *ear) after(t time.Duration) (onset time.Duration, ok bool) {
	for _, s := range e.spurts {
		if s.onset > t {
			return s.onset, true
		}
	}
	return 0, false
}

// past returns the onset of the first talkspurt that began after from and goes
// on for some time after t.
func (e *ear) past(from, t time.Duration) (onset time.Duration, ok bool) {
	for _, s := range e.spurts {
		end := s.offset
		if !s.ended {
			end = e.lastAt
		}
		if s.onset > from && (s.onset > t || end > t+leakTail) {
			return max(s.onset, t), true
		}
	}
	return 0, false
}

// leakTail is how long talk must go on to be more than a frame that leaked.
const leakTail = 200 * time.Millisecond

// quietSince returns the end of the last talkspurt; zero before the first.
func (e *ear) quietSince() time.Duration {
	for i := len(e.spurts) - 1; i >= 0; i-- {
		if e.spurts[i].ended {
			return e.spurts[i].offset
		}
	}
	return 0
}
