package vad

import (
	"time"

	"callprobe/audio"
)

// Bounds of the uncertainty of an edge. Those that depend on noise are what
// nineteen in twenty edges of the corpus stay within.
const (
	certain     = 2 * time.Millisecond  // what is left when nothing hides the edge
	abrupt      = time.Millisecond      // sound that begins within this is not weak
	ringing     = 4 * time.Millisecond  // a codec's echo ahead of an onset
	ringingOn   = 20 * time.Millisecond // and behind an offset
	outer       = 60 * time.Millisecond // sound further out is no speech
	silentSNRDB = 45                    // from here on noise hides no edge
)

// hiddenStart returns for how long noise at this signal-to-noise ratio hides the
// weak start of a word.
func hiddenStart(snrDB float64) time.Duration {
	switch {
	case snrDB >= silentSNRDB:
		return 25 * time.Millisecond
	case snrDB >= 35:
		return 35 * time.Millisecond
	case snrDB >= 25:
		return 70 * time.Millisecond
	case snrDB >= 15:
		return 100 * time.Millisecond
	default:
		return 200 * time.Millisecond
	}
}

// hiddenEnd is hiddenStart for the end of a word, which fades more slowly.
func hiddenEnd(snrDB float64) time.Duration {
	switch {
	case snrDB >= silentSNRDB:
		return 30 * time.Millisecond
	case snrDB >= 35:
		return 80 * time.Millisecond
	case snrDB >= 25:
		return 120 * time.Millisecond
	case snrDB >= 15:
		return 150 * time.Millisecond
	default:
		return 300 * time.Millisecond
	}
}

// onsetRange returns the interval around an onset that holds the true one, given
// for how many samples sound led into it and the samples before it that were not
// heard.
func onsetRange(s Talkspurt, sound audio.Pos, blocked audio.Span, rate audio.Rate) audio.Span {
	r := around(s.Onset, certain, certain, rate)
	if s.SNRDB() < silentSNRDB || int64(sound) > rate.Samples(abrupt) {
		r = around(s.Onset, max(hiddenStart(s.SNRDB()), sounded(sound, rate)), ringing, rate)
	}
	if !blocked.Empty() {
		r.Start = min(r.Start, blocked.Start)
	}
	r.Start = max(0, r.Start)
	return r
}

// offsetRange is onsetRange for the offset.
func offsetRange(s Talkspurt, sound audio.Pos, rate audio.Rate) audio.Span {
	if s.SNRDB() >= silentSNRDB && int64(sound) <= rate.Samples(abrupt) {
		return around(s.Offset, certain, certain, rate)
	}
	return around(s.Offset, ringingOn, max(hiddenEnd(s.SNRDB()), sounded(sound, rate)), rate)
}

// sounded returns how long the sound outside of an edge may have been speech.
func sounded(sound audio.Pos, rate audio.Rate) time.Duration {
	return min(outer, rate.Duration(int64(sound))+certain)
}

// around returns the span from before ahead of at to after behind it.
func around(at audio.Pos, before, after time.Duration, rate audio.Rate) audio.Span {
	return audio.Span{Start: at - audio.Pos(rate.Samples(before)), End: at + audio.Pos(rate.Samples(after))}
}
