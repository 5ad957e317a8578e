package packages

import (
	"archive/tar"
	"bytes"
	"crypto/x509"
	"debug/elf"
	"errors"
	"io"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/validate"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

const (
	dockerfile = "../docker/Dockerfile"
	root       = "../.."
	authority  = "/etc/ssl/certs/ca-certificates.crt"
)

// stages reads the Dockerfile with the parser of Docker's own builder.
func stages(t *testing.T) map[string]instructions.Stage {
	t.Helper()
	parsed, err := parser.Parse(strings.NewReader(read(t, dockerfile)))
	if err != nil {
		t.Fatal(err)
	}
	if len(parsed.Warnings) > 0 {
		t.Errorf("the parser warns: %v", parsed.Warnings)
	}
	all, _, err := instructions.Parse(parsed.AST, nil)
	if err != nil {
		t.Fatal(err)
	}
	byName := map[string]instructions.Stage{}
	for _, s := range all {
		byName[s.Name] = s
	}
	if last := all[len(all)-1]; last.Name != "callprobe" {
		t.Errorf("what is built without --target is %s", last.Name)
	}
	return byName
}

// built carries out what a stage of the Dockerfile runs, with the folder /out at
// another place, and returns that.
func built(t *testing.T, s instructions.Stage) string {
	t.Helper()
	out := t.TempDir()
	for _, c := range s.Commands {
		r, ok := c.(*instructions.RunCommand)
		if !ok {
			t.Fatalf("stage %s: this test does not know how to %s", s.Name, c.Name())
		}
		line := strings.ReplaceAll(strings.Join(r.CmdLine, " "), "/out/", out+"/")
		cmd := exec.CommandContext(t.Context(), "sh", "-c", line)
		cmd.Dir = root
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if text, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", line, err, text)
		}
	}
	return out
}

// image makes of the last stage what an engine would: a layer of what is copied,
// and the settings. It knows no more instructions than a small image needs.
func image(t *testing.T, all map[string]instructions.Stage) v1.Image {
	t.Helper()
	last := all["callprobe"]
	if last.BaseName != "scratch" {
		t.Errorf("the image begins with %s, and all that is in it comes along", last.BaseName)
	}
	config := v1.Config{ExposedPorts: map[string]struct{}{}}
	files := map[string][]byte{}
	for _, c := range last.Commands {
		switch c := c.(type) {
		case *instructions.CopyCommand:
			from := c.SourcePaths[0]
			if from != authority {
				from = filepath.Join(built(t, all[c.From]), path.Base(from))
			} else if _, err := os.Stat(from); err != nil {
				t.Skipf("this machine has no certificates of authorities to put into an image: install ca-certificates (%v)", err)
			}
			files[c.DestPath] = []byte(read(t, from))
		case *instructions.UserCommand:
			config.User = c.User
		case *instructions.ExposeCommand:
			for _, port := range c.Ports {
				config.ExposedPorts[port] = struct{}{}
			}
		case *instructions.EntrypointCommand:
			config.Entrypoint = c.CmdLine
		case *instructions.CmdCommand:
			config.Cmd = c.CmdLine
		default:
			t.Fatalf("the last stage of the Dockerfile has %s: what for?", c.Name())
		}
	}
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return archive(files) })
	if err != nil {
		t.Fatal(err)
	}
	img, err := mutate.AppendLayers(empty.Image, layer)
	if err != nil {
		t.Fatal(err)
	}
	img, err = mutate.ConfigFile(img, func() *v1.ConfigFile {
		file, err := img.ConfigFile()
		if err != nil {
			t.Fatal(err)
		}
		file = file.DeepCopy()
		file.OS, file.Architecture, file.Config = "linux", runtime.GOARCH, config
		return file
	}())
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// archive is a layer: files of root that everybody may read and execute.
func archive(files map[string][]byte) (io.ReadCloser, error) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		head := &tar.Header{Name: strings.TrimPrefix(name, "/"), Typeflag: tar.TypeReg, Mode: 0o755, Size: int64(len(files[name]))}
		if err := w.WriteHeader(head); err != nil {
			return nil, err
		}
		if _, err := w.Write(files[name]); err != nil {
			return nil, err
		}
	}
	return io.NopCloser(&b), w.Close()
}

