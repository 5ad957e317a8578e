package vad

import (
	"math"
	"slices"

	"callprobe/audio"
)

// Constants of FirstEnergy, in samples at 48 kHz unless said.
const (
	energyBlock   = 240  // 5 ms
	energyWindow  = 40   // blocks: 200 ms
	energyNeeded  = 12   // blocks: 60 ms
	energyHistory = 9600 // 200 ms before from tell the noise floor

	energyOverNoiseDB    = 10
	energyMinNoiseDBFS   = -70
	energyMaxNoiseDBFS   = -50
	energyNoiseQuantile  = 0.1
	energyQuantileBlocks = 400 // at most 2 s are looked at for the floor
)

// FirstEnergy returns the first position at or after from at which sustained
// audio of any kind begins, speech or not: at least 60 ms of the 200 ms that
// start there are 10 dB above the noise floor. The floor is the level that 5 ms
// blocks around from exceed nine times in ten, held between -70 and -50 dBFS.
// The audio is at 48 kHz.
func FirstEnergy(pcm []int16, from audio.Pos) (audio.Pos, bool) {
	start := int(min(max(from, 0), audio.Pos(len(pcm))))
	threshold := amplitude(energyFloorDBFS(pcm, start) + energyOverNoiseDB)
	loud := loudBlocks(pcm[start:], threshold*threshold)
	inWindow := 0
	for i := range min(energyWindow, len(loud)) {
		inWindow += loud[i]
	}
	for i, l := range loud {
		if l == 1 && inWindow >= energyNeeded {
			return audio.Pos(start + i*energyBlock + firstAbove(pcm[start+i*energyBlock:], threshold)), true
		}
		inWindow -= l
		if i+energyWindow < len(loud) {
			inWindow += loud[i+energyWindow]
		}
	}
	return 0, false
}

// energyFloorDBFS estimates the noise floor around sample start.
func energyFloorDBFS(pcm []int16, start int) float64 {
	lo := max(0, start-energyHistory)
	var levels []float64
	for p := lo; p+energyBlock <= len(pcm) && len(levels) < energyQuantileBlocks; p += energyBlock {
		levels = append(levels, dbfs(meanSquare(pcm[p:p+energyBlock])))
	}
	if len(levels) == 0 {
		return energyMinNoiseDBFS
	}
	slices.Sort(levels)
	floor := levels[int(energyNoiseQuantile*float64(len(levels)))]
	return min(max(floor, energyMinNoiseDBFS), energyMaxNoiseDBFS)
}

// loudBlocks returns, for each 5 ms block, 1 if its mean square reaches need.
func loudBlocks(pcm []int16, need float64) []int {
	loud := make([]int, 0, len(pcm)/energyBlock+1)
	for len(pcm) > 0 {
		n := min(energyBlock, len(pcm))
		l := 0
		if meanSquare(pcm[:n]) >= need {
			l = 1
		}
		loud = append(loud, l)
		pcm = pcm[n:]
	}
	return loud
}

// firstAbove returns the index of the first sample whose magnitude reaches
// threshold, 0 if none does.
func firstAbove(pcm []int16, threshold float64) int {
	return max(0, slices.IndexFunc(pcm, func(s int16) bool { return math.Abs(float64(s)) >= threshold }))
}
