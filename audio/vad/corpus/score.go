package corpus

import (
	"math"
	"slices"

	"callprobe/audio"
	"callprobe/audio/vad"
)

// Figures is how well a detector did on the cases of one group. Errors are in
// milliseconds; shares are from 0 to 1.
type Figures struct {
	Cases int `json:"cases"`
	// FalseTriggers counts cases whose first talkspurt begins more than 50 ms
	// before the speech, or that have a talkspurt and no speech.
	FalseTriggers int `json:"false_triggers"`
	// Misses counts cases with speech and no onset within 250 ms after its
	// first sample.
	Misses int `json:"misses"`
	// OnsetP50MS and OnsetP95MS are of |first onset - first sample of speech|
	// over all cases with speech and any talkspurt.
	OnsetP50MS float64 `json:"onset_p50_ms"`
	OnsetP95MS float64 `json:"onset_p95_ms"`
	// EmergedP95MS is of the distance of the first onset from the interval
	// between the first sample of speech and its emergence from the noise.
	EmergedP95MS float64 `json:"emerged_p95_ms"`
	Within1MS    float64 `json:"within_1_ms"`
	Within5MS    float64 `json:"within_5_ms"`
	// OffsetP50MS and OffsetP95MS are of |last offset - end of speech|.
	OffsetP50MS float64 `json:"offset_p50_ms"`
	OffsetP95MS float64 `json:"offset_p95_ms"`
	// SubmergedP95MS is of the distance of the last offset from the interval
	// between where the noise swallows the speech and its last sample.
	SubmergedP95MS float64 `json:"submerged_p95_ms"`
	// Covered and OffsetCovered are the shares of true onsets and offsets that
	// lie within the range given. A case without a talkspurt is not covered.
	Covered       float64 `json:"covered"`
	OffsetCovered float64 `json:"offset_covered"`
	// RangeP50MS and RangeP95MS are of half the width of the onset's range,
	// OffsetRangeP50MS and OffsetRangeP95MS of half that of the offset's.
	RangeP50MS       float64 `json:"range_p50_ms"`
	RangeP95MS       float64 `json:"range_p95_ms"`
	OffsetRangeP50MS float64 `json:"offset_range_p50_ms"`
	OffsetRangeP95MS float64 `json:"offset_range_p95_ms"`
}

// Scorer gathers cases of one group.
type Scorer struct {
	figures                           Figures
	onset, emerged, offset, submerged []float64
	width, widthEnd                   []float64
	within1, within5, cover, coverEnd int
}

const missMS = 250

// Add counts one case and what the detector found in it.
func (s *Scorer) Add(c Case, found []vad.Talkspurt) {
	s.figures.Cases++
	if c.Condition.NoSpeech {
		if len(found) > 0 {
			s.figures.FalseTriggers++
		}
		return
	}
	early := c.Speech.Start - audio.Pos(audio.Rate48k)/20
	heard := slices.ContainsFunc(found, func(t vad.Talkspurt) bool {
		return t.Onset >= early && t.Onset <= c.Speech.Start+missMS*48
	})
	if !heard {
		s.figures.Misses++
	}
	if len(found) == 0 {
		return
	}
	first := found[0]
	if first.Onset < early {
		s.figures.FalseTriggers++
	}
	err := millis(first.Onset - c.Speech.Start)
	s.onset = append(s.onset, math.Abs(err))
	beyond := max(0, -err, millis(first.Onset-max(c.Emergence, c.Speech.Start)))
	s.emerged = append(s.emerged, beyond)
	last := found[len(found)-1].Offset
	s.offset = append(s.offset, math.Abs(millis(last-c.Speech.End)))
	s.submerged = append(s.submerged, max(0, millis(last-c.Speech.End), millis(min(c.Submergence, c.Speech.End)-last)))
	s.within1 += count(math.Abs(err) <= 1)
	s.within5 += count(math.Abs(err) <= 5)
	end := found[len(found)-1].OffsetRange
	s.width = append(s.width, millis(audio.Pos(first.OnsetRange.Len()))/2)
	s.widthEnd = append(s.widthEnd, millis(audio.Pos(end.Len()))/2)
	s.coverEnd += count(end.Start <= c.Speech.End && c.Speech.End <= end.End)
	s.cover += count(first.OnsetRange.Start <= c.Speech.Start && c.Speech.Start <= first.OnsetRange.End)
}

// Figures returns the figures of what was added.
func (s *Scorer) Figures() Figures {
	f := s.figures
	f.OnsetP50MS, f.OnsetP95MS = quantile(s.onset, 0.5), quantile(s.onset, 0.95)
	f.EmergedP95MS = quantile(s.emerged, 0.95)
	f.OffsetP50MS, f.OffsetP95MS = quantile(s.offset, 0.5), quantile(s.offset, 0.95)
	f.SubmergedP95MS = quantile(s.submerged, 0.95)
	f.RangeP50MS, f.RangeP95MS = quantile(s.width, 0.5), quantile(s.width, 0.95)
	f.OffsetRangeP50MS, f.OffsetRangeP95MS = quantile(s.widthEnd, 0.5), quantile(s.widthEnd, 0.95)
	if f.Cases > 0 {
		f.Within1MS = float64(s.within1) / float64(f.Cases)
		f.Within5MS = float64(s.within5) / float64(f.Cases)
		f.OffsetCovered = float64(s.coverEnd) / float64(f.Cases)
		f.Covered = float64(s.cover) / float64(f.Cases)
	}
	return f
}

// quantile returns the value at share q of the sorted values, 0 if there is
// none.
func quantile(values []float64, q float64) float64 {
	if len(values) == 0 {
		return 0
	}
	slices.Sort(values)
	return values[min(len(values)-1, int(q*float64(len(values))))]
}

func millis(n audio.Pos) float64 { return float64(n) / 48 }

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}
