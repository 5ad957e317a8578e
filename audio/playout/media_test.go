package playout

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/logging"
	"github.com/pion/rtp"
	"github.com/pion/transport/v5/vnet"
	"github.com/pion/webrtc/v4"

	"callprobe/audio"
)

// pathDelay is how long the virtual network takes one way.
const pathDelay = 40 * time.Millisecond

// TestMediaOverAVirtualNetwork sends RTP from one WebRTC peer to another, with
// ICE, DTLS and SRTP, over a network and a clock that are both virtual, and
// expects every sample at the instant at which it arrived.
func TestMediaOverAVirtualNetwork(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name      string
		packets   int
		lost      func(i int) bool
		jitter    time.Duration
		skewPPM   int64
		tolerance time.Duration
	}{
		{name: "a clean call is exact", packets: 100},
		{name: "a call with loss is exact", packets: 200, lost: func(i int) bool { return i%17 == 5 || i > 60 && i < 70 }},
		{name: "a call with jitter is exact", packets: 200, jitter: 60 * time.Millisecond},
		{
			name: "a call with loss, jitter and skew is within 20 µs", packets: 1500,
			lost: func(i int) bool { return i%23 == 7 }, jitter: 30 * time.Millisecond,
			skewPPM: 200, tolerance: 20 * time.Microsecond,
		},
	}
	for _, tt := range tests {
		// One after the other: vnet numbers its network cards in a variable
		// that all networks share.
		t.Run(tt.name, func(t *testing.T) {
			lost := func(i int) bool { return tt.lost != nil && tt.lost(i) }
			// The instant at which packet i of the sender is due.
			due := func(i int) time.Duration {
				d := time.Duration(i) * audio.FrameDuration
				return d - d*time.Duration(tt.skewPPM)/1_000_000
			}
			var got []Packet
			var sent time.Duration
			synctest.Test(t, func(t *testing.T) {
				c := dialPeers(t, lost)
				rng := rand.New(rand.NewPCG(1, 2))
				sent = time.Since(c.start)
				for i := range tt.packets {
					held := time.Duration(0)
					if tt.jitter > 0 && rng.IntN(3) > 0 {
						held = time.Duration(rng.Int64N(int64(tt.jitter)))
					}
					time.Sleep(time.Until(c.start.Add(sent + due(i) + held)))
					c.send(t, i)
				}
				time.Sleep(time.Second)
				got = c.close(t)
			})
			tl := build(t, got)
			if len(tl.Samples) != tt.packets*960 {
				t.Fatalf("there are %d samples, want %d; stats %+v", len(tl.Samples), tt.packets*960, tl.Stats)
			}
			for i := range tt.packets {
				p := audio.Pos(i * 960)
				wantTime(t, tl, p, sent+pathDelay+due(i), tt.tolerance+time.Nanosecond)
				want := Received
				if lost(i) {
					want = tl.OriginOf(p)
					if want != Concealed && want != Lost {
						t.Errorf("packet %d is lost, its samples are %v", i, want)
					}
				} else {
					wantFrom(t, tl, p, int64(p), 960)
				}
				if o := tl.OriginOf(p + 959); o != want {
					t.Errorf("packet %d is %v at its end, %v at its start", i, o, want)
				}
			}
		})
	}
}

// peers is a WebRTC connection with one audio track.
type peers struct {
	start    time.Time
	router   *vnet.Router
	from, to *webrtc.PeerConnection
	track    *webrtc.TrackLocalStaticRTP
	received chan []Packet
}

