package vad

import (
	"math"

	"callprobe/audio"
	"callprobe/audio/spectrum"
)

// The coarse stage looks at windows of about 30 ms of audio at about 16 kHz,
// one every 10 ms, between 140 and 6800 Hz: the band that both narrow and wide
// band speech fill.
const (
	hopsPerSecond  = 100
	windowSeconds  = 0.030
	coarseRateHz   = 16000
	bandLowHz      = 95
	bandHighHz     = 6800
	decimatorTaps  = 31
	decimatorShare = 0.88 // of the new Nyquist frequency is passed
)

// frontEnd turns samples at any rate into power spectra of the coarse stage.
type frontEnd struct {
	hop    int // samples from one window to the next, at the input rate
	factor int // input samples per coarse sample
	win    int // coarse samples in a window
	taps   []float64
	window []float64
	fft    *spectrum.FFT

	low, high int     // first bin of the band, and one past the last
	binHz     float64 // distance of the bins

	coarse   []float64 // the coarse samples of the window
	filled   int       // how many of them are valid
	input    []float64 // what the new ones of them are made from
	windowed []float64
	power    []float64 // of the bins of the band
}

func newFrontEnd(rate audio.Rate) *frontEnd {
	f := &frontEnd{hop: int(rate) / hopsPerSecond}
	f.factor = max(1, int(math.Round(float64(rate)/coarseRateHz)))
	for f.hop%f.factor != 0 {
		f.factor--
	}
	coarse := float64(rate) / float64(f.factor)
	f.win = nextSmooth(int(coarse * windowSeconds))
	f.binHz = coarse / float64(f.win)
	f.low = int(math.Ceil(bandLowHz / f.binHz))
	f.high = int(min(bandHighHz, 0.45*coarse)/f.binHz) + 1
	f.taps = lowPass(f.factor)
	f.window = make([]float64, f.win)
	for i := range f.window {
		f.window[i] = 0.5 - 0.5*math.Cos(2*math.Pi*(float64(i)+0.5)/float64(f.win))
	}
	f.fft = spectrum.New(f.win)
	f.coarse = make([]float64, f.win)
	f.input = make([]float64, f.win*f.factor+len(f.taps))
	f.windowed = make([]float64, f.win)
	f.power = make([]float64, f.win/2+1)
	return f
}

// span returns how many input samples a window covers.
func (f *frontEnd) span() int { return f.win * f.factor }

// reach returns how many input samples past the window's end the low-pass
// filter needs.
func (f *frontEnd) reach() int { return len(f.taps) / 2 }

// nextSmooth returns the least n >= from whose prime factors are 2, 3 and 5,
// and which is even, for which the Fourier transform is fast.
func nextSmooth(from int) int {
	for n := from + from%2; ; n += 2 {
		rest := n
		for _, p := range [...]int{2, 3, 5} {
			for rest%p == 0 {
				rest /= p
			}
		}
		if rest == 1 {
			return n
		}
	}
}

// lowPass returns a Hamming-windowed sinc for decimation by factor, of unit
// gain at 0 Hz; a single tap of 1 for factor 1.
func lowPass(factor int) []float64 {
	if factor == 1 {
		return []float64{1}
	}
	n := decimatorTaps
	if factor > 3 {
		n = decimatorTaps*factor/3 | 1
	}
	taps := make([]float64, n)
	cut := decimatorShare / float64(factor)
	var sum float64
	for i := range taps {
		t := float64(i - n/2)
		sinc := cut
		if t != 0 {
			sinc = math.Sin(math.Pi*cut*t) / (math.Pi * t)
		}
		taps[i] = sinc * (0.54 - 0.46*math.Cos(2*math.Pi*float64(i)/float64(n-1)))
		sum += taps[i]
	}
	for i := range taps {
		taps[i] /= sum
	}
	return taps
}

// advance moves the window on by one hop (the first time, fills it) and returns
// its power spectrum, scaled so that its sum over all bins is the mean square.
// The window starts at position start.
func (f *frontEnd) advance(h *history, start audio.Pos) []float64 {
	step := f.hop / f.factor
	if f.filled == 0 {
		step = f.win
	} else {
		copy(f.coarse, f.coarse[step:])
	}
	first := f.win - step
	half := len(f.taps) / 2
	h.read(f.input, start+audio.Pos(first*f.factor-half))
	for i := first; i < f.win; i++ {
		f.coarse[i] = f.filter(f.input[(i-first)*f.factor:])
	}
	f.filled = f.win
	return f.spectrum()
}

// filter returns the low-passed sample in the middle of the first of x.
func (f *frontEnd) filter(x []float64) float64 {
	x = x[:len(f.taps)]
	half := len(f.taps) / 2
	sum, other := f.taps[half]*x[half], 0.0
	i := 0
	for ; i+1 < half; i += 2 {
		sum += f.taps[i] * (x[i] + x[len(x)-1-i])
		other += f.taps[i+1] * (x[i+1] + x[len(x)-2-i])
	}
	if i < half {
		sum += f.taps[i] * (x[i] + x[len(x)-1-i])
	}
	return sum + other
}

// spectrum computes the power spectrum of the window.
func (f *frontEnd) spectrum() []float64 {
	silent := true
	for i, s := range f.coarse {
		if s != 0 {
			silent = false
		}
		f.windowed[i] = s * f.window[i]
	}
	if silent {
		clear(f.power)
		return f.power
	}
	f.fft.Power(f.power, f.windowed, f.low, f.high)
	// A Hann window of n samples passes 3n/8 of the energy; the spectrum is
	// one-sided.
	scale := 2 / (0.375 * float64(f.win) * float64(f.win))
	for k := f.low; k < f.high; k++ {
		f.power[k] *= scale
	}
	return f.power
}
