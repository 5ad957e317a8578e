package vad

import (
	"math"

	"callprobe/audio"
)

// fullScale is the amplitude of 0 dBFS: a square wave of this amplitude has a
// level of 0 dBFS.
const fullScale = 32768

// activeRangeDB is how far below its loudest 20 ms window speech still counts
// towards the active speech level.
const activeRangeDB = 20

// onsetBelowActiveDB is the threshold of the definition: the first sample of
// speech is the first that reaches this far below the active speech level.
const onsetBelowActiveDB = 35

// silenceDBFS stands for the level of digital silence: half a step of 16-bit
// PCM, so that levels stay finite.
const silenceDBFS = -96.3

// dbfs returns the level of a mean square.
func dbfs(meanSquare float64) float64 {
	if meanSquare <= 0 {
		return silenceDBFS
	}
	return max(silenceDBFS, 10*math.Log10(meanSquare/(fullScale*fullScale)))
}

// amplitude returns the root mean square of a level.
func amplitude(levelDBFS float64) float64 { return fullScale * math.Pow(10, levelDBFS/20) }

// levelMeter gathers the active speech level: the RMS over the 20 ms windows
// within 20 dB of the loudest. It keeps a histogram of window levels, so its
// memory does not grow with the length of the speech.
type levelMeter struct {
	power [meterBins]float64
	count [meterBins]int32
}

// The histogram spans silenceDBFS to 0 dBFS in steps of a quarter dB.
const (
	meterStepDB = 0.25
	meterBins   = 400
)

// add counts one 20 ms window by its mean square.
func (m *levelMeter) add(meanSquare float64) {
	bin := int((dbfs(meanSquare) - silenceDBFS) / meterStepDB)
	bin = min(max(bin, 0), meterBins-1)
	m.power[bin] += meanSquare
	m.count[bin]++
}

// meanSquare returns the mean square of the active windows, 0 if there is none.
func (m *levelMeter) meanSquare() float64 {
	top := meterBins - 1
	for top >= 0 && m.count[top] == 0 {
		top--
	}
	var sum float64
	var n int32
	for bin := top; bin >= 0 && top-bin <= activeRangeDB/meterStepDB; bin-- {
		sum += m.power[bin]
		n += m.count[bin]
	}
	if n == 0 {
		return 0
	}
	return sum / float64(n)
}

// activeLevelDBFS returns the active speech level of pcm.
func activeLevelDBFS(pcm []int16, rate audio.Rate) float64 {
	var m levelMeter
	win := int(rate) / 50
	for len(pcm) >= win && win > 0 {
		m.add(meanSquare(pcm[:win]))
		pcm = pcm[win:]
	}
	if len(pcm) > win/2 {
		m.add(meanSquare(pcm))
	}
	return dbfs(m.meanSquare())
}

// meanSquare returns the mean square of pcm, 0 if it is empty.
func meanSquare(pcm []int16) float64 {
	if len(pcm) == 0 {
		return 0
	}
	var sum float64
	for _, s := range pcm {
		sum += float64(s) * float64(s)
	}
	return sum / float64(len(pcm))
}
