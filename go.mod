module callprobe

go 1.26.8

require (
	github.com/alecthomas/kingpin/v2 v2.4.0
	github.com/goccy/go-yaml v1.19.2
	github.com/godeps/opus v1.0.3
	github.com/hajimehoshi/go-mp3 v0.3.4
	github.com/livekit/protocol v1.49.0
	github.com/livekit/server-sdk-go/v2 v2.18.1
	github.com/pion/rtp v1.10.6
	github.com/pion/webrtc/v4 v4.2.26
	github.com/rogpeppe/go-internal v1.16.0
	github.com/thesyncim/gopus v0.1.1
	golang.org/x/sync v0.20.0
	golang.org/x/term v0.43.0
	gonum.org/v1/gonum v0.17.0
)
