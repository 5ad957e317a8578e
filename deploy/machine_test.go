package deploy_test

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// unitFolder copies the units and points them at a program that is there:
// systemd refuses units whose program is missing.
func unitFolder(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	paths, err := filepath.Glob("systemd/*")
	if err != nil || len(paths) != 3 {
		t.Fatalf("units: %q, %v", paths, err)
	}
	for _, path := range paths {
		text := strings.ReplaceAll(read(t, path), "/usr/local/bin/callprobe", "/bin/true")
		text = regexp.MustCompile(`(?m)^Documentation=.*\n`).ReplaceAllString(text, "")
		if err := os.WriteFile(filepath.Join(folder, filepath.Base(path)), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

func systemdAnalyze(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("there is no systemd-analyze: install Debian's package systemd")
	}
	return path
}

func TestSystemdFindsNothingWrongInTheUnits(t *testing.T) {
	analyze, folder := systemdAnalyze(t), unitFolder(t)
	for _, unit := range []string{"callprobe.service", "callprobe-run.service", "callprobe-run.timer"} {
		out, err := invoke(t, analyze, "verify", "--man=no", filepath.Join(folder, unit))
		if err != nil || strings.Contains(out, unit) {
			t.Errorf("systemd-analyze verify %s: %v\n%s", unit, err, out)
		}
	}
}

func TestTheServicesAreExposedToLittle(t *testing.T) {
	analyze, folder := systemdAnalyze(t), unitFolder(t)
	for _, unit := range []string{"callprobe.service", "callprobe-run.service"} {
		// The threshold is in tenths: exposure above 2.0 of 10 is an error.
		out, err := invoke(t, analyze, "security", "--offline=yes", "--no-pager", "--threshold=20", filepath.Join(folder, unit))
		if err != nil || !strings.Contains(out, "OK") {
			t.Errorf("systemd-analyze security %s: %v\n%s", unit, err, out)
		}
	}
}

func TestUnitsAndCronUseFlagsThatExist(t *testing.T) {
	source := read(t, "../cmd/callprobe/serve.go") + read(t, "../cmd/callprobe/once.go") + read(t, "../cmd/callprobe/target.go") + read(t, "../cmd/callprobe/call.go")
	flags := map[string]bool{}
	for _, path := range []string{"systemd/callprobe.service", "systemd/callprobe-run.service", "cron/callprobe"} {
		for _, m := range regexp.MustCompile(`--([a-z.-]+)=`).FindAllStringSubmatch(withoutComments(read(t, path)), -1) {
			flags[m[1]] = true
		}
	}
	for name := range flags {
		if !strings.Contains(source, `Flag("`+name+`"`) {
			t.Errorf("--%s is no flag of callprobe", name)
		}
	}
	if got := slices.Sorted(maps.Keys(flags)); len(got) != 3 {
		t.Errorf("flags found: %q", got)
	}
}

func withoutComments(text string) string {
	return regexp.MustCompile(`(?m)^#.*\n`).ReplaceAllString(text, "")
}

func TestTheCronLineHasFiveFieldsAUserAndACommand(t *testing.T) {
	var lines []string
	for line := range strings.Lines(withoutComments(read(t, "cron/callprobe"))) {
		if !regexp.MustCompile(`^[A-Z]+=`).MatchString(line) {
			lines = append(lines, line)
		}
	}
	if len(lines) != 1 || !strings.HasSuffix(lines[0], "\n") {
		t.Fatalf("cron ignores a last line without its end: %q", lines)
	}
	fields := strings.Fields(lines[0])
	if len(fields) < 8 || fields[5] != "callprobe" || fields[6] != "callprobe" || fields[7] != "run" || strings.Contains(lines[0], "%") {
		t.Errorf("want five fields, a user, callprobe run and no %% (cron makes it a newline): %q", lines[0])
	}
}
