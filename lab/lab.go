package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"callprobe/audio"
	"callprobe/lab/agent"
	"callprobe/lab/ears"
	"callprobe/lab/fault"
	"callprobe/lab/server"
	"callprobe/lab/truth"
	"callprobe/lab/voice"
	"callprobe/scenarios"
)

// lab is the program, ready to run.
type lab struct {
	settings settings
	std      stdio
	log      *slog.Logger
	agent    *agent.Agent
	truth    *truth.Log
	files    []*os.File
}

// errQuit ends the program on request.
var errQuit = errors.New("asked to quit")

// prepare reads everything that can be wrong before anything is started.
func prepare(s settings, std stdio, logs *server.Logs) (*lab, error) {
	l := &lab{settings: s, std: std}
	l.log = slog.New(slog.NewTextHandler(std.err, nil))
	faults, err := fault.Parse(fault.Fault{}, []byte(s.faults))
	if err != nil {
		return nil, fmt.Errorf("--fault: %w", err)
	}
	truthTo := std.out
	if s.truthFile != "" {
		if truthTo, err = l.create(s.truthFile); err != nil {
			return nil, err
		}
	}
	if s.logFile != "" {
		f, err := l.create(s.logFile)
		if err != nil {
			return nil, err
		}
		logs.SendTo(f)
	}
	l.truth = truth.NewLog(truthTo)
	if !s.withAgent {
		return l, nil
	}
	replies, err := loadReplies(s.replies)
	if err != nil {
		return nil, err
	}
	utterances, err := loadUtterances(builtinUtterances(), s.utterances)
	if err != nil {
		return nil, err
	}
	key, secret := s.apiKey, s.apiSecret
	if s.url == "" {
		key, secret = server.APIKey, server.APISecret
	}
	l.agent = agent.New(agent.Options{
		Name:        s.agentName,
		ReplyDelay:  s.replyDelay,
		Endpointing: s.endpoint,
		Patience:    s.patience,
		Faults:      faults,
		Replies:     replies,
		Takes:       voice.NewTakes(audio.Rate48k.Samples(s.replyGrid)),
		Book:        ears.NewBook(utterances),
		Truth:       l.truth,
		Log:         l.log,
		APIKey:      key,
		APISecret:   secret,
	})
	return l, nil
}

// run starts the server and the agent, says that they are ready, and waits for
// the end.
func (l *lab) run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	ready := truth.Ready{
		Event: "ready", URL: l.settings.url, APIKey: l.settings.apiKey, APISecret: l.settings.apiSecret,
		UnixZero: truth.Seconds(l.truth.Zero().UnixNano()),
	}
	var srv *server.Server
	if ready.URL == "" {
		var err error
		if srv, err = server.Start(ctx, server.Options{Port: l.settings.port, NoMedia: l.settings.noMedia}); err != nil {
			return err
		}
		defer srv.Stop()
		ready.URL, ready.APIKey, ready.APISecret = srv.URL(), server.APIKey, server.APISecret
	}
	agents := newStaff(l, ready)
	if l.agent != nil {
		ready.AgentName = l.settings.agentName
		if err := agents.start(ctx); err != nil {
			return err
		}
	}
	truth.NewLog(l.std.out).Write(ready)
	go l.obey(ctx, cancel, srv, agents)
	var err error
	select {
	case err = <-agents.lost:
		// A worker whose server was killed on request has nothing to do, but
		// the process lives on.
		if srv != nil {
			<-ctx.Done()
			err = nil
		}
	case <-ctx.Done():
	}
	agents.stop()
	return errors.Join(err, l.truth.Err())
}

// obey takes commands from stdin until it closes.
func (l *lab) obey(ctx context.Context, cancel context.CancelCauseFunc, srv *server.Server, agents *staff) {
	lines := bufio.NewScanner(l.std.in)
	for lines.Scan() {
		switch command := strings.TrimSpace(lines.Text()); command {
		case "":
		case "quit":
			cancel(errQuit)
		case "kill-server":
			if srv == nil {
				l.log.Error("cannot kill a server that is not ours")
				continue
			}
			l.truth.Write(truth.Note{Event: "server_killed", At: l.truth.Since(time.Now())})
			srv.Stop()
		case "kill-agent":
			agents.stop()
			l.truth.Write(truth.Note{Event: "agent_killed", At: l.truth.Since(time.Now())})
		case "start-agent":
			if err := agents.start(ctx); err != nil {
				l.log.Error("the agent does not start", "err", err)
				continue
			}
			l.truth.Write(truth.Note{Event: "agent_started", At: l.truth.Since(time.Now())})
		default:
			l.log.Error("unknown command on stdin", "command", command, "known", "kill-agent, kill-server, quit, start-agent")
		}
	}
	if l.settings.exitWithStdin {
		cancel(errQuit)
	}
}

func (l *lab) create(name string) (*os.File, error) {
	f, err := os.Create(filepath.Clean(name))
	if err != nil {
		return nil, fmt.Errorf("create file: %w", err)
	}
	l.files = append(l.files, f)
	return f, nil
}

func (l *lab) close() {
	for _, f := range l.files {
		_ = f.Close()
	}
}

// builtinUtterances holds what callprobe's own scenarios say.
func builtinUtterances() fs.FS { return scenarios.Utterances() }
