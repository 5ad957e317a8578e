package playout

import (
	"slices"
	"time"
)

const (
	// shiftTolerance is how far the arrivals of a stretch of audio may lie from
	// the envelope before it is anchored anew: half a usual packet. Less than
	// that shows as excess.
	shiftTolerance = 10 * time.Millisecond
	// certainShift is a distance from the envelope that no network explains.
	certainShift = time.Second
	// A level is believed when levelPackets packets lie within levelBand of it
	// that are levelSpan of RTP time apart. Packets held up together fall by
	// 1 ms of delay per 1 ms of RTP time, so they never look level.
	levelPackets = 8
	levelBand    = 5 * time.Millisecond
	levelSpan    = 140 * time.Millisecond
	levelStep    = levelBand / 4
	// lowRank is the rank, from the smallest, of the delay that tells how dense a
	// run's delays are near their floor.
	lowRank = 16
)

// run is a stretch of a source during which its RTP clock ran with wall time:
// packets[first:end].
type run struct {
	first, end int
	// floor is the least delay of the run: arrival minus RTP time minus drift.
	floor time.Duration
	// floorAt is the RTP time of the packet that has it.
	floorAt time.Duration
	// excess is the mean delay above the floor, higher delays than certainShift
	// counting as that.
	excess time.Duration
	// low is the delay of rank lowRank above the floor, 0 in shorter runs.
	low time.Duration
}

// level is the lower envelope of delays as they come, and whether it is borne
// out by several packets.
type level struct {
	floor       time.Duration
	near        int
	since       time.Duration
	believed    bool
	believedFor time.Duration // the floor when it was believed first
	started     bool
}

func (l *level) add(delay, media time.Duration) {
	if !l.started || delay < l.floor-levelStep {
		l.near, l.since = 0, media
	}
	if !l.started || delay < l.floor {
		l.floor, l.started = delay, true
	}
	if delay > l.floor+levelBand {
		return
	}
	l.near++
	if !l.flat() && l.near >= levelPackets && media-l.since >= levelSpan {
		l.believed, l.believedFor = true, l.floor
	}
}

func (l *level) flat() bool { return l.believed && l.believedFor-l.floor <= levelBand }

// anchor divides packets into runs, given the skew of their clock.
func anchor(packets []packet, k skew) []run {
	delays := make([]time.Duration, len(packets))
	for i := range packets {
		p := &packets[i]
		delays[i] = p.at - p.media - k.drift(p.media)
	}
	var runs []run
	var current level
	start := 0
	for _, end := range cuts(packets, delays) {
		var piece level
		for i := start; i < end; i++ {
			piece.add(delays[i], packets[i].media)
		}
		if len(runs) == 0 || shifted(&current, &piece) {
			runs = append(runs, run{first: start})
			current = level{}
		}
		for i := start; i < end; i++ {
			current.add(delays[i], packets[i].media)
		}
		runs[len(runs)-1].end = end
		start = end
	}
	for i := range runs {
		runs[i].measure(packets, delays)
	}
	return runs
}

// shifted reports whether the RTP clock of piece is not the one of current: it
// stopped or jumped in between.
func shifted(current, piece *level) bool {
	shift := piece.floor - current.floor
	switch {
	case shift.Abs() <= shiftTolerance:
		return false
	case shift.Abs() > certainShift:
		return true
	case shift > 0:
		return piece.flat()
	default:
		return current.flat()
	}
}

// cuts returns the ends of the pieces that share one anchor for certain. A piece
// ends where RTP time passed without packets, and where the delay steps up for
// good, as it also does when RTP time goes back.
func cuts(packets []packet, delays []time.Duration) []int {
	var ends []int
	start := 0
	for i := 1; i <= len(packets); i++ {
		if i < len(packets) && !silence(&packets[i-1], &packets[i]) {
			continue
		}
		ends = append(steps(delays, start, i, ends), i)
		start = i
	}
	return ends
}

// silence reports whether more RTP time passed from the end of last to p than
// the lost packets explain.
func silence(last, p *packet) bool {
	return p.ts-last.ts-last.length() > p.missing*last.length()
}

// steps appends to ends the indexes in (start, end) at which the delay steps up
// and stays up to the end. A burst held up by the network steps up too, but
// comes down again.
func steps(delays []time.Duration, start, end int, ends []int) []int {
	least := make([]time.Duration, end-start) // of the delays from there to the end
	low := delays[end-1]
	for i := end - 1; i >= start; i-- {
		low = min(low, delays[i])
		least[i-start] = low
	}
	floor := delays[start]
	for i := start + 1; i < end; i++ {
		up := least[i-start] - floor
		if delays[i]-delays[i-1] > shiftTolerance && up > shiftTolerance {
			ends = append(ends, i)
			floor = delays[i]
		}
		floor = min(floor, delays[i])
	}
	return ends
}

func (r *run) measure(packets []packet, delays []time.Duration) {
	r.floor = delays[r.first]
	for i := r.first; i < r.end; i++ {
		if delays[i] <= r.floor {
			r.floor, r.floorAt = delays[i], packets[i].media
		}
	}
	var sum time.Duration
	lowest := make([]time.Duration, 0, lowRank+1)
	for _, d := range delays[r.first:r.end] {
		above := min(d-r.floor, certainShift)
		sum += above
		at, _ := slices.BinarySearch(lowest, above)
		lowest = slices.Insert(lowest, at, above)
		lowest = lowest[:min(len(lowest), lowRank)]
	}
	r.excess = sum / time.Duration(r.end-r.first)
	if len(lowest) == lowRank {
		r.low = lowest[lowRank-1]
	}
}
