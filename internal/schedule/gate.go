package schedule

import (
	"sync"
	"time"
)

// Rules are what a gate holds calls to.
type Rules struct {
	// AtOnce is how many calls there may be at a time; 0 means without bound.
	AtOnce int
	// Targets are those that share AtOnce. Each always has one call's room
	// left, so that one that hangs does not stop the others; AtOnce should not
	// be below their number.
	Targets []string
	// Allowances bound the use of targets.
	Allowances map[string]Allowance
	// Windows are the maintenance windows.
	Windows []Window
}

// Gate decides whether a call may begin. One gate is for all calls of a
// process, so that budgets and the cap hold however a call comes about. It is
// safe for concurrent use.
type Gate struct {
	mu      sync.Mutex
	rules   Rules
	running map[string]int
	ledgers map[string]*ledger
}

// NewGate returns a gate that lets everything through.
func NewGate() *Gate {
	return &Gate{running: map[string]int{}, ledgers: map[string]*ledger{}}
}

// Configure replaces the rules. What was used of budgets stays used.
func (g *Gate) Configure(rules Rules) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.rules = rules
}

// Enter asks for a call to a target that may take as long as longest. Either
// leave must be called when it has ended, or there is a reason to skip it.
func (g *Gate) Enter(target string, longest time.Duration) (leave func(), reason Skip) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	if g.closed(target, now) {
		return nil, Maintenance
	}
	if !g.hasRoom(target) {
		return nil, Concurrency
	}
	used := g.ledgers[target]
	if used == nil {
		used = &ledger{}
		g.ledgers[target] = used
	}
	if reason := used.exceeded(g.rules.Allowances[target], longest, now); reason != "" {
		return nil, reason
	}
	used.begin(longest, now)
	g.running[target]++
	return sync.OnceFunc(func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		used.end(longest, now, time.Now())
		g.running[target]--
	}), ""
}

// Hinders returns why a call to a target could not begin now, if it could not.
func (g *Gate) Hinders(target string, longest time.Duration) Skip {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	if g.closed(target, now) {
		return Maintenance
	}
	if used := g.ledgers[target]; used != nil {
		return used.exceeded(g.rules.Allowances[target], longest, now)
	}
	return ""
}

func (g *Gate) closed(target string, now time.Time) bool {
	for _, w := range g.rules.Windows {
		if w.Covers(target, now) {
			return true
		}
	}
	return false
}

// hasRoom reports whether one call more to a target is within the cap.
func (g *Gate) hasRoom(target string) bool {
	if g.rules.AtOnce <= 0 || g.running[target] == 0 {
		return true
	}
	kept := 0
	for _, other := range g.rules.Targets {
		if g.running[other] == 0 {
			kept++
		}
	}
	total := 0
	for _, n := range g.running {
		total += n
	}
	return total+kept < g.rules.AtOnce
}
