package corpus

import (
	"math"
	"math/rand/v2"

	"callprobe/audio"
)

// generate returns n samples of noise at any level.
func generate(rng *rand.Rand, kind Noise, n int) []float64 {
	x := make([]float64, n)
	switch kind {
	case NoNoise:
	case White:
		for i := range x {
			x[i] = rng.NormFloat64()
		}
	case Pink:
		pink(rng, x)
	case Comfort:
		// One pole at 2.5 kHz and one zero at 0 Hz: band noise of a phone line.
		a := math.Exp(-2 * math.Pi * 2500 / float64(audio.Rate48k))
		var low, slow float64
		for i := range x {
			low = a*low + (1-a)*rng.NormFloat64()
			slow += 0.01 * (low - slow)
			x[i] = low - slow
		}
	case Hum:
		phase := 2 * math.Pi * rng.Float64()
		for i := range x {
			t := 2 * math.Pi * 50 * float64(i) / float64(audio.Rate48k)
			for h := 1; h <= 9; h += 2 {
				x[i] += math.Sin(float64(h)*t+phase*float64(h)) / float64(h)
			}
			x[i] += 0.3*math.Sin(2*t) + 0.003*rng.NormFloat64()
		}
	}
	return x
}

// pink fills x with noise whose power falls by 3 dB an octave: the sum of
// low-passed noises of equal power whose corners lie two octaves apart.
func pink(rng *rand.Rand, x []float64) {
	var pole, gain, state [6]float64
	hz := 12.0
	for p := range pole {
		pole[p] = math.Exp(-2 * math.Pi * hz / float64(audio.Rate48k))
		gain[p] = math.Sqrt(1 - pole[p]*pole[p])
		hz *= 4
	}
	for i := range x {
		for p := range pole {
			state[p] = pole[p]*state[p] + gain[p]*rng.NormFloat64()
			x[i] += state[p]
		}
	}
}

// scaleTo brings x to an RMS level.
func scaleTo(x []float64, levelDBFS float64) {
	var sum float64
	for _, v := range x {
		sum += v * v
	}
	if sum == 0 {
		return
	}
	gain := 32768 * math.Pow(10, levelDBFS/20) / math.Sqrt(sum/float64(len(x)))
	for i := range x {
		x[i] *= gain
	}
}

// clearBefore is how far ahead of the speech the last disturbance ends, at
// least, in seconds, and clearNear where a condition wants them near.
const clearBefore, clearNear = 0.3, 0.08

// disturb adds clicks, tones and leaked frames ahead of the speech at lead.
func (c Condition) disturb(rng *rand.Rand, mix []float64, lead int) {
	room := lead - seconds(clearBefore)
	if c.Near {
		room = lead - seconds(clearNear)
	}
	for range c.Clicks {
		at := seconds(0.1) + rng.IntN(max(1, room-seconds(0.11)))
		addClick(rng, mix[at:])
	}
	for i := range c.Leaks {
		slot := (room - seconds(0.1)) / c.Leaks
		at := seconds(0.05) + i*slot + rng.IntN(max(1, slot-seconds(0.03)))
		addLeak(rng, mix[at:])
	}
	for i := range c.Tones {
		slot := (room - seconds(0.05)) / c.Tones
		addTone(rng, mix[seconds(0.03)+i*slot:], slot)
	}
}

// addClick adds a click: one sample, or a decaying burst of up to 8 ms.
func addClick(rng *rand.Rand, mix []float64) {
	peak := 32768 * math.Pow(10, between(rng, -30, -6)/20)
	length := 1 + rng.IntN(seconds(0.008))
	if rng.IntN(4) == 0 {
		length = 1
	}
	hz := between(rng, 300, 5000)
	for i := range min(length, len(mix)) {
		decay := math.Exp(-4 * float64(i) / float64(length))
		mix[i] += peak * decay * math.Cos(2*math.Pi*hz*float64(i)/float64(audio.Rate48k))
	}
}

// addLeak adds 20 ms of a vowel-like sound, cut hard at both ends as one packet
// is.
func addLeak(rng *rand.Rand, mix []float64) {
	pitch := between(rng, 90, 260)
	peak := 32768 * math.Pow(10, between(rng, -24, -10)/20)
	for i := range min(audio.FrameSamples, len(mix)) {
		t := 2 * math.Pi * pitch * float64(i) / float64(audio.Rate48k)
		for h := 1.0; h <= 12; h++ {
			mix[i] += peak / h / 2 * math.Sin(h*t)
		}
	}
}

// addTone adds a tone of a phone: a DTMF digit, ringback, busy, or a beep, with
// at least 80 ms of room behind it.
func addTone(rng *rand.Rand, mix []float64, room int) {
	length := min(seconds(between(rng, 0.08, 1)), room-seconds(0.08))
	rows, columns := [...]float64{697, 770, 852, 941}, [...]float64{1209, 1336, 1477, 1633}
	var hz [2]float64
	switch rng.IntN(5) {
	case 0:
		hz = [2]float64{440, 480}
	case 1:
		hz = [2]float64{480, 620}
	case 2:
		hz = [2]float64{between(rng, 400, 2000), 0}
	default:
		hz = [2]float64{rows[rng.IntN(4)], columns[rng.IntN(4)]}
		length = min(length, seconds(between(rng, 0.08, 0.25)))
	}
	peak := 32768 * math.Pow(10, between(rng, -26, -12)/20)
	ramp := seconds(between(rng, 0.0005, 0.005))
	for i := range min(max(0, length), len(mix)) {
		edge := min(1, float64(i)/float64(ramp), float64(length-i)/float64(ramp))
		for _, f := range hz {
			mix[i] += edge * peak * math.Sin(2*math.Pi*f*float64(i)/float64(audio.Rate48k))
		}
	}
}
