package drill

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// envPromtool names a promtool other than the one of this machine.
const envPromtool = "CALLPROBE_PROMTOOL"

func TestThePrometheusOfAnOutageTellsTheGivenAlertmanager(t *testing.T) {
	promtool := os.Getenv(envPromtool)
	if found, err := exec.LookPath("promtool"); promtool == "" && err == nil {
		promtool = found
	}
	for name, tc := range map[string]struct {
		server Server
		says   []string
	}{
		"by its port":              {Server{URL: "http://localhost:9093"}, []string{"scheme: http\n", `path_prefix: "/"`, `targets: ["localhost:9093"]`}},
		"below a path, with TLS":   {Server{URL: "https://am.example/alerts/"}, []string{"scheme: https\n", `path_prefix: "/alerts"`, `targets: ["am.example:443"]`}},
		"with a user":              {Server{URL: "http://am.example", User: "u", Password: "hunter2"}, []string{`basic_auth: {username: "u", password_file: secret}`, `targets: ["am.example:80"]`}},
		"with a token":             {Server{URL: "http://am.example", Token: "hunter2"}, []string{"authorization: {credentials_file: secret}"}},
		"of nothing but the alert": {Server{URL: "http://am.example"}, []string{"regex: NoActiveAgents, action: keep", `drill: "true"`}},
	} {
		t.Run(name, func(t *testing.T) {
			text, err := prometheusConfig(Options{Alert: shipped(t, "NoActiveAgents"), Alertmanager: tc.server}, map[string]string{labelRun: "20261126T140211.000Z"}, "127.0.0.1:9877")
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range tc.says {
				if !strings.Contains(text, want) {
					t.Errorf("it lacks %q:\n%s", want, text)
				}
			}
			if strings.Contains(text, "hunter2") {
				t.Error("the password is in the configuration")
			}
			if promtool == "" {
				t.Skipf("promtool does not look at it, for there is none: install Debian's package prometheus, or name another with %s", envPromtool)
			}
			folder := t.TempDir()
			for file, content := range map[string]string{"prometheus.yml": text, "secret": "hunter2", "callprobe.rules.yml": "groups: []\n"} {
				if err := os.WriteFile(filepath.Join(folder, file), []byte(content), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if out, err := exec.CommandContext(t.Context(), promtool, "check", "config", filepath.Join(folder, "prometheus.yml")).CombinedOutput(); err != nil {
				t.Errorf("promtool: %v\n%s", err, out)
			}
		})
	}
}
