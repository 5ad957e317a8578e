package app

import (
	"cmp"

	"callprobe/internal/config"
	"callprobe/probe/livekit"
)

// LiveKitTarget is a configured target as the adapter calls it.
func LiveKitTarget(t config.Target) livekit.Target {
	return livekit.Target{
		URL:            t.URL,
		APIKey:         t.APIKey.Reveal(),
		APISecret:      livekit.Secret(t.APISecret.Reveal()),
		AgentName:      t.AgentName,
		AgentMetadata:  t.AgentMetadata,
		RoomPrefix:     cmp.Or(t.RoomPrefix, livekit.DefaultRoomPrefix),
		IdentityPrefix: cmp.Or(t.IdentityPrefix, livekit.DefaultIdentityPrefix),
	}
}
