package livekit

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"syscall"
	"time"

	lksdk "github.com/livekit/server-sdk-go/v2"
	"github.com/twitchtv/twirp"

	"callprobe/probe"
)

// clockSkewLimit is the difference of clocks above which a refused token is
// blamed on it.
const clockSkewLimit = 30 * time.Second

func twirpError(err error) (twirp.Error, bool) {
	var t twirp.Error
	ok := errors.As(err, &t)
	return t, ok
}

// classify says what an error of the server's API means.
func (a *api) classify(stage probe.Stage, err error) *probe.CallError {
	call := &probe.CallError{Reason: probe.Unreachable, Stage: stage, Err: a.redact(plain(err))}
	if t, ok := twirpError(err); ok {
		switch t.Code() { //nolint:exhaustive // All others leave the server unreachable.
		case twirp.Unauthenticated, twirp.PermissionDenied:
			call.Reason = probe.Unauthorized
			call.Remedy = a.credentialRemedy()
			return call
		case twirp.ResourceExhausted:
			call.Reason = probe.RateLimited
			call.Remedy = "the server's quota is used up: probe less often or raise the project's limits"
			return call
		case twirp.BadRoute:
			call.Remedy = "this is not the address of a LiveKit server: check the URL"
			return call
		}
	}
	call.Remedy = unreachableRemedy(err)
	return call
}

// unreachableRemedy says what to do where the server was not reached, or is none.
func unreachableRemedy(err error) string {
	return cmp.Or(intermediaryRemedy(err), networkRemedy(err))
}

// intermediaryRemedy says what to do where something else than LiveKit's API
// answered, by the status of its answer; it is empty for any other error.
func intermediaryRemedy(err error) string {
	t, ok := twirpError(err)
	if !ok {
		return ""
	}
	switch t.Meta("status_code") {
	case "":
		return ""
	case "502", "503", "504":
		return "a proxy answers in place of the server: the server is down, or out of the proxy's reach"
	}
	return "this is not the address of a LiveKit server: check the URL"
}

// refused reports whether the server's API said no.
func refused(err error) bool {
	t, ok := twirpError(err)
	if !ok {
		return false
	}
	switch t.Code() { //nolint:exhaustive // All others leave open what was done.
	case twirp.Unauthenticated, twirp.PermissionDenied, twirp.ResourceExhausted, twirp.InvalidArgument,
		twirp.Malformed, twirp.BadRoute, twirp.NotFound, twirp.Unimplemented, twirp.FailedPrecondition:
		return true
	}
	return false
}

// unreached reports whether a request came to no server.
func unreached(err error) bool {
	var (
		dial        *net.OpError
		dns         *net.DNSError
		certificate *tls.CertificateVerificationError
		record      tls.RecordHeaderError
	)
	return errors.As(err, &dial) && dial.Op == "dial" || errors.As(err, &dns) || errors.As(err, &certificate) || errors.As(err, &record)
}

// plainError says the cause of an error without what the client of the API says
// around it: the method and the path of a request that never arrived, and its
// own name.
type plainError struct {
	text string
	err  error
}

func (e *plainError) Error() string { return e.text }

func (e *plainError) Unwrap() error { return e.err }

func plain(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		text := u.Err.Error()
		if at, bad := url.Parse(u.URL); bad == nil && !strings.Contains(text, at.Host) {
			text = at.Host + ": " + text
		}
		return &plainError{text, err}
	}
	if t, ok := twirpError(err); ok {
		return &plainError{string(t.Code()) + ": " + t.Msg(), err}
	}
	return err
}

// credentialRemedy tells a wrong clock from a wrong key.
func (a *api) credentialRemedy() string {
	if skew := time.Duration(a.dates.skew.Load()); a.dates.seen.Load() && skew.Abs() > clockSkewLimit {
		return fmt.Sprintf("this machine's clock is %v off the server's, so tokens are not valid: set the clock", skew.Abs().Round(time.Second))
	}
	return "check the API key and secret: they must be those of this server or project"
}

func networkRemedy(err error) string {
	var (
		dns       *net.DNSError
		authority x509.UnknownAuthorityError
		host      x509.HostnameError
		invalid   x509.CertificateInvalidError
		record    tls.RecordHeaderError
	)
	switch {
	case errors.As(err, &dns):
		return "the host name does not resolve: check the URL and the resolver"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "nothing listens at this address: check that the LiveKit server runs, and the port in the URL"
	case errors.As(err, &authority), errors.As(err, &host), errors.As(err, &invalid):
		return "the server's TLS certificate is not trusted for this host name: fix the certificate or the name"
	case errors.As(err, &record), strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		return "the server does not speak TLS on this port: use ws:// or another port"
	case errors.Is(err, io.EOF), strings.Contains(err.Error(), "malformed HTTP response"):
		return "the server hung up without an answer: if it speaks TLS, use wss://"
	case errors.Is(err, context.DeadlineExceeded):
		return "the server did not answer in time: check the network between here and it"
	}
	return "check the URL and the network between here and the server"
}

// classifyJoin says what an error of joining the room means. The server's API
// answered just before, so the credentials are good.
func (a *api) classifyJoin(err error, token string) *probe.CallError {
	call := &probe.CallError{Reason: probe.Unreachable, Stage: probe.StageJoin, Err: a.redact(err, token)}
	switch {
	case errors.Is(err, lksdk.ErrConnectionTimeout):
		call.Reason = probe.MediaFailed
		call.Remedy = "signalling works but no media path was found: open the server's UDP ports or configure TURN"
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		call.Remedy = "joining took longer than limits.join: check the network between here and the server"
	case strings.Contains(err.Error(), "unauthorized"), strings.Contains(err.Error(), "permission"):
		call.Reason = probe.Unauthorized
		call.Remedy = a.credentialRemedy()
	case strings.Contains(err.Error(), "limit"), strings.Contains(err.Error(), "429"):
		call.Reason = probe.RateLimited
		call.Remedy = "the server's quota is used up: probe less often or raise the project's limits"
	default:
		call.Remedy = "the server's HTTP API answers but its WebSocket does not: check proxies for Upgrade on /rtc"
	}
	if call.Err.Error() == "" {
		call.Err = errors.New("the WebSocket was refused without a word")
	}
	return call
}

// redact makes sure that no secret stands in an error's text.
func (a *api) redact(err error, secrets ...string) error {
	text := err.Error()
	clean := text
	for _, s := range append(secrets, string(a.target.APISecret)) {
		if s != "" {
			clean = strings.ReplaceAll(clean, s, "[redacted]")
		}
	}
	if clean == text {
		return err
	}
	return errors.New(clean)
}
