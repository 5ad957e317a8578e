package livekit

import (
	"math"
	"strings"
	"time"

	"github.com/livekit/protocol/livekit/agent"
	lksdk "github.com/livekit/server-sdk-go/v2"
	"google.golang.org/protobuf/proto"

	"callprobe/probe"
)

// maxSessionBytes bounds one message; what a person says in a turn is a few
// hundred.
const maxSessionBytes = 256 << 10

// readSession takes one message in which the agent tells about itself.
// Messages that are not events, or not understood, are left out: other
// frameworks do not speak this protocol.
func (c *call) readSession(stream *lksdk.ByteStreamReader, identity string) {
	at := time.Since(c.start)
	takesAttributes(&stream.Info.Attributes)
	raw, whole := readStream(stream, maxSessionBytes)
	if msg, ok := parseSession(raw); ok && whole {
		c.emit(probe.Event{At: at, Kind: probe.SessionReport, Participant: identity, Session: msg})
	}
}

func parseSession(raw []byte) (*probe.SessionMessage, bool) {
	var msg agent.AgentSessionMessage
	if err := proto.Unmarshal(raw, &msg); err != nil {
		return nil, false
	}
	event := msg.GetEvent()
	if event == nil {
		return nil, false
	}
	out := &probe.SessionMessage{}
	if event.GetCreatedAt().IsValid() {
		out.CreatedAt = event.GetCreatedAt().AsTime()
	}
	switch e := event.GetEvent().(type) {
	case *agent.AgentSessionEvent_AgentStateChanged_:
		out.Type, out.Text = "agent_state_changed", enumText(e.AgentStateChanged.GetNewState().String())
	case *agent.AgentSessionEvent_UserStateChanged_:
		out.Type, out.Text = "user_state_changed", enumText(e.UserStateChanged.GetNewState().String())
	case *agent.AgentSessionEvent_UserInputTranscribed_:
		out.Type, out.Text, out.Final = "user_input_transcribed", e.UserInputTranscribed.GetTranscript(), e.UserInputTranscribed.GetIsFinal()
	case *agent.AgentSessionEvent_Error_:
		out.Type, out.Text = "error", e.Error.GetMessage()
	case *agent.AgentSessionEvent_ConversationItemAdded_:
		out.Type = "conversation_item_added"
		item(out, e.ConversationItemAdded.GetItem().GetMessage())
	case *agent.AgentSessionEvent_OverlappingSpeech_:
		out.Type = "overlapping_speech"
	case *agent.AgentSessionEvent_SessionUsageUpdated_:
		out.Type = "session_usage_updated"
	default:
		return nil, false
	}
	return out, true
}

func item(out *probe.SessionMessage, m *agent.ChatMessage) {
	if m == nil {
		return
	}
	out.Role, out.Interrupted = strings.ToLower(m.GetRole().String()), m.GetInterrupted()
	var parts []string
	for _, c := range m.GetContent() {
		if text := c.GetText(); text != "" {
			parts = append(parts, text)
		}
	}
	out.Text = strings.Join(parts, " ")
	out.Metrics = metrics(m.GetMetrics())
}

func metrics(m *agent.MetricsReport) map[string]float64 {
	if m == nil {
		return nil
	}
	out := map[string]float64{}
	for name, v := range map[string]*float64{
		"transcription_delay":          m.TranscriptionDelay,
		"end_of_turn_delay":            m.EndOfTurnDelay,
		"on_user_turn_completed_delay": m.OnUserTurnCompletedDelay,
		"llm_node_ttft":                m.LlmNodeTtft,
		"tts_node_ttfb":                m.TtsNodeTtfb,
		"e2e_latency":                  m.E2ELatency,
	} {
		// JSON has no numbers for the others, and a recording is JSON.
		if v != nil && !math.IsNaN(*v) && !math.IsInf(*v, 0) {
			out[name] = *v
		}
	}
	return out
}

// enumText turns AS_LISTENING into listening.
func enumText(s string) string {
	_, rest, ok := strings.Cut(s, "_")
	if !ok {
		rest = s
	}
	return strings.ToLower(rest)
}
