package schedule

import (
	"errors"
	"fmt"
	"strings"
	"time"
	_ "time/tzdata" // A container without a zone database has time zones all the same.

	"github.com/robfig/cron/v3"
)

// Cron is a cron expression of five fields in a time zone.
//
// When clocks change, it does what cron on Debian does. An expression whose
// minute or hour begins with "*" follows elapsed time: it matches both passes
// of an hour that is repeated and nothing in an hour that is left out. Any
// other names times of day, and each comes once a day: in an hour that is left
// out at the moment of the change, in one that is repeated at its first pass.
type Cron struct {
	text string
	zone *time.Location
	// follows matches instants in the zone, names matches times of day as if
	// they were in UTC. One of them is set.
	follows, names *cron.SpecSchedule
}

// ParseCron reads a cron expression: minute, hour, day of month, month, day of
// week.
func ParseCron(text string, zone *time.Location) (*Cron, error) {
	fields := strings.Fields(text)
	if len(fields) != 5 {
		return nil, fmt.Errorf("has %d fields: write minute, hour, day of month, month and day of week, such as \"*/5 8-18 * * MON-FRI\"", len(fields))
	}
	parser := cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow)
	parsed, err := parser.Parse(strings.Join(fields, " "))
	if err != nil {
		return nil, err
	}
	spec, ok := parsed.(*cron.SpecSchedule)
	if !ok {
		return nil, errors.New("is no cron expression")
	}
	c := &Cron{text: strings.Join(fields, " "), zone: zone}
	if strings.HasPrefix(fields[0], "*") || strings.HasPrefix(fields[1], "*") {
		spec.Location, c.follows = zone, spec
	} else {
		spec.Location, c.names = time.UTC, spec
	}
	if spec.Next(time.Unix(0, 0)).IsZero() {
		return nil, errors.New("never comes: no such day exists")
	}
	return c, nil
}

// String returns the expression and its zone.
func (c *Cron) String() string { return c.text + " " + c.zone.String() }

// Next returns the first instant after the given one at which the expression
// is due.
func (c *Cron) Next(after time.Time) time.Time {
	if c.follows != nil {
		return orNever(c.follows.Next(after.In(c.zone)), after)
	}
	local := asUTC(after.In(c.zone))
	for {
		local = orNever(c.names.Next(local), local)
		// In the second pass of an hour, what is named lies in the first.
		if at := instant(local, c.zone); at.After(after) {
			return at
		}
	}
}

// orNever replaces the zero time, by which the library says that nothing is due
// for five years, by one that is as far away.
func orNever(next, after time.Time) time.Time {
	if next.IsZero() {
		return after.AddDate(5, 0, 0)
	}
	return next
}

// asUTC keeps the date and the time of day and drops the zone.
func asUTC(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
}

// instant returns the first instant at which clocks in a zone show a time of
// day, or the moment at which they jump over it.
func instant(local time.Time, zone *time.Location) time.Time {
	// Zones change their offset at most once in two days.
	_, before := local.Add(-24 * time.Hour).In(zone).Zone()
	_, after := local.Add(24 * time.Hour).In(zone).Zone()
	for _, offset := range []int{max(before, after), min(before, after)} {
		at := local.Add(-time.Duration(offset) * time.Second).In(zone)
		if asUTC(at).Equal(local) {
			return at
		}
	}
	// The earlier offset leads past the change.
	start, _ := local.Add(-time.Duration(before) * time.Second).In(zone).ZoneBounds()
	return start
}
