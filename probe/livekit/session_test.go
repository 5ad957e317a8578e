package livekit

import (
	"testing"

	"github.com/livekit/protocol/livekit/agent"
	"google.golang.org/protobuf/proto"
)

func sessionBytes(tb testing.TB, event *agent.AgentSessionEvent) []byte {
	tb.Helper()
	raw, err := proto.Marshal(&agent.AgentSessionMessage{Message: &agent.AgentSessionMessage_Event{Event: event}})
	if err != nil {
		tb.Fatal(err)
	}
	return raw
}

func errorEvent() *agent.AgentSessionEvent {
	return &agent.AgentSessionEvent{Event: &agent.AgentSessionEvent_Error_{Error: &agent.AgentSessionEvent_Error{Message: "agent.STT"}}}
}

func stateEvent() *agent.AgentSessionEvent {
	return &agent.AgentSessionEvent{Event: &agent.AgentSessionEvent_AgentStateChanged_{
		AgentStateChanged: &agent.AgentSessionEvent_AgentStateChanged{NewState: agent.AgentState_AS_LISTENING},
	}}
}

func TestSessionEventsAreRead(t *testing.T) {
	got, ok := parseSession(sessionBytes(t, errorEvent()))
	if !ok || got.Type != "error" || got.Text != "agent.STT" {
		t.Errorf("got %+v", got)
	}
	got, ok = parseSession(sessionBytes(t, stateEvent()))
	if !ok || got.Type != "agent_state_changed" || got.Text != "listening" {
		t.Errorf("got %+v", got)
	}
	if _, ok := parseSession([]byte("not protobuf")); ok {
		t.Error("text was taken for an event")
	}
}

func FuzzParseSession(f *testing.F) {
	f.Add(sessionBytes(f, errorEvent()))
	f.Add(sessionBytes(f, stateEvent()))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if msg, ok := parseSession(raw); ok && msg.Type == "" {
			t.Error("an event without a type")
		}
	})
}
