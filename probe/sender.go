package probe

import (
	"context"
	"errors"
	"fmt"
	"time"

	"callprobe/audio"
	"callprobe/audio/opus"
)

// maxLateness is how far the sender may fall behind its schedule before the
// call is given up: a suspended machine must not flood the room afterwards.
const maxLateness = time.Second

var errBehind = errors.New("sending fell more than 1 s behind schedule")

// sentFrame tells the conductor that a frame has left.
type sentFrame struct {
	frame int
	// It was due at due and left between at and at + held.
	due, at, held time.Duration
	// starts is the turn whose utterance begins with this frame, ends the one
	// that ended with it; -1 when none does.
	starts, ends int
}

// sender puts one frame on the wire every 20 ms for as long as the call lasts:
// an utterance when it is told to speak, silence otherwise. Frame k is due at
// due + k*20 ms, an absolute deadline, so that lateness never adds up.
type sender struct {
	call    Call
	start   time.Time
	turns   []Turn
	silence []byte
	speak   chan int
	sent    chan sentFrame
}

func newSender(call Call, start time.Time, turns []Turn) (*sender, error) {
	hush := audio.Clip{Rate: audio.Rate48k, Samples: make([]int16, 10*audio.FrameSamples)}
	packets, err := opus.EncodeClip(hush, opus.EncoderConfig{Bitrate: utteranceBitrate})
	if err != nil {
		return nil, fmt.Errorf("encode silence: %w", err)
	}
	return &sender{
		call: call, start: start, turns: turns,
		silence: packets[len(packets)-1],
		speak:   make(chan int, 1),
		sent:    make(chan sentFrame, 64),
	}, nil
}

// run sends until ctx ends. It returns what stopped it otherwise.
func (s *sender) run(ctx context.Context) error {
	base := time.Now()
	timer := time.NewTimer(0)
	defer timer.Stop()
	speaking, next := -1, 0
	for frame := 0; ; frame++ {
		due := base.Add(time.Duration(frame) * audio.FrameDuration)
		timer.Reset(time.Until(due))
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
		}
		if time.Since(due) > maxLateness {
			return errBehind
		}
		note := sentFrame{frame: frame, due: due.Sub(s.start), starts: -1, ends: -1}
		if speaking < 0 {
			select {
			case speaking = <-s.speak:
				next, note.starts = 0, speaking
			default:
			}
		}
		packet := s.silence
		if speaking >= 0 {
			packets := s.turns[speaking].Say.Packets
			packet = packets[next]
			if next++; next == len(packets) {
				note.ends, speaking = speaking, -1
			}
		}
		before, after, err := s.call.Send(packet)
		if err != nil {
			return fmt.Errorf("send frame %d: %w", frame, err)
		}
		note.at, note.held = before, after-before
		select {
		case s.sent <- note:
		case <-ctx.Done():
			return nil
		}
	}
}
