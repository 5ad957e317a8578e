package livekit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/livekit/protocol/auth"
	"github.com/livekit/protocol/livekit"

	"callprobe/probe"
)

// Sweep deletes the rooms that an earlier process left on a target's server,
// and returns how many. Only rooms are touched that bear the target's prefix,
// that callprobe marked as its own when it made them, and that are older than
// age: a call of another callprobe may be going on in a younger one.
func Sweep(ctx context.Context, target Target, age time.Duration) (int, error) {
	server := newAPI(target)
	listing, err := server.authorize(ctx, &auth.VideoGrant{RoomList: true})
	if err != nil {
		return 0, err
	}
	list, err := server.rooms.ListRooms(listing, &livekit.ListRoomsRequest{})
	if err != nil {
		return 0, fmt.Errorf("list rooms: %w", server.classify(probe.StageJoin, err).Err)
	}
	// The server stamps rooms by its own clock.
	now := time.Now().Add(time.Duration(server.dates.skew.Load()))
	swept := 0
	var errs []error
	for _, room := range list.GetRooms() {
		if !leftover(room, target.RoomPrefix, now.Add(-age)) {
			continue
		}
		if err := server.deleteRoom(ctx, room.GetName()); err != nil {
			errs = append(errs, fmt.Errorf("delete room %q: %w", room.GetName(), server.redact(err)))
			continue
		}
		swept++
	}
	return swept, errors.Join(errs...)
}

// leftover reports whether a room is one of ours that was made before a time.
func leftover(room *livekit.Room, prefix string, before time.Time) bool {
	if prefix == "" || !strings.HasPrefix(room.GetName(), prefix) {
		return false
	}
	var marks map[string]any
	if err := json.Unmarshal([]byte(room.GetMetadata()), &marks); err != nil || marks[attrSynthetic] != "true" {
		return false
	}
	made := time.Unix(room.GetCreationTime(), 0)
	return room.GetCreationTime() > 0 && made.Before(before)
}
