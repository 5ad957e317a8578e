package packages

import (
	"bytes"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/CycloneDX/cyclonedx-go"
)

// maxSize is that of make build, in bytes.
const maxSize = 40_000_000

// platforms are those that a release has a binary for.
func platforms() []string {
	return []string{"linux_amd64", "linux_arm64", "darwin_amd64", "darwin_arm64", "windows_amd64", "windows_arm64"}
}

// release is the folder that make release-snapshot fills, and the version that the
// names there bear.
func release(t *testing.T) (folder, version string) {
	t.Helper()
	folder = os.Getenv("CALLPROBE_RELEASE")
	if folder == "" {
		t.Skip("CALLPROBE_RELEASE names no folder: make test-deploy builds a release")
	}
	found, err := filepath.Glob(filepath.Join(folder, "callprobe_*_checksums.txt"))
	if err != nil || len(found) != 1 {
		t.Fatalf("files of checksums: %q, %v", found, err)
	}
	version = strings.TrimSuffix(strings.TrimPrefix(filepath.Base(found[0]), "callprobe_"), "_checksums.txt")
	return folder, version
}

// archiveName is the name of the archive for a platform.
func archiveName(version, platform string) string {
	ending := ".tar.gz"
	if strings.HasPrefix(platform, "windows") {
		ending = ".zip"
	}
	return "callprobe_" + version + "_" + platform + ending
}

func forEachPlatform(t *testing.T, check func(t *testing.T, folder, version, platform string)) {
	t.Helper()
	folder, version := release(t)
	for _, platform := range platforms() {
		t.Run(platform, func(t *testing.T) { check(t, folder, version, platform) })
	}
}

// output runs a command in a folder and returns what it prints.
func output(t *testing.T, folder, program string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Dir = folder
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", program, strings.Join(args, " "), err, stderr.String())
	}
	return strings.TrimSpace(string(out))
}

func TestAReleaseHasAnArchiveAndABillOfMaterialsForEachPlatformAndAllTheirChecksums(t *testing.T) {
	folder, version := release(t)
	var want []string
	for _, platform := range platforms() {
		want = append(want, archiveName(version, platform), "callprobe_"+version+"_"+platform+".cdx.json")
	}
	sums := "callprobe_" + version + "_checksums.txt"
	var summed []string
	for line := range strings.Lines(read(t, filepath.Join(folder, sums))) {
		fields := strings.Fields(line)
		if len(fields) != 2 {
			t.Fatalf("%s has the line %q", sums, line)
		}
		sum := sha256.Sum256([]byte(read(t, filepath.Join(folder, fields[1]))))
		if got := hex.EncodeToString(sum[:]); got != fields[0] {
			t.Errorf("%s has the checksum %s, and %s says %s", fields[1], got, sums, fields[0])
		}
		summed = append(summed, fields[1])
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var there []string
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), "callprobe_") && !e.IsDir() && e.Name() != sums {
			there = append(there, e.Name())
		}
	}
	slices.Sort(want)
	slices.Sort(summed)
	if !slices.Equal(there, want) || !slices.Equal(summed, want) {
		t.Errorf("there are\n%q\nwith checksums of\n%q\nand it should be\n%q", there, summed, want)
	}
}

func TestEachArchiveHoldsWhatARepositoryWouldAndNothingElse(t *testing.T) {
	forEachPlatform(t, func(t *testing.T, folder, version, platform string) {
		files := unarchive(t, filepath.Join(folder, archiveName(version, platform)))
		top := "callprobe_" + version + "_" + platform + "/"
		want := map[string]string{
			"LICENSE": "LICENSE", "THIRD_PARTY_NOTICES.md": "THIRD_PARTY_NOTICES.md", "README.md": "README.md",
			"callprobe.example.yml": "docs/callprobe.example.yml", "operations.md": "docs/operations.md", "cron/callprobe": "deploy/cron/callprobe",
			"systemd/callprobe.service": "deploy/systemd/callprobe.service", "systemd/callprobe-run.service": "deploy/systemd/callprobe-run.service",
			"systemd/callprobe-run.timer": "deploy/systemd/callprobe-run.timer",
		}
		for name, path := range want {
			if f := files[top+name]; f.text != read(t, filepath.Join(root, path)) {
				t.Errorf("%s is not as %s is here", name, path)
			}
		}
		for name, args := range map[string][]string{
			"man/callprobe.1": {"man"}, "completions/callprobe.bash": {"completion", "bash"},
			"completions/callprobe.zsh": {"completion", "zsh"}, "completions/callprobe.fish": {"completion", "fish"},
		} {
			want[name] = ""
			if got := callprobe(t, args...); files[top+name].text != got || got == "" {
				t.Errorf("%s is not what callprobe %s prints", name, strings.Join(args, " "))
			}
		}
		want[program(platform)] = ""
		for name, f := range files {
			if _, ok := want[strings.TrimPrefix(name, top)]; !ok {
				t.Errorf("%s is in it: what for?", name)
			}
			if at := f.modified.Unix(); fmt.Sprint(at) != commitTime(t) {
				t.Errorf("%s was changed at %v, not when the commit was made: the archive cannot be built again", name, f.modified)
			}
			if mode := f.mode.Perm(); !strings.HasPrefix(platform, "windows") && (mode&0o111 != 0) != (name == top+program(platform)) {
				t.Errorf("%s has mode %v", name, mode)
			}
		}
		if len(files) != len(want) {
			t.Errorf("%d files, want %d", len(files), len(want))
		}
	})
}

