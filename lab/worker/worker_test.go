package worker

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/livekit/protocol/livekit"
	"google.golang.org/protobuf/proto"
)

// side is the server's side of one worker's connection.
type side struct {
	t  *testing.T
	ws *websocket.Conn
}

func (s side) send(m *livekit.ServerMessage) {
	s.t.Helper()
	data, err := proto.Marshal(m)
	if err != nil {
		s.t.Fatal(err)
	}
	if err := s.ws.WriteMessage(websocket.BinaryMessage, data); err != nil {
		s.t.Error(err)
	}
}

// next returns the next message that is of interest.
func (s side) next(of func(*livekit.WorkerMessage) bool) *livekit.WorkerMessage {
	s.t.Helper()
	_ = s.ws.SetReadDeadline(time.Now().Add(10 * time.Second))
	for {
		_, data, err := s.ws.ReadMessage()
		if err != nil {
			s.t.Errorf("the worker went away: %v", err)
			return nil
		}
		m := &livekit.WorkerMessage{}
		if err := proto.Unmarshal(data, m); err != nil {
			s.t.Errorf("the worker sent rubbish: %v", err)
			return nil
		}
		if of(m) {
			return m
		}
	}
}

func update(status livekit.JobStatus) func(*livekit.WorkerMessage) bool {
	return func(m *livekit.WorkerMessage) bool {
		return m.GetUpdateJob() != nil && m.GetUpdateJob().GetStatus() == status
	}
}

// serve runs talk as the server of one worker.
func serve(t *testing.T, talk func(side)) string {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/agent" || !strings.HasPrefix(r.Header.Get("Authorization"), "Bearer ") {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		ws, err := (&websocket.Upgrader{}).Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer func() { _ = ws.Close() }()
		talk(side{t, ws})
	}))
	t.Cleanup(srv.Close)
	return "ws" + strings.TrimPrefix(srv.URL, "http")
}

func (s side) register() {
	m := s.next(func(m *livekit.WorkerMessage) bool { return m.GetRegister() != nil })
	if name := m.GetRegister().GetAgentName(); name != "reference" {
		s.t.Errorf("the worker registers %q", name)
	}
	s.send(&livekit.ServerMessage{Message: &livekit.ServerMessage_Register{
		Register: &livekit.RegisterWorkerResponse{WorkerId: "AW_1"},
	}})
}

func (s side) offer(id string) *livekit.AvailabilityResponse {
	s.send(&livekit.ServerMessage{Message: &livekit.ServerMessage_Availability{
		Availability: &livekit.AvailabilityRequest{Job: &livekit.Job{Id: id}},
	}})
	return s.next(func(m *livekit.WorkerMessage) bool { return m.GetAvailability() != nil }).GetAvailability()
}

func TestAWorkerTakesAndEndsJobs(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	url := serve(t, func(s side) {
		s.register()
		if a := s.offer("refuse"); a.GetAvailable() {
			t.Error("the worker took what it should refuse")
		}
		a := s.offer("take")
		if !a.GetAvailable() || a.GetParticipantIdentity() != "agent-take" {
			t.Errorf("the worker answers %v", a)
		}
		s.send(&livekit.ServerMessage{Message: &livekit.ServerMessage_Assignment{
			Assignment: &livekit.JobAssignment{Job: &livekit.Job{Id: "take"}, Token: "token"},
		}})
		s.next(update(livekit.JobStatus_JS_RUNNING))
		s.send(&livekit.ServerMessage{Message: &livekit.ServerMessage_Termination{
			Termination: &livekit.JobTermination{JobId: "take"},
		}})
		s.next(update(livekit.JobStatus_JS_SUCCESS))
		cancel()
	})
	var causes []error
	w, err := Register(ctx, Options{
		URL: url, APIKey: "key", APISecret: strings.Repeat("s", 32), AgentName: "reference", Capacity: 2,
		Accept: func(j *livekit.Job) bool { return j.GetId() != "refuse" },
		Run: func(ctx context.Context, j Job) {
			if j.Token != "token" || j.Identity != "agent-take" || j.URL != url {
				t.Errorf("the job got %q, %q, %q", j.Token, j.Identity, j.URL)
			}
			<-ctx.Done()
			causes = append(causes, context.Cause(ctx))
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if w.ID != "AW_1" {
		t.Errorf("the worker is called %q", w.ID)
	}
	if err := w.Serve(ctx); err != nil {
		t.Errorf("serving ended with %v", err)
	}
	if len(causes) != 1 || !errors.Is(causes[0], ErrTerminated) {
		t.Errorf("jobs ended with %v", causes)
	}
}

func TestALostServerEndsTheJobsAndIsAnError(t *testing.T) {
	url := serve(t, func(s side) {
		s.register()
		s.offer("take")
		s.send(&livekit.ServerMessage{Message: &livekit.ServerMessage_Assignment{
			Assignment: &livekit.JobAssignment{Job: &livekit.Job{Id: "take"}},
		}})
		s.next(update(livekit.JobStatus_JS_RUNNING))
	})
	ended := false
	w, err := Register(t.Context(), Options{
		URL: url, APIKey: "key", APISecret: strings.Repeat("s", 32), AgentName: "reference",
		Run: func(ctx context.Context, _ Job) {
			<-ctx.Done()
			ended = true
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Serve(t.Context()); err == nil {
		t.Error("serving ended without an error")
	}
	if !ended {
		t.Error("the job still runs")
	}
}

func TestAServerThatRefusesIsAnErrorThatSaysSo(t *testing.T) {
	srv := httptest.NewServer(http.NotFoundHandler())
	defer srv.Close()
	_, err := Register(t.Context(), Options{
		URL: "ws" + strings.TrimPrefix(srv.URL, "http"), APIKey: "key", APISecret: strings.Repeat("s", 32),
	})
	if err == nil || !strings.Contains(err.Error(), "404") {
		t.Errorf("error %v", err)
	}
}
