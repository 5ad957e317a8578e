package schedule

import (
	"testing"
	"time"
)

func TestATimingIsSaidInWordsAndKnowsItsLongestPause(t *testing.T) {
	from := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		timing  Timing
		text    string
		longest time.Duration
	}{
		"seconds":             {Timing{Interval: 30 * time.Second}, "every 30s", 30 * time.Second},
		"minutes":             {Timing{Interval: 5 * time.Minute}, "every 5m", 5 * time.Minute},
		"hours":               {Timing{Interval: 2 * time.Hour}, "every 2h", 2 * time.Hour},
		"minutes and seconds": {Timing{Interval: 90 * time.Second}, "every 1m30s", 90 * time.Second},
		"working hours":       {Timing{Cron: parseCron(t, "*/5 8-18 * * MON-FRI", "UTC")}, "*/5 8-18 * * MON-FRI UTC", 61*time.Hour + 5*time.Minute},
		"once a day":          {Timing{Cron: parseCron(t, "30 2 * * *", "Europe/Berlin")}, "30 2 * * * Europe/Berlin", 25 * time.Hour},
		"never":               {Timing{}, "when /probe is scraped", 0},
	} {
		t.Run(name, func(t *testing.T) {
			if got := c.timing.String(); got != c.text {
				t.Errorf("got %q, want %q", got, c.text)
			}
			if got := c.timing.Longest(from); got != c.longest {
				t.Errorf("got %v, want %v", got, c.longest)
			}
			if c.timing.Never() != (c.longest == 0) {
				t.Errorf("never: %v", c.timing.Never())
			}
		})
	}
}