// commitTime is when the commit of the repository was made, in Unix seconds.
func commitTime(t *testing.T) string {
	t.Helper()
	return output(t, root, "git", "log", "-1", "--format=%ct")
}

// program is the name of the binary on a platform.
func program(platform string) string {
	if strings.HasPrefix(platform, "windows") {
		return "callprobe.exe"
	}
	return "callprobe"
}

// released is the binary in the archive for a platform.
func released(t *testing.T, folder, version, platform string) string {
	t.Helper()
	files := unarchive(t, filepath.Join(folder, archiveName(version, platform)))
	path := filepath.Join(t.TempDir(), program(platform))
	place(t, path, []byte(files["callprobe_"+version+"_"+platform+"/"+program(platform)].text), 0o755)
	return path
}

func TestEachBinaryIsForItsPlatformStaticAndSmall(t *testing.T) {
	forEachPlatform(t, func(t *testing.T, folder, version, platform string) {
		path := released(t, folder, version, platform)
		info, err := buildinfo.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		settings := map[string]string{}
		for _, s := range info.Settings {
			settings[s.Key] = s.Value
		}
		if got := settings["GOOS"] + "_" + settings["GOARCH"]; got != platform {
			t.Errorf("it is for %s", got)
		}
		if settings["CGO_ENABLED"] != "0" || settings["-trimpath"] != "true" || info.GoVersion != runtime.Version() {
			t.Errorf("built with %s, CGO_ENABLED=%s, -trimpath=%s", info.GoVersion, settings["CGO_ENABLED"], settings["-trimpath"])
		}
		size, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%.2f MB", float64(size.Size())/1e6)
		if size.Size() > maxSize {
			t.Errorf("%d bytes are over %d", size.Size(), maxSize)
		}
	})
}

func TestTheBillOfMaterialsListsWhatIsLinkedAndTheNoticesDoToo(t *testing.T) {
	notices := read(t, root+"/THIRD_PARTY_NOTICES.md")
	forEachPlatform(t, func(t *testing.T, folder, version, platform string) {
		info, err := buildinfo.ReadFile(released(t, folder, version, platform))
		if err != nil {
			t.Fatal(err)
		}
		linked := []string{"std@" + info.GoVersion}
		for _, m := range info.Deps {
			linked = append(linked, m.Path+"@"+m.Version)
			if !strings.Contains(notices, "| "+m.Path+" | "+m.Version+" |") {
				t.Errorf("%s %s is linked, and not in THIRD_PARTY_NOTICES.md", m.Path, m.Version)
			}
		}
		var bom cyclonedx.BOM
		text := read(t, filepath.Join(folder, "callprobe_"+version+"_"+platform+".cdx.json"))
		if err := cyclonedx.NewBOMDecoder(strings.NewReader(text), cyclonedx.BOMFileFormatJSON).Decode(&bom); err != nil {
			t.Fatal(err)
		}
		if c := bom.Metadata.Component; c == nil || c.Name != "callprobe" || c.Version != version {
			t.Errorf("it is of %+v", c)
		}
		var listed []string
		for _, c := range *bom.Components {
			listed = append(listed, c.Name+"@"+c.Version)
		}
		slices.Sort(linked)
		slices.Sort(listed)
		if len(listed) < 50 || !slices.Equal(listed, linked) {
			t.Errorf("it lists\n%q\nand linked are\n%q", listed, linked)
		}
	})
}

// What is built here can be built again anywhere: the release's binary for this
// machine has the bytes of make build's.
func TestTheBinaryForThisMachineSaysWhatItIsAndIsThatOfMakeBuild(t *testing.T) {
	folder, version := release(t)
	path := released(t, folder, version, runtime.GOOS+"_"+runtime.GOARCH)
	said := output(t, ".", path, "--version")
	found := regexp.MustCompile(`^callprobe (\S+) \(([0-9a-f]{40})(?:-dirty)?, (go\S+)\)$`).FindStringSubmatch(said)
	if found == nil {
		t.Fatalf("it says %q: want version, commit and Go", said)
	}
	if head := output(t, root, "git", "rev-parse", "HEAD"); found[2] != head {
		t.Errorf("it was built from %s, and here is %s", found[2], head)
	}
	if read(t, path) != read(t, binary(t)) {
		t.Errorf("it differs from what make build builds: %s and %s", said, callprobe(t, "--version"))
	}
}
