package alerttest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// RoutingKey is the integration key that the stand-in of PagerDuty takes.
const RoutingKey = "0123456789abcdef0123456789abcdef"

// Event is an event as PagerDuty's Events API v2 takes it.
type Event struct {
	RoutingKey  string `json:"routing_key"`
	EventAction string `json:"event_action"`
	DedupKey    string `json:"dedup_key"`
	Client      string `json:"client"`
	ClientURL   string `json:"client_url"`
	Links       []Link `json:"links"`
	Payload     struct {
		Summary       string         `json:"summary"`
		Source        string         `json:"source"`
		Severity      string         `json:"severity"`
		Component     string         `json:"component"`
		Group         string         `json:"group"`
		Class         string         `json:"class"`
		CustomDetails map[string]any `json:"custom_details"`
	} `json:"payload"`
	// At is when it arrived.
	At time.Time `json:"-"`
}

// Link is one that the page shows.
type Link struct {
	Href string `json:"href"`
	Text string `json:"text"`
}

// faults says what PagerDuty would refuse about an event.
func (e Event) faults() []string {
	var found []string
	refuse := func(bad bool, text string) {
		if bad {
			found = append(found, text)
		}
	}
	refuse(e.RoutingKey != RoutingKey, "'routing_key' is no key of a service")
	refuse(!slices.Contains([]string{"trigger", "acknowledge", "resolve"}, e.EventAction), "'event_action' must be trigger, acknowledge or resolve")
	refuse(len(e.DedupKey) > 255, "'dedup_key' is longer than 255 characters")
	refuse(e.DedupKey == "" && e.EventAction != "trigger", "'dedup_key' is missing or blank")
	for i, l := range e.Links {
		refuse(!strings.HasPrefix(l.Href, "http://") && !strings.HasPrefix(l.Href, "https://"), fmt.Sprintf("'links[%d].href' is no address: %q", i, l.Href))
	}
	if e.EventAction == "trigger" {
		refuse(strings.TrimSpace(e.Payload.Summary) == "", "'payload.summary' is missing or blank")
		refuse(len(e.Payload.Summary) > 1024, "'payload.summary' is longer than 1024 characters")
		refuse(strings.TrimSpace(e.Payload.Source) == "", "'payload.source' is missing or blank")
		refuse(!slices.Contains([]string{"critical", "error", "warning", "info"}, e.Payload.Severity), "'payload.severity' must be critical, error, warning or info")
	}
	return found
}

// PagerDuty stands in for PagerDuty's Events API v2. It refuses what the real one
// refuses, and folds events into incidents as that does.
type PagerDuty struct {
	mu      sync.Mutex
	events  []Event
	refused []string
}

// maxEvent is the largest event that is taken, in bytes.
const maxEvent = 512 << 10

// ServeHTTP takes an event.
func (p *PagerDuty) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var e Event
	var faults []string
	if r.Method != http.MethodPost {
		faults = append(faults, "events are sent with POST")
	} else if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxEvent)).Decode(&e); err != nil {
		faults = append(faults, "the event is no JSON: "+err.Error())
	} else {
		faults = e.faults()
	}
	e.At = time.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	if len(faults) > 0 {
		p.refused = append(p.refused, faults...)
		w.WriteHeader(http.StatusBadRequest)
		_ = json.NewEncoder(w).Encode(map[string]any{"status": "invalid event", "message": "Event object is invalid", "errors": faults})
		return
	}
	p.events = append(p.events, e)
	w.WriteHeader(http.StatusAccepted)
	_ = json.NewEncoder(w).Encode(map[string]string{"status": "success", "message": "Event processed", "dedup_key": e.DedupKey})
}

// Refused returns what was wrong with events that were not taken.
func (p *PagerDuty) Refused() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.refused)
}

// Incident is what somebody is woken for.
type Incident struct {
	// First is the event that opened it.
	First Event
	// Resolved is when it was resolved; zero while it is open.
	Resolved time.Time
}

// Incidents returns the incidents in the order in which they were opened.
func (p *PagerDuty) Incidents() []Incident {
	p.mu.Lock()
	defer p.mu.Unlock()
	var all []Incident
	open := map[string]int{}
	for _, e := range p.events {
		i, isOpen := open[e.DedupKey]
		switch {
		case e.EventAction == "trigger" && !isOpen:
			open[e.DedupKey] = len(all)
			all = append(all, Incident{First: e})
		case e.EventAction == "resolve" && isOpen:
			all[i].Resolved = e.At
			delete(open, e.DedupKey)
		}
	}
	return all
}
