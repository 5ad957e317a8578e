package packages

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

const systemdConfig = `targets:
  - {name: lab, url: "ws://127.0.0.1:7880", agent_name: reference, api_key_env: LIVEKIT_API_KEY, api_secret_env: LIVEKIT_API_SECRET}
probes: [{scenario: short-answer, interval: 5m}]
recording: {dir: /var/lib/callprobe}
`

// answered is what a textfile tells after one call: both turns were.
const answered = `agent_requests_total{scenario="short-answer",status="success",target="lab"} 2`

// owner is the number of a file's user.
func owner(info os.FileInfo) uint32 {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return s.Uid
	}
	return 0
}

// systemdUnits are ours as they are, with drop-ins that keep their output and let
// the timer elapse soon, and what they need of others.
func systemdUnits(t *testing.T) map[string]string {
	t.Helper()
	files := map[string]string{
		"credentials":                           "LIVEKIT_API_KEY=" + labKey + "\nLIVEKIT_API_SECRET=" + labSecret + "\n",
		"units/lab.service":                     "[Service]\nExecStart=/mnt/callprobe-lab --port=7880\nStandardOutput=file:/mnt/lab.out\n",
		"units/drive.service":                   "[Unit]\nAfter=lab.service\n[Service]\nExecStart=/bin/bash /mnt/driver.sh\nStandardError=file:/mnt/drive.err\n",
		"units/test.target":                     "[Unit]\nRequires=lab.service drive.service\n",
		"textfile/.keep":                        "",
		"units/callprobe-run.timer.d/test.conf": "[Timer]\nOnActiveSec=1s\nRandomizedDelaySec=0\n",
	}
	for _, target := range []string{"sysinit", "basic", "shutdown", "timers", "time-set", "time-sync", "network-online", "umount"} {
		files["units/"+target+".target"] = "[Unit]\nDefaultDependencies=no\n"
	}
	ours, err := filepath.Glob("../systemd/*")
	if err != nil || len(ours) != 3 {
		t.Fatalf("units: %q, %v", ours, err)
	}
	for _, path := range ours {
		name := filepath.Base(path)
		files["units/"+name] = read(t, path)
		if base, ok := strings.CutSuffix(name, ".service"); ok {
			files["units/"+name+".d/test.conf"] = "[Service]\nStandardOutput=append:/mnt/" + base + ".out\nStandardError=inherit\n"
		}
	}
	return files
}

