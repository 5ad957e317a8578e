package livekit

import (
	protologger "github.com/livekit/protocol/logger"
	lksdk "github.com/livekit/server-sdk-go/v2"
)

// SilenceSDK turns off the log of the LiveKit SDK, which is one for the whole
// process and goes to stderr. A program calls it once, before its first call.
// What matters of that log reaches the caller as events and errors.
func SilenceSDK() { lksdk.SetLogger(protologger.GetDiscardLogger()) }
