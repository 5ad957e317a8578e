package config

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"

	"callprobe/internal/schedule"
)

// maxShards bounds how many processes share a configuration.
const maxShards = 1000

// Shard is the part of a configuration that one of several processes calls. All
// of them read the same file; which targets are whose follows from the names
// alone, so that nobody has to be asked. The zero value is the whole.
type Shard struct {
	// Index is which of Count shards it is, from 0 on.
	Index, Count int
}

// Validate says what is wrong with a shard, in the words of the command's flags.
func (s Shard) Validate() error {
	switch {
	case s == Shard{}:
		return nil
	case s.Count < 1 || s.Count > maxShards:
		return fmt.Errorf("--shard.count=%d: it is how many processes share the configuration, from 1 to %d", s.Count, maxShards)
	case s.Index < 0 || s.Index >= s.Count:
		return fmt.Errorf("--shard.index=%d of --shard.count=%d: the first of them is 0, the last %d", s.Index, s.Count, s.Count-1)
	}
	return nil
}

// Owns reports whether a target is this shard's. A target is whole in one shard,
// with all its scenarios: its budget, its maintenance windows and its
// agent_workers_active are those of one process.
//
// The shard that scores highest for the name has it (rendezvous hashing): when a
// shard is added at the end, targets move to it and between no others; when the
// last one is removed, its targets alone move.
func (s Shard) Owns(target string) bool {
	owner, highest := 0, uint64(0)
	for i := range s.Count {
		sum := sha256.Sum256([]byte(target + "\x00" + strconv.Itoa(i)))
		if score := binary.BigEndian.Uint64(sum[:]); score > highest {
			owner, highest = i, score
		}
	}
	return owner == s.Index
}

// of leaves in a configuration what is this shard's. A probe of which no target
// is left goes, too.
func (c *Config) of(s Shard) {
	c.Targets = slices.DeleteFunc(c.Targets, func(t Target) bool { return !s.Owns(t.Name) })
	for i, p := range c.Probes {
		c.Probes[i].Targets = slices.DeleteFunc(slices.Clone(p.Targets), func(name string) bool { return !s.Owns(name) })
	}
	c.Probes = slices.DeleteFunc(c.Probes, func(p Probe) bool { return len(p.Targets) == 0 })
	for i, w := range c.Windows {
		c.Windows[i].Targets = slices.DeleteFunc(slices.Clone(w.Targets), func(name string) bool { return !s.Owns(name) })
	}
	c.Windows = slices.DeleteFunc(c.Windows, func(w schedule.Window) bool { return len(w.Targets) == 0 })
}
