package vad

import (
	"time"

	"callprobe/audio"
)

// Bounds of the uncertainty of an edge: what at least nineteen in twenty edges of
// the tuning part of the corpus stay within.
const (
	certain = 2 * time.Millisecond // what is left when nothing hides the edge
	abrupt  = time.Millisecond     // sound that begins within this is not weak
	// A codec's sound begins before that of the speech, and rings on after it.
	ringing   = 7 * time.Millisecond
	ringingOn = 20 * time.Millisecond
	// leading is how far ahead of the onset speech may be where sound led into it
	// for long, longLead.
	leading  = 8 * time.Millisecond
	longLead = 10 * time.Millisecond
	fromLong = 12 * time.Millisecond
	// An onset is crisp when the first of it is this far above the noise.
	crispDB    = 10
	crispAfter = 5 * time.Millisecond
	softBefore = 16 * time.Millisecond
)

// hiding says for how long noise hides the beginning of a word, and its end,
// which fades more slowly, down to a signal-to-noise ratio; and how far the first
// loud sample may lie after the onset that was found.
type hiding struct {
	leastSNRDB         float64
	before, end, after time.Duration
}

// hidingAt returns the row for a signal-to-noise ratio.
func hidingAt(snrDB float64) hiding {
	const ms = time.Millisecond
	for _, h := range [...]hiding{
		{leastSNRDB: 38, before: 5 * ms, end: 12 * ms, after: 9 * ms},
		{leastSNRDB: 33, before: 12 * ms, end: 24 * ms, after: 10 * ms},
		{leastSNRDB: 23, before: 28 * ms, end: 90 * ms, after: 10 * ms},
		{leastSNRDB: 14, before: 95 * ms, end: 210 * ms, after: 10 * ms},
	} {
		if snrDB >= h.leastSNRDB {
			return h
		}
	}
	return hiding{before: 175 * ms, end: 280 * ms, after: 22 * ms}
}

// surroundings are what tells how sure an edge is.
type surroundings struct {
	noisy   bool       // noise, not digital silence, is on its other side
	sound   audio.Pos  // for how many samples sound leads on from the edge
	riseDB  float64    // the first 5 ms of an onset over the noise
	blocked audio.Span // samples at the edge that were not heard
}

// onsetRange returns the interval around an onset that holds the true one.
func onsetRange(s Talkspurt, at surroundings, rate audio.Rate) audio.Span {
	before, after := certain, certain
	sound := rate.Duration(int64(at.sound))
	hidden := hidingAt(s.SNRDB())
	switch {
	case at.noisy && at.riseDB >= crispDB:
		before, after = hidden.before, min(crispAfter, hidden.after)
	case at.noisy:
		before, after = max(hidden.before, softBefore), hidden.after
	case sound > longLead:
		before, after = fromLong, ringing
	case sound > abrupt:
		before, after = leading, ringing
	}
	return at.around(s.Onset, before, after, rate)
}

// offsetRange is onsetRange for the offset.
func offsetRange(s Talkspurt, at surroundings, rate audio.Rate) audio.Span {
	before, after := certain, certain
	switch {
	case at.noisy:
		before, after = ringingOn, hidingAt(s.SNRDB()).end
	case rate.Duration(int64(at.sound)) > abrupt:
		before, after = ringingOn, fromLong
	}
	return at.around(s.Offset, before, after, rate)
}

// around returns the span from before ahead of edge to after behind it, and what
// was not heard there.
func (at surroundings) around(edge audio.Pos, before, after time.Duration, rate audio.Rate) audio.Span {
	r := audio.Span{Start: edge - audio.Pos(rate.Samples(before)), End: edge + audio.Pos(rate.Samples(after))}
	if !at.blocked.Empty() {
		r.Start, r.End = min(r.Start, at.blocked.Start), max(r.End, at.blocked.End)
	}
	r.Start = max(0, r.Start)
	return r
}
