package main

import (
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestDrillSaysWhatIsWrongWithItsFlags(t *testing.T) {
	folder := inFolder(t, map[string]string{"alertmanager.yml": "route: {receiver: x\n", "password": "hunter2\n", "lab": ""})
	in := func(name string) string { return filepath.Join(folder, name) }
	for name, tc := range map[string]struct {
		args []string
		says string
	}{
		"no alert":                       {nil, "required argument 'alert' not provided"},
		"an alert that there is not":     {[]string{"NoAgent"}, `there is no alert "NoAgent": it is one of AgentHighErrorRate, AgentHighLatency, `},
		"an address without http":        {[]string{"NoActiveAgents", "--alertmanager.url=localhost:9093"}, "--alertmanager.url: it is no web address"},
		"a password in the address":      {[]string{"NoActiveAgents", "--alertmanager.url=http://u:hunter2@localhost"}, "--alertmanager.url: it holds a user or a password"},
		"a user without a password":      {[]string{"NoActiveAgents", "--alertmanager.username=u"}, "belong together"},
		"a password file that is not":    {[]string{"NoActiveAgents", "--alertmanager.username=u", "--alertmanager.password-file=" + in("none")}, "read credential: open "},
		"a user and a token":             {[]string{"NoActiveAgents", "--alertmanager.username=u", "--alertmanager.password-file=" + in("password"), "--alertmanager.bearer-token-file=" + in("password")}, "exclude each other"},
		"a configuration that is broken": {[]string{"NoActiveAgents", "--alertmanager.config.file=" + in("alertmanager.yml")}, "alertmanager.yml:1:"},
		"a target that is no name":       {[]string{"NoActiveAgents", "--target=a b"}, "--target=a b is no name of a target"},
		"a target for what has none":     {[]string{"ProberDown", "--target=support"}, "ProberDown is not about a target"},
		"a negative time-out":            {[]string{"NoActiveAgents", "--timeout=-1s"}, "less than nothing"},
		"links that cannot stand":        {[]string{"NoActiveAgents", "--service-url=probe.example"}, "--service-url is no web address"},
		"another alert end to end":       {[]string{"AgentHighLatency", "--end-to-end"}, "--end-to-end is for NoActiveAgents"},
		"end to end without a lab":       {[]string{"NoActiveAgents", "--end-to-end", "--lab.path=" + in("none")}, "the lab is not to be found"},
		"end to end without Prometheus":  {[]string{"NoActiveAgents", "--end-to-end", "--prometheus.path=" + in("none")}, "Prometheus is not to be found"},
		"calls too seldom":               {[]string{"NoActiveAgents", "--end-to-end", "--interval=1h"}, "--interval=1h0m0s is not between 1s and 5m"},
	} {
		t.Run(name, func(t *testing.T) {
			got := runHere(t, append([]string{"drill"}, tc.args...)...)
			if got.code != exitUsage || got.out != "" || !strings.Contains(got.errOut, tc.says) {
				t.Errorf("exit %d, stdout %q, stderr %q does not say %q", got.code, got.out, got.errOut, tc.says)
			}
			if strings.Contains(got.errOut, "hunter2") {
				t.Errorf("the password is in %q", got.errOut)
			}
		})
	}
}

func TestDrillCannotTellWhereNobodyAnswers(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	got := runHere(t, "drill", "NoActiveAgents", "--alertmanager.url=http://"+l.Addr().String())
	if got.code != exitInconclusive || !strings.Contains(got.out, "connection refused") || !strings.Contains(unbroken(got.out), unbroken("--alertmanager.url is its address")) || !strings.Contains(got.out, "UNCLEAR") {
		t.Errorf("exit %d:\n%s%s", got.code, got.out, got.errOut)
	}
}

func TestDrillSaysWhatToDoAboutTLS(t *testing.T) {
	secure, plain := httptest.NewUnstartedServer(http.NotFoundHandler()), httptest.NewServer(http.NotFoundHandler())
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	t.Cleanup(secure.Close)
	t.Cleanup(plain.Close)
	for name, tc := range map[string]struct{ address, says string }{
		"a certificate of an unknown authority": {secure.URL, "name that one's certificate with SSL_CERT_FILE"},
		"http where TLS is spoken":              {strings.Replace(secure.URL, "https", "http", 1), "begin --alertmanager.url with https://"},
		"https where it is not":                 {strings.Replace(plain.URL, "http", "https", 1), "begin --alertmanager.url with http://"},
	} {
		t.Run(name, func(t *testing.T) {
			got := runHere(t, "drill", "NoActiveAgents", "--alertmanager.url="+tc.address)
			if got.code != exitInconclusive || !strings.Contains(unbroken(got.out), unbroken(tc.says)) {
				t.Errorf("exit %d, want %q:\n%s%s", got.code, tc.says, got.out, got.errOut)
			}
		})
	}
}

// TestTheDocumentsShowADrill holds the session of docs/alerting.md to what is
// printed: the words of each line that do not depend on the machine.
func TestTheDocumentsShowADrill(t *testing.T) {
	text, err := os.ReadFile("../../docs/alerting.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"callprobe drill NoActiveAgents", "--end-to-end", "make demo-alerts", `it goes to "pagerduty" (pagerduty) by severity = critical`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("docs/alerting.md lacks %q", want)
		}
	}
}