// A second systemd, on a machine of its own within this one, carries the units out:
// their users, sandboxes, folders and credentials are the real ones.
func TestSystemdRunsTheUnitsAsTheyAre(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/lib/systemd/systemd"); err != nil {
		t.Skipf("there is no systemd: install Debian's package (%v)", err)
	}
	folder := aMachine(t, systemdConfig, systemdUnits(t))
	boot(t, folder, "bash", "/mnt/systemd.sh")
	at := func(name string) string { return filepath.Join(folder, name) }
	if !eventually(t.Context(), 30*time.Second, func() bool { return exists(at("lab.out")) }) {
		t.Skipf("this machine lets no second systemd run: %s", read(t, at("said")))
	}
	if !eventually(t.Context(), 5*time.Minute, func() bool { return exists(at("done")) }) {
		t.Fatalf("not done:\n%s", everything(t, folder))
	}
	if exists(at("trouble")) {
		t.Errorf("%s", everything(t, folder))
	}
	properties := func(name string) map[string]string {
		all := map[string]string{}
		for line := range strings.Lines(read(t, at(name))) {
			key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
			all[key] = value
		}
		return all
	}
	status := read(t, at("status"))

	t.Run("the service is ready, and is what the unit says", func(t *testing.T) {
		if !exists(at("metrics"), `agent_requests_total{scenario="short-answer",status="success",target="lab"}`) {
			t.Errorf("/metrics says\n%.500s", read(t, at("metrics")))
		}
		start := regexp.MustCompile(`(?m)^ExecStart=(.*)$`).FindStringSubmatch(read(t, "../systemd/callprobe.service"))
		if got := strings.TrimSpace(read(t, at("cmdline"))); start == nil || got != start[1] {
			t.Errorf("it runs %s, and the unit says %q", got, start)
		}
	})
	t.Run("it is a user of its own without any capability, and cannot get one", func(t *testing.T) {
		for _, pattern := range []string{`(?m)^CapEff:\s+0+$`, `(?m)^CapBnd:\s+0+$`, `(?m)^NoNewPrivs:\s+1$`, `(?m)^Seccomp:\s+2$`} {
			if !regexp.MustCompile(pattern).MatchString(status) {
				t.Errorf("no %s in\n%s", pattern, status)
			}
		}
		var uid int
		if found := regexp.MustCompile(`(?m)^Uid:\s+(\d+)`).FindStringSubmatch(status); found == nil {
			t.Error("no user")
		} else if _, err := fmt.Sscan(found[1], &uid); err != nil || uid < 61184 || uid > 65519 {
			t.Errorf("user %d is none of systemd's dynamic ones (%v)", uid, err)
		}
	})
	t.Run("it sees a root that it cannot write to, but to its state", func(t *testing.T) {
		writes := read(t, at("writes"))
		if strings.Count(writes, "Read-only file system") < 2 {
			t.Errorf("even root writes there:\n%s", writes)
		}
		if !strings.HasPrefix(read(t, at("state")), "drwx------") {
			t.Errorf("its folder is %s", read(t, at("state")))
		}
	})
	t.Run("it takes a reload, and ends in order", func(t *testing.T) {
		if !exists(at("callprobe.out"), `msg="configuration loaded" why=signal`, "msg=ended") {
			t.Errorf("log:\n%s", read(t, at("callprobe.out")))
		}
		if p := properties("callprobe.show"); p["Result"] != "success" || p["ExecMainStatus"] != "0" || p["NRestarts"] != "0" || p["ActiveState"] != "inactive" {
			t.Errorf("result %s, status %s, %s restarts, %s", p["Result"], p["ExecMainStatus"], p["NRestarts"], p["ActiveState"])
		}
	})
	t.Run("the timer starts a run, which calls the lab and writes the textfile", func(t *testing.T) {
		if p := properties("callprobe-run.show"); p["Result"] != "success" || p["ExecMainCode"] != "1" || p["ExecMainStatus"] != "0" {
			t.Errorf("result %s, code %s, status %s\n%s", p["Result"], p["ExecMainCode"], p["ExecMainStatus"], everything(t, folder))
		}
		if !exists(at("textfile/callprobe.prom"), answered) || !exists(at("textfile/callprobe.prom.state")) {
			t.Errorf("%s\n%s", read(t, at("textfiles")), everything(t, folder))
		}
		if !regexp.MustCompile(`-rw-r--r-- .* callprobe\.prom\n`).MatchString(read(t, at("textfiles"))) {
			t.Errorf("not for everybody to read:\n%s", read(t, at("textfiles")))
		}
	})
	t.Run("a configuration that is wrong ends the service, once", func(t *testing.T) {
		if p := properties("wrong.show"); p["Result"] != "exit-code" || p["ExecMainStatus"] != "2" || p["NRestarts"] != "0" {
			t.Errorf("result %s, status %s, %s restarts", p["Result"], p["ExecMainStatus"], p["NRestarts"])
		}
	})
	t.Run("the secret is in no output", func(t *testing.T) {
		for _, name := range []string{"callprobe.out", "callprobe-run.out", "metrics", "textfile/callprobe.prom", "callprobe.show", "callprobe-run.show"} {
			if exists(at(name), labSecret) {
				t.Errorf("it is in %s", name)
			}
		}
	})
}

// everything is what a test leaves to be looked at when it fails.
func everything(t *testing.T, folder string) string {
	t.Helper()
	var all strings.Builder
	for _, name := range []string{"said", "trouble", "drive.err", "callprobe.out", "callprobe-run.out"} {
		if data, err := os.ReadFile(filepath.Join(folder, name)); err == nil {
			fmt.Fprintf(&all, "--- %s\n%.3000s\n", name, data)
		}
	}
	return all.String()
}
