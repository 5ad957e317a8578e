package probe

import (
	"time"

	"callprobe/audio"
	"callprobe/audio/playout"
	"callprobe/audio/vad"
)

// leakContext is how much of what was heard before a leaked frame is listened to
// again, so that the noise is known: what the detector remembers.
const leakContext = audio.Pos(4 * audio.Rate48k)

// after returns the part of the talkspurt s that begins after t. An interrupted
// agent lets out one more frame of its old talk shortly before its new one, and
// the two are one talkspurt: listened to again without that frame, the onset is
// that of the new talk.
func (h *hearing) after(t time.Duration, s heardSpurt) (heardSpurt, bool) {
	tl := h.timeline
	cut := tl.PosOf(t)
	from := max(0, s.Onset-leakContext)
	to := min(audio.Pos(len(tl.Samples)), s.Offset+audio.Pos(audio.Rate48k))
	d := vad.NewDetector()
	var found []vad.Talkspurt
	for _, seg := range tl.Segments {
		start, end := max(seg.Span.Start, from), min(seg.Span.End, to)
		if start >= end {
			continue
		}
		pcm := tl.Samples[start:end]
		muted := audio.Span{Start: max(start, s.Onset), End: min(end, cut)}
		if !muted.Empty() {
			pcm = append([]int16(nil), pcm...)
			clear(pcm[muted.Start-start : muted.End-start])
		}
		found = append(found, d.Write(pcm, seg.Origin == playout.Received)...)
	}
	for _, one := range append(found, d.Close()...) {
		if one = shifted(one, from); one.Onset >= cut {
			return place(tl, one), true
		}
	}
	return heardSpurt{}, false
}

// shifted returns a talkspurt with its positions counted from another origin.
func shifted(s vad.Talkspurt, by audio.Pos) vad.Talkspurt {
	s.Onset, s.Offset, s.DecidedAt = s.Onset+by, s.Offset+by, s.DecidedAt+by
	for _, span := range []*audio.Span{&s.OnsetRange, &s.OffsetRange} {
		if !span.Empty() {
			span.Start, span.End = span.Start+by, span.End+by
		}
	}
	return s
}
