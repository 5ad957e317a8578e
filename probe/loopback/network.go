package loopback

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/logging"
	"github.com/pion/rtp"
	"github.com/pion/transport/v5/vnet"
	"github.com/pion/webrtc/v4"

	"callprobe/audio"
	"callprobe/audio/playout"
	"callprobe/probe"
)

// network is two peers and the router between them.
type network struct {
	router        *vnet.Router
	caller, agent *webrtc.PeerConnection
}

// newNetwork makes both peers and starts the router. It delays nothing.
func newNetwork() (*network, error) {
	logs := logging.NewDefaultLoggerFactory()
	logs.Writer = io.Discard
	router, err := vnet.NewRouter(&vnet.RouterConfig{CIDR: "10.0.0.0/24", LoggerFactory: logs})
	if err != nil {
		return nil, fmt.Errorf("make router: %w", err)
	}
	n := &network{router: router}
	if n.caller, err = newPeer(router, logs, "10.0.0.1"); err != nil {
		return nil, errors.Join(err, n.close())
	}
	if n.agent, err = newPeer(router, logs, "10.0.0.2"); err != nil {
		return nil, errors.Join(err, n.close())
	}
	if err := router.Start(); err != nil {
		return nil, errors.Join(fmt.Errorf("start router: %w", err), n.close())
	}
	return n, nil
}

func newPeer(router *vnet.Router, logs logging.LoggerFactory, ip string) (*webrtc.PeerConnection, error) {
	card, err := vnet.NewNet(&vnet.NetConfig{StaticIPs: []string{ip}})
	if err == nil {
		err = router.AddNet(card)
	}
	var media webrtc.MediaEngine
	if err := errors.Join(err, media.RegisterDefaultCodecs()); err != nil {
		return nil, fmt.Errorf("make peer: %w", err)
	}
	settings := webrtc.SettingEngine{LoggerFactory: logs}
	settings.SetNet(card)
	settings.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	settings.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4})
	api := webrtc.NewAPI(webrtc.WithMediaEngine(&media), webrtc.WithSettingEngine(settings))
	peer, err := api.NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		return nil, fmt.Errorf("make peer: %w", err)
	}
	return peer, nil
}

// connect exchanges session descriptions that hold all candidates, and waits
// until the two are connected.
func (n *network) connect(ctx context.Context) error {
	connected := make(chan webrtc.PeerConnectionState, 8)
	n.caller.OnConnectionStateChange(func(s webrtc.PeerConnectionState) {
		select {
		case connected <- s:
		default: // Nobody waits any more.
		}
	})
	offer, err := n.caller.CreateOffer(nil)
	if err != nil {
		return fmt.Errorf("offer: %w", err)
	}
	if err := describe(ctx, n.caller, offer, n.agent); err != nil {
		return fmt.Errorf("offer: %w", err)
	}
	answer, err := n.agent.CreateAnswer(nil)
	if err != nil {
		return fmt.Errorf("answer: %w", err)
	}
	if err := describe(ctx, n.agent, answer, n.caller); err != nil {
		return fmt.Errorf("answer: %w", err)
	}
	for {
		select {
		case state := <-connected:
			if state == webrtc.PeerConnectionStateConnected {
				return nil
			}
			if state == webrtc.PeerConnectionStateFailed || state == webrtc.PeerConnectionStateClosed {
				return fmt.Errorf("the peers do not connect: %v", state)
			}
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// describe gives one peer's description to the other once its candidates are
// known.
func describe(ctx context.Context, from *webrtc.PeerConnection, d webrtc.SessionDescription, to *webrtc.PeerConnection) error {
	gathered := webrtc.GatheringCompletePromise(from)
	if err := from.SetLocalDescription(d); err != nil {
		return err
	}
	select {
	case <-gathered:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	return to.SetRemoteDescription(*from.LocalDescription())
}

// close ends both peers and the router.
func (n *network) close() error {
	var errs []error
	for _, p := range []*webrtc.PeerConnection{n.caller, n.agent} {
		if p != nil {
			errs = append(errs, p.Close())
		}
	}
	// A router that never started has nothing to stop and says so.
	_ = n.router.Stop()
	return errors.Join(errs...)
}

// microphone sends Opus packets of 20 ms. It is for use from one goroutine.
type microphone struct {
	track  *webrtc.TrackLocalStaticRTP
	packet rtp.Packet
}

// opusChannels is what RTP says of every Opus stream (RFC 7587, section 4.1).
const opusChannels = 2

func newMicrophone(peer *webrtc.PeerConnection, name string) (*microphone, error) {
	codec := webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus, ClockRate: uint32(audio.Rate48k), Channels: opusChannels}
	track, err := webrtc.NewTrackLocalStaticRTP(codec, "audio", name)
	if err == nil {
		_, err = peer.AddTrack(track)
	}
	if err != nil {
		return nil, fmt.Errorf("make track: %w", err)
	}
	return &microphone{track: track, packet: rtp.Packet{Header: rtp.Header{Version: 2}}}, nil
}

func (m *microphone) write(payload []byte) error {
	m.packet.Payload = payload
	err := m.track.WriteRTP(&m.packet)
	m.packet.SequenceNumber++
	m.packet.Timestamp += audio.FrameSamples
	if err != nil {
		return fmt.Errorf("write packet: %w", err)
	}
	return nil
}

func packetEvent(at time.Duration, track string, p *rtp.Packet) probe.Event {
	return probe.Event{At: at, Kind: probe.PacketIn, Participant: Identity, Track: track, Packet: &playout.Packet{
		At: at, SSRC: p.SSRC, Sequence: p.SequenceNumber, Timestamp: p.Timestamp, Marker: p.Marker, Payload: p.Payload,
	}}
}