// dialPeers connects two peers; the network drops RTP packet i if lost says so.
// It runs in a bubble, so nothing in it may wait for a real socket.
func dialPeers(t *testing.T, lost func(i int) bool) *peers {
	t.Helper()
	c := &peers{start: time.Now(), received: make(chan []Packet, 1)}
	var err error
	c.router, err = vnet.NewRouter(&vnet.RouterConfig{CIDR: "10.0.0.0/24", MinDelay: pathDelay, LoggerFactory: logging.NewDefaultLoggerFactory()})
	check(t, err)
	c.router.AddChunkFilter(func(chunk vnet.Chunk) bool {
		var h rtp.Header
		const rtcpFrom, rtcpTo = 64, 95 // RFC 5761 section 4
		_, err := h.Unmarshal(chunk.UserData())
		isRTP := err == nil && h.Version == 2 && (h.PayloadType < rtcpFrom || h.PayloadType > rtcpTo)
		return !isRTP || !lost(int(h.SequenceNumber))
	})
	c.from, c.to = newPeer(t, c.router, "10.0.0.1"), newPeer(t, c.router, "10.0.0.2")
	check(t, c.router.Start())
	c.track, err = webrtc.NewTrackLocalStaticRTP(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus}, "voice", "agent")
	check(t, err)
	_, err = c.from.AddTrack(c.track)
	check(t, err)
	c.to.OnTrack(func(track *webrtc.TrackRemote, _ *webrtc.RTPReceiver) { c.received <- readAll(track, c.start) })
	connected := make(chan struct{})
	c.from.OnConnectionStateChange(func(s webrtc.PeerConnectionState) {
		if s == webrtc.PeerConnectionStateConnected {
			close(connected)
		}
	})
	negotiate(t, c.from, c.to)
	select {
	case <-connected:
	case <-time.After(10 * time.Second):
		t.Fatal("the peers do not connect")
	}
	time.Sleep(time.Second) // the far side's state follows
	return c
}

func newPeer(t *testing.T, router *vnet.Router, ip string) *webrtc.PeerConnection {
	t.Helper()
	network, err := vnet.NewNet(&vnet.NetConfig{StaticIPs: []string{ip}})
	check(t, err)
	check(t, router.AddNet(network))
	var media webrtc.MediaEngine
	check(t, media.RegisterDefaultCodecs())
	var settings webrtc.SettingEngine
	settings.SetNet(network)
	settings.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	settings.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4})
	peer, err := webrtc.NewAPI(webrtc.WithMediaEngine(&media), webrtc.WithSettingEngine(settings)).NewPeerConnection(webrtc.Configuration{})
	check(t, err)
	return peer
}

// negotiate exchanges session descriptions that hold all candidates.
func negotiate(t *testing.T, from, to *webrtc.PeerConnection) {
	t.Helper()
	offer, err := from.CreateOffer(nil)
	check(t, err)
	gathered := webrtc.GatheringCompletePromise(from)
	check(t, from.SetLocalDescription(offer))
	<-gathered
	check(t, to.SetRemoteDescription(*from.LocalDescription()))
	answer, err := to.CreateAnswer(nil)
	check(t, err)
	gathered = webrtc.GatheringCompletePromise(to)
	check(t, to.SetLocalDescription(answer))
	<-gathered
	check(t, from.SetRemoteDescription(*to.LocalDescription()))
}

// send sends packet i of a sender of 20 ms packets. The first one makes the
// track known to the far side.
func (c *peers) send(t *testing.T, i int) {
	t.Helper()
	check(t, c.track.WriteRTP(&rtp.Packet{
		Header:  rtp.Header{Version: 2, SequenceNumber: uint16(i), Timestamp: uint32(i * 960)},
		Payload: payload(int64(i*960), 960),
	}))
}

// close ends the call and returns the packets that were read.
func (c *peers) close(t *testing.T) []Packet {
	t.Helper()
	check(t, c.from.Close())
	check(t, c.to.Close())
	var packets []Packet
	select {
	case packets = <-c.received:
	case <-time.After(10 * time.Second):
		t.Error("the track does not end")
	}
	check(t, c.router.Stop())
	return packets
}

// readAll reads a track to its end.
func readAll(track *webrtc.TrackRemote, start time.Time) []Packet {
	var packets []Packet
	for {
		p, _, err := track.ReadRTP()
		if err != nil {
			return packets
		}
		packets = append(packets, Packet{
			At:        time.Since(start),
			SSRC:      p.SSRC,
			Sequence:  p.SequenceNumber,
			Timestamp: p.Timestamp,
			Marker:    p.Marker,
			Payload:   p.Payload,
		})
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(fmt.Errorf("virtual call: %w", err))
	}
}
