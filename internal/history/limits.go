package history

import (
	"errors"
	"fmt"
	"time"

	"callprobe/probe"
)

// Audio says of which calls there is something to listen to; it takes nine
// tenths of the space.
type Audio string

// The choices.
const (
	AudioNone     Audio = "none"     // Recordings hold no voice either.
	AudioFailures Audio = "failures" // of all calls that did not pass
	AudioAll      Audio = "all"
)

// Limits bound what is kept.
type Limits struct {
	// MaxAge is how long calls that did not pass are kept, from their start.
	MaxAge time.Duration
	// MaxAgePassed is the same for calls that passed; zero stands for MaxAge.
	MaxAgePassed time.Duration
	// MaxBytes bounds the space of all calls on disk, in whole blocks of 4 KiB.
	// The call that is being written comes on top.
	MaxBytes int64
	// Audio is of which calls there is something to listen to; empty stands for
	// failures.
	Audio Audio
}

// DefaultLimits suit a small disk: a month of failures, a week of passes.
func DefaultLimits() Limits {
	return Limits{MaxAge: 30 * 24 * time.Hour, MaxAgePassed: 7 * 24 * time.Hour, MaxBytes: 1 << 30, Audio: AudioFailures}
}

// Validate reports everything that makes the limits unusable.
func (l Limits) Validate() error {
	var errs []error
	if l.MaxAge <= 0 {
		errs = append(errs, fmt.Errorf("the age limit of %v is not positive", l.MaxAge))
	}
	if l.MaxAgePassed < 0 || l.MaxAgePassed > l.MaxAge {
		errs = append(errs, fmt.Errorf("calls that passed cannot be kept for %v, others for %v: failures are kept at least as long", l.MaxAgePassed, l.MaxAge))
	}
	if l.MaxBytes <= 0 {
		errs = append(errs, fmt.Errorf("the limit of %d bytes is not positive", l.MaxBytes))
	}
	switch l.Audio {
	case "", AudioNone, AudioFailures, AudioAll:
	default:
		errs = append(errs, fmt.Errorf("audio %q is none of none, failures, all", l.Audio))
	}
	return errors.Join(errs...)
}

// age is how long a call of this verdict is kept.
func (l Limits) age(v probe.Verdict) time.Duration {
	if v == probe.Passed && l.MaxAgePassed > 0 {
		return l.MaxAgePassed
	}
	return l.MaxAge
}

// keepsAudio reports whether the sound of a call of this verdict is kept.
func (l Limits) keepsAudio(v probe.Verdict) bool {
	switch l.Audio {
	case AudioAll:
		return true
	case AudioNone:
		return false
	case AudioFailures, "":
	}
	return v != probe.Passed
}
