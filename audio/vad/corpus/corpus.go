// Package corpus builds clips whose first and last sample of speech are known
// by construction, to measure the speech detector on: a clean utterance is cut
// to its speech by the definition, brought to a level, and laid into silence or
// noise, with clicks, tones and hum around it, and through Opus if asked.
//
// The same source, condition and seed always give the same clip.
package corpus

import (
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"

	"callprobe/audio"
	"callprobe/audio/vad"
)

// Source is clean speech at 48 kHz that begins with its first sample of speech
// and ends with its last.
type Source struct {
	Name   string
	Speech []int16
}

// NewSource cuts a clean recording to its speech by the definition of onset and
// offset.
func NewSource(name string, c audio.Clip) (Source, error) {
	c, err := c.Resample(audio.Rate48k)
	if err != nil {
		return Source{}, fmt.Errorf("prepare source %s: %w", name, err)
	}
	span, ok := vad.SpeechByDefinition(c)
	if !ok {
		return Source{}, fmt.Errorf("prepare source %s: the recording is silent: remove it", name)
	}
	return Source{Name: name, Speech: c.Samples[span.Start:span.End]}, nil
}

// Case is one clip of the corpus.
type Case struct {
	Name      string
	Condition Condition
	Clip      audio.Clip
	// Speech is where the speech is; it is empty in a clip without speech.
	Speech audio.Span
	// Emergence is where the speech first reaches the level of the noise (RMS
	// over 5 ms): no detector can be expected to find it earlier than that.
	// Without noise it is the speech's first sample.
	Emergence audio.Pos
	// Submergence is the same for the end: one past where the speech last
	// reaches the level of the noise.
	Submergence audio.Pos
	// Concealed are the stretches that the decoder made up for lost packets.
	Concealed []audio.Span
}

// Detect gives the clip to a detector as a call does: what was concealed carries
// no onset.
func (c Case) Detect() []vad.Talkspurt {
	d := vad.NewDetector()
	var found []vad.Talkspurt
	at := audio.Pos(0)
	for _, s := range c.Concealed {
		found = append(found, d.Write(c.Clip.Samples[at:s.Start], true)...)
		found = append(found, d.Write(c.Clip.Samples[s.Start:s.End], false)...)
		at = s.End
	}
	found = append(found, d.Write(c.Clip.Samples[at:], true)...)
	return append(found, d.Close()...)
}

// Lengths of what surrounds the speech, in seconds.
const (
	leadLeast, leadMost   = 1.4, 2.6
	trailLeast, trailMost = 0.8, 1.4
	emptySeconds          = 4
)

// Build lays a source into a condition. The seed chooses noise, lead and the
// places of disturbances; it changes with the source and the condition by
// itself.
func Build(s Source, c Condition, seed uint64) (Case, error) {
	rng := rand.New(rand.NewPCG(seed, nameHash(s.Name+"/"+c.Name)))
	lead := seconds(between(rng, leadLeast, leadMost))
	if c.FirstFrame {
		lead = 0
	}
	speech := s.Speech
	if c.NoSpeech {
		speech, lead = nil, seconds(emptySeconds)
	}
	total := lead + len(speech) + seconds(between(rng, trailLeast, trailMost))
	mix := make([]float64, total)
	place(mix, lead, speech, c.level())
	clean := append([]float64(nil), mix...)
	noise := c.noise(rng, total, lead)
	add(mix, noise)
	c.disturb(rng, mix, lead)
	pcm := quantize(mix)
	out := Case{
		Name: s.Name + "/" + c.Name, Condition: c,
		Clip:   audio.Clip{Rate: audio.Rate48k, Samples: pcm},
		Speech: audio.Span{Start: audio.Pos(lead), End: audio.Pos(lead + len(speech))},
	}
	out.Emergence, out.Submergence = audible(clean, noise, out.Speech)
	if c.OpusBitrate == 0 {
		return out, nil
	}
	var err error
	out.Clip.Samples, out.Concealed, err = throughOpus(rng, pcm, c)
	if err != nil {
		return Case{}, fmt.Errorf("build case %s: %w", out.Name, err)
	}
	return out, nil
}

// place adds speech from position at on, at an active level of levelDBFS.
func place(mix []float64, at int, speech []int16, levelDBFS float64) {
	if len(speech) == 0 {
		return
	}
	now := audio.Clip{Rate: audio.Rate48k, Samples: speech}.ActiveLevelDBFS()
	gain := math.Pow(10, (levelDBFS-now)/20)
	for i, v := range speech {
		mix[at+i] += gain * float64(v)
	}
}

// quantize rounds to 16 bits.
func quantize(mix []float64) []int16 {
	out := make([]int16, len(mix))
	for i, v := range mix {
		out[i] = int16(min(max(math.Round(v), math.MinInt16), math.MaxInt16))
	}
	return out
}

// audible returns where the RMS of the clean speech over 5 ms first and last
// reaches the RMS of the noise.
func audible(clean, noise []float64, speech audio.Span) (first, last audio.Pos) {
	var power float64
	for _, v := range noise {
		power += v * v
	}
	if power == 0 || speech.Empty() {
		return speech.Start, speech.End
	}
	power /= float64(len(noise))
	first, last = speech.Start, speech.End
	win := seconds(0.005)
	found := false
	for p := int(speech.Start); p+win <= min(len(clean), int(speech.End)); p += win / 10 {
		var sum float64
		for _, v := range clean[p : p+win] {
			sum += v * v
		}
		if sum/float64(win) < power {
			continue
		}
		if !found {
			first, found = audio.Pos(p), true
		}
		last = audio.Pos(p + win)
	}
	return first, last
}

func add(mix, what []float64) {
	for i := range min(len(mix), len(what)) {
		mix[i] += what[i]
	}
}

func seconds(s float64) int { return int(s * float64(audio.Rate48k)) }

func between(rng *rand.Rand, lo, hi float64) float64 { return lo + (hi-lo)*rng.Float64() }

func nameHash(name string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(name))
	return h.Sum64()
}
