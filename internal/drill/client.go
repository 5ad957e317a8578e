package drill

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Server is where a server's HTTP API is and how to ask it.
type Server struct {
	// URL is its root: http://host:9093, with a path where it has a prefix.
	URL string
	// User and Password are sent with each request, or else Token as a bearer
	// token. They never appear in errors.
	User, Password, Token string
	// Client makes the requests; nil stands for one that waits answerLimit.
	Client *http.Client
}

// answerLimit bounds one request with its answer.
const answerLimit = 10 * time.Second

// longestAnswer bounds what is read of an answer, in bytes.
const longestAnswer = 32 << 20

// Validate says what is wrong with the address. It shows nothing of one that may
// hold a password.
func (s Server) Validate() error {
	u, err := url.Parse(s.URL)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return errors.New("it is no web address: write it as http://host:9093")
	case u.User != nil:
		return errors.New("it holds a user or a password, which everybody on this machine can see: give them apart, the password in a file")
	case u.RawQuery != "" || u.Fragment != "":
		return errors.New("it has a query: give the root of the server, as in http://host:9093")
	case s.Token != "" && s.User != "":
		return errors.New("a user and a bearer token exclude each other")
	}
	return nil
}

// statusError is an answer that says no.
type statusError struct {
	code int
	text string
}

func (e *statusError) Error() string {
	text := fmt.Sprintf("it answered %d %s", e.code, http.StatusText(e.code))
	if e.text != "" {
		text += ": " + e.text
	}
	return text
}

// get asks for a path and returns the body of the answer.
func (s Server) get(ctx context.Context, path string) ([]byte, error) {
	return s.do(ctx, http.MethodGet, path, nil)
}

// read asks for a path and reads the answer as JSON.
func (s Server) read(ctx context.Context, path string, into any) error {
	body, err := s.get(ctx, path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("its answer to %s is not what Alertmanager's or Prometheus' API answers: %w", path, err)
	}
	return nil
}

func (s Server) do(ctx context.Context, method, path string, body any) ([]byte, error) {
	var reader io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		reader = bytes.NewReader(text)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, answerLimit, fmt.Errorf("it did not answer within %v", answerLimit))
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(s.URL, "/")+path, reader)
	if err != nil {
		return nil, err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	switch {
	case s.Token != "":
		req.Header.Set("Authorization", "Bearer "+s.Token)
	case s.User != "":
		req.SetBasicAuth(s.User, s.Password)
	}
	client := s.Client
	if client == nil {
		client = http.DefaultClient
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, plainly(ctx, err)
	}
	defer resp.Body.Close() //nolint:errcheck // It was read.
	text, err := io.ReadAll(io.LimitReader(resp.Body, longestAnswer))
	if err != nil {
		return nil, plainly(ctx, err)
	}
	if resp.StatusCode/100 != 2 {
		return nil, &statusError{resp.StatusCode, firstLine(text)}
	}
	return text, nil
}

// plainly leaves out of an error the method and address that the user gave.
func plainly(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return why(ctx)
	}
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}

// longestReason is how much of a server's complaint is shown, in bytes.
const longestReason = 200

func firstLine(text []byte) string {
	line, _, _ := strings.Cut(strings.TrimSpace(string(text)), "\n")
	if strings.HasPrefix(line, "<") {
		return "" // A page for browsers.
	}
	return strings.ToValidUTF8(line[:min(len(line), longestReason)], "")
}
