package vad

import (
	"math"
	"slices"

	"callprobe/audio"
)

// Bounds of what surrounds an edge.
const (
	searchSeconds   = 0.6 // how far from the anchor an edge may lie
	noiseFrames     = 50  // how many frames of noise are looked at
	leastNoise      = 5   // how many make a noise
	alikeTimes      = 4   // how much their power may differ
	noiseLookFrames = 250 // how far from the anchor noise is looked for
	// unknownFrames must come before a voice for what is not voiced in them to
	// be noise, where no noise is known: no consonant is as long.
	unknownFrames = 40
)

// talk is a talkspurt in progress.
type talk struct {
	head      *edge
	headBase  audio.Pos // position of head.x[0]
	first     int       // first voiced frame
	onset     audio.Pos // first estimate
	decidedAt audio.Pos
	meter     levelMeter
	measured  audio.Pos // windows up to here are in the meter
	blocked   audio.Span
}

// begin opens the talkspurt that frame i confirmed.
func (d *Detector) begin(i int) {
	first := d.voiceStart(i)
	for first < 0 || !d.frame(first).voiced {
		first = max(first+1, d.windowStart(i))
	}
	d.lastVoiced, d.lastSpeech = i, i
	anchor := d.frameStart(first) + audio.Pos(d.front.span())
	t := &talk{first: first, decidedAt: d.now()}
	from := max(d.after, d.toneEnd(first), anchor-d.samples(searchSeconds))
	pcm, base := d.heard.span(from, min(d.now(), anchor+d.samples(searchSeconds)))
	anchor = min(max(anchor, base), base+audio.Pos(len(pcm)-1))
	t.headBase = base
	t.head = newEdge(d.rate, floats(pcm), int(anchor-base), d.noiseBefore(first))
	t.head.shortGap = burstGapSeconds
	t.onset = base + audio.Pos(t.head.find(d.levelOver(pcm, t.head.noise)).speech)
	t.onset, t.blocked = d.unblocked(t.onset, anchor)
	t.measured = t.onset
	d.talk = t
	d.measureTalk()
}

// toneEnd returns where the last tone before frame first is over, 0 if there is
// none near: a word does not begin before it.
func (d *Detector) toneEnd(first int) audio.Pos {
	for j := first - 1; j >= max(d.oldest(), first-confirmFrames); j-- {
		if d.frame(j).tone {
			return d.frameStart(j) + audio.Pos(d.front.span())
		}
	}
	return 0
}

// toneStart returns where the first tone after frame last begins, or how much
// was heard.
func (d *Detector) toneStart(last int) audio.Pos {
	for j := last + 1; j < d.next; j++ {
		if d.frame(j).tone {
			return max(d.frameStart(last+1), d.frameStart(j-toneFrames)+audio.Pos(d.front.hop))
		}
	}
	return d.now()
}

// samples converts seconds to samples.
func (d *Detector) samples(seconds float64) audio.Pos {
	return audio.Pos(seconds * float64(d.rate))
}

// unblocked moves an onset out of samples that carry none, and returns the span
// it was moved out of.
func (d *Detector) unblocked(onset, anchor audio.Pos) (audio.Pos, audio.Span) {
	span, ok := d.heard.blockedAt(onset)
	if !ok {
		return onset, audio.Span{}
	}
	return min(span.End, max(anchor, onset)), span
}

// levelOver returns the active level of pcm without that of the noise in it.
func (d *Detector) levelOver(pcm []int16, noise []float64) float64 {
	return lessNoise(activeLevelDBFS(pcm, d.rate), noise)
}

// lessNoise takes the power of noise off a level, down to a tenth of it.
func lessNoise(levelDBFS float64, noise []float64) float64 {
	power := math.Pow(amplitude(levelDBFS), 2)
	return dbfs(max(power/10, power-meanSquareF(noise)))
}

// measureTalk adds the 20 ms windows heard so far to the level of the talkspurt.
func (d *Detector) measureTalk() {
	t := d.talk
	win := d.samples(0.020)
	for t.measured+win <= d.now() {
		pcm, _ := d.heard.span(t.measured, t.measured+win)
		t.meter.add(meanSquare(pcm))
		t.measured += win
	}
}

// finish closes the talkspurt in progress.
func (d *Detector) finish() {
	t := d.talk
	noise := t.head.noise
	level := lessNoise(dbfs(t.meter.meanSquare()), noise)
	anchor := t.headBase + audio.Pos(t.head.anchor)
	begin := t.head.find(level)
	onset, blocked := d.unblocked(t.headBase+audio.Pos(begin.speech), anchor)
	if blocked.Empty() {
		blocked = t.blocked
	}
	offset, after := d.offset(level, noise)
	offset = max(offset, onset+1)
	s := Talkspurt{
		Onset: onset, Offset: offset, DecidedAt: t.decidedAt,
		LevelDBFS: level, NoiseDBFS: dbfs(meanSquareF(noise)),
	}
	s.OnsetRange = onsetRange(s, surroundings{
		noisy: t.head.layers != nil, sound: audio.Pos(begin.speech - begin.sound), riseDB: d.levelAt(onset) - s.NoiseDBFS, blocked: blocked,
	}, d.rate)
	after.sound = max(0, after.sound-offset)
	if last, ok := d.heard.blockedAt(offset - 1); ok {
		after.blocked = last
	}
	s.OffsetRange = offsetRange(s, after, d.rate)
	d.done = append(d.done, s)
	d.after = offset
	d.talk, d.candidate = nil, -1
}

