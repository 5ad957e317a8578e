package manual_test

import (
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"callprobe/internal/manual"
)

func TestEveryLinkBetweenDocumentsLeadsSomewhere(t *testing.T) {
	checked := 0
	for _, document := range documents(t) {
		if !strings.HasSuffix(document, ".md") {
			continue
		}
		for _, link := range manual.Links(read(t, document)) {
			if strings.Contains(link, "://") {
				continue
			}
			checked++
			file, anchor, _ := strings.Cut(link, "#")
			to := document
			if file != "" {
				to = path.Join(path.Dir(document), file)
			}
			if _, err := os.Stat(filepath.Join(root, to)); err != nil {
				t.Errorf("%s links to %s, which is not there", document, link)
				continue
			}
			if anchor != "" && !manual.Anchors(read(t, to))[anchor] {
				t.Errorf("%s links to %s: there is no such heading", document, link)
			}
		}
	}
	if checked < 60 {
		t.Errorf("only %d links were found", checked)
	}
}

func TestLinksAndAnchorsAreFound(t *testing.T) {
	if got := manual.Links("| [a](b.md#c) |\n\n![d](e.png) `[f](g)`\n"); len(got) != 2 || got[0] != "b.md#c" || got[1] != "e.png" {
		t.Errorf("got %q", got)
	}
	if got := manual.Anchors("# A b\n## callprobe call, `x_y`!\n"); !got["a-b"] || !got["callprobe-call-x_y"] {
		t.Errorf("got %v", got)
	}
}
