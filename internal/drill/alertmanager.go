package drill

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// status is what /api/v2/status answers.
type status struct {
	Cluster struct {
		Status string `json:"status"`
		Peers  []any  `json:"peers"`
	} `json:"cluster"`
	Config struct {
		Original string `json:"original"`
	} `json:"config"`
	VersionInfo struct {
		Version string `json:"version"`
	} `json:"versionInfo"`
}

// posted is an alert as it is given to Alertmanager.
type posted struct {
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
	StartsAt    time.Time         `json:"startsAt"`
	EndsAt      time.Time         `json:"endsAt"`
}

// alert is one that Alertmanager holds.
type alert struct {
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
	Fingerprint string            `json:"fingerprint"`
	StartsAt    time.Time         `json:"startsAt"`
	EndsAt      time.Time         `json:"endsAt"`
	Receivers   []named           `json:"receivers"`
	Status      struct {
		State       string   `json:"state"`
		SilencedBy  []string `json:"silencedBy"`
		InhibitedBy []string `json:"inhibitedBy"`
		// MutedBy are time intervals; Alertmanager tells since 0.28.
		MutedBy []string `json:"mutedBy"`
	} `json:"status"`
}

type named struct {
	Name string `json:"name"`
}

func (a alert) receivers() []string {
	var names []string
	for _, r := range a.Receivers {
		names = append(names, r.Name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// group is what Alertmanager sends as one.
type group struct {
	Labels   map[string]string `json:"labels"`
	Receiver named             `json:"receiver"`
	Alerts   []alert           `json:"alerts"`
}

// silence is one that somebody made.
type silence struct {
	ID        string    `json:"id"`
	CreatedBy string    `json:"createdBy"`
	Comment   string    `json:"comment"`
	EndsAt    time.Time `json:"endsAt"`
}

// status asks for the version and the running configuration.
func (s Server) status(ctx context.Context) (status, error) {
	var answer status
	return answer, s.read(ctx, "/api/v2/status", &answer)
}

// post gives an alert.
func (s Server) post(ctx context.Context, a posted) error {
	_, err := s.do(ctx, http.MethodPost, "/api/v2/alerts", []posted{a})
	return err
}

// alerts asks for the alerts that have all of the labels.
func (s Server) alerts(ctx context.Context, labels map[string]string) ([]alert, error) {
	query := url.Values{}
	for name, value := range labels {
		query.Add("filter", fmt.Sprintf("%s=%q", name, value))
	}
	var answer []alert
	return answer, s.read(ctx, "/api/v2/alerts?"+query.Encode(), &answer)
}

// groups asks for the groups of alerts; of those only that are not muted where
// sent is set.
func (s Server) groups(ctx context.Context, sent bool) ([]group, error) {
	query := ""
	if sent {
		query = "?silenced=false&inhibited=false&muted=false"
	}
	var answer []group
	return answer, s.read(ctx, "/api/v2/alerts/groups"+query, &answer)
}

// silence asks for a silence.
func (s Server) silence(ctx context.Context, id string) (silence, error) {
	var answer silence
	return answer, s.read(ctx, "/api/v2/silence/"+url.PathEscape(id), &answer)
}