// levelAt returns the level of the first 5 ms from p.
func (d *Detector) levelAt(p audio.Pos) float64 {
	pcm, _ := d.heard.span(p, p+d.samples(0.005))
	return dbfs(meanSquare(pcm))
}

// offset returns one past the last sample of the talkspurt in progress, and what
// follows it: sound is one past the last sample of the sound that does without a
// gap.
func (d *Detector) offset(level float64, before []float64) (speech audio.Pos, after surroundings) {
	anchor := min(d.frameStart(d.lastVoiced), d.now()-1)
	noise := d.noiseAfter(d.lastVoiced)
	if noise == nil {
		noise = before
	}
	to := min(d.now(), d.toneStart(d.lastVoiced), anchor+d.samples(searchSeconds))
	pcm, base := d.heard.span(anchor-d.samples(searchSeconds), to)
	anchor = min(max(anchor, base), base+audio.Pos(len(pcm)-1))
	x, back := floats(pcm), slices.Clone(noise)
	slices.Reverse(x)
	slices.Reverse(back)
	e := newEdge(d.rate, x, len(x)-1-int(anchor-base), back)
	e.shortGap = releaseGapSeconds
	at := e.find(level)
	end := base + audio.Pos(len(x))
	return end - audio.Pos(at.speech), surroundings{noisy: e.layers != nil, sound: end - audio.Pos(at.sound)}
}

// noiseBefore returns the noise heard last before frame first.
func (d *Detector) noiseBefore(first int) []float64 {
	end := first - 1
	for ; end >= max(d.oldest(), first-noiseLookFrames); end-- {
		start := d.quietStart(end)
		if from, to := d.alike(start, end); to-from+1 >= leastNoise {
			return d.quietSamples(from, to)
		}
	}
	return d.scatteredNoise(first)
}

// scatteredNoise returns the noise between clicks and tones before frame first,
// put together, or nil if there is none.
func (d *Detector) scatteredNoise(first int) []float64 {
	noise := d.softFrames(first, func(f *frame) bool { return f.quiet })
	if noise == nil && first-d.oldest() >= unknownFrames {
		noise = d.softFrames(first, func(f *frame) bool { return !f.voiced && !f.tone && !f.blocked })
	}
	return noise
}

// softFrames returns the samples of those frames before frame first that are fit
// and not far louder than half of them, or nil if they are few.
func (d *Detector) softFrames(first int, fit func(*frame) bool) []float64 {
	var frames []int
	var powers []float64
	for j := first - 1; j >= max(d.oldest(), first-noiseLookFrames) && len(frames) < noiseFrames; j-- {
		if f := d.frame(j); fit(f) {
			frames = append(frames, j)
			powers = append(powers, f.power)
		}
	}
	if len(frames) < leastNoise {
		return nil
	}
	slices.Sort(powers)
	high := powers[len(powers)/2]*alikeTimes + quietRMS*quietRMS
	var out []float64
	for _, j := range slices.Backward(frames) {
		if d.frame(j).power <= high {
			out = append(out, d.quietSamples(j, j)...)
		}
	}
	return out
}

// quietStart returns the first frame of the stretch of noise that ends with
// frame end, or end+1 if frame end is none.
func (d *Detector) quietStart(end int) int {
	start := end + 1
	for start > max(d.oldest(), end-noiseFrames+1) && d.frame(start-1).quiet {
		start--
	}
	if run := d.frame(end).run; run >= quietRun {
		start = min(start, max(d.oldest(), end-run+1))
	}
	return start
}

// alike narrows the stretch of noise from frame start to frame end to its latest
// part of even level: a weak beginning of speech at its end, and what came
// before a step in the noise, are cut off. A step up shortly before the end is
// no new noise yet: then the part before it counts.
func (d *Detector) alike(start, end int) (from, to int) {
	for {
		low, high := d.evenLevels(start, end)
		to = end
		for to >= start && d.frame(to).power > high {
			to--
		}
		from = to + 1
		for from > start && d.frame(from-1).power >= low && d.frame(from-1).power <= high {
			from--
		}
		rise := from > start && d.frame(from-1).power < low
		if !rise || to-from+1 >= quietRun {
			return from, to
		}
		end = min(from-1, end-1)
	}
}

// evenLevels returns the bounds of the mean squares that are like those of the
// last frames of the stretch from start to end.
func (d *Detector) evenLevels(start, end int) (low, high float64) {
	var recent []float64
	for j := max(start, end-2*leastNoise); j <= end; j++ {
		recent = append(recent, d.frame(j).power)
	}
	if len(recent) == 0 {
		return 0, 0
	}
	slices.Sort(recent)
	median := recent[len(recent)/2]
	return median / alikeTimes, median*alikeTimes + quietRMS*quietRMS
}

// noiseAfter returns the noise heard first after frame last.
func (d *Detector) noiseAfter(last int) []float64 {
	for start := last + 1; start < d.next; start++ {
		end := start
		for end < min(d.next, start+noiseFrames) && d.frame(end).quiet {
			end++
		}
		if end-start >= leastNoise {
			return d.quietSamples(start+d.front.span()/d.front.hop, end-1)
		}
	}
	return nil
}

// quietSamples returns the samples of the hops of frames start to end.
func (d *Detector) quietSamples(start, end int) []float64 {
	pcm, _ := d.heard.span(d.frameStart(start), d.frameStart(end+1))
	return floats(pcm)
}

func floats(pcm []int16) []float64 {
	x := make([]float64, len(pcm))
	for i, s := range pcm {
		x[i] = float64(s)
	}
	return x
}
