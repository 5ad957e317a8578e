package packages

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// cronDaemon is the program of Debian's package cron.
func cronDaemon(t *testing.T) string {
	t.Helper()
	if path := os.Getenv("CALLPROBE_CRON"); path != "" {
		return path
	}
	path, err := exec.LookPath("cron")
	if err != nil {
		t.Skip("there is no cron: install Debian's package, or name the daemon with CALLPROBE_CRON")
	}
	return path
}

const cronConfig = `targets:
  - {name: lab, url: "ws://127.0.0.1:7880", agent_name: reference, api_key_file: keys/api-key, api_secret_file: keys/api-secret}
probes: [{scenario: short-answer, interval: 5m}]
`

// journal is what was written to /dev/log, a datagram a line.
type journal struct {
	mu   sync.Mutex
	text strings.Builder
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

// listen receives what logger and cron write to the socket at path.
func listen(t *testing.T, path string) *journal {
	t.Helper()
	socket, err := (&net.ListenConfig{}).ListenPacket(t.Context(), "unixgram", path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o666); err != nil { //nolint:gosec // As /dev/log is.
		t.Fatal(err)
	}
	j := &journal{}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for buffer := make([]byte, 8192); ; {
			n, _, err := socket.ReadFrom(buffer)
			if err != nil {
				return
			}
			j.mu.Lock()
			fmt.Fprintf(&j.text, "%s\n", strings.TrimSpace(string(buffer[:n])))
			j.mu.Unlock()
		}
	}()
	t.Cleanup(func() {
		_ = socket.Close()
		<-done
	})
	return j
}

// Cron's own daemon reads the file, once as it is but for the time, and once with
// a configuration that is not there.
func TestCronRunsTheLineAndLogsWhatGoesWrong(t *testing.T) {
	t.Parallel()
	daemon := cronDaemon(t)
	if _, err := exec.LookPath("logger"); err != nil {
		t.Skip("there is no logger: install Debian's package bsdutils")
	}
	everyMinute := regexp.MustCompile(`(?m)^\*/5 `).ReplaceAllString(read(t, "../cron/callprobe"), "* ")
	line := regexp.MustCompile(`(?m)^\* .*\n`).FindString(everyMinute)
	wrong := strings.NewReplacer("callprobe.yml", "missing.yml", "callprobe.prom", "missing.prom").Replace(line)
	if line == "" || wrong == line {
		t.Fatalf("no line that names files in\n%s", everyMinute)
	}
	folder := aMachine(t, cronConfig, map[string]string{"crontab": everyMinute + wrong, "api-key": labKey + "\n", "api-secret": labSecret + "\n"})
	log := listen(t, filepath.Join(folder, "log"))
	place(t, filepath.Join(folder, "cron"), []byte(read(t, daemon)), 0o755)
	boot(t, folder, "bash", "/mnt/cron.sh", "/mnt/cron")

	// A minute until the next full one, and more where this machine is too busy for
	// the first calls: they say nothing then, and cron makes others.
	prom := filepath.Join(folder, "textfile/callprobe.prom")
	if !eventually(t.Context(), 4*time.Minute, func() bool { return exists(prom, answered) && exists(prom+".state") }) {
		t.Fatalf("no textfile came that tells of an answered call: %s%s", read(t, filepath.Join(folder, "said")), log)
	}
	info, err := os.Stat(prom)
	if err != nil {
		t.Fatal(err)
	}
	if mode := info.Mode().Perm(); mode&0o044 != 0o044 || owner(info) != 65432 {
		t.Errorf("the textfile is of user %d with mode %v: node_exporter may not be able to read it", owner(info), mode)
	}
	if !eventually(t.Context(), 30*time.Second, func() bool {
		return strings.Contains(log.String(), "callprobe: callprobe: read configuration: stat /etc/callprobe/missing.yml")
	}) {
		t.Errorf("the run with a configuration that is not there logged no error:\n%s", log)
	}
	if strings.Contains(log.String(), labSecret) {
		t.Errorf("the secret was logged:\n%s", log)
	}
}
