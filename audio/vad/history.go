package vad

import "callprobe/audio"

// history holds the latest samples that the detector was given, and which of
// them may carry an onset. Positions are absolute; what is older than keep is
// forgotten.
type history struct {
	samples []int16
	base    audio.Pos // position of samples[0]
	blocked []audio.Span
	keep    int
}

// end returns the number of samples given so far.
func (h *history) end() audio.Pos { return h.base + audio.Pos(len(h.samples)) }

// append adds samples at the end. Samples that carry no onset (concealed, or
// filled in for a sender that was silent) are remembered as blocked.
func (h *history) append(pcm []int16, carriesOnset bool) {
	start := h.end()
	h.samples = append(h.samples, pcm...)
	if carriesOnset || len(pcm) == 0 {
		return
	}
	if n := len(h.blocked); n > 0 && h.blocked[n-1].End == start {
		h.blocked[n-1].End = h.end()
		return
	}
	h.blocked = append(h.blocked, audio.Span{Start: start, End: h.end()})
}

// forget drops what lies more than keep samples before the end, in large steps
// so that the copying stays cheap.
func (h *history) forget() {
	if len(h.samples) < 2*h.keep {
		return
	}
	drop := len(h.samples) - h.keep
	h.samples = h.samples[:copy(h.samples, h.samples[drop:])]
	h.base += audio.Pos(drop)
	gone := 0
	for gone < len(h.blocked) && h.blocked[gone].End <= h.base {
		gone++
	}
	h.blocked = h.blocked[:copy(h.blocked, h.blocked[gone:])]
}

// span returns the samples of [from, to) that are still held, and the position
// of the first. The slice is the history's own.
func (h *history) span(from, to audio.Pos) ([]int16, audio.Pos) {
	from = min(max(from, h.base), h.end())
	to = min(max(to, from), h.end())
	return h.samples[from-h.base : to-h.base], from
}

// read writes the samples from position from on to x, and zeros where there are
// none.
func (h *history) read(x []float64, from audio.Pos) {
	clear(x)
	first := max(from, h.base)
	if skip := first - from; skip < audio.Pos(len(x)) {
		pcm, _ := h.span(first, from+audio.Pos(len(x)))
		for i, s := range pcm {
			x[int(skip)+i] = float64(s)
		}
	}
}

// blockedSamples returns how many samples of [from, to) carry no onset.
func (h *history) blockedSamples(from, to audio.Pos) int64 {
	var n int64
	for i := len(h.blocked) - 1; i >= 0 && h.blocked[i].End > from; i-- {
		both := audio.Span{Start: max(from, h.blocked[i].Start), End: min(to, h.blocked[i].End)}
		n += max(0, both.Len())
	}
	return n
}

// blockedAt returns the blocked span that holds p.
func (h *history) blockedAt(p audio.Pos) (audio.Span, bool) {
	for _, s := range h.blocked {
		if s.Contains(p) {
			return s, true
		}
	}
	return audio.Span{}, false
}
