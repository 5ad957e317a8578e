// Command trimspeech prepares one synthesized sentence for the repository: it
// reads mono 16-bit little-endian PCM on standard input, cuts it to its first
// and last sample of speech, puts digital silence around, brings it to a fixed
// active speech level, and writes PCM of the same kind on standard output. On
// standard error it prints what a person checks: length, peak, longest pause.
//
// The voices put noise and breath of -40 to -60 dB ahead of their speech. It is
// cut away, so that the first sample that carries anything is the first sample
// of speech.
package main

import (
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
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
	// edge is how far below the active level speech begins and ends, in dB.
	edge = 35.0
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
	pcm := make([]float64, len(raw)/2)
	for i := range pcm {
		pcm[i] = float64(int16(binary.LittleEndian.Uint16(raw[2*i:]))) / 32768
	}
	level, ok := activeRMS(pcm, rate)
	if !ok {
		return fmt.Errorf("%s holds no sound", name)
	}
	floor := level * math.Pow(10, -edge/20)
	first, last := firstSpeech(pcm, rate, floor), lastSpeech(pcm, rate, floor)
	if first >= last {
		return fmt.Errorf("%s holds no speech", name)
	}
	gain := math.Pow(10, activeLevel/20) / level
	speech := pcm[first : last+1]
	peak := 20 * math.Log10(peakOf(speech)*gain)
	if peak > highestPeak {
		return fmt.Errorf("%s would peak at %.1f dBFS, above %.1f: choose a voice with less crest", name, peak, highestPeak)
	}
	pad := int(rate.Samples(margin))
	samples := make([]int16, pad+len(speech)+pad)
	for i, x := range speech {
		samples[pad+i] = int16(math.Round(x * gain * 32768))
	}
	_, err = fmt.Fprintf(log, "%-24s speech %6.3f s  peak %5.1f dBFS  longest pause %3d ms\n", name,
		rate.Duration(int64(len(speech))).Seconds(), peak, longestPause(speech, rate, floor).Milliseconds())
	return errors.Join(err, binary.Write(out, binary.LittleEndian, samples))
}

// activeRMS is the RMS over the 20 ms windows that lie within 20 dB of the
// loudest: the level of the speech without its pauses.
func activeRMS(pcm []float64, rate audio.Rate) (float64, bool) {
	window := int(rate.Samples(20 * time.Millisecond))
	var powers []float64
	var loudest float64
	for i := 0; i+window <= len(pcm); i += window {
		p := power(pcm[i : i+window])
		powers, loudest = append(powers, p), max(loudest, p)
	}
	var sum float64
	var n int
	for _, p := range powers {
		if p >= loudest/100 {
			sum, n = sum+p, n+1
		}
	}
	return math.Sqrt(sum / float64(max(n, 1))), loudest > 0
}

// firstSpeech is the first sample that reaches floor together with the RMS of
// the millisecond after it.
func firstSpeech(pcm []float64, rate audio.Rate, floor float64) int {
	ms := int(rate.Samples(time.Millisecond))
	for i := range pcm {
		if math.Abs(pcm[i]) >= floor && math.Sqrt(power(pcm[i:min(i+ms, len(pcm))])) >= floor {
			return i
		}
	}
	return len(pcm)
}

// lastSpeech mirrors firstSpeech.
func lastSpeech(pcm []float64, rate audio.Rate, floor float64) int {
	ms := int(rate.Samples(time.Millisecond))
	for i := len(pcm) - 1; i >= 0; i-- {
		if math.Abs(pcm[i]) >= floor && math.Sqrt(power(pcm[max(0, i-ms+1):i+1])) >= floor {
			return i
		}
	}
	return 0
}

// longestPause is the longest run of 5 ms windows below floor. An agent that
// waits for half a second of silence must not take it for the end of a turn.
func longestPause(pcm []float64, rate audio.Rate, floor float64) time.Duration {
	window := int(rate.Samples(5 * time.Millisecond))
	longest, run := 0, 0
	for i := 0; i+window <= len(pcm); i += window {
		run++
		if math.Sqrt(power(pcm[i:i+window])) >= floor {
			run = 0
		}
		longest = max(longest, run)
	}
	return rate.Duration(int64(longest * window))
}

func power(pcm []float64) float64 {
	var sum float64
	for _, x := range pcm {
		sum += x * x
	}
	return sum / float64(len(pcm))
}

func peakOf(pcm []float64) float64 {
	var peak float64
	for _, x := range pcm {
		peak = max(peak, math.Abs(x))
	}
	return peak
}
