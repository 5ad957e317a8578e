package vad

import (
	"time"

	"callprobe/audio"
)

// Constants of the coarse decision, in frames of 10 ms.
const (
	historySeconds = 4
	frameHistory   = 400
	// confirmFrames is the look-ahead within which confirmVoiced frames must
	// be voiced for sound to be speech.
	confirmFrames = 60
	confirmVoiced = 5
	// confirmRun of them must follow one another, for rumble is voiced now and
	// then, or confirmScattered be voiced in all.
	confirmRun       = 4
	confirmScattered = 15
	// confirmBlocks is how many 10 ms blocks in a row must carry the sound:
	// more than one leaked packet does.
	confirmBlocks = 4
	// dropAfter is how long nothing may be heard before a sound that was not
	// confirmed is forgotten.
	dropAfter = 25
	// Hangover is how long nothing must be heard for a talkspurt to be over.
	hangoverFrames = 30
	// unvoicedFrames is how long speech may go on without voicing.
	unvoicedFrames = 40
	// toneMargin is how many frames around a tone hold it only in part.
	toneMargin = 6
	// quietRun is how long a steady spectrum must last to serve as the noise
	// before an onset although it is louder than the noise before.
	quietRun = 25
)

// Hangover is the silence that ends a talkspurt: two stretches of speech that
// are closer are one. From the last sound of speech to the decision.
const Hangover = hangoverFrames * 10 * time.Millisecond

// frame is what the coarse stage noted about one window.
type frame struct {
	power   float64 // mean square of the hop at the window's start
	active  bool    // exceeds the noise
	voiced  bool    // active and periodic, and no tone
	tone    bool
	blocked bool // mostly samples that carry no onset
	quiet   bool // noise: may serve as the noise before an onset
	run     int  // frames for which the spectrum has been the same
	bands   [variedBands]float32
}

// Detector finds talkspurts in a stream of samples. What it returns depends on
// the samples alone, not on how they were cut into calls of Write. It is not
// safe for concurrent use.
type Detector struct {
	rate  audio.Rate
	front *frontEnd
	noise *noiseTracker
	voice *voicing
	heard history

	frames []frame // the latest, up to frame next-1
	next   int     // index of the next frame

	candidate  int // first active frame of a sound not yet confirmed, or -1
	lastActive int
	lastTone   int
	talk       *talk // the talkspurt in progress
	lastVoiced int
	lastSpeech int
	after      audio.Pos // end of the talkspurt before
	done       []Talkspurt
}

// NewDetector returns a detector for audio at 48 kHz.
func NewDetector() *Detector { return newDetector(audio.Rate48k) }

func newDetector(rate audio.Rate) *Detector {
	front := newFrontEnd(rate)
	return &Detector{
		rate:      rate,
		front:     front,
		noise:     newNoiseTracker(front.low, front.high, len(front.power)),
		voice:     newVoicing(front),
		heard:     history{keep: historySeconds * int(rate)},
		candidate: -1,
		lastTone:  -1 - toneMargin,
	}
}

// Write gives the detector the samples that follow those it has, and returns
// the talkspurts that became final. Samples that were concealed or filled in
// for a sender that was silent carry no onset: carriesOnset is false for them.
func (d *Detector) Write(pcm []int16, carriesOnset bool) []Talkspurt {
	for len(pcm) > 0 {
		n := min(len(pcm), int(d.rate))
		d.heard.append(pcm[:n], carriesOnset)
		pcm = pcm[n:]
		for d.frameEnd(d.next) <= d.heard.end() {
			d.step()
		}
		d.heard.forget()
	}
	return d.take()
}

// Close says that no more samples follow and returns the talkspurts that are
// still open. The detector must not be used after it.
func (d *Detector) Close() []Talkspurt {
	for d.frameStart(d.next) < d.heard.end() {
		d.step()
	}
	if d.talk != nil {
		d.finish()
	}
	return d.take()
}

// Speaking returns the onset of the talkspurt in progress: speech is confirmed
// and has not ended. The onset may still move a little until the talkspurt is
// final.
func (d *Detector) Speaking() (onset audio.Pos, ok bool) {
	if d.talk == nil {
		return 0, false
	}
	return d.talk.onset, true
}

func (d *Detector) take() []Talkspurt {
	done := d.done
	d.done = nil
	return done
}

// frameStart returns the first sample of frame i's window.
func (d *Detector) frameStart(i int) audio.Pos { return audio.Pos(i) * audio.Pos(d.front.hop) }

// frameEnd returns how many samples must be heard for frame i.
func (d *Detector) frameEnd(i int) audio.Pos {
	return d.frameStart(i) + audio.Pos(d.front.span()+d.front.reach())
}

// now returns how many samples the decisions up to the latest frame may look at,
// however many more have been given.
func (d *Detector) now() audio.Pos { return min(d.heard.end(), d.frameEnd(d.next-1)) }

// frame returns the note of frame i, which must be one of the latest.
func (d *Detector) frame(i int) *frame { return &d.frames[len(d.frames)-(d.next-i)] }

// oldest returns the index of the oldest frame that is still noted.
func (d *Detector) oldest() int { return d.next - len(d.frames) }

// step takes the next frame.
func (d *Detector) step() {
	i := d.next
	d.note(d.analyse(i))
	f := d.frame(i)
	switch {
	case f.active && f.run >= d.steadyLimit():
		d.adoptNoise(i)
	case f.run >= droppedFrames && d.noise.dropped():
		d.noise.adopt()
	}
	if d.talk == nil {
		d.idle(i)
	} else {
		d.speaking(i)
	}
}

