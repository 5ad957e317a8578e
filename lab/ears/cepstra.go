package ears

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/dsp/fourier"

	"callprobe/audio"
)

// The front end, as speech recognizers have had it since Davis and Mermelstein
// (IEEE Transactions on Acoustics, Speech, and Signal Processing 28, 1980):
// 25 ms windows every 10 ms at 16 kHz, a bank of triangular filters on the mel
// scale, logarithm, cosine transform.
const (
	featureRate audio.Rate = 16000
	window                 = 400
	hop                    = 160
	fftSize                = 512
	filters                = 26
	cepstra                = 12
	lowestHz               = 100.0
	highestHz              = 7000.0
	// floorDB is how far below the loudest filter output quieter ones are
	// held: light noise then sounds like silence.
	floorDB = 40
	// trimDB is how far below the loudest window the first and the last
	// window of speech may be.
	trimDB = 30
)

// features is one vector of cepstra per 10 ms.
type features [][cepstra]float64

// extractor computes features. It belongs to one goroutine.
type extractor struct {
	fft     *fourier.FFT
	hann    [window]float64
	bank    [filters][fftSize/2 + 1]float64
	cosines [cepstra][filters]float64
}

func newExtractor() *extractor {
	e := &extractor{fft: fourier.NewFFT(fftSize)}
	for i := range e.hann {
		e.hann[i] = 0.5 - 0.5*math.Cos(2*math.Pi*(float64(i)+0.5)/window)
	}
	e.fillBank()
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
		for bin := range e.bank[f] {
			x := float64(bin)
			e.bank[f][bin] = max(0, min((x-left)/(top-left), (right-x)/(right-top)))
		}
	}
}

// extract returns the features of the speech in clip, with the quiet before and
// after it cut off, and their mean taken out, so that neither level nor a
// constant colour of the line matters.
func (e *extractor) extract(clip audio.Clip) (features, error) {
	clip, err := clip.Resample(featureRate)
	if err != nil {
		return nil, fmt.Errorf("extract features: %w", err)
	}
	n := (len(clip.Samples) - window) / hop
	if n <= 0 {
		return nil, nil
	}
	energies := make([][filters]float64, n)
	totals := make([]float64, n)
	peak, loudest := 0.0, 0.0
	buf, coeff := make([]float64, fftSize), make([]complex128, fftSize/2+1)
	for t := range energies {
		totals[t] = e.window(clip.Samples[t*hop:t*hop+window], buf, coeff, &energies[t])
		loudest = max(loudest, totals[t])
		for _, x := range energies[t] {
			peak = max(peak, x)
		}
	}
	if loudest == 0 {
		return nil, nil
	}
	first, last := trim(totals, loudest*math.Pow(10, -trimDB/10.0))
	return e.cepstra(energies[first:last], peak*math.Pow(10, -floorDB/10.0)), nil
}

// window fills one vector of filter energies and returns their sum.
func (e *extractor) window(samples []int16, buf []float64, coeff []complex128, out *[filters]float64) float64 {
	clear(buf)
	previous := float64(samples[0])
	const emphasis = 0.97 // Speech falls by 6 dB an octave; this lifts it.
	for i, s := range samples {
		x := float64(s)
		buf[i] = (x - emphasis*previous) * e.hann[i]
		previous = x
	}
	e.fft.Coefficients(coeff, buf)
	sum := 0.0
	for f := range out {
		out[f] = 0
		for bin, w := range e.bank[f] {
			if w > 0 {
				c := coeff[bin]
				out[f] += w * (real(c)*real(c) + imag(c)*imag(c))
			}
		}
		sum += out[f]
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
