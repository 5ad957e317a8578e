package agent

import (
	"slices"
	"time"
)

// agenda holds what a call will do later. It belongs to one goroutine.
type agenda struct {
	items []agendaItem // In order of time.
}

type agendaItem struct {
	at time.Time
	do func()
}

// add plans do for a time. What is planned for the same time keeps its order.
func (a *agenda) add(at time.Time, do func()) {
	i := len(a.items)
	for i > 0 && at.Before(a.items[i-1].at) {
		i--
	}
	a.items = slices.Insert(a.items, i, agendaItem{at, do})
}

// next is how long it takes until something is due, at most an hour.
func (a *agenda) next(now time.Time) time.Duration {
	if len(a.items) == 0 {
		return time.Hour
	}
	return max(0, a.items[0].at.Sub(now))
}

// run does what is due. What is done may plan more.
func (a *agenda) run(now time.Time) {
	for len(a.items) > 0 && !a.items[0].at.After(now) {
		do := a.items[0].do
		a.items = slices.Delete(a.items, 0, 1)
		do()
	}
}