// stored writes an image as an OCI layout and reads it from there.
func stored(t *testing.T, img v1.Image) v1.Image {
	t.Helper()
	folder, err := layout.Write(t.TempDir(), empty.Index)
	if err != nil {
		t.Fatal(err)
	}
	if err := folder.AppendImage(img); err != nil {
		t.Fatal(err)
	}
	digest, err := img.Digest()
	if err != nil {
		t.Fatal(err)
	}
	index, err := folder.ImageIndex()
	if err != nil {
		t.Fatal(err)
	}
	again, err := index.Image(digest)
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Image(again); err != nil {
		t.Errorf("the layout is not valid: %v", err)
	}
	return again
}

// unpack writes what an image holds below a folder and returns the paths.
func unpack(t *testing.T, img v1.Image, to string) []string {
	t.Helper()
	content := mutate.Extract(img)
	defer func() { _ = content.Close() }()
	var names []string
	for r := tar.NewReader(content); ; {
		head, err := r.Next()
		if errors.Is(err, io.EOF) {
			return names
		}
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		at := filepath.Join(to, filepath.FromSlash(path.Clean("/"+head.Name)))
		place(t, at, data, head.FileInfo().Mode().Perm())
		names = append(names, "/"+head.Name)
	}
}

// place writes a file that every user may reach.
func place(t *testing.T, at string, data []byte, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil { //nolint:gosec // Another user runs what is in it.
		t.Fatal(err)
	}
	if err := os.WriteFile(at, data, mode); err != nil {
		t.Fatal(err)
	}
}

func TestTheImageHoldsNothingThatIsNotNeededAndRuns(t *testing.T) {
	img := stored(t, image(t, stages(t)))
	file, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	folder := openFolder(t)
	names := unpack(t, img, folder)

	t.Run("it holds the binary and the certificates of authorities", func(t *testing.T) {
		if want := []string{"/callprobe", authority}; !slices.Equal(names, want) {
			t.Errorf("it holds %v, not %v", names, want)
		}
		if !x509.NewCertPool().AppendCertsFromPEM([]byte(read(t, filepath.Join(folder, authority)))) {
			t.Error("what should be certificates are none")
		}
	})
	t.Run("its user is nobody in particular, by number", func(t *testing.T) {
		// Kubernetes cannot tell whether a name is root.
		if file.Config.User != "65532:65532" {
			t.Errorf("it runs as %q", file.Config.User)
		}
	})
	t.Run("it serves", func(t *testing.T) {
		line := slices.Concat(file.Config.Entrypoint, file.Config.Cmd)
		if want := []string{"/callprobe", "serve", "--config.file=/etc/callprobe/callprobe.yml"}; !slices.Equal(line, want) {
			t.Errorf("it runs %v, not %v", line, want)
		}
		if _, ok := file.Config.ExposedPorts["9877/tcp"]; !ok || len(file.Config.ExposedPorts) != 1 {
			t.Errorf("it exposes %v", file.Config.ExposedPorts)
		}
	})
	t.Run("the binary is static", func(t *testing.T) {
		program, err := elf.Open(filepath.Join(folder, "callprobe"))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = program.Close() }()
		if libraries, err := program.ImportedLibraries(); len(libraries) > 0 {
			t.Errorf("it needs %v (%v)", libraries, err)
		}
		if slices.ContainsFunc(program.Progs, func(p *elf.Prog) bool { return p.Type == elf.PT_INTERP }) {
			t.Error("it needs an interpreter")
		}
	})
	t.Run("the binary is the one that make builds, as far as size tells", func(t *testing.T) {
		ours, err := os.Stat(binary(t))
		if err != nil {
			t.Fatal(err)
		}
		its, err := os.Stat(filepath.Join(folder, "callprobe"))
		if err != nil {
			t.Fatal(err)
		}
		// Whether a commit is known makes a few bytes.
		if differ := its.Size() - ours.Size(); differ > 64<<10 || differ < -64<<10 || its.Size() > maxSize {
			t.Errorf("it has %d bytes, and that of make build %d: are they built with the same flags?", its.Size(), ours.Size())
		}
	})
	runImage(t, file, folder)
}

func TestTheImageIsBuiltWithTheGoOfThisModule(t *testing.T) {
	version := ""
	for line := range strings.Lines(read(t, root+"/go.mod")) {
		if after, ok := strings.CutPrefix(line, "go "); ok {
			version = strings.TrimSpace(after)
		}
	}
	if got := stages(t)["source"].BaseName; got != "golang:"+version {
		t.Errorf("it is built with %s, and go.mod asks for %s", got, version)
	}
}
