package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/alecthomas/kingpin/v2"

	"callprobe/lab/fault"
)

// settings is what the command line says.
type settings struct {
	port      int
	noMedia   bool
	url       string
	apiKey    string
	apiSecret string

	withAgent  bool
	agentName  string
	capacity   int
	replyDelay time.Duration
	endpoint   time.Duration
	patience   time.Duration
	replyGrid  time.Duration
	faults     string
	replies    string
	utterances []string

	truthFile     string
	logFile       string
	exitWithStdin bool
}

// defaultAgentName is what a dispatch asks for to get the reference agent.
const defaultAgentName = "reference"

const about = `A LiveKit server on loopback and a reference voice agent of known behaviour, in one process, for demonstrations and end-to-end tests of callprobe.

The first line on stdout is a JSON object that says where the server is: {"event":"ready","url":…,"api_key":…,"api_secret":…,"agent_name":…}. Every further line is the truth about a call, in seconds on the monotonic clock of this process: what the agent heard and when the caller's last voiced sample arrived ("heard"), what it said and when its first voiced sample left ("greeting", "said"), when it fell silent ("stopped"), and the life of the call ("job", "joined", "left", …).

On stdin it takes the lines "kill-server" (the room server ends, this process lives on), "kill-agent" (the agent's worker ends with the calls that it is in), "start-agent" (it comes back) and "quit".

The agent misbehaves as the dispatch metadata of a call asks, e.g. {"reply_delay":"2s","garble":{"substitute":2}}, or {"fault":{…}} in the metadata of the room. Durations are "1.2s" or seconds. The faults:

`

// help is the program's description with the list of faults.
func help() string {
	var b strings.Builder
	b.WriteString(about)
	for _, h := range fault.Table() {
		fmt.Fprintf(&b, "  %-18s %s\n", h.Key, h.Text)
	}
	return b.String()
}

// newFlags declares the command line. Parsing fills s.
func newFlags(s *settings) *kingpin.Application {
	app := kingpin.New("lab", help())
	app.HelpFlag.Short('h')
	app.Flag("port", "TCP port of the server; 0 takes a free one.").Default("0").IntVar(&s.port)
	app.Flag("no-media", "Offer no address for media: signalling works, and no call gets through.").BoolVar(&s.noMedia)
	app.Flag("url", "Run no server, but the agent as a worker of the one at this address.").PlaceHolder("ws://HOST:PORT").StringVar(&s.url)
	app.Flag("api-key", "API key for --url.").Envar("LIVEKIT_API_KEY").StringVar(&s.apiKey)
	app.Flag("api-secret", "API secret for --url.").Envar("LIVEKIT_API_SECRET").StringVar(&s.apiSecret)
	app.Flag("agent", "Start the reference agent; with --no-agent nobody answers.").Default("true").BoolVar(&s.withAgent)
	app.Flag("agent-name", "Name that a dispatch asks for; empty lets the agent join every room.").Default(defaultAgentName).StringVar(&s.agentName)
	app.Flag("capacity", "Calls at once; the worker reports itself full beyond it.").Default("100").IntVar(&s.capacity)
	app.Flag("reply-delay", "From the caller's last voiced sample to the agent's first.").Default("800ms").DurationVar(&s.replyDelay)
	app.Flag("endpointing", "Silence after which understood speech counts as said.").Default("500ms").DurationVar(&s.endpoint)
	app.Flag("patience", "Silence after which speech that is not understood is given up.").Default("1.2s").DurationVar(&s.patience)
	app.Flag("reply-grid", "Place words only at multiples of this within a packet: 20ms encodes every reply once, for many calls at a time.").Default("1ms").DurationVar(&s.replyGrid)
	app.Flag("fault", "Faults of calls that do not ask for any, as a JSON object.").PlaceHolder("JSON").StringVar(&s.faults)
	app.Flag("replies", "Folder with replies.json and its recordings, instead of the agent's own voice.").PlaceHolder("DIR").StringVar(&s.replies)
	app.Flag("utterances", "Folder with recordings and their .txt files that the agent understands besides callprobe's own. Can be repeated.").PlaceHolder("DIR").StringsVar(&s.utterances)
	app.Flag("truth-file", "Write the truth to this file instead of stdout.").PlaceHolder("FILE").StringVar(&s.truthFile)
	app.Flag("log-file", "Write the server's log to this file; it is dropped otherwise.").PlaceHolder("FILE").StringVar(&s.logFile)
	app.Flag("exit-with-stdin", "End when stdin closes, so that nothing is left behind by a parent that dies.").BoolVar(&s.exitWithStdin)
	return app
}
