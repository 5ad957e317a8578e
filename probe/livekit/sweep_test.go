package livekit

import (
	"testing"
	"time"

	"github.com/livekit/protocol/livekit"
)

func TestOnlyOurOwnOldRoomsAreSwept(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	const ours = `{"callprobe.synthetic":"true","callprobe.call_id":"a"}`
	for name, c := range map[string]struct {
		room *livekit.Room
		want bool
	}{
		"one of ours that is old":     {&livekit.Room{Name: "callprobe-a", Metadata: ours, CreationTime: now.Unix() - 1}, true},
		"one of ours that is young":   {&livekit.Room{Name: "callprobe-a", Metadata: ours, CreationTime: now.Unix() + 1}, false},
		"one without a time":          {&livekit.Room{Name: "callprobe-a", Metadata: ours}, false},
		"another prefix":              {&livekit.Room{Name: "sales-a", Metadata: ours, CreationTime: 1}, false},
		"our prefix by chance":        {&livekit.Room{Name: "callprobe-a", CreationTime: 1}, false},
		"metadata of somebody else":   {&livekit.Room{Name: "callprobe-a", Metadata: "callprobe.synthetic", CreationTime: 1}, false},
		"metadata that denies it":     {&livekit.Room{Name: "callprobe-a", Metadata: `{"callprobe.synthetic":"false"}`, CreationTime: 1}, false},
		"metadata that is no mapping": {&livekit.Room{Name: "callprobe-a", Metadata: `["callprobe.synthetic"]`, CreationTime: 1}, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := leftover(c.room, "callprobe-", now); got != c.want {
				t.Errorf("leftover: %v, want %v", got, c.want)
			}
		})
	}
	if leftover(&livekit.Room{Name: "a", Metadata: ours, CreationTime: 1}, "", now) {
		t.Error("without a prefix every room is ours")
	}
}
