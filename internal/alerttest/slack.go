package alerttest

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// SlackPath is the path of the stand-in's webhook. Its last part is a secret.
const SlackPath = "/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX"

// Message is a message as an incoming webhook of Slack takes it.
type Message struct {
	Channel     string       `json:"channel"`
	Text        string       `json:"text"`
	Attachments []Attachment `json:"attachments"`
	// At is when it arrived.
	At time.Time `json:"-"`
}

// Attachment is a part of a message.
type Attachment struct {
	Title     string `json:"title"`
	TitleLink string `json:"title_link"`
	Text      string `json:"text"`
	Fallback  string `json:"fallback"`
	Color     string `json:"color"`
}

// String is all that a reader sees of a message.
func (m Message) String() string {
	parts := []string{m.Text}
	for _, a := range m.Attachments {
		parts = append(parts, a.Title, a.Text)
	}
	return strings.TrimSpace(strings.Join(parts, "\n"))
}

// maxAttachments is how many attachments a message may have.
const maxAttachments = 100

// refusal is what Slack answers to a message that it does not take.
func (m Message) refusal() string {
	switch {
	case m.Text == "" && len(m.Attachments) == 0:
		return "no_text"
	case len(m.Attachments) > maxAttachments:
		return "too_many_attachments"
	}
	for _, a := range m.Attachments {
		if strings.TrimSpace(a.Title+a.Text+a.Fallback) == "" {
			return "no_text"
		}
	}
	return ""
}

// Slack stands in for an incoming webhook of Slack.
type Slack struct {
	mu       sync.Mutex
	messages []Message
	refused  []string
}

// ServeHTTP takes a message.
func (s *Slack) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	refuse := func(status int, why string) {
		s.refused = append(s.refused, why)
		http.Error(w, why, status)
	}
	var m Message
	switch {
	case r.URL.Path != SlackPath:
		refuse(http.StatusForbidden, "invalid_token")
		return
	case r.Method != http.MethodPost:
		refuse(http.StatusBadRequest, "invalid_payload")
		return
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxEvent)).Decode(&m); err != nil {
		refuse(http.StatusBadRequest, "invalid_payload")
		return
	}
	if why := m.refusal(); why != "" {
		refuse(http.StatusBadRequest, why)
		return
	}
	m.At = time.Now()
	s.messages = append(s.messages, m)
	_, _ = w.Write([]byte("ok"))
}

// Messages returns what was taken, in order.
func (s *Slack) Messages() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.messages)
}

// Refused returns why messages were not taken.
func (s *Slack) Refused() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.refused)
}
