package packages

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// copied are the files of this repository, changes that are not committed included,
// as a repository of its own with one commit, which is tagged v1.2.3.
func copied(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("there is no git")
	}
	folder := t.TempDir()
	for name := range strings.SplitSeq(output(t, root, "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"), "\x00") {
		info, err := os.Lstat(filepath.Join(root, name))
		if err != nil || !info.Mode().IsRegular() {
			continue // Deleted, and not committed yet; or the end of the list.
		}
		place(t, filepath.Join(folder, name), []byte(read(t, filepath.Join(root, name))), info.Mode().Perm())
	}
	git(t, folder, "init", "--quiet")
	git(t, folder, "add", "--all")
	git(t, folder, "commit", "--quiet", "--message=a release")
	git(t, folder, "tag", "v1.2.3")
	return folder
}

func git(t *testing.T, folder string, args ...string) string {
	t.Helper()
	return output(t, folder, "git", append([]string{"-c", "user.name=tester", "-c", "user.email=tester@example.invalid", "-c", "commit.gpgsign=false"}, args...)...)
}

// wanted says whether callprobe --version prints a version and a commit.
func wanted(t *testing.T, path, version, commit string) {
	t.Helper()
	want := regexp.MustCompile(`^callprobe ` + version + ` \(` + commit + `, go\S+\)$`)
	if got := output(t, ".", path, "--version"); !want.MatchString(got) {
		t.Errorf("it says %q, want %s", got, want)
	}
}

// How somebody builds callprobe must not decide whether it knows what it is.
func TestVersionAndCommitAreKnownHoweverItIsBuilt(t *testing.T) {
	binary(t) // Skips where this module is tested by itself: it builds five times.
	folder := copied(t)
	commit := git(t, folder, "rev-parse", "HEAD")
	made := filepath.Join(folder, "bin/callprobe")
	t.Setenv("GOFLAGS", "-buildvcs=auto") // What go does unless somebody told it not to.

	t.Run("make build at a tag", func(t *testing.T) {
		output(t, folder, "make", "build")
		wanted(t, made, `v1\.2\.3`, commit)
	})
	t.Run("go install at a tag", func(t *testing.T) {
		gobin := t.TempDir()
		t.Setenv("GOBIN", gobin)
		output(t, folder, "go", "install", "-trimpath", "./cmd/callprobe")
		wanted(t, filepath.Join(gobin, "callprobe"), `v1\.2\.3`, commit)
	})
	t.Run("make build in a linked worktree", func(t *testing.T) {
		linked := filepath.Join(t.TempDir(), "linked")
		git(t, folder, "worktree", "add", "--quiet", linked)
		output(t, linked, "make", "build")
		wanted(t, filepath.Join(linked, "bin/callprobe"), `\(devel\)`, commit)
	})
	t.Run("make build of files that were changed", func(t *testing.T) {
		place(t, filepath.Join(folder, "README.md"), []byte("changed\n"), 0o644)
		output(t, folder, "make", "build")
		wanted(t, made, `v1\.2\.3\+dirty`, commit+"-dirty")
	})
	t.Run("make build without git says that it does not know", func(t *testing.T) {
		if err := os.RemoveAll(filepath.Join(folder, ".git")); err != nil {
			t.Fatal(err)
		}
		output(t, folder, "make", "build")
		wanted(t, made, `\(devel\)`, "unknown commit")
	})
}
