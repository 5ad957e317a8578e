package pages_test

import (
	"bytes"
	"cmp"
	_ "embed"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"maps"
	"os"
	"path/filepath"
	"slices"
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

// TestThePagesInABrowser looks at each page on a desk and on a phone, and at the
// main ones in the dark too. What it sees is kept in bin/screenshots.
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
				for _, c := range b.complaints() {
					if !strings.Contains(c, "404 (Not Found)") || page.name != "call-none" {
						t.Errorf("the browser complains: %s", c)
					}
				}
				var found []string
				b.eval(inspection, &found)
				for _, f := range found {
					t.Error(f)
				}
			})
		}
	}
}

// inspection is run in the page and returns what is wrong with it: wider than
// the screen, text of too little contrast (WCAG 2.2, 1.4.3), no landmark,
// headings that skip a level, a picture or a control without a name, an id
// twice, something to click that is tiny.
//
//go:embed inspection_test.js
var inspection string

// TestTheInspectionFindsWhatItLooksFor spoils a page in each way.
func TestTheInspectionFindsWhatItLooksFor(t *testing.T) {
	b := startBrowser(t)
	w := newWorld(t)
	for want, spoil := range map[string]string{
		"wide on a screen": "document.querySelector('h1').style.width='2000px'",
		"contrast":         "document.querySelector('dt').style.color='#aaa'",
		"of a drawing":     "document.querySelector('svg.timeline .speech text').style.fill='#777'",
		"main":             "document.querySelector('main').outerHTML='<div>x</div>'",
		"heading":          "document.querySelector('h2').outerHTML='<h4>x</h4>'",
		"has no name":      "document.querySelector('svg.timeline').removeAttribute('aria-label')",
		"twice":            "document.querySelector('h2').id='headline'",
		"small to be hit":  "document.querySelector('summary').style.fontSize='4px'",
	} {
		t.Run(want, func(t *testing.T) {
			b.t = t
			b.open(w.url+"/calls/"+w.last["late"], screens()[0])
			var found []string
			b.eval(inspection, &found)
			if len(found) > 0 {
				t.Fatalf("before: %q", found)
			}
			var done bool
			b.eval("("+spoil+", true)", &done)
			b.eval(inspection, &found)
			if !strings.Contains(strings.Join(found, "\n"), want) {
				t.Errorf("found %q", found)
			}
		})
	}
}

// TestThePagesAreUsedByKeyboard tabs through the overview: every stop can be
// seen, and the first one leads past the navigation.
func TestThePagesAreUsedByKeyboard(t *testing.T) {
	b := startBrowser(t)
	w := newWorld(t)
	b.open(w.url+"/", screens()[1])
	tab := func() (stop struct {
		Name    string
		Visible bool
		Outline string
	}) {
		for _, kind := range []string{"keyDown", "keyUp"} {
			b.call("Input.dispatchKeyEvent", map[string]any{"type": kind, "key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9}, nil)
		}
		b.eval(`(() => { const e = document.activeElement, r = e.getBoundingClientRect(), s = getComputedStyle(e);
			return {Name: e.textContent.trim(), Visible: r.width > 0 && r.bottom > 0 && r.top < innerHeight && r.left >= 0, Outline: s.outlineStyle + " " + s.outlineWidth}; })()`, &stop)
		return stop
	}
	names := []string{}
	for range 15 {
		stop := tab()
		names = append(names, stop.Name)
		if !stop.Visible || stop.Outline != "solid 3px" {
			t.Errorf("the stop at %q cannot be seen: %+v", stop.Name, stop)
		}
	}
	if got := strings.Join(names, ", "); !strings.HasPrefix(got, "Skip to the content, callprobe, Overview, Calls, Runbooks, refresh every 30 s, See the last call, NoActiveAgents, See the last call, AgentHighLatency, See the last call, RoomServerUnreachable, All targets, eu-west") {
		t.Errorf("the stops are %s", got)
	}
}

// TestPicturesForTheDocuments takes the two pictures of docs/.
func TestPicturesForTheDocuments(t *testing.T) {
	folder := os.Getenv("CALLPROBE_PICTURES")
	if folder == "" {
		t.Skip("takes the pictures for the documents: use make screenshots")
	}
	b := startBrowser(t)
	w := newWorld(t)
	for _, p := range []struct {
		name, path string
		screen     screen
	}{
		{"status-overview.png", "/", screen{width: 1120, height: 1000}},
		{"status-call.png", "/calls/" + w.last["misheard"], screen{width: 1120, height: 1130, dark: true}},
	} {
		path := filepath.Join(folder, p.name)
		b.open(w.url+p.path, p.screen)
		b.shoot(path, false)
		if err := fewColours(path); err != nil {
			t.Fatal(err)
		}
	}
}

// fewColours writes a picture anew with its 256 most frequent colours: pages
// have few, and the file is a third as large.
func fewColours(path string) error {
	text, err := os.ReadFile(path) //nolint:gosec // The test made it.
	if err != nil {
		return err
	}
	src, err := png.Decode(bytes.NewReader(text))
	if err != nil {
		return err
	}
	counts := map[color.RGBA]int{}
	bounds := src.Bounds()
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			counts[color.RGBAModel.Convert(src.At(x, y)).(color.RGBA)]++
		}
	}
	colours := slices.SortedFunc(maps.Keys(counts), func(a, b color.RGBA) int {
		return cmp.Or(counts[b]-counts[a], int(a.R)-int(b.R), int(a.G)-int(b.G), int(a.B)-int(b.B))
	})
	var palette color.Palette
	for _, c := range colours[:min(len(colours), 256)] {
		palette = append(palette, c)
	}
	dst := image.NewPaletted(bounds, palette)
	draw.Draw(dst, bounds, src, bounds.Min, draw.Src)
	var out bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, dst); err != nil {
		return err
	}
	return os.WriteFile(path, out.Bytes(), 0o644) //nolint:gosec // A picture for everybody.
}

func TestThePicturesOfTheDocumentsAreSmall(t *testing.T) {
	for _, name := range []string{"status-overview.png", "status-call.png"} {
		info, err := os.Stat(filepath.Join("../../docs", name))
		if err != nil {
			t.Fatalf("%v: run make screenshots", err)
		}
		if info.Size() > 150_000 {
			t.Errorf("docs/%s has %d bytes, more than 150,000", name, info.Size())
		}
	}
}
