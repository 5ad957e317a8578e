package livekit

import (
	"fmt"
	"time"

	lksdk "github.com/livekit/server-sdk-go/v2"

	"callprobe/probe"
)

// The topics and stream attributes of LiveKit Agents.
const (
	transcriptionTopic = "lk.transcription"
	sessionTopic       = "lk.agent.session"
	segmentAttribute   = "lk.segment_id"
	finalAttribute     = "lk.transcription_final"
)

// maxTextBytes bounds one text, some ten minutes of speech; what is beyond it is
// read and forgotten.
const maxTextBytes = 64 << 10

func (c *call) handleStreams() error {
	if err := c.lk.RegisterTextStreamHandler(transcriptionTopic, c.readTranscript); err != nil {
		return fmt.Errorf("listen for transcripts: %w", err)
	}
	if err := c.lk.RegisterByteStreamHandler(sessionTopic, c.readSession); err != nil {
		return fmt.Errorf("listen for session events: %w", err)
	}
	return nil
}

// readTranscript reads one text stream to its end. The caller's words come
// under the caller's own identity, one whole stream for each interim and for
// the final. The agent's words come as one stream that grows with the audio;
// its end makes them final, whatever its attributes say.
func (c *call) readTranscript(stream *lksdk.TextStreamReader, identity string) {
	opened := time.Since(c.start)
	takesAttributes(&stream.Info.Attributes)
	text, _ := readStream(stream, maxTextBytes)
	t := &probe.Transcript{
		Speaker: probe.AgentSpeaks, Channel: probe.StreamChannel,
		Segment: stream.Info.Attributes[segmentAttribute],
		Text:    string(text), Final: true, Opened: opened,
	}
	if identity == c.identity {
		t.Speaker = probe.CallerSpeaks
		t.Final = stream.Info.Attributes[finalAttribute] == "true"
	}
	c.emit(probe.Event{At: time.Since(c.start), Kind: probe.TranscriptHeard, Participant: identity, Transcript: t})
}

// legacyTranscript takes the packets that older clients listen to.
func (c *call) legacyTranscript(segments []*lksdk.TranscriptionSegment, p lksdk.Participant, _ lksdk.TrackPublication) {
	at := time.Since(c.start)
	speaker := probe.AgentSpeaks
	if p.Identity() == c.identity {
		speaker = probe.CallerSpeaks
	}
	for _, s := range segments {
		c.emit(probe.Event{At: at, Kind: probe.TranscriptHeard, Participant: p.Identity(), Transcript: &probe.Transcript{
			Speaker: speaker, Channel: probe.LegacyChannel, Segment: s.ID, Text: s.Text, Final: s.Final,
		}})
	}
}
