package pages_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// screenshots is where the pictures are kept.
const screenshots = "../../bin/screenshots"

func screens() []screen {
	return []screen{
		{"desk-light", 1280, 900, false},
		{"phone-light", 360, 740, false},
		{"desk-dark", 1280, 900, true},
		{"phone-dark", 360, 740, true},
	}
}

// TestThePagesInABrowser looks at each page on a desk and on a phone, light and
// dark.
func TestThePagesInABrowser(t *testing.T) {
	b := startBrowser(t)
	w := newWorld(t)
	if err := os.MkdirAll(screenshots, 0o750); err != nil {
		t.Fatal(err)
	}
	light, all := screens()[:2], screens()
	for _, page := range []struct {
		name, path string
		screens    []screen
	}{
		{"overview", "/", all},
		{"calls", "/calls?result=not-passed", light},
		{"call-passed", "/calls/" + w.last["passed"], light},
		{"call-late", "/calls/" + w.last["late"], all},
		{"call-misheard", "/calls/" + w.last["misheard"], all},
		{"call-silent", "/calls/" + w.last["silent"], light},
		{"call-no-agent", "/calls/" + w.last["no agent"], light},
		{"call-unreachable", "/calls/" + w.last["unreachable"], light},
		{"call-hostile", "/calls/" + w.last["hostile"], light},
		{"call-none", "/calls/none", light},
	} {
		for _, s := range page.screens {
			t.Run(page.name+" "+s.name, func(t *testing.T) {
				b.t = t
				b.open(w.url+page.path, s)
				b.shoot(filepath.Join(screenshots, page.name+"-"+s.name+".png"), false)
				b.shoot(filepath.Join(screenshots, page.name+"-"+s.name+"-whole.png"), true)
				for _, c := range b.complaints() {
					if !strings.Contains(c, "404 (Not Found)") || page.name != "call-none" {
						t.Errorf("the browser complains: %s", c)
					}
				}
				var size struct{ Scroll, Client int }
				b.eval("({Scroll: document.documentElement.scrollWidth, Client: document.documentElement.clientWidth})", &size)
				if size.Scroll > size.Client {
					t.Errorf("the page is %d px wide on a screen of %d", size.Scroll, size.Client)
				}
			})
		}
	}
}
