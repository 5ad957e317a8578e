package corpus

import (
	"math"
	"math/rand/v2"
)

// Noise names a kind of background sound.
type Noise string

// The kinds of background sound.
const (
	NoNoise Noise = ""
	White   Noise = "white"
	Pink    Noise = "pink"
	// Comfort is soft, low-passed noise as a phone makes it up.
	Comfort Noise = "comfort"
	// Hum is mains hum: 50 Hz and its harmonics.
	Hum Noise = "hum"
)

// Condition says what surrounds the speech of a case.
type Condition struct {
	Name  string
	Group string // what the condition counts towards in a report
	// LevelDBFS is the active level of the speech, -26 if 0.
	LevelDBFS float64
	Noise     Noise
	// SNRDB is the active level of the speech over the noise; NoiseDBFS is the
	// level of the noise where it is not 0, whatever the speech.
	SNRDB, NoiseDBFS float64
	// StepDB is by how much the noise rises once, 0.35 to 1.2 s before the
	// speech or in the middle of a clip without speech.
	StepDB float64
	// Clicks, Tones and Leaks are how many of each come before the speech (a
	// leak is one 20 ms frame of a voice).
	Clicks, Tones, Leaks int
	// Near lets the last of them end 80 ms before the speech, not 300 ms.
	Near        bool
	OpusBitrate int // bit/s, 0 for none
	DTX         bool
	Loss        float64 // chance that a packet of Opus is lost, and concealed
	FirstFrame  bool    // the speech starts with the first sample
	NoSpeech    bool
}

func (c Condition) level() float64 {
	if c.LevelDBFS == 0 {
		return -26
	}
	return c.LevelDBFS
}

// Conditions returns all conditions, those with speech first.
func Conditions() []Condition {
	return []Condition{
		{Name: "clean", Group: "clean"},
		{Name: "clean-10dBFS", Group: "clean", LevelDBFS: -10},
		{Name: "clean-40dBFS", Group: "clean", LevelDBFS: -40},
		{Name: "first-frame", Group: "first-frame", FirstFrame: true},
		{Name: "comfort-70", Group: "comfort", Noise: Comfort, NoiseDBFS: -70},
		{Name: "comfort-60", Group: "comfort", Noise: Comfort, NoiseDBFS: -60},
		{Name: "step+10", Group: "step", Noise: Comfort, NoiseDBFS: -68, StepDB: 10},
		{Name: "step+20", Group: "step", Noise: Comfort, NoiseDBFS: -75, StepDB: 20},
		{Name: "white-40", Group: "snr40", Noise: White, SNRDB: 40},
		{Name: "pink-40", Group: "snr40", Noise: Pink, SNRDB: 40},
		{Name: "white-30", Group: "snr30", Noise: White, SNRDB: 30},
		{Name: "pink-30", Group: "snr30", Noise: Pink, SNRDB: 30},
		{Name: "white-20", Group: "snr20", Noise: White, SNRDB: 20},
		{Name: "pink-20", Group: "snr20", Noise: Pink, SNRDB: 20},
		{Name: "white-10", Group: "snr10", Noise: White, SNRDB: 10},
		{Name: "pink-10", Group: "snr10", Noise: Pink, SNRDB: 10},
		{Name: "hum-25", Group: "hum", Noise: Hum, SNRDB: 25},
		{Name: "clicks", Group: "clicks", Noise: Comfort, NoiseDBFS: -70, Clicks: 4},
		{Name: "clicks-silence", Group: "clicks", Clicks: 4},
		{Name: "clicks-near", Group: "clicks", Noise: Comfort, NoiseDBFS: -70, Clicks: 12, Near: true},
		{Name: "leak", Group: "leak", Leaks: 1},
		{Name: "tones", Group: "tones", Tones: 2},
		{Name: "tones-noise", Group: "tones", Noise: Comfort, NoiseDBFS: -65, Tones: 2},
		{Name: "tones-near", Group: "tones", Noise: Comfort, NoiseDBFS: -65, Tones: 4, Near: true},
		{Name: "opus24", Group: "opus", OpusBitrate: 24000},
		{Name: "opus32", Group: "opus", OpusBitrate: 32000},
		{Name: "opus24-dtx", Group: "opus", OpusBitrate: 24000, DTX: true},
		{Name: "opus32-comfort-dtx", Group: "opus", OpusBitrate: 32000, DTX: true, Noise: Comfort, NoiseDBFS: -65},
		{Name: "opus32-40dBFS", Group: "opus", OpusBitrate: 32000, LevelDBFS: -40},
		{Name: "opus32-loss", Group: "loss", OpusBitrate: 32000, Loss: 0.05},
		{Name: "opus24-dtx-loss", Group: "loss", OpusBitrate: 24000, DTX: true, Loss: 0.05, Noise: Comfort, NoiseDBFS: -65},
		{Name: "empty-white", Group: "no speech", NoSpeech: true, Noise: White, NoiseDBFS: -40},
		{Name: "empty-pink", Group: "no speech", NoSpeech: true, Noise: Pink, NoiseDBFS: -40},
		{Name: "empty-hum", Group: "no speech", NoSpeech: true, Noise: Hum, NoiseDBFS: -40},
		{Name: "empty-step", Group: "no speech", NoSpeech: true, Noise: Comfort, NoiseDBFS: -65, StepDB: 15},
		{Name: "empty-step-pink", Group: "no speech", NoSpeech: true, Noise: Pink, NoiseDBFS: -60, StepDB: 20},
		{Name: "empty-clicks", Group: "no speech", NoSpeech: true, Clicks: 8},
		{Name: "empty-clicks-noise", Group: "no speech", NoSpeech: true, Clicks: 8, Noise: Pink, NoiseDBFS: -60},
		{Name: "empty-tones", Group: "no speech", NoSpeech: true, Tones: 4},
		{Name: "empty-tones-noise", Group: "no speech", NoSpeech: true, Tones: 4, Noise: White, NoiseDBFS: -60},
		{Name: "empty-leak", Group: "no speech", NoSpeech: true, Leaks: 3},
		{Name: "empty-tones-opus", Group: "no speech", NoSpeech: true, Tones: 4, OpusBitrate: 24000},
		{Name: "empty-clicks-opus", Group: "no speech", NoSpeech: true, Clicks: 8, OpusBitrate: 24000},
	}
}

// noise returns the background of a clip whose speech starts at lead.
func (c Condition) noise(rng *rand.Rand, n, lead int) []float64 {
	if c.Noise == NoNoise {
		return nil
	}
	x := generate(rng, c.Noise, n)
	level := c.NoiseDBFS
	if level == 0 {
		level = c.level() - c.SNRDB
	}
	scaleTo(x, level)
	if c.StepDB != 0 {
		at := lead - seconds(between(rng, 0.35, 1.2))
		if c.NoSpeech {
			at = n / 2
		}
		gain := math.Pow(10, c.StepDB/20)
		for i := max(0, at); i < n; i++ {
			x[i] *= gain
		}
	}
	return x
}
