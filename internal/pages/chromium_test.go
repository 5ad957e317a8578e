package pages_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"
)

// browser is a headless Chromium, spoken to over a pipe in the DevTools
// protocol.
type browser struct {
	t       *testing.T
	to      *os.File
	session string
	mu      sync.Mutex
	last    int
	replies map[int]chan answer
	// seen holds what the page logged and what was refused.
	seen []string
	// loaded is told of each page that was loaded.
	loaded chan struct{}
}

type answer struct {
	Result json.RawMessage
	Error  *struct{ Message string }
}

// browserLimit bounds each step.
const browserLimit = 60 * time.Second

// startBrowser starts Chromium, or skips the test where there is none.
func startBrowser(t *testing.T) *browser {
	t.Helper()
	path := ""
	for _, name := range []string{os.Getenv("CALLPROBE_CHROMIUM"), "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if found, err := exec.LookPath(name); name != "" && err == nil {
			path = found
			break
		}
	}
	if path == "" {
		t.Skip("needs Chromium to look at the pages: install it, or set CALLPROBE_CHROMIUM to its path")
	}
	in, to, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	from, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	cmd := exec.CommandContext(ctx, path, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", //nolint:gosec // A browser, by intent.
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--hide-scrollbars",
		"--user-data-dir="+t.TempDir(), "--remote-debugging-pipe", "about:blank")
	cmd.ExtraFiles = []*os.File{in, out}
	cmd.WaitDelay = 10 * time.Second
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	in.Close()
	out.Close()
	b := &browser{t: t, to: to, replies: map[int]chan answer{}, loaded: make(chan struct{}, 16)}
	var reading sync.WaitGroup
	reading.Go(func() { b.read(from) })
	t.Cleanup(func() {
		b.closeBrowser()
		cancel()
		cmd.Wait()
		to.Close()
		reading.Wait()
		from.Close()
		if t.Failed() {
			t.Logf("Chromium said: %.2000s", stderr.String())
		}
	})
	var target struct{ TargetID string }
	b.call("Target.createTarget", map[string]any{"url": "about:blank"}, &target)
	var attached struct{ SessionID string }
	b.call("Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &attached)
	b.session = attached.SessionID
	for _, domain := range []string{"Page", "Runtime", "Log", "Network"} {
		b.call(domain+".enable", nil, nil)
	}
	return b
}

// closeBrowser asks for an orderly end and waits for no answer.
func (b *browser) closeBrowser() {
	b.to.WriteString(`{"id":1000000,"method":"Browser.close"}` + "\x00")
}

func (b *browser) read(from *os.File) {
	r := bufio.NewReader(from)
	for {
		text, err := r.ReadBytes(0)
		if err != nil {
			return
		}
		var m struct {
			ID     int
			Method string
			Params json.RawMessage
			answer
		}
		if json.Unmarshal(text[:len(text)-1], &m) != nil {
			continue
		}
		b.mu.Lock()
		switch m.Method {
		case "":
			if c := b.replies[m.ID]; c != nil {
				delete(b.replies, m.ID)
				c <- m.answer
			}
		case "Page.loadEventFired":
			b.loaded <- struct{}{}
		case "Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Network.loadingFailed":
			b.seen = append(b.seen, m.Method+" "+string(m.Params))
		}
		b.mu.Unlock()
	}
}

// call sends a command and waits for its result.
func (b *browser) call(method string, params map[string]any, result any) {
	b.t.Helper()
	c := make(chan answer, 1)
	b.mu.Lock()
	b.last++
	id := b.last
	b.replies[id] = c
	b.mu.Unlock()
	message := map[string]any{"id": id, "method": method}
	if params != nil {
		message["params"] = params
	}
	if b.session != "" {
		message["sessionId"] = b.session
	}
	text, err := json.Marshal(message)
	if err == nil {
		_, err = b.to.Write(append(text, 0))
	}
	if err != nil {
		b.t.Fatal(err)
	}
	select {
	case a := <-c:
		switch {
		case a.Error != nil:
			err = errors.New(a.Error.Message)
		case result != nil:
			err = json.Unmarshal(a.Result, result)
		}
		if err != nil {
			b.t.Fatalf("%s: %v", method, err)
		}
	case <-time.After(browserLimit):
		b.t.Fatalf("%s: no answer of the browser within %v", method, browserLimit)
	}
}

// screen is what a page is looked at with.
type screen struct {
	name          string
	width, height int
	dark          bool
}

// open loads a page and waits until it is there.
func (b *browser) open(url string, s screen) {
	b.t.Helper()
	scheme := "light"
	if s.dark {
		scheme = "dark"
	}
	b.call("Emulation.setDeviceMetricsOverride", map[string]any{"width": s.width, "height": s.height, "deviceScaleFactor": 1, "mobile": s.width < 500}, nil)
	b.call("Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{{"name": "prefers-color-scheme", "value": scheme}}}, nil)
	b.mu.Lock()
	b.seen = nil
	b.mu.Unlock()
	b.call("Page.navigate", map[string]any{"url": url}, nil)
	select {
	case <-b.loaded:
	case <-time.After(browserLimit):
		b.t.Fatalf("%s was not loaded within %v", url, browserLimit)
	}
}

// complaints are what the browser logged about the page.
func (b *browser) complaints() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.seen
}

// eval runs an expression in the page; the page's own policy does not bind it.
func (b *browser) eval(expression string, result any) {
	b.t.Helper()
	var out struct {
		Result           struct{ Value json.RawMessage }
		ExceptionDetails json.RawMessage
	}
	b.call("Runtime.evaluate", map[string]any{"expression": expression, "returnByValue": true, "awaitPromise": true}, &out)
	if out.ExceptionDetails != nil {
		b.t.Fatalf("%s: %s", expression, out.ExceptionDetails)
	}
	if err := json.Unmarshal(out.Result.Value, result); err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
}

// shoot takes a picture of the screen, or of the whole page.
func (b *browser) shoot(path string, whole bool) {
	b.t.Helper()
	var picture struct{ Data []byte }
	params := map[string]any{"format": "png", "captureBeyondViewport": whole}
	if whole {
		var size [2]float64
		b.eval("[document.documentElement.clientWidth, document.documentElement.scrollHeight]", &size)
		params["clip"] = map[string]any{"x": 0, "y": 0, "width": size[0], "height": min(size[1], 6000), "scale": 1}
	}
	b.call("Page.captureScreenshot", params, &picture)
	if err := os.WriteFile(path, picture.Data, 0o600); err != nil {
		b.t.Fatal(err)
	}
	if len(picture.Data) < 2000 {
		b.t.Errorf("%s has %d bytes: nothing can be on it", path, len(picture.Data))
	}
}
