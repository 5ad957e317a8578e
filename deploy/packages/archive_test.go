package packages

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
	"testing"
	"time"
)

// packed is a file of an archive.
type packed struct {
	text     string
	mode     fs.FileMode
	modified time.Time
}

// unarchive reads a .tar.gz or a .zip; folders are left out.
func unarchive(t *testing.T, path string) map[string]packed {
	t.Helper()
	if strings.HasSuffix(path, ".zip") {
		return unzip(t, path)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	plain, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]packed{}
	for r := tar.NewReader(plain); ; {
		head, err := r.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		if head.Typeflag == tar.TypeDir {
			continue
		}
		if head.Typeflag != tar.TypeReg || head.Uname != "root" || head.Gname != "root" {
			t.Errorf("%s: type %c, of %s:%s", head.Name, head.Typeflag, head.Uname, head.Gname)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		files[head.Name] = packed{string(text), head.FileInfo().Mode(), head.ModTime}
	}
}

func unzip(t *testing.T, path string) map[string]packed {
	t.Helper()
	r, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	files := map[string]packed{}
	for _, f := range r.File {
		if f.FileInfo().IsDir() {
			continue
		}
		content, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(content)
		if err := errors.Join(err, content.Close()); err != nil {
			t.Fatal(err)
		}
		files[f.Name] = packed{string(text), f.Mode(), f.Modified}
	}
	return files
}
