// Package ears recognizes recordings that it knows. It is small and honest: it
// compares cepstra under dynamic time warping, and what is not close enough to
// any recording, it has not understood. Noise, other words, half a sentence and
// speech at the wrong speed are not understood.
package ears

import (
	"fmt"
	"math"
	"sync"

	"callprobe/audio"
	"callprobe/audio/opus"
	"callprobe/lab/voice"
)

// MaxDistance is the largest distance at which speech counts as understood.
// Between the same words clean, over Opus, 6 dB down and with light noise the
// distance is below it; between different words it is above (see the table
// that the package's test prints).
const MaxDistance = 9.0

// Book holds the recordings that can be understood. It may be used by any
// number of goroutines.
type Book struct {
	entries    []entry
	extractors sync.Pool
}

type entry struct {
	rec      *voice.Recording
	features features
	// coded is the recording after Opus, as it is heard: position i carries
	// sample i - Lookahead of the recording.
	coded []int16
}

// Heard is what a book made of some speech.
type Heard struct {
	// Recording is the nearest one; it was understood if Understood.
	Recording  *voice.Recording
	Understood bool
	// Distance is that to the nearest recording, +Inf when none is near.
	Distance float64
}

// NewBook learns recordings.
func NewBook(recs []voice.Recording) (*Book, error) {
	b := &Book{extractors: sync.Pool{New: func() any { return newExtractor() }}}
	for i := range recs {
		rec := &recs[i]
		f, err := b.features(rec.Clip.Samples)
		if err != nil {
			return nil, fmt.Errorf("learn %q: %w", rec.Name, err)
		}
		coded, err := throughOpus(rec.Clip)
		if err != nil {
			return nil, fmt.Errorf("learn %q: %w", rec.Name, err)
		}
		b.entries = append(b.entries, entry{rec, f, coded})
	}
	return b, nil
}

// Recognize compares speech at 48 kHz with everything in the book.
func (b *Book) Recognize(pcm []int16) (Heard, error) {
	heard := Heard{Distance: math.Inf(1)}
	f, err := b.features(pcm)
	if err != nil {
		return heard, err
	}
	for i := range b.entries {
		if d := warp(b.entries[i].features, f); d < heard.Distance {
			heard.Recording, heard.Distance = b.entries[i].rec, d
		}
	}
	heard.Understood = heard.Distance <= MaxDistance
	return heard, nil
}

// Place finds where in pcm, which is decoded Opus at 48 kHz, rec begins: the
// sender's sample i of rec is at position pos + i on the sender's timeline,
// that is at pos + i + opus.Lookahead in pcm. Match is the correlation, -1 to
// 1.
//
// The recording is compared as it sounds after Opus, so the phase of the
// encoder's filters does not move the result.
func (b *Book) Place(rec *voice.Recording, pcm []int16) (pos int64, match float64) {
	for i := range b.entries {
		if b.entries[i].rec == rec {
			// The delay of the codec is in both, and cancels out.
			return align(b.entries[i].coded, pcm)
		}
	}
	return 0, 0
}

// Len returns the number of recordings in the book.
func (b *Book) Len() int { return len(b.entries) }

func (b *Book) features(pcm []int16) (features, error) {
	e, ok := b.extractors.Get().(*extractor)
	if !ok {
		e = newExtractor()
	}
	defer b.extractors.Put(e)
	return e.extract(audio.Clip{Rate: audio.Rate48k, Samples: pcm})
}

// throughOpus encodes and decodes a clip.
func throughOpus(clip audio.Clip) ([]int16, error) {
	packets, err := opus.EncodeClip(clip, opus.EncoderConfig{})
	if err != nil {
		return nil, err
	}
	dec, err := opus.NewDecoder()
	if err != nil {
		return nil, err
	}
	var out []int16
	pcm := make([]int16, opus.MaxPacketSamples)
	for _, p := range packets {
		n, err := dec.Decode(p, pcm)
		if err != nil {
			return nil, err
		}
		out = append(out, pcm[:n]...)
	}
	return out, nil
}
