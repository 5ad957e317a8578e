package schedule

import "time"

// Allowance is what a target may be used for. Zero means without bound.
type Allowance struct {
	// CallsPerHour bounds the calls that begin in any hour.
	CallsPerHour int
	// TimePerDay bounds the time spent in calls in any 24 hours.
	TimePerDay time.Duration
}

// ledger is what was used of an allowance, on the monotonic clock.
type ledger struct {
	// begun holds the starts of the last hour, spent the calls that ended
	// within the last day.
	begun []time.Time
	spent []expense
	// reserved is for calls under way, each at its longest.
	reserved time.Duration
}

// expense is a call that ended.
type expense struct {
	at     time.Time
	length time.Duration
}

// exceeded returns the bound that a call which begins now and may take as long
// as longest would exceed, if any: none is ever exceeded, not even by calls
// under way.
func (l *ledger) exceeded(a Allowance, longest time.Duration, now time.Time) Skip {
	l.forget(now)
	if a.CallsPerHour > 0 && len(l.begun) >= a.CallsPerHour {
		return BudgetCalls
	}
	if a.TimePerDay <= 0 {
		return ""
	}
	used := l.reserved + longest
	for _, e := range l.spent {
		used += e.length
	}
	if used > a.TimePerDay {
		return BudgetMinutes
	}
	return ""
}

func (l *ledger) begin(longest time.Duration, now time.Time) {
	l.begun = append(l.begun, now)
	l.reserved += longest
}

func (l *ledger) end(longest time.Duration, began, now time.Time) {
	l.reserved -= longest
	l.spent = append(l.spent, expense{now, now.Sub(began)})
}

// forget drops what is out of every bound.
func (l *ledger) forget(now time.Time) {
	k := 0
	for k < len(l.begun) && now.Sub(l.begun[k]) >= time.Hour {
		k++
	}
	l.begun = l.begun[k:]
	k = 0
	// A call counts for as long as any of it lies within the last 24 hours.
	for k < len(l.spent) && now.Sub(l.spent[k].at) >= 24*time.Hour {
		k++
	}
	l.spent = l.spent[k:]
}
