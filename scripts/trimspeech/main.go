// Command trimspeech prepares one synthesized sentence for the repository: it
// reads mono 16-bit little-endian PCM on standard input, cuts it to its first
// and last sample of speech, puts digital silence around, brings it to a fixed
// active speech level, and writes PCM of the same kind on standard output. On
// standard error it prints what a person checks: length, peak, longest pause.
//
// The voices put noise and breath of -33 to -60 dB up to 200 ms ahead of their
// speech. It is cut away well above the level at which speech begins by
// callprobe's definition, so that where it begins does not hang on a decibel.
package main

import (
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"time"

	"callprobe/audio"
)

const (
	// activeLevel is where speech sits in a call: ITU-T P.56 telephony practice
	// puts it near 26 dB below overload, browsers with gain control 3 dB higher.
	activeLevel = -23.0
	// margin is the silence before the first and after the last sample of
	// speech.
	margin = 100 * time.Millisecond
	// highestPeak leaves room for the ripple that mp3 and Opus add, in dBFS.
	highestPeak = -1.0
	// edge is how far below the active level the cuts are, in dB: 5 dB above
	// the 35 dB of the definition of onset and offset.
	edge = 30.0
)

func main() {
	rate := flag.Int("rate", 24000, "Sample rate of the PCM in Hz.")
	name := flag.String("name", "-", "What to call the sentence on standard error.")
	flag.Parse()
	if err := run(*name, audio.Rate(*rate), os.Stdin, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintf(os.Stderr, "trimspeech: %v\n", err)
		os.Exit(1)
	}
}

func run(name string, rate audio.Rate, in io.Reader, out, log io.Writer) error {
	raw, err := io.ReadAll(in)
	if err != nil {
		return fmt.Errorf("read pcm: %w", err)
	}
	clip := audio.Clip{Rate: rate, Samples: make([]int16, len(raw)/2)}
	for i := range clip.Samples {
		clip.Samples[i] = int16(binary.LittleEndian.Uint16(raw[2*i:]))
	}
	clip = clip.WithActiveLevel(activeLevel)
	level := clip.ActiveLevelDBFS()
	if math.IsInf(level, -1) {
		return fmt.Errorf("%s holds no sound", name)
	}
	floor := 32768 * math.Pow(10, (level-edge)/20)
	first, end := firstSpeech(clip, floor), endOfSpeech(clip, floor)
	if first >= end {
		return fmt.Errorf("%s holds no speech", name)
	}
	clip.Samples = clip.Samples[first:end]
	if peak := clip.PeakDBFS(); peak > highestPeak || level < activeLevel-0.1 {
		return fmt.Errorf("%s would peak at %.1f dBFS, above %.1f: choose a voice with less crest", name, peak, highestPeak)
	}
	pad := make([]int16, rate.Samples(margin))
	_, err = fmt.Fprintf(log, "%-24s speech %6.3f s  peak %5.1f dBFS  longest pause %3d ms\n", name,
		clip.Duration().Seconds(), clip.PeakDBFS(), longestPause(clip, floor).Milliseconds())
	return errors.Join(err, binary.Write(out, binary.LittleEndian, slices.Concat(pad, clip.Samples, pad)))
}

// firstSpeech is the first sample that reaches floor together with the RMS of
// the millisecond after it.
func firstSpeech(c audio.Clip, floor float64) int {
	ms := int(c.Rate.Samples(time.Millisecond))
	for i, s := range c.Samples {
		if math.Abs(float64(s)) >= floor && rms(c.Samples[i:min(i+ms, len(c.Samples))]) >= floor {
			return i
		}
	}
	return len(c.Samples)
}

// endOfSpeech mirrors firstSpeech: one past the last such sample.
func endOfSpeech(c audio.Clip, floor float64) int {
	ms := int(c.Rate.Samples(time.Millisecond))
	for end := len(c.Samples); end > 0; end-- {
		if math.Abs(float64(c.Samples[end-1])) >= floor && rms(c.Samples[max(0, end-ms):end]) >= floor {
			return end
		}
	}
	return 0
}

// longestPause is the longest run of 5 ms windows below floor. An agent that
// waits for half a second of silence must not take it for the end of a turn.
func longestPause(c audio.Clip, floor float64) time.Duration {
	window := int(c.Rate.Samples(5 * time.Millisecond))
	longest, run := 0, 0
	for w := range slices.Chunk(c.Samples, window) {
		run++
		if rms(w) >= floor {
			run = 0
		}
		longest = max(longest, run)
	}
	return c.Rate.Duration(int64(longest * window))
}

func rms(samples []int16) float64 {
	var sum float64
	for _, s := range samples {
		sum += float64(s) * float64(s)
	}
	return math.Sqrt(sum / float64(len(samples)))
}
