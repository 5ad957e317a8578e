package ears

import (
	"cmp"
	"math"
	"slices"

	"callprobe/audio"
	"callprobe/audio/spectrum"
)

// The front end, as speech recognizers have had it since Davis and Mermelstein
// (IEEE Transactions on Acoustics, Speech, and Signal Processing 28, 1980):
// 25 ms windows every 10 ms at 16 kHz, a bank of triangular filters on the mel
// scale, logarithm, cosine transform.
const (
	featureRate = 16000
	window      = 400
	hop         = 160
	fftSize     = 512
	taps        = 31
	filters     = 26
	cepstra     = 12
	lowestHz    = 100.0
	highestHz   = 7000.0
	// floorDB is how far below the loudest filter output quieter ones are
	// held: light noise then sounds like silence.
	floorDB = 40
	// trimDB is how far below the loudest window the first and the last
	// window of speech may be.
	trimDB = 30
	// overNoiseDB is how far above the noise it must be.
	overNoiseDB = 6
)

// features is one vector of cepstra per 10 ms.
type features [][cepstra]float64

// filter is a triangle over neighbouring bins of the spectrum.
type filter struct {
	first   int
	weights []float64
}

// extractor computes features. It belongs to one goroutine.
type extractor struct {
	fft     *spectrum.FFT
	hann    [window]float64
	lowPass [taps]float64
	bank    [filters]filter
	cosines [cepstra][filters]float64
}

func newExtractor() *extractor {
	e := &extractor{fft: spectrum.New(fftSize)}
	for i := range e.hann {
		e.hann[i] = 0.5 - 0.5*math.Cos(2*math.Pi*(float64(i)+0.5)/window)
	}
	e.fillBank()
	e.fillLowPass()
	for k := range e.cosines {
		for j := range e.cosines[k] {
			e.cosines[k][j] = math.Cos(math.Pi * float64(k+1) * (float64(j) + 0.5) / filters)
		}
	}
	return e
}

// fillBank places the filters' corners evenly on the mel scale of O'Shaughnessy
// (Speech Communication: Human and Machine, 1987).
func (e *extractor) fillBank() {
	mel := func(hz float64) float64 { return 2595 * math.Log10(1+hz/700) }
	hz := func(mel float64) float64 { return 700 * (math.Pow(10, mel/2595) - 1) }
	low, high := mel(lowestHz), mel(highestHz)
	var corner [filters + 2]float64
	for i := range corner {
		corner[i] = hz(low+(high-low)*float64(i)/(filters+1)) * fftSize / float64(featureRate)
	}
	for f := range e.bank {
		left, top, right := corner[f], corner[f+1], corner[f+2]
		e.bank[f].first = int(left) + 1
		for x := float64(e.bank[f].first); x < right; x++ {
			e.bank[f].weights = append(e.bank[f].weights, min((x-left)/(top-left), (right-x)/(right-top)))
		}
	}
}

// extract returns the features of the speech in pcm, at 48 kHz, with the quiet before and
// after it cut off, and their mean taken out, so that neither level nor a
// constant colour of the line matters.
func (e *extractor) extract(pcm []int16) features {
	samples := e.third(pcm)
	n := (len(samples) - window) / hop
	if n <= 0 {
		return nil
	}
	energies := make([][filters]float64, n)
	totals := make([]float64, n)
	loudest := 0.0
	buf, power := make([]float64, fftSize), make([]float64, fftSize/2+1)
	for t := range energies {
		totals[t] = e.window(samples[t*hop:t*hop+window], buf, power, &energies[t])
		loudest = max(loudest, totals[t])
	}
	if loudest == 0 {
		return nil
	}
	noise := subtractNoise(energies, totals)
	first, last := trim(totals, max(loudest*decibels(-trimDB), noise*decibels(overNoiseDB)))
	peak := 0.0
	for t := first; t < last; t++ {
		peak = max(peak, slices.Max(energies[t][:]))
	}
	return e.cepstra(energies[first:last], peak*decibels(-floorDB))
}

// third brings 48 kHz to 16 kHz by a short low-pass filter: far from
// audio.Clip.Resample in quality, and as far in cost, which is what counts for
// comparing cepstra.
func (e *extractor) third(pcm []int16) []float64 {
	const step = 3
	out := make([]float64, max(0, (len(pcm)-taps)/step))
	for i := range out {
		for j, w := range e.lowPass {
			out[i] += w * float64(pcm[i*step+j])
		}
	}
	return out
}

// fillLowPass makes a Hann-windowed sinc with its edge at 7 kHz.
func (e *extractor) fillLowPass() {
	sum := 0.0
	for i := range e.lowPass {
		x := 2 * highestHz / float64(audio.Rate48k) * (float64(i) - (taps-1)/2)
		e.lowPass[i] = 0.5 - 0.5*math.Cos(2*math.Pi*(float64(i)+0.5)/taps)
		if x != 0 {
			e.lowPass[i] *= math.Sin(math.Pi*x) / (math.Pi * x)
		}
		sum += e.lowPass[i]
	}
	for i := range e.lowPass {
		e.lowPass[i] /= sum
	}
}

// subtractNoise takes the mean of the quietest tenth of the windows out of all
// of them, filter by filter (Boll, IEEE Transactions on Acoustics, Speech, and
// Signal Processing 27, 1979), and returns the noise of a whole window.
func subtractNoise(energies [][filters]float64, totals []float64) float64 {
	order := make([]int, len(totals))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(totals[a], totals[b]) })
	quiet := order[:(len(order)+9)/10]
	var noise [filters]float64
	total := 0.0
	for _, t := range quiet {
		total += totals[t] / float64(len(quiet))
		for f, x := range energies[t] {
			noise[f] += x / float64(len(quiet))
		}
	}
	const more = 2 // What noise has at its peaks.
	for t := range energies {
		for f := range energies[t] {
			energies[t][f] = max(0, energies[t][f]-more*noise[f])
		}
	}
	return total
}

func decibels(db float64) float64 { return math.Pow(10, db/10) }

// window fills one vector of filter energies and returns the window's own.
func (e *extractor) window(samples []float64, buf, power []float64, out *[filters]float64) float64 {
	clear(buf)
	previous := samples[0]
	const emphasis = 0.97 // Speech falls by 6 dB an octave; this lifts it.
	sum := 0.0
	for i, x := range samples {
		sum += x * x
		buf[i] = (x - emphasis*previous) * e.hann[i]
		previous = x
	}
	e.fft.Power(power, buf, 0, len(power))
	for f := range out {
		out[f] = 0
		for i, w := range e.bank[f].weights {
			out[f] += w * power[e.bank[f].first+i]
		}
	}
	return sum
}

func (e *extractor) cepstra(energies [][filters]float64, floor float64) features {
	out := make(features, len(energies))
	var mean [cepstra]float64
	for t := range energies {
		for k := range cepstra {
			for f, x := range energies[t] {
				out[t][k] += math.Log(max(x, floor)) * e.cosines[k][f]
			}
			mean[k] += out[t][k] / float64(len(energies))
		}
	}
	for t := range out {
		for k := range out[t] {
			out[t][k] -= mean[k]
		}
	}
	return out
}

// trim returns the half-open range of windows from the first to the last that
// reaches the threshold.
func trim(totals []float64, threshold float64) (first, last int) {
	for first < len(totals) && totals[first] < threshold {
		first++
	}
	last = len(totals)
	for last > first && totals[last-1] < threshold {
		last--
	}
	return first, last
}
