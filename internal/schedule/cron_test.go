package schedule

import (
	"strings"
	"testing"
	"time"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func parseCron(t testing.TB, text, zoneName string) *Cron {
	t.Helper()
	c, err := ParseCron(text, zone(t, zoneName))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return c
}

// In Europe/Berlin, 2:00 to 3:00 is left out on 29 March 2026 and comes twice
// on 25 October 2026.
func TestATimeOfDayComesOnceADayWhateverTheClocksDo(t *testing.T) {
	for name, c := range map[string]struct {
		expression, zone, after string
		want                    string // the ticks that follow, in UTC
	}{
		"an hour that is left out runs at the change":            {"30 2 * * *", "Europe/Berlin", "2026-03-28T00:00:00Z", "03-28 01:30, 03-29 01:00, 03-30 00:30"},
		"an hour that comes twice runs at its first pass":        {"30 2 * * *", "Europe/Berlin", "2026-10-24T00:00:00Z", "10-24 00:30, 10-25 00:30, 10-26 01:30"},
		"asked in the second pass, the first is over":            {"30 2 * * *", "Europe/Berlin", "2026-10-25T01:10:00Z", "10-26 01:30"},
		"asked between the passes, the first is over":            {"30 2 * * *", "Europe/Berlin", "2026-10-25T00:30:00Z", "10-26 01:30"},
		"times that fall on the change become one":               {"0,30 2,3 * * *", "Europe/Berlin", "2026-03-29T00:59:00Z", "03-29 01:00, 03-29 01:30, 03-30 00:00"},
		"an expression with * runs on through the left-out hour": {"*/30 * * * *", "Europe/Berlin", "2026-03-29T00:00:00Z", "03-29 00:30, 03-29 01:00, 03-29 01:30, 03-29 02:00"},
		"an expression with * runs on through the repeated hour": {"*/30 * * * *", "Europe/Berlin", "2026-10-25T00:00:00Z", "10-25 00:30, 10-25 01:00, 10-25 01:30, 10-25 02:00"},
		"minutes of every hour follow elapsed time too":          {"15 * * * *", "Europe/Berlin", "2026-10-24T23:30:00Z", "10-25 00:15, 10-25 01:15, 10-25 02:15"},
		"half an hour's change":                                  {"15 2 * * *", "Australia/Lord_Howe", "2026-10-02T00:00:00Z", "10-02 15:45, 10-03 15:30, 10-04 15:15"},
		"a change at midnight":                                   {"30 0 * * *", "Africa/Cairo", "2026-04-22T12:00:00Z", "04-22 22:30, 04-23 22:00, 04-24 21:30"},
		"other zones are left alone":                             {"30 2 * * *", "UTC", "2026-03-28T12:00:00Z", "03-29 02:30, 03-30 02:30"},
		"days of the week":                                       {"0 9 * * MON-FRI", "America/New_York", "2026-11-27T00:00:00Z", "11-27 14:00, 11-30 14:00"},
		"a day that not every year has":                          {"0 0 29 2 *", "UTC", "2026-01-01T00:00:00Z", "02-29 00:00"},
	} {
		t.Run(name, func(t *testing.T) {
			at, err := time.Parse(time.RFC3339, c.after)
			if err != nil {
				t.Fatal(err)
			}
			cron := parseCron(t, c.expression, c.zone)
			var got []string
			for range strings.Count(c.want, ",") + 1 {
				at = cron.Next(at)
				got = append(got, at.UTC().Format("01-02 15:04"))
			}
			if all := strings.Join(got, ", "); all != c.want {
				t.Errorf("got  %s\nwant %s", all, c.want)
			}
		})
	}
}

func TestAFixedTimeOfDayComesOnEachDayOfAYearInEveryZone(t *testing.T) {
	for _, name := range []string{"Europe/Berlin", "America/New_York", "America/St_Johns", "Australia/Lord_Howe", "America/Santiago", "Africa/Cairo", "Asia/Beirut", "Pacific/Auckland", "Asia/Kathmandu", "UTC"} {
		for _, expression := range []string{"30 0 * * *", "10 1 * * *", "30 2 * * *", "0 3 * * *", "59 23 * * *"} {
			cron := parseCron(t, expression, name)
			days := map[string]int{}
			begin := time.Date(2026, 1, 1, 12, 0, 0, 0, zone(t, name))
			for at := cron.Next(begin); at.Before(begin.AddDate(1, 0, 0)); at = cron.Next(at) {
				days[at.Format(time.DateOnly)]++
			}
			for day := begin.AddDate(0, 0, 1); day.Before(begin.AddDate(1, 0, 0)); day = day.AddDate(0, 0, 1) {
				if n := days[day.Format(time.DateOnly)]; n != 1 {
					t.Errorf("%s in %s: %d times on %s", expression, name, n, day.Format(time.DateOnly))
				}
			}
		}
	}
}

func TestExpressionsThatCannotBeAreRefused(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"too few fields":         {"* * * *", "has 4 fields"},
		"a field for seconds":    {"0 * * * * *", "has 6 fields"},
		"a descriptor":           {"@every 5m", "has 2 fields"},
		"a zone in the text":     {"TZ=UTC * * * * *", "has 6 fields"},
		"a zone as a field":      {"TZ=UTC * * * *", ""},
		"a number out of range":  {"61 * * * *", "61"},
		"a word":                 {"soon * * * *", "soon"},
		"a day that never comes": {"0 0 30 2 *", "never comes"},
		"nothing":                {"", "has 0 fields"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ParseCron(c.text, time.UTC)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, %v", got, err)
			}
		})
	}
}

