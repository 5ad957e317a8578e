package agent

import (
	"fmt"
	"time"

	"github.com/livekit/protocol/livekit/agent"
	"github.com/livekit/protocol/utils/guid"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// reporter sends the agent's session events to the caller, as the agents
// framework does without being asked.
type reporter struct {
	wire *wire
	to   string
	off  bool
}

func (r *reporter) send(msg *agent.AgentSessionMessage) error {
	if r.off || r.to == "" {
		return nil
	}
	data, err := proto.Marshal(msg)
	if err != nil {
		return fmt.Errorf("report session: %w", err)
	}
	return r.wire.sendBytes(sessionTopic, data, r.to)
}

func (r *reporter) event(e *agent.AgentSessionEvent) error {
	e.CreatedAt = timestamppb.Now()
	return r.send(&agent.AgentSessionMessage{Message: &agent.AgentSessionMessage_Event{Event: e}})
}

func (r *reporter) agentState(from, to agent.AgentState) error {
	return r.event(&agent.AgentSessionEvent{Event: &agent.AgentSessionEvent_AgentStateChanged_{
		AgentStateChanged: &agent.AgentSessionEvent_AgentStateChanged{OldState: from, NewState: to},
	}})
}

func (r *reporter) userState(from, to agent.UserState) error {
	return r.event(&agent.AgentSessionEvent{Event: &agent.AgentSessionEvent_UserStateChanged_{
		UserStateChanged: &agent.AgentSessionEvent_UserStateChanged{OldState: from, NewState: to},
	}})
}

func (r *reporter) heard(text string, final bool) error {
	return r.event(&agent.AgentSessionEvent{Event: &agent.AgentSessionEvent_UserInputTranscribed_{
		UserInputTranscribed: &agent.AgentSessionEvent_UserInputTranscribed{Transcript: text, IsFinal: final},
	}})
}

// failed reports that a component failed. Agents name the component, never the
// cause.
func (r *reporter) failed(component string) error {
	return r.event(&agent.AgentSessionEvent{Event: &agent.AgentSessionEvent_Error_{
		Error: &agent.AgentSessionEvent_Error{Message: component},
	}})
}

// item reports something that was said. e2e is the agent's own view of the
// time from the end of the caller's speech to the start of its answer, 0 when
// it does not apply.
func (r *reporter) item(role agent.ChatRole, text string, interrupted bool, e2e time.Duration) error {
	msg := &agent.ChatMessage{
		Id:          guid.New("item_"),
		Role:        role,
		Content:     []*agent.ChatMessage_ChatContent{{Payload: &agent.ChatMessage_ChatContent_Text{Text: text}}},
		Interrupted: interrupted,
		CreatedAt:   timestamppb.Now(),
	}
	if e2e > 0 {
		msg.Metrics = &agent.MetricsReport{E2ELatency: new(e2e.Seconds())}
	}
	return r.event(&agent.AgentSessionEvent{Event: &agent.AgentSessionEvent_ConversationItemAdded_{
		ConversationItemAdded: &agent.AgentSessionEvent_ConversationItemAdded{
			Item: &agent.ChatContext_ChatItem{Item: &agent.ChatContext_ChatItem_Message{Message: msg}},
		},
	}})
}

// answer answers a request of the caller, as far as the lab's agent knows
// what to say; others are answered with an error, as by an older framework.
func (r *reporter) answer(data []byte, state agent.AgentState) error {
	var msg agent.AgentSessionMessage
	if err := proto.Unmarshal(data, &msg); err != nil {
		return fmt.Errorf("read session request: %w", err)
	}
	req := msg.GetRequest()
	if req == nil {
		return nil
	}
	resp := &agent.SessionResponse{RequestId: req.GetRequestId()}
	switch req.GetRequest().(type) {
	case *agent.SessionRequest_Ping_:
		resp.Response = &agent.SessionResponse_Pong_{Pong: &agent.SessionResponse_Pong{}}
	case *agent.SessionRequest_GetSessionState_:
		resp.Response = &agent.SessionResponse_GetSessionState{
			GetSessionState: &agent.SessionResponse_GetSessionStateResponse{AgentState: state, CreatedAt: timestamppb.Now()},
		}
	case *agent.SessionRequest_GetFrameworkInfo_:
		resp.Response = &agent.SessionResponse_GetFrameworkInfo{
			GetFrameworkInfo: &agent.SessionResponse_GetFrameworkInfoResponse{Sdk: "callprobe-lab", SdkVersion: "1"},
		}
	default:
		resp.Error = new("not supported")
	}
	return r.send(&agent.AgentSessionMessage{Message: &agent.AgentSessionMessage_Response{Response: resp}})
}
