package agent

import (
	"context"
	"time"

	"github.com/pion/webrtc/v4"

	"callprobe/audio/opus"
	"callprobe/lab/ears"
	"callprobe/lab/voice"
)

// hearEvent is something that the agent heard.
type hearEvent struct {
	kind hearKind
	// onset is when the speech began, by the energy detector, de-jittered;
	// lasted is how long it has gone on.
	onset  time.Time
	lasted time.Duration
	turn   *heardTurn
	// rec is what is guessed, begins when its first sample arrived.
	rec    *voice.Recording
	begins time.Time
}

type hearKind int

const (
	began   hearKind = iota // Somebody began to speak.
	goesOn                  // And still speaks.
	guessed                 // And seems to say something that is known.
	hasSaid                 // And has ended.
)

// heardTurn is one utterance, with when it began and ended: raw arrivals and
// de-jittered ones. Exact says that they are of the samples at which the known
// recording begins and ends, not estimates.
type heardTurn struct {
	heard                              ears.Heard
	start, end, startSmooth, endSmooth time.Time
	exact                              bool
	match                              float64
	frame                              int
}

// ear listens to one track.
type ear struct {
	book *ears.Book
	// endpointing is how long silence lasts before understood speech counts
	// as said, patience the same for any other.
	endpointing, patience time.Duration
	out                   chan<- hearEvent

	packets  chan packet
	timeline ears.Timeline
	ends     ears.Endpointer
	decoder  *opus.Decoder
	pcm      []int16
	frameLen int64
	dtx      bool // The last packet said that silence begins.

	announced bool
	attempt   *attempt
	results   chan *attempt
	guesses   int // In this speech so far.
	guessing  chan guess
}

type packet struct {
	timestamp uint32
	at        time.Time
	payload   []byte
}

// guess is what a guess came to; rec is nil when nothing was recognized.
type guess struct {
	rec   *voice.Recording
	begin int64
}

// attempt is one try to understand what was heard up to a position.
type attempt struct {
	upTo  int64
	done  bool
	heard ears.Heard
	// pos is where the recording begins on the sender's timeline.
	pos   int64
	match float64
}

// packetQueue holds packets while the ear is busy: five seconds.
const packetQueue = 250

// tick is how often the ear looks at the clock while no packets come.
const tick = 20 * time.Millisecond

// attemptAfter is the shortest silence after which it is worth asking whether
// an utterance is complete.
const attemptAfter = 120 * time.Millisecond

// A guess at the words is made after so much speech, and once more after twice
// as much: words appear while they are spoken.
const (
	guessAfter = 600 * time.Millisecond
	maxGuesses = 2
)

// before is how much is looked at before the onset that the energy detector
// gave: weak first sounds.
const before = 48000 / 2

func newEar(book *ears.Book, endpointing, patience time.Duration, out chan<- hearEvent) (*ear, error) {
	dec, err := opus.NewDecoder()
	if err != nil {
		return nil, err
	}
	return &ear{
		book:        book,
		endpointing: endpointing,
		patience:    max(patience, endpointing),
		out:         out,
		packets:     make(chan packet, packetQueue),
		decoder:     dec,
		pcm:         make([]int16, opus.MaxPacketSamples),
		frameLen:    960,
		results:     make(chan *attempt, 1),
		guessing:    make(chan guess, maxGuesses),
	}, nil
}

// read takes packets from the track and stamps them next to the read. It ends
// with the track.
func (e *ear) read(ctx context.Context, track *webrtc.TrackRemote) {
	defer close(e.packets)
	for {
		p, _, err := track.ReadRTP()
		at := time.Now()
		if err != nil {
			return
		}
		if len(p.Payload) == 0 {
			continue
		}
		select {
		case e.packets <- packet{p.Timestamp, at, p.Payload}:
		case <-ctx.Done():
			return
		}
	}
}

// listen makes events of packets until they end or ctx does.
func (e *ear) listen(ctx context.Context) {
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case p, ok := <-e.packets:
			if !ok {
				return
			}
			e.take(p)
		case a := <-e.results:
			a.done = true
		case g := <-e.guessing:
			if e.announced && g.rec != nil {
				event := hearEvent{kind: guessed, rec: g.rec, begins: e.timeline.Smooth(g.begin)}
				if !e.post(ctx, event) {
					return
				}
			}
		case now := <-ticker.C:
			if gap := e.timeline.Now(now) - e.late() - e.ends.End(); gap > 0 {
				e.ends.Skip(gap)
			}
		}
		if !e.judge(ctx) {
			return
		}
	}
}

