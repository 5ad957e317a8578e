package livekit

import (
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/livekit/protocol/livekit"
	"github.com/livekit/protocol/livekit/agent"
	lksdk "github.com/livekit/server-sdk-go/v2"
	"google.golang.org/protobuf/types/known/timestamppb"

	"callprobe/probe"
)

// streaming returns a call whose agent can send streams; no server is needed.
func streaming(t *testing.T) *call {
	t.Helper()
	c := newTestCall()
	c.identity = "caller"
	c.lk = lksdk.NewRoom(nil)
	if err := c.handleStreams(); err != nil {
		t.Fatal(err)
	}
	return c
}

// sends passes a text stream of the agent on as the SDK does.
func sends(c *call, end map[string]string, chunks ...string) {
	c.lk.OnStreamHeader(&livekit.DataStream_Header{
		StreamId: "S", Topic: transcriptionTopic, ContentHeader: &livekit.DataStream_Header_TextHeader{TextHeader: &livekit.DataStream_TextHeader{}},
	}, "agent")
	synctest.Wait()
	for _, chunk := range chunks {
		c.lk.OnStreamChunk(&livekit.DataStream_Chunk{StreamId: "S", Content: []byte(chunk)})
	}
	c.lk.OnStreamTrailer(&livekit.DataStream_Trailer{StreamId: "S", Attributes: end})
	synctest.Wait()
}

func TestATextIsReadToItsEndHoweverItComes(t *testing.T) {
	endless := make([]string, 20)
	for i := range endless {
		endless[i] = strings.Repeat("ha ", 5000)
	}
	for _, tc := range []struct {
		name   string
		end    map[string]string
		chunks []string
		want   string
	}{
		{"in parts", nil, []string{"we open ", "at nine"}, "we open at nine"},
		{"without a word", nil, nil, ""},
		{"with attributes at its end only", map[string]string{finalAttribute: "true"}, []string{"yes"}, "yes"},
		{"too long to have been said", nil, endless, strings.Join(endless, "")[:maxTextBytes]},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := streaming(t)
				sends(c, tc.end, tc.chunks...)
				e := <-c.events
				if e.Kind != probe.TranscriptHeard || e.Transcript.Text != tc.want || !e.Transcript.Final {
					t.Errorf("got %d bytes: %.40q, want %d: %.40q", len(e.Transcript.Text), e.Transcript.Text, len(tc.want), tc.want)
				}
			})
		})
	}
}

func TestAStreamThatIsOpenWhenTheCallEndsIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := streaming(t)
		c.lk.OnStreamHeader(&livekit.DataStream_Header{
			StreamId: "S", Topic: sessionTopic, ContentHeader: &livekit.DataStream_Header_ByteHeader{ByteHeader: &livekit.DataStream_ByteHeader{}},
		}, "agent")
		synctest.Wait()
		close(c.done)
		c.lk.OnStreamTrailer(&livekit.DataStream_Trailer{StreamId: "S"})
		synctest.Wait() // The bubble would not end with a reader in it.
	})
}

func TestWhatNoRecordingCanHoldIsLeftOutOfASessionMessage(t *testing.T) {
	nan, inf, fine := math.NaN(), math.Inf(1), 0.7
	event := &agent.AgentSessionEvent{
		CreatedAt: &timestamppb.Timestamp{Seconds: math.MaxInt64},
		Event: &agent.AgentSessionEvent_ConversationItemAdded_{ConversationItemAdded: &agent.AgentSessionEvent_ConversationItemAdded{
			Item: &agent.ChatContext_ChatItem{Item: &agent.ChatContext_ChatItem_Message{Message: &agent.ChatMessage{
				Role: agent.ChatRole_ASSISTANT, Metrics: &agent.MetricsReport{E2ELatency: &nan, TtsNodeTtfb: &inf, LlmNodeTtft: &fine},
			}}},
		}},
	}
	msg, ok := parseSession(sessionBytes(t, event))
	if !ok {
		t.Fatal("the message is not read")
	}
	if len(msg.Metrics) != 1 || msg.Metrics["llm_node_ttft"] != fine {
		t.Errorf("metrics %v", msg.Metrics)
	}
	rec := probe.Recording{Started: time.Unix(0, 0), Events: []probe.Event{{Kind: probe.SessionReport, Session: msg}}}
	if err := rec.Write(&strings.Builder{}); err != nil {
		t.Error(err)
	}
}
