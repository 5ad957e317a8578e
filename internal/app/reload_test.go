package app

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"callprobe/internal/calltest"
)

const onlyA = "probes: [{scenario: quiet.yaml, targets: [a], interval: 1h}]\n"

func TestAReloadTakesAllOrNothing(t *testing.T) {
	t.Parallel()
	r := startService(t, &agents{}, testTargets+onlyA, nil)
	r.await("the first call", func() bool { return r.calls("a") == 1 })

	r.write("callprobe.yml", testTargets+"probes: [{scenario: quiet.yaml, targets: [b], interval: 1h}]\nweb: {nativ: true}\n")
	code, text := r.do(http.MethodPost, "/-/reload")
	if code != 500 || !strings.Contains(text, "callprobe.yml:5:7: unknown key") {
		t.Errorf("a wrong one: %d %s", code, text)
	}
	if !r.sees("callprobe_config_last_reload_successful 0") || r.calls("a") != 1 || r.calls("b") != -1 {
		t.Error("a part of a wrong configuration was taken")
	}
	if code, text := r.get("/-/healthy"); code != 200 || !strings.Contains(text, "refused") {
		t.Errorf("healthy: %d %s", code, text)
	}
	if _, text := r.get("/"); !strings.Contains(text, "unknown key") {
		t.Error("the pages do not say that the configuration was refused")
	}

	r.write("callprobe.yml", testTargets+"probes: [{scenario: quiet.yaml, targets: [a], interval: 1h}, {scenario: quiet.yaml, targets: [b], interval: 2s}]\n")
	if code, text := r.do(http.MethodPost, "/-/reload"); code != 200 {
		t.Fatalf("a good one: %d %s", code, text)
	}
	r.await("the new probe's call", func() bool { return r.calls("b") > 0 })
	if r.calls("a") != 1 || !r.sees("callprobe_config_last_reload_successful 1") {
		t.Error("the series of the probe that stays began anew")
	}
	if _, text := r.get("/-/healthy"); strings.Contains(text, "refused") {
		t.Error("the refusal is not forgotten")
	}
}

func TestAServiceWithoutAProbeSaysThatItCallsNothing(t *testing.T) {
	t.Parallel()
	r := startService(t, &agents{}, testTargets, nil)
	r.await("the warning", func() bool {
		log := r.logged()
		return strings.Contains(log, "why=start targets=2 probes=0") && strings.Contains(log, "level=WARN") && strings.Contains(log, "nothing is called: the configuration has no probe")
	})
	r.write("callprobe.yml", testTargets+onlyA)
	r.reload <- struct{}{}
	r.await("the new configuration", func() bool { return strings.Contains(r.logged(), "why=signal targets=2 probes=1") })
	if n := strings.Count(r.logged(), "nothing is called"); n != 1 {
		t.Errorf("it says %d times that nothing is called", n)
	}
}

func TestASignalReloads(t *testing.T) {
	t.Parallel()
	r := startService(t, &agents{}, testTargets+onlyA, nil)
	r.write("callprobe.yml", testTargets+strings.ReplaceAll(onlyA, "[a]", "[a, b]"))
	r.reload <- struct{}{}
	r.await("the new configuration", func() bool { return strings.Contains(r.logged(), "why=signal") })
}

func TestAChangeOfAnyFileReloads(t *testing.T) {
	t.Parallel()
	r := startService(t, &agents{}, testTargets+onlyA, func(o *ServeOptions) { o.WatchEvery = 20 * time.Millisecond })
	loads := func() int { return strings.Count(r.logged(), `why="file changed"`) }
	for i, name := range []string{"callprobe.yml", "quiet.yaml"} {
		path := filepath.Join(filepath.Dir(r.file), name)
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		r.write(name, string(text)+"# changed\n")
		r.await("a reload after "+name, func() bool { return loads() == i+1 })
	}
	r.write("quiet.yaml", "turns: []\n")
	r.await("a refusal", func() bool { return strings.Contains(r.logged(), "configuration refused") })
	r.write("quiet.yaml", quiet)
	r.await("a reload after the repair", func() bool { return loads() == 4 })
	<-time.After(200 * time.Millisecond)
	if n := loads(); n != 4 {
		t.Errorf("%d reloads without a change", n-4)
	}
}

func TestAReloadKeepsCallsUnderWay(t *testing.T) {
	t.Parallel()
	a := &agents{of: map[string]calltest.Agent{"": {DialAfter: time.Second}}}
	r := startService(t, a, testTargets+onlyA, nil)
	r.await("a call", func() bool { return a.made("") == 1 })
	if code, text := r.do(http.MethodPost, "/-/reload"); code != 200 {
		t.Fatal(text)
	}
	r.await("its end", func() bool { return r.calls("a") == 1 })
	if n := a.made(""); n != 1 {
		t.Errorf("%d calls, want the one that was under way", n)
	}
}
