package config

import (
	"math"
	"net/url"
	"path/filepath"
	"slices"
	"time"

	"callprobe/internal/yamlfile"
)

// Recording is what is kept of calls.
type Recording struct {
	// Dir is where; empty keeps the latest few in memory.
	Dir string
	// MaxAge and MaxAgePassed are for how long: calls that passed may go
	// earlier.
	MaxAge, MaxAgePassed time.Duration
	// MaxBytes bounds the space.
	MaxBytes int64
	// Audio says of which calls the sound is kept to listen to: none, which
	// leaves it out of recordings, too, failures or all.
	Audio string
}

// Web is how the service shows itself.
type Web struct {
	// ExternalURL is where people reach it; empty where that is not known.
	ExternalURL string
	// NativeHistograms exposes native histograms beside the classic ones.
	NativeHistograms bool
}

// What holds where the file says nothing.
const (
	defaultCallsAtOnce = 10
	defaultDays        = 30
	defaultDaysPassed  = 7
	defaultMegabytes   = 1000
	defaultAudio       = "failures"
)

// callsAtOnce is the cap on this process's calls at a time. Each of its targets
// needs room for one, so that one which hangs does not stop the others.
func (b *builder) callsAtOnce(f yamlfile.Field[float64], targets int) int {
	if !f.Set {
		return max(defaultCallsAtOnce, targets)
	}
	n := b.wholeNumber("calls_at_once", f, 1, 10000)
	if n > 0 && n < targets {
		b.Add(f.At, `"calls_at_once" is %d for %d targets: allow at least one call a target, so that one which hangs does not stop the others`, n, targets)
	}
	return n
}

func (b *builder) recording(e recording) Recording {
	const day = 24 * time.Hour
	r := Recording{
		Dir:          e.Dir.Value,
		MaxAge:       time.Duration(b.wholeNumber("days", e.Days, defaultDays, 3650)) * day,
		MaxAgePassed: time.Duration(b.wholeNumber("days_passed", e.DaysPassed, defaultDaysPassed, 3650)) * day,
		MaxBytes:     int64(b.wholeNumber("megabytes", e.Megabytes, defaultMegabytes, 100_000_000)) * 1_000_000,
		Audio:        e.Audio.Or(defaultAudio),
	}
	if r.Dir != "" && !filepath.IsAbs(r.Dir) {
		r.Dir = filepath.Join(b.folder, r.Dir)
	}
	if e.Dir.Set && e.Dir.Value == "" {
		b.Add(e.Dir.At, `"dir" is "": name a folder, or remove the key to keep the latest calls in memory only`)
	}
	if e.DaysPassed.Set && r.MaxAgePassed > r.MaxAge {
		b.Add(e.DaysPassed.At, `"days_passed" is more than "days": calls that failed are kept at least as long as those that passed`)
	}
	r.MaxAgePassed = min(r.MaxAgePassed, r.MaxAge)
	if kinds := []string{"none", "failures", "all"}; !slices.Contains(kinds, r.Audio) {
		b.Add(e.Audio.At, `"audio" is %s: write %s`, yamlfile.Quote(r.Audio), yamlfile.Alternatives(kinds))
	}
	return r
}

func (b *builder) web(e web) Web {
	if e.ExternalURL.Set {
		u, err := url.Parse(e.ExternalURL.Value)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
			b.Add(e.ExternalURL.At, `"external_url" is no address that people could open: write it as https://host/path`)
		}
	}
	return Web{ExternalURL: e.ExternalURL.Value, NativeHistograms: e.NativeHistograms.Value}
}

// wholeNumber reads a number from 1 to most, or what holds where there is none.
func (b *builder) wholeNumber(key string, f yamlfile.Field[float64], otherwise, most int) int {
	if !f.Set {
		return otherwise
	}
	if f.Value != math.Trunc(f.Value) || f.Value < 1 || f.Value > float64(most) {
		b.Add(f.At, "%q is %v: write a whole number from 1 to %d", key, f.Value, most)
		return otherwise
	}
	return int(f.Value)
}
