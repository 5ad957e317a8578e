package livekit

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/livekit/protocol/auth"
	"github.com/livekit/protocol/livekit"
	"google.golang.org/protobuf/proto"
)

const grantsSecret = "a-secret-that-is-long-enough-to-sign-with"

// claims reads a token as a server does, and returns how long it lives.
func claims(t *testing.T, token string) (*auth.ClaimGrants, time.Duration) {
	t.Helper()
	verifier, err := auth.ParseAPIToken(token)
	if err != nil {
		t.Fatal(err)
	}
	registered, grants, err := verifier.Verify(grantsSecret)
	if err != nil {
		t.Fatal(err)
	}
	return grants, registered.ExpiresAt.Sub(registered.NotBefore.Time)
}

// docs/security.md and docs/analytics.md tell people what is held here.
func TestTheCallersTokenOpensOneRoomForSpeakingAndListeningAndMarksTheCall(t *testing.T) {
	server := newAPI(Target{URL: "ws://h", APIKey: "key", APISecret: grantsSecret, TokenLife: 3 * time.Minute})
	token, err := server.joinToken("callprobe-x", "callprobe-id", "x")
	if err != nil {
		t.Fatal(err)
	}
	got, life := claims(t, token)
	yes, no := true, false
	want := &auth.VideoGrant{
		RoomJoin: true, Room: "callprobe-x", CanPublish: &yes, CanSubscribe: &yes, CanPublishData: &no,
		CanPublishSources: []string{"microphone"},
	}
	if !reflect.DeepEqual(got.Video, want) || got.SIP != nil {
		t.Errorf("grants %+v, want %+v", got.Video, want)
	}
	marks := map[string]string{"callprobe.synthetic": "true", "callprobe.call_id": "x"}
	if !reflect.DeepEqual(got.Attributes, marks) || got.Identity != "callprobe-id" || got.Name != "callprobe" || got.Metadata != "" {
		t.Errorf("the caller is %+v, want the attributes %v", got, marks)
	}
	if life > 3*time.Minute+15*time.Second {
		t.Errorf("the token lives for %v", life)
	}
}

func TestRequestsToTheServerCarryTheLeastGrantForAMinuteAndTheRoomIsMarked(t *testing.T) {
	type seen struct {
		path   string
		grant  auth.VideoGrant
		body   []byte
		expiry time.Duration
	}
	var requests []seen
	room := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		grants, life := claims(t, strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
		requests = append(requests, seen{r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:], *grants.Video, body, life})
		w.Header().Set("Content-Type", "application/protobuf") // An empty message is a good answer.
	}))
	defer room.Close()
	server := newAPI(Target{URL: room.URL, APIKey: "key", APISecret: grantsSecret, AgentName: "sales", AgentMetadata: "m"})
	if err := server.createRoom(t.Context(), "callprobe-x", "x"); err != nil {
		t.Fatal(err)
	}
	if err := server.deleteRoom(t.Context(), "callprobe-x"); err != nil {
		t.Fatal(err)
	}
	if _, err := server.roomExists(t.Context(), "callprobe-x"); err != nil {
		t.Fatal(err)
	}
	if len(requests) != 3 {
		t.Fatalf("%d requests", len(requests))
	}
	create, list := auth.VideoGrant{RoomCreate: true}, auth.VideoGrant{RoomList: true}
	for i, want := range []seen{{path: "CreateRoom", grant: create}, {path: "DeleteRoom", grant: create}, {path: "ListRooms", grant: list}} {
		got := requests[i]
		if got.path != want.path || !reflect.DeepEqual(got.grant, want.grant) || got.expiry > time.Minute+15*time.Second {
			t.Errorf("request %d: %s with %+v for %v, want %s with %+v", i, got.path, got.grant, got.expiry, want.path, want.grant)
		}
	}
	var made livekit.CreateRoomRequest
	if err := proto.Unmarshal(requests[0].body, &made); err != nil {
		t.Fatal(err)
	}
	var marks map[string]string
	if err := json.Unmarshal([]byte(made.GetMetadata()), &marks); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(marks, map[string]string{"callprobe.synthetic": "true", "callprobe.call_id": "x"}) {
		t.Errorf("the room's metadata are %v", marks)
	}
	if agents := made.GetAgents(); len(agents) != 1 || agents[0].GetAgentName() != "sales" || made.GetEmptyTimeout() != 30 || made.GetDepartureTimeout() != 5 {
		t.Errorf("the room is made as %v", &made)
	}
}