// late is how many samples behind the clock packets may be before what is
// missing counts as silence: few after a packet that says that silence begins
// (DTX), a second otherwise, because a busy machine holds packets up.
func (e *ear) late() int64 {
	if e.dtx {
		return 48000 / 10
	}
	return 48000
}

// take decodes a packet onto the timeline.
func (e *ear) take(p packet) {
	const dtxLength = 2 // RFC 6716, section 2.1.9.
	e.dtx = len(p.payload) <= dtxLength
	pos := e.timeline.Position(p.timestamp)
	e.timeline.Arrived(pos, p.at)
	n, err := e.decoder.Decode(p.payload, e.pcm)
	if err != nil {
		return
	}
	e.frameLen = int64(n)
	e.timeline.Append(pos, e.pcm[:n])
	if from := e.ends.End(); from < pos {
		e.ends.Skip(pos - from)
	}
	if skip := e.ends.End() - pos; skip < int64(n) {
		e.ends.Write(e.pcm[max(0, skip):n])
	}
}

// judge says what is new. It reports false when ctx ended.
func (e *ear) judge(ctx context.Context) bool {
	onset, last, ok := e.ends.Speech()
	if !ok {
		e.announced, e.attempt, e.guesses = false, nil, 0
		return true
	}
	silent := samplesDuration(e.ends.End() - last)
	event := hearEvent{kind: goesOn, onset: e.timeline.Smooth(onset), lasted: samplesDuration(last - onset)}
	if !e.announced {
		e.announced = true
		event.kind = began
	}
	if e.guesses < maxGuesses && event.lasted >= guessAfter*time.Duration(e.guesses+1) {
		e.guess(onset)
	}
	if silent < attemptAfter {
		return e.post(ctx, event)
	}
	if e.attempt == nil || (e.attempt.done && e.attempt.upTo != last) {
		e.begin(onset, last)
	}
	if !e.attempt.done || e.attempt.upTo != last {
		return true
	}
	understood := e.attempt.heard.Understood
	if (understood && silent >= e.endpointing) || silent >= e.patience {
		turn := e.turn(e.attempt, onset, last)
		e.ends.Finish()
		return e.post(ctx, hearEvent{kind: hasSaid, turn: turn})
	}
	return true
}

// guess starts a guess at what has begun.
func (e *ear) guess(onset int64) {
	e.guesses++
	const lead = 48000 / 10
	view, at := e.timeline.Slice(onset-lead, onset+48000)
	pcm := append([]int16(nil), view...)
	go func() {
		rec, start, _ := e.book.Guess(pcm)
		e.guessing <- guess{rec, at + start}
	}()
}

// begin starts an attempt on a copy of what was heard, away from the packets.
func (e *ear) begin(onset, last int64) {
	view, at := e.timeline.Slice(onset-before, last+before)
	pcm := append([]int16(nil), view...)
	a := &attempt{upTo: last}
	e.attempt = a
	go func() {
		heard := e.book.Recognize(pcm)
		if heard.Understood {
			var err error
			if a.pos, a.match, err = e.book.Place(heard.Recording, pcm); err != nil {
				heard.Understood = false
			}
			a.pos += at
		}
		a.heard = heard
		e.results <- a
	}()
}

// turn dates what was heard.
func (e *ear) turn(a *attempt, onset, last int64) *heardTurn {
	t := &heardTurn{heard: a.heard, match: a.match}
	if a.heard.Understood {
		speech := a.heard.Recording.Speech
		onset, last = a.pos+int64(speech.Start), a.pos+int64(speech.End)
		t.exact = true
		t.frame = int(((a.pos % e.frameLen) + e.frameLen) % e.frameLen)
	}
	t.start, t.startSmooth = e.timeline.Raw(onset), e.timeline.Smooth(onset)
	// One past the last sample belongs to the packet of the last sample.
	t.end = e.timeline.Raw(last - 1).Add(samplesDuration(1))
	t.endSmooth = e.timeline.Smooth(last)
	return t
}

func (e *ear) post(ctx context.Context, event hearEvent) bool {
	select {
	case e.out <- event:
		return true
	case <-ctx.Done():
		return false
	}
}
