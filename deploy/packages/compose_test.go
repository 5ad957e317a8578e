package packages

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
	"sigs.k8s.io/yaml"
)

// project reads the compose file with the library of Docker Compose.
func project(t *testing.T) *types.Project {
	t.Helper()
	folder, err := filepath.Abs("../docker")
	if err != nil {
		t.Fatal(err)
	}
	details := types.ConfigDetails{WorkingDir: folder, ConfigFiles: []types.ConfigFile{{Filename: filepath.Join(folder, "compose.yml")}}}
	p, err := loader.LoadWithContext(t.Context(), details)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestTheComposeFileHasAllThatIsNeededToTryCallprobeOut(t *testing.T) {
	p := project(t)
	if got, want := p.ServiceNames(), []string{"alertmanager", "callprobe", "grafana", "lab", "prometheus"}; !slices.Equal(got, want) {
		t.Errorf("its services are %v, not %v", got, want)
	}
	// The files of this repository say localhost, so all live in one network.
	for name, s := range p.Services {
		if name != "callprobe" && s.NetworkMode != "service:callprobe" {
			t.Errorf("%s is in the network %q", name, s.NetworkMode)
		}
	}
	for _, port := range p.Services["callprobe"].Ports {
		if port.HostIP != "127.0.0.1" {
			t.Errorf("port %s is open to others than this machine", port.Published)
		}
	}
}

func TestWhatTheComposeFileMountsIsThere(t *testing.T) {
	binds := 0
	for name, s := range project(t).Services {
		for _, v := range s.Volumes {
			if v.Type != types.VolumeTypeBind {
				continue
			}
			binds++
			if _, err := os.Stat(v.Source); err != nil || !v.ReadOnly {
				t.Errorf("%s mounts %s, read-only %v: %v", name, v.Source, v.ReadOnly, err)
			}
		}
	}
	if binds < 7 {
		t.Errorf("it mounts %d files and folders of this repository", binds)
	}
}

func TestTheComposeFileBuildsStagesOfTheDockerfileAndPinsTheRest(t *testing.T) {
	p, all := project(t), stages(t)
	for name, s := range p.Services {
		if s.Build == nil {
			if _, tag, ok := strings.Cut(s.Image, ":"); !ok || tag == "latest" {
				t.Errorf("%s is of the image %s, whatever that is today", name, s.Image)
			}
			continue
		}
		stage, ok := all[s.Build.Target]
		if !ok || stage.BaseName != "scratch" {
			t.Errorf("%s is built from the stage %q", name, s.Build.Target)
		}
		if _, err := os.Stat(filepath.Join(s.Build.Context, s.Build.Dockerfile)); err != nil {
			t.Error(err)
		}
		if !s.ReadOnly || !slices.Equal(s.CapDrop, []string{"ALL"}) {
			t.Errorf("%s can write to its root, or has capabilities but %v", name, s.CapDrop)
		}
	}
}

// The credentials are those that the lab accepts, the addresses those of the files
// that are mounted.
func TestTheComposeFileFitsTheFilesThatItMounts(t *testing.T) {
	p := project(t)
	service := p.Services["callprobe"]
	config := read(t, service.Volumes[0].Source)
	for _, want := range []string{"url: ws://127.0.0.1:" + strings.TrimPrefix(p.Services["lab"].Command[0], "--port="), "api_key_env: LIVEKIT_API_KEY", "api_secret_env: LIVEKIT_API_SECRET"} {
		if !strings.Contains(config, want) {
			t.Errorf("the configuration has no %q", want)
		}
	}
	for name, value := range service.Environment {
		t.Setenv(name, *value)
		if !strings.Contains(config, "export "+name+"="+*value) {
			t.Errorf("%s is another than that of the lab", name)
		}
	}
	callprobe(t, "check", "--config.file="+service.Volumes[0].Source)
	prometheus := read(t, "../prometheus/prometheus.yml")
	for _, port := range []string{"9877", "9093"} {
		if !strings.Contains(prometheus, "localhost:"+port) {
			t.Errorf("Prometheus does not ask localhost:%s", port)
		}
	}
	// A pair that the schedule calls is not for scrapes.
	var probes struct {
		Probes []struct{ Scenario, Interval, Cron string }
	}
	if err := yaml.Unmarshal([]byte(config), &probes); err != nil {
		t.Fatal(err)
	}
	var idle []string
	for _, p := range probes.Probes {
		if p.Interval+p.Cron == "" {
			idle = append(idle, "lab/"+p.Scenario)
		}
	}
	if want := "- targets: [" + strings.Join(idle, ", ") + "]\n"; !strings.Contains(prometheus, want) {
		t.Errorf("Prometheus does not scrape %s", want)
	}
	if !strings.Contains(read(t, "../grafana/provisioning/datasources/prometheus.yml"), "localhost:9090") {
		t.Error("Grafana does not ask the Prometheus beside it")
	}
}
