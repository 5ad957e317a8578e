package livekit

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/livekit/protocol/auth"
	"github.com/livekit/protocol/livekit"
	"github.com/twitchtv/twirp"
)

// Rooms go away by themselves soon should the prober die before it deletes
// them.
const (
	emptyTimeout     = 30 * time.Second
	departureTimeout = 5 * time.Second
)

// apiTokenLife bounds the token of one request to the server's API.
const apiTokenLife = time.Minute

// api is the server's HTTP API as one call uses it.
type api struct {
	target Target
	rooms  livekit.RoomService
	dates  *dateKeeper
}

func newAPI(target Target) *api {
	transport := &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		TLSHandshakeTimeout:   5 * time.Second,
		ResponseHeaderTimeout: 10 * time.Second,
		ForceAttemptHTTP2:     true,
		// A call asks twice, minutes apart: nothing is gained by keeping the
		// connection, and nothing is left open this way.
		DisableKeepAlives: true,
	}
	dates := &dateKeeper{next: transport}
	client := &http.Client{Transport: dates}
	return &api{
		target: target,
		rooms:  livekit.NewRoomServiceProtobufClient(target.httpURL(), client),
		dates:  dates,
	}
}

// dateKeeper remembers how far the server's clock is ahead of ours, from the
// Date header of its last answer.
type dateKeeper struct {
	next http.RoundTripper
	skew atomic.Int64
	seen atomic.Bool
}

// RoundTrip passes the request on.
func (d *dateKeeper) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := d.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	if at, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		d.skew.Store(int64(time.Until(at)))
		d.seen.Store(true)
	}
	return resp, nil
}

// createRoom makes the room, with the agent asked for.
func (a *api) createRoom(ctx context.Context, room, callID string) error {
	metadata, err := json.Marshal(map[string]string{attrSynthetic: "true", attrCallID: callID})
	if err != nil {
		return fmt.Errorf("encode room metadata: %w", err)
	}
	req := &livekit.CreateRoomRequest{
		Name:             room,
		EmptyTimeout:     uint32(emptyTimeout.Seconds()),
		DepartureTimeout: uint32(departureTimeout.Seconds()),
		Metadata:         string(metadata),
	}
	if a.target.AgentName != "" {
		req.Agents = []*livekit.RoomAgentDispatch{{AgentName: a.target.AgentName, Metadata: a.target.AgentMetadata}}
	}
	ctx, err = a.authorize(ctx, &auth.VideoGrant{RoomCreate: true})
	if err != nil {
		return err
	}
	_, err = a.rooms.CreateRoom(ctx, req)
	return err
}

// deleteRoom ends the room for everybody in it. A room that is gone already is
// no error.
func (a *api) deleteRoom(ctx context.Context, room string) error {
	ctx, err := a.authorize(ctx, &auth.VideoGrant{RoomCreate: true})
	if err != nil {
		return err
	}
	_, err = a.rooms.DeleteRoom(ctx, &livekit.DeleteRoomRequest{Room: room})
	if twerr, ok := twirpError(err); ok && twerr.Code() == twirp.NotFound {
		return nil
	}
	return err
}

// roomExists asks for a room by name.
func (a *api) roomExists(ctx context.Context, room string) (bool, error) {
	ctx, err := a.authorize(ctx, &auth.VideoGrant{RoomList: true})
	if err != nil {
		return false, err
	}
	list, err := a.rooms.ListRooms(ctx, &livekit.ListRoomsRequest{Names: []string{room}})
	if err != nil {
		return false, fmt.Errorf("list rooms: %w", a.redact(err))
	}
	return len(list.GetRooms()) > 0, nil
}

func (a *api) authorize(ctx context.Context, grant *auth.VideoGrant) (context.Context, error) {
	token, err := auth.NewAccessToken(a.target.APIKey, string(a.target.APISecret)).
		SetVideoGrant(grant).SetValidFor(apiTokenLife).ToJWT()
	if err != nil {
		return nil, fmt.Errorf("sign API token: %w", err)
	}
	header := http.Header{"Authorization": {"Bearer " + token}}
	ctx, err = twirp.WithHTTPRequestHeaders(ctx, header)
	if err != nil {
		return nil, fmt.Errorf("authorize request: %w", err)
	}
	return ctx, nil
}

// joinToken lets the caller into one room to speak by microphone and listen,
// and to nothing else.
func (a *api) joinToken(room, identity, callID string) (string, error) {
	yes, no := true, false
	grant := &auth.VideoGrant{
		RoomJoin: true, Room: room,
		CanPublish: &yes, CanSubscribe: &yes, CanPublishData: &no,
	}
	grant.SetCanPublishSources([]livekit.TrackSource{livekit.TrackSource_MICROPHONE})
	token, err := auth.NewAccessToken(a.target.APIKey, string(a.target.APISecret)).
		SetVideoGrant(grant).
		SetIdentity(identity).
		SetName("callprobe").
		SetKind(livekit.ParticipantInfo_STANDARD).
		SetAttributes(map[string]string{attrSynthetic: "true", attrCallID: callID}).
		SetValidFor(a.target.TokenLife).
		ToJWT()
	if err != nil {
		return "", fmt.Errorf("sign join token: %w", err)
	}
	return token, nil
}
