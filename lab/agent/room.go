package agent

import (
	"context"
	"io"

	lksdk "github.com/livekit/server-sdk-go/v2"
	"github.com/pion/webrtc/v4"
)

// callbacks turns what the SDK tells into events of the call's loop.
func (c *call) callbacks(ctx context.Context) *lksdk.RoomCallback {
	post := func(e roomEvent) {
		select {
		case c.happened <- e:
		case <-ctx.Done():
		}
	}
	return &lksdk.RoomCallback{
		OnDisconnected: func() { post(roomEvent{kind: disconnected}) },
		OnParticipantDisconnected: func(p *lksdk.RemoteParticipant) {
			post(roomEvent{kind: wentAway, who: p.Identity()})
		},
		OnLocalTrackSubscribed: func(*lksdk.LocalTrackPublication, *lksdk.LocalParticipant) {
			post(roomEvent{kind: subscribed})
		},
		ParticipantCallback: lksdk.ParticipantCallback{
			OnTrackSubscribed: func(t *webrtc.TrackRemote, pub *lksdk.RemoteTrackPublication, p *lksdk.RemoteParticipant) {
				if t.Kind() != webrtc.RTPCodecTypeAudio || p.Kind() == lksdk.ParticipantAgent {
					return
				}
				post(roomEvent{kind: micUp, who: p.Identity(), mic: pub.SID(), remote: t})
			},
		},
	}
}

// maxRequest bounds a session request.
const maxRequest = 1 << 20

// takeRequest hands requests of the caller to the call's loop.
func (c *call) takeRequest(ctx context.Context) lksdk.ByteStreamHandler {
	return func(reader *lksdk.ByteStreamReader, _ string) {
		go func() {
			data, err := io.ReadAll(io.LimitReader(reader, maxRequest))
			if err != nil {
				return
			}
			select {
			case c.requests <- data:
			case <-ctx.Done():
			}
		}()
	}
}

// silence stops the media of a participant without a word to the other side:
// the transports end below the encryption, which would otherwise say goodbye.
func silence(p *lksdk.LocalParticipant) {
	for _, pc := range []*webrtc.PeerConnection{p.GetPublisherPeerConnection(), p.GetSubscriberPeerConnection()} {
		if pc == nil || pc.SCTP() == nil || pc.SCTP().Transport() == nil {
			continue
		}
		if ice := pc.SCTP().Transport().ICETransport(); ice != nil {
			_ = ice.Stop()
		}
	}
}
