// Package livekit makes probe calls over a LiveKit room: it creates the room,
// asks for the agent, joins as a caller over WebRTC, and turns what the server
// and the agent do into events of package probe.
package livekit

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// Target is a room server and the agent to call on it.
type Target struct {
	// URL is the server's address: ws, wss, http or https.
	URL string
	// APIKey and APISecret sign our tokens. The secret never leaves this
	// process.
	APIKey    string
	APISecret Secret
	// AgentName is dispatched explicitly; empty leaves it to the server's
	// automatic dispatch.
	AgentName string
	// AgentMetadata is handed to the agent's job.
	AgentMetadata string
	// RoomPrefix begins the name of every room that callprobe makes.
	RoomPrefix string
	// IdentityPrefix begins the caller's identity.
	IdentityPrefix string
	// TokenLife bounds the caller's token; a little over the longest call.
	TokenLife time.Duration
}

// Secret is a string that never prints.
type Secret string

func (Secret) String() string { return "[redacted]" }

// GoString keeps the secret out of %#v.
func (Secret) GoString() string { return "[redacted]" }

// MarshalText keeps the secret out of JSON and YAML.
func (Secret) MarshalText() ([]byte, error) { return []byte("[redacted]"), nil }

// The prefixes that mark synthetic calls unless the target sets its own.
const (
	DefaultRoomPrefix     = "callprobe-"
	DefaultIdentityPrefix = "callprobe-"
)

// Attributes on the caller and keys in the room's metadata that mark a call as
// synthetic, so that analytics can leave it out.
const (
	attrSynthetic = "callprobe.synthetic"
	attrCallID    = "callprobe.call_id"
)

// Validate reports what makes the target unusable.
func (t Target) Validate() error {
	var errs []error
	u, err := url.Parse(t.URL)
	switch {
	case t.URL == "":
		errs = append(errs, errors.New("no LiveKit URL: give --livekit.url or set LIVEKIT_URL"))
	case !strings.Contains(t.URL, "://"):
		errs = append(errs, errors.New("LiveKit URL has no scheme: write it as wss://host or ws://host:7880"))
	case err != nil || u.Host == "":
		// It is not shown: where it cannot be read, a password cannot be cut out.
		errs = append(errs, errors.New("LiveKit URL cannot be read: write it as wss://host or ws://host:7880, without spaces"))
	case !strings.Contains(" ws wss http https ", " "+u.Scheme+" "):
		errs = append(errs, fmt.Errorf("LiveKit URL has scheme %q: use ws, wss, http or https", u.Scheme))
	case u.User != nil || u.RawQuery != "":
		errs = append(errs, errors.New("LiveKit URL carries credentials: give the key and secret by file or environment"))
	}
	if t.APIKey == "" {
		errs = append(errs, errors.New("no API key: give --livekit.api-key-file or set LIVEKIT_API_KEY"))
	}
	if t.APISecret == "" {
		errs = append(errs, errors.New("no API secret: give --livekit.api-secret-file or set LIVEKIT_API_SECRET"))
	}
	return errors.Join(errs...)
}

// httpURL is the server's address for its HTTP API.
func (t Target) httpURL() string {
	s := strings.TrimSuffix(t.URL, "/")
	if rest, ok := strings.CutPrefix(s, "ws"); ok {
		return "http" + rest
	}
	return s
}