func TestAWallClockThatIsSetDoesNoHarm(t *testing.T) {
	start := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	cron := parseCron(t, "*/5 * * * *", "UTC")
	// ticks runs a clock for some hours of elapsed time and returns when, by
	// elapsed time, the probe was due.
	ticks := func(set map[time.Duration]time.Duration) []time.Duration {
		w := wallTicks{cron: cron, last: start}
		var due []time.Duration
		var ahead time.Duration
		for elapsed := time.Duration(0); elapsed < 4*time.Hour; elapsed += time.Second {
			ahead += set[elapsed]
			if is, wait := w.due(start.Add(elapsed + ahead)); is {
				due = append(due, elapsed)
			} else if wait <= 0 || wait > wakeUp {
				t.Fatalf("wait of %v", wait)
			}
		}
		return due
	}
	for name, c := range map[string]struct {
		set        map[time.Duration]time.Duration
		gap, least time.Duration // the longest and the shortest time between two ticks
		count      int
	}{
		"left alone":                {nil, 5 * time.Minute, 5 * time.Minute, 47},
		"an hour forward":           {map[time.Duration]time.Duration{time.Hour + 7*time.Minute: time.Hour}, 5 * time.Minute, 5 * time.Minute, 47},
		"an hour back":              {map[time.Duration]time.Duration{time.Hour + 7*time.Minute: -time.Hour}, 5 * time.Minute, 5 * time.Minute, 47},
		"an odd time forward":       {map[time.Duration]time.Duration{time.Hour + 7*time.Minute: 62 * time.Minute}, 10 * time.Minute, 3 * time.Minute, 48},
		"back over a tick a bit":    {map[time.Duration]time.Duration{time.Hour + 2*time.Second: -5 * time.Second}, 5*time.Minute + 5*time.Second, 5 * time.Minute, 47},
		"forward over a tick a bit": {map[time.Duration]time.Duration{time.Hour - 2*time.Second: 5 * time.Second}, 5 * time.Minute, 4*time.Minute + 55*time.Second, 48},
	} {
		t.Run(name, func(t *testing.T) {
			due := ticks(c.set)
			if len(due) != c.count {
				t.Errorf("%d ticks, want %d", len(due), c.count)
			}
			for i := 1; i < len(due); i++ {
				if gap := due[i] - due[i-1]; gap > c.gap || gap < c.least {
					t.Errorf("%v between the ticks at %v and %v", gap, due[i-1], due[i])
				}
			}
		})
	}
}
