package probe

import (
	"errors"
	"time"

	"callprobe/audio"
)

// maxStereo bounds the length of a rendered call.
const maxStereo = 15 * time.Minute

// Stereo renders both sides of the call on the call's own axis, at 48 kHz from
// the start of the call: what the caller played when it was sent, and what the
// agent said when it arrived. It works on recordings of this process only: a
// stored one does not hold the caller's audio.
func (r *Recording) Stereo() (caller, agent []int16, err error) {
	if r.Ended.At > maxStereo {
		return nil, nil, errors.New("render call: longer than 15 minutes")
	}
	length := audio.Rate48k.Samples(r.Ended.At)
	caller, agent = make([]int16, length), make([]int16, length)
	for _, t := range r.Turns {
		if t.FirstFrame < len(r.Sent) {
			lay(caller, r.Plan.Turns[t.Turn].Say.Clip.Samples, r.Sent[t.FirstFrame])
		}
	}
	heard, err := hearAgent(r)
	if err != nil || heard == nil {
		return caller, agent, err
	}
	for _, seg := range heard.timeline.Segments {
		lay(agent, heard.timeline.Samples[seg.Span.Start:seg.Span.End], heard.timeline.TimeOf(seg.Span.Start).At)
	}
	return caller, agent, nil
}

// lay copies samples to where they belong in time, as far as there is room.
func lay(dst, samples []int16, at time.Duration) {
	pos := audio.Rate48k.Samples(at)
	if pos < 0 {
		samples = samples[min(-pos, int64(len(samples))):]
		pos = 0
	}
	if pos < int64(len(dst)) {
		copy(dst[pos:], samples)
	}
}
