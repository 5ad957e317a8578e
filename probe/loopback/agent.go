package loopback

import (
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/pion/webrtc/v4"

	"callprobe/audio"
	"callprobe/audio/opus"
	"callprobe/probe"
)

// replyBitrate is what agents send for speech, in bit/s.
const replyBitrate = 32000

// shifts are the places in a packet at which a reply may begin, in samples, so
// that its onset does not always lie at the same place. Any will do.
func shifts() []int { return []int{0, 211, 487, 754} }

// agent answers utterances that it knows.
type agent struct {
	call  *call
	mouth *microphone
	delay time.Duration
	// lasts knows, by its content, the packet with the last voiced sample of
	// each utterance.
	lasts map[string]last
	hush  []byte
	takes []take

	mu      sync.Mutex
	answers int
	plan    *reply // planned or being said
}

// last is the end of an utterance: what was said, and how far into its packet
// the last voiced sample lies.
type last struct {
	text string
	into time.Duration
}

// take is the reply as packets; its first voiced sample lies onset into them.
type take struct {
	packets [][]byte
	onset   audio.Pos
}

// reply is one take on its way out.
type reply struct {
	take  take
	at    time.Time // when the first packet is due
	heard time.Time // when the caller's last voiced sample arrived
	next  int
	took  time.Duration
	said  bool
}

func newAgent(d Dialer) (*agent, error) {
	a := &agent{delay: d.Delay, lasts: map[string]last{}}
	for _, t := range d.Plan.Turns {
		if t.Silent() {
			continue
		}
		k := (t.Say.Speech.End - 1) / audio.FrameSamples
		a.lasts[string(t.Say.Packets[k])] = last{
			text: t.Say.Reference,
			into: audio.Rate48k.Duration(int64(t.Say.Speech.End - k*audio.FrameSamples)),
		}
	}
	hush := audio.Clip{Rate: audio.Rate48k, Samples: make([]int16, 10*audio.FrameSamples)}
	packets, err := opus.EncodeClip(hush, opus.EncoderConfig{Bitrate: replyBitrate})
	if err != nil {
		return nil, fmt.Errorf("encode silence: %w", err)
	}
	a.hush = packets[len(packets)-1]
	for _, shift := range shifts() {
		padded := audio.Clip{Rate: audio.Rate48k, Samples: append(make([]int16, shift), d.Reply.Clip.Samples...)}
		packets, err := opus.EncodeClip(padded, opus.EncoderConfig{Bitrate: replyBitrate})
		if err != nil {
			return nil, fmt.Errorf("encode reply: %w", err)
		}
		a.takes = append(a.takes, take{packets, d.Reply.Speech.Start + audio.Pos(shift) + opus.Lookahead})
	}
	return a, nil
}

// listen stamps each packet of the caller as soon as it is read.
func (a *agent) listen(track *webrtc.TrackRemote) {
	for {
		p, _, err := track.ReadRTP()
		at := time.Now()
		if err != nil {
			return
		}
		if l, ends := a.lasts[string(p.Payload)]; ends {
			a.understood(l.text)
			a.answer(at.Add(l.into))
		}
	}
}

// answer plans the reply to an utterance whose last voiced sample arrived at
// heard.
func (a *agent) answer(heard time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	t := a.takes[a.answers%len(a.takes)]
	a.answers++
	a.plan = &reply{take: t, heard: heard, at: heard.Add(a.delay - audio.Rate48k.Duration(int64(t.onset)))}
}

// speak sends a packet every 20 ms until the call is over.
func (a *agent) speak() {
	start := time.Now()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for k := int64(0); ; k++ {
		timer.Reset(time.Until(frameTime(start, k)))
		select {
		case <-a.call.done:
			return
		case <-timer.C:
		}
		packet, done := a.frame(time.Now())
		if err := a.mouth.write(packet); err != nil {
			return // The call is over.
		}
		if done != nil {
			a.report(done)
		}
	}
}

// frame returns the packet to write now, and the reply that ends with it.
func (a *agent) frame(now time.Time) (packet []byte, done *reply) {
	a.mu.Lock()
	defer a.mu.Unlock()
	r := a.plan
	if r == nil || r.next == 0 && now.Before(r.at) {
		return a.hush, nil
	}
	if first := audio.Pos(r.next) * audio.FrameSamples; !r.said && r.take.onset < first+audio.FrameSamples {
		r.said = true
		r.took = now.Add(audio.Rate48k.Duration(int64(r.take.onset - first))).Sub(r.heard)
	}
	packet = r.take.packets[r.next]
	if r.next++; r.next == len(r.take.packets) {
		a.plan, done = nil, r
	}
	return packet, done
}

// understood publishes what the caller said, as an agent would.
func (a *agent) understood(text string) {
	a.mu.Lock()
	segment := strconv.Itoa(a.answers)
	a.mu.Unlock()
	a.call.emit(probe.Event{At: time.Since(a.call.start), Kind: probe.TranscriptHeard, Transcript: &probe.Transcript{
		Speaker: probe.CallerSpeaks, Channel: probe.StreamChannel, Segment: segment, Text: text, Final: true,
	}})
}

// report tells how long the reply really took, the way agents do.
func (a *agent) report(r *reply) {
	a.call.emit(probe.Event{At: time.Since(a.call.start), Kind: probe.SessionReport, Participant: Identity, Session: &probe.SessionMessage{
		Type: "conversation_item_added", Role: "assistant", Metrics: map[string]float64{"e2e_latency": r.took.Seconds()},
	}})
}
