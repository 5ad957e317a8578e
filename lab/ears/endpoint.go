package ears

import (
	"math"
	"slices"
)

// The energy detector of the endpointer, in frames of 10 ms. It decides when to
// look, never where an utterance ends to the sample: that is found by placing
// the known recording.
const (
	frame = 480
	// quietest is the lowest level that can be speech, in dBFS.
	quietest = -55
	// overFloor is how far above the noise speech is, in dB.
	overFloor = 12
	// memory is the number of frames whose quietest one is the noise floor.
	memory = 200
	// confirm is how many of the last confirmIn frames are loud when speech
	// begins: a click is not speech.
	confirm, confirmIn = 6, 10
)

// Endpointer finds where speech begins and when it has ended, on a stream of
// audio at 48 kHz.
type Endpointer struct {
	rest   []int16
	pos    int64 // The position of the next frame.
	levels []float64
	loud   []bool

	speaking  bool
	onset     int64
	lastVoice int64
}

// Write takes audio that follows what was written before. Jump first where it
// does not.
func (e *Endpointer) Write(pcm []int16) {
	e.rest = append(e.rest, pcm...)
	for len(e.rest) >= frame {
		e.frame(level(e.rest[:frame]))
		e.rest = e.rest[frame:]
	}
	e.rest = slices.Clone(e.rest)
}

// Skip takes n samples of silence.
func (e *Endpointer) Skip(n int64) {
	const most = 10 * memory * frame
	if n > most {
		e.pos += n - most
		n = most
	}
	for n > 0 {
		k := min(n, frame)
		e.Write(make([]int16, k))
		n -= k
	}
}

// Speech returns where the speech that is going on, or has just ended, began,
// and one past its last loud frame so far.
func (e *Endpointer) Speech() (onset, last int64, ok bool) { return e.onset, e.lastVoice, e.speaking }

// End is one past the last sample that was written.
func (e *Endpointer) End() int64 { return e.pos + int64(len(e.rest)) }

// Finish says that the speech is over and taken care of.
func (e *Endpointer) Finish() { e.speaking, e.loud = false, nil }

func (e *Endpointer) frame(dbfs float64) {
	e.levels = append(e.levels, dbfs)
	if len(e.levels) > memory {
		e.levels = e.levels[1:]
	}
	loud := dbfs > max(quietest, slices.Min(e.levels)+overFloor)
	e.pos += frame
	e.loud = append(e.loud, loud)
	if len(e.loud) > confirmIn {
		e.loud = e.loud[1:]
	}
	if e.speaking {
		if loud {
			e.lastVoice = e.pos
		}
		return
	}
	n := 0
	for _, l := range e.loud {
		if l {
			n++
		}
	}
	if n >= confirm {
		first := slices.Index(e.loud, true)
		e.speaking, e.lastVoice = true, e.pos
		e.onset = e.pos - int64(len(e.loud)-first)*frame
	}
}

func level(pcm []int16) float64 {
	sum := 0.0
	for _, s := range pcm {
		sum += float64(s) * float64(s)
	}
	if sum == 0 {
		return -100
	}
	return 10 * math.Log10(sum/float64(len(pcm))/(32768*32768))
}