// note keeps a frame and forgets the oldest.
func (d *Detector) note(f frame) {
	if len(d.frames) >= 2*frameHistory {
		d.frames = d.frames[:copy(d.frames, d.frames[frameHistory:])]
	}
	d.frames = append(d.frames, f)
	d.next++
}

// analyse computes the note of frame i.
func (d *Detector) analyse(i int) frame {
	start := d.frameStart(i)
	power := d.front.advance(&d.heard, start)
	head, _ := d.heard.span(start, start+audio.Pos(d.front.hop))
	f := frame{power: meanSquare(head)}
	span := int64(d.front.span())
	f.blocked = 2*d.heard.blockedSamples(start, start+audio.Pos(span)) > span
	ratio := d.noise.ratio(power, d.noise.noise)
	f.active = d.noise.active(ratio) || d.noise.loud(power)
	if f.blocked {
		f.active = f.active && d.talk != nil
		return f
	}
	f.run = d.noise.follow(power)
	if !f.active {
		f.quiet = true
		d.noise.learn(power, ratio)
		return f
	}
	periodicity, tone := d.voice.judge(power, d.noise.noise)
	f.tone = tone
	if tone {
		d.markTone(i)
	}
	least := voicedAt
	if d.talk != nil {
		least = stillVoicedAt
	}
	f.voiced = periodicity >= least && i-d.lastTone > toneMargin
	f.bands = d.front.bands()
	return f
}

// markTone notes a tone at frame i. Where a tone begins, the frames hold it only
// in part and do not look like one yet.
func (d *Detector) markTone(i int) {
	d.lastTone = i
	for j := max(d.oldest(), i-toneMargin); j < i; j++ {
		d.frame(j).voiced = false
	}
}

// steadyLimit returns for how many frames a spectrum must stay the same to be
// noise.
func (d *Detector) steadyLimit() int {
	switch {
	case d.next-1-d.lastTone <= toneMargin:
		return steadyTone
	case d.talk != nil && d.lastVoiced >= d.next-1-steadyFrames/2:
		return steadyVoiced
	case d.noise.known == 0:
		return steadyFirst
	default:
		return steadyFrames
	}
}

// adoptNoise takes the steady run that ends with frame i for a new noise.
func (d *Detector) adoptNoise(i int) {
	d.noise.adopt()
	first := i - d.frame(i).run + 1
	for j := max(first, d.oldest()); j <= i; j++ {
		f := d.frame(j)
		f.quiet, f.active, f.voiced = true, false, false
	}
	d.candidate = -1
	switch {
	case d.talk == nil:
	case first <= d.talk.first:
		d.talk = nil // It was not speech but a new noise.
	default:
		d.lastVoiced = min(d.lastVoiced, first-1)
		d.lastSpeech = min(d.lastSpeech, first-1)
	}
}

// idle looks for speech while there is none.
func (d *Detector) idle(i int) {
	f := d.frame(i)
	if f.active && !f.tone {
		if d.candidate < 0 {
			d.candidate = i
		}
		d.lastActive = i
	}
	if d.candidate >= 0 && i-d.lastActive > dropAfter {
		d.candidate = -1
	}
	if d.candidate >= 0 && f.voiced && d.isSpeech(i) {
		d.begin(i)
	}
}

// isSpeech reports whether the sound up to frame i is speech: voiced for long
// enough, longer than one packet, and not a steady buzz.
func (d *Detector) isSpeech(i int) bool {
	var voiced, blocks, longest int
	least := d.noisePower()
	for j := d.windowStart(i); j <= i; j++ {
		f := d.frame(j)
		if f.voiced {
			voiced++
		}
		blocks++
		if !f.active || f.power <= least {
			blocks = 0
		}
		longest = max(longest, blocks)
	}
	enough := voiced >= confirmVoiced && d.voiceStart(i) >= 0 || voiced >= confirmScattered
	return enough && longest >= confirmBlocks && d.varied(i)
}

// voiceStart returns the first frame of the earliest voice in the window that
// ends with frame i: confirmRun frames in a row that are voiced and carry sound
// in their first 10 ms. (A click rings, so it is voiced, in every window it lies
// in, but lies in few of their beginnings.) It returns -1 if there is none.
func (d *Detector) voiceStart(i int) int {
	least := d.noisePower()
	run := 0
	for j := d.windowStart(i); j <= i; j++ {
		run++
		if f := d.frame(j); !f.voiced || f.power <= least {
			run = 0
		}
		if run == confirmRun {
			return j - run + 1
		}
	}
	return -1
}

// noisePower returns the mean square over which a 10 ms block carries sound.
func (d *Detector) noisePower() float64 {
	var sum float64
	for k := d.noise.low; k < d.noise.high; k++ {
		sum += d.noise.noise[k]
	}
	return 2 * sum
}

// windowStart returns the first frame that counts towards a confirmation at
// frame i.
func (d *Detector) windowStart(i int) int {
	return max(d.candidate, i-confirmFrames+1, d.oldest())
}

// speaking follows a talkspurt to its end.
func (d *Detector) speaking(i int) {
	f := d.frame(i)
	switch {
	case f.voiced:
		d.lastVoiced, d.lastSpeech = i, i
	case f.active && !f.tone && i-d.lastVoiced <= unvoicedFrames:
		d.lastSpeech = i
	}
	d.measureTalk()
	if i-d.lastSpeech >= hangoverFrames {
		d.finish()
	}
}
