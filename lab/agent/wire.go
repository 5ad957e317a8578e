package agent

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/livekit/protocol/livekit"
	"github.com/livekit/protocol/utils/guid"
	lksdk "github.com/livekit/server-sdk-go/v2"
)

// The topics of an agent's data.
const (
	transcriptionTopic = "lk.transcription"
	sessionTopic       = "lk.agent.session"
)

// The attributes of an agent and of its transcripts.
const (
	attrState           = "lk.agent.state"
	attrName            = "lk.agent.name"
	attrSegment         = "lk.segment_id"
	attrTranscribed     = "lk.transcribed_track_id"
	attrFinal           = "lk.transcription_final"
	textMime, bytesMime = "text/plain", "application/octet-stream"
)

// rawPacket is a data packet that is sent as it stands. The room server keeps
// a sender's identity that an agent forges on text streams; that is how agents
// publish what a caller said under the caller's own name.
type rawPacket struct{ *livekit.DataPacket }

// ToProto returns the packet.
func (p rawPacket) ToProto() *livekit.DataPacket { return p.DataPacket }

// wire sends data packets in the order of its calls, away from the call's loop:
// the SDK may wait long for a connection that is gone.
type wire struct {
	room  *lksdk.Room
	queue chan *livekit.DataPacket
}

// wireQueue is how many packets may wait; a call makes some hundred a minute.
const wireQueue = 1024

// errBacklog says that the connection has been too slow for too long.
var errBacklog = errors.New("send data: too many packets wait")

func newWire(room *lksdk.Room) *wire {
	return &wire{room: room, queue: make(chan *livekit.DataPacket, wireQueue)}
}

// run sends until ctx ends. What comes while the room is not connected is lost,
// as it is with any agent.
func (w *wire) run(ctx context.Context, failed func(error)) {
	for {
		select {
		case <-ctx.Done():
			return
		case p := <-w.queue:
			if w.room.ConnectionState() != lksdk.ConnectionStateConnected {
				continue
			}
			opts := []lksdk.DataPublishOption{lksdk.WithDataPublishReliable(true)}
			if to := p.GetDestinationIdentities(); len(to) > 0 {
				opts = append(opts, lksdk.WithDataPublishDestination(to))
			}
			if err := w.room.LocalParticipant.PublishDataPacket(rawPacket{p}, opts...); err != nil {
				failed(fmt.Errorf("send data: %w", err))
			}
		}
	}
}

func (w *wire) send(p *livekit.DataPacket) error {
	select {
	case w.queue <- p:
		return nil
	default:
		return errBacklog
	}
}

// stream is a data stream that is being sent.
type stream struct {
	wire   *wire
	id     string
	sender string
	chunks uint64
}

// openText opens a text stream in the name of sender; empty is the agent.
func (w *wire) openText(sender string, attributes map[string]string) (*stream, error) {
	s := &stream{wire: w, id: guid.New("ST_"), sender: sender}
	return s, w.send(&livekit.DataPacket{
		ParticipantIdentity: sender,
		Value: &livekit.DataPacket_StreamHeader{StreamHeader: &livekit.DataStream_Header{
			StreamId:      s.id,
			Timestamp:     time.Now().UnixMilli(),
			Topic:         transcriptionTopic,
			MimeType:      textMime,
			Attributes:    maps.Clone(attributes),
			ContentHeader: &livekit.DataStream_Header_TextHeader{TextHeader: &livekit.DataStream_TextHeader{}},
		}},
	})
}

func (s *stream) write(content []byte) error {
	s.chunks++
	return s.wire.send(&livekit.DataPacket{
		ParticipantIdentity: s.sender,
		Value: &livekit.DataPacket_StreamChunk{StreamChunk: &livekit.DataStream_Chunk{
			StreamId: s.id, ChunkIndex: s.chunks - 1, Content: content,
		}},
	})
}

func (s *stream) close(attributes map[string]string) error {
	return s.wire.send(&livekit.DataPacket{
		ParticipantIdentity: s.sender,
		Value: &livekit.DataPacket_StreamTrailer{StreamTrailer: &livekit.DataStream_Trailer{
			StreamId: s.id, Attributes: attributes,
		}},
	})
}

// sendBytes sends one byte stream to one participant.
func (w *wire) sendBytes(topic string, content []byte, to string) error {
	id := guid.New("SB_")
	size := uint64(len(content))
	packets := []*livekit.DataPacket{
		{Value: &livekit.DataPacket_StreamHeader{StreamHeader: &livekit.DataStream_Header{
			StreamId:      id,
			Timestamp:     time.Now().UnixMilli(),
			Topic:         topic,
			MimeType:      bytesMime,
			TotalLength:   &size,
			ContentHeader: &livekit.DataStream_Header_ByteHeader{ByteHeader: &livekit.DataStream_ByteHeader{Name: topic}},
		}}},
		{Value: &livekit.DataPacket_StreamChunk{StreamChunk: &livekit.DataStream_Chunk{StreamId: id, Content: content}}},
		{Value: &livekit.DataPacket_StreamTrailer{StreamTrailer: &livekit.DataStream_Trailer{StreamId: id}}},
	}
	for _, p := range packets {
		p.DestinationIdentities = []string{to}
		if err := w.send(p); err != nil {
			return err
		}
	}
	return nil
}

// sendLegacy sends a transcription packet of the older kind.
func (w *wire) sendLegacy(speaker, trackID string, segment *livekit.TranscriptionSegment) error {
	return w.send(&livekit.DataPacket{Value: &livekit.DataPacket_Transcription{Transcription: &livekit.Transcription{
		TranscribedParticipantIdentity: speaker,
		TrackId:                        trackID,
		Segments:                       []*livekit.TranscriptionSegment{segment},
	}}})
}
