package pages_test

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"callprobe/internal/history"
	"callprobe/internal/pages"
	"callprobe/probe"
)

// get asks for a page and returns its text.
func get(t *testing.T, address string, header ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(text)
}

var (
	tags   = regexp.MustCompile(`(?s)<style>.*?</style>|<[^>]*>`)
	spaces = regexp.MustCompile(`\s+`)
)

// visible is the text of a page, without what stands in tags.
func visible(html string) string {
	return spaces.ReplaceAllString(tags.ReplaceAllString(html, " "), " ")
}

func wants(t *testing.T, where, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%s lacks %q", where, part)
		}
	}
}

func TestTheOverviewSaysWhatIsBrokenAndWhatToDo(t *testing.T) {
	w := newWorld(t)
	resp, html := get(t, w.url+"/")
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "text/html; charset=utf-8" {
		t.Errorf("%s, %s", resp.Status, resp.Header.Get("Content-Type"))
	}
	text := visible(html)
	wants(t, "the overview", text,
		"3 of 7 probes fail", "1 inconclusive, 2 passing, 1 paused",
		"eu-west : no agent joins the room", " min, 27 calls", "At fault the agent no_agent", "check that a worker runs", "Scenarios opening-hours , booking",
		"us-east : the agent answers too late", " min, 4 calls",
		"ap-south : the room server cannot be reached", "At fault the room server unreachable", "connection refused",
		"maintenance: database upgrade, until 06:00 UTC", "limit 3 s", "every minute",
	)
	// What is the agents' comes before what is the room server's.
	if a, s := strings.Index(text, "the agent no_agent"), strings.Index(text, "the room server unreachable"); a > s {
		t.Error("the room server's incident comes first")
	}
	if n := strings.Count(html, `class="strip"`); n != 7 {
		t.Errorf("%d strips for 7 probes", n)
	}
	if !regexp.MustCompile(`aria-label="Last 1 h: \d\d calls, 14 failed, 0 inconclusive; wait for the reply: median \d\.\d\d s, longest \d\.\d\d s, limit 3 s"`).MatchString(html) {
		t.Error("no strip says in words what it shows")
	}
	wants(t, "a strip", html, `class="cross"`, `class="diamond"`, `class="limit"`)
	if n := strings.Count(html, `<td class="when">`); n != 20 {
		t.Errorf("%d last calls", n)
	}
}

func TestTheOverviewIsFilteredByTarget(t *testing.T) {
	w := newWorld(t)
	_, html := get(t, w.url+"/?target=us-east&range=6h")
	text := visible(html)
	wants(t, "the overview", text, "wss://us.example.com", "3 of 7 probes fail")
	if strings.Contains(text, "wss://eu.example.com") || strings.Contains(html, `<td class="target"><bdi>eu-west`) {
		t.Error("another target is shown")
	}
	wants(t, "the choice of ranges", html, `<a href="?range=6h&amp;target=us-east" aria-current="true"><bdi>6h`, `<a href="?range=24h&amp;target=us-east"><bdi>24h`)
	_, html = get(t, w.url+"/?target=nobody")
	wants(t, "the overview of no target", visible(html), "There is no such target.")
}

func TestTheCallPageTellsTheWholeStory(t *testing.T) {
	w := newWorld(t)
	for kind, want := range map[string][]string{
		"passed":      {"The agent answered as expected", "No sound is kept of this call: recording.audio says of which it is.", "Wait for the reply (TTFA) 0.8", "± ", "limit 3 s", "Word error rate 0.0 %", "Audio packets", "Jitter", "Late, p99", "Agent said On Saturday we are open"},
		"late":        {"The agent answers too late", "At fault the agent reply_late", "compare with the agent&#39;s own latency", "1.01 s over the limit of 3 s", "call 4 in a row that did not pass", "the agent did not report it"},
		"misheard":    {"The agent misunderstands the caller", "said: hours heard as: ours", "heard, not said: a", "5 of 7 words right, 2 wrong, 0 missing, 2 added", "57.1 %"},
		"silent":      {"The agent does not answer", "Wait for the reply (TTFA) – no reply was heard", "no reply"},
		"no agent":    {"No agent joins the room", "At fault the agent no_agent", "during: wait for agent", "Agent&#39;s join – no agent joined", "the agent sent no sound"},
		"unreachable": {"The room server cannot be reached", "At fault the room server unreachable", "Join – the room was not joined", "connection refused", "the caller sent no sound"},
	} {
		t.Run(kind, func(t *testing.T) {
			_, html := get(t, w.url+"/calls/"+w.last[kind])
			text := visible(html)
			wants(t, "the page", text, append(want, w.last[kind], "room created", "Report as JSON", "Recording", "UTC")...)
			sound := strings.Contains(html, "<audio ")
			if wanted := kind != "passed"; sound != wanted {
				t.Errorf("sound %v, want %v", sound, wanted)
			}
		})
	}
}

func TestThePageOfACallWithoutSoundSaysSo(t *testing.T) {
	limits := history.DefaultLimits()
	limits.Audio = history.AudioNone
	store, err := history.Open(t.TempDir(), limits, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	w := &world{store: store}
	w.serve(t)
	m := kinds(t)["silent"].as("quiet", "t", "s", time.Now(), true)
	store.Add(m.rec, m.report, nil)
	_, html := get(t, w.url+"/calls/quiet")
	text := visible(html)
	wants(t, "the page", text, "Recording without sound, as recording.audio: none wants it")
	wants(t, "the page", text, "No sound is kept of this call: recording.audio is none")
	if strings.Contains(text, "callprobe replay") || strings.Contains(html, "<audio") {
		t.Error("the page offers sound, or to measure again")
	}
}

func TestTheTimelineShowsBothSides(t *testing.T) {
	w := newWorld(t)
	_, html := get(t, w.url+"/calls/"+w.last["late"])
	for _, class := range []string{"timeline wide", "timeline narrow"} {
		_, rest, ok := strings.Cut(html, `<svg class="`+class+`"`)
		svg, _, _ := strings.Cut(rest, "<ul")
		if !ok {
			t.Fatalf("there is no %s", class)
		}
		svg, _, _ = strings.Cut(svg, `<svg class="timeline`)
		wants(t, class, svg, ">Caller<", ">Agent<", `<rect class="caller"`, `<rect class="reply"`, `<rect class="talk"`, `class="onset"`, `class="unsure"`,
			`class="wait bad"`, ">4.01 s<", `class="mark"`, `class="mark final"`, "state thinking", "state speaking", ">limit 3 s<", ">joined<", "interim: ", "final: ")
		if n := strings.Count(svg, `<rect class="lane"`); n != 2 {
			t.Errorf("%s has %d lanes", class, n)
		}
	}
}

func TestHostileTextStaysText(t *testing.T) {
	w := small(t, "")
	w.view = pages.View{ConfigError: hostile, Notes: []string{hostile}, Version: hostile, Targets: []pages.Target{
		{Name: hostile, URL: hostile, AgentName: hostile, Probes: []pages.Probe{{Scenario: hostile, Every: hostile, Paused: hostile}, {Scenario: hostile + "2"}}},
	}}
	k := kinds(t)
	m := k["misheard"].as("hostile-1", hostile, hostile, time.Now().Add(-time.Minute), false)
	m.report.Detail, m.report.Remedy, m.report.Stage, m.report.Room = hostile, hostile, hostile, hostile
	m.report.Agents, m.report.Warnings = []string{hostile}, []probe.Warning{hostile}
	m.report.Turns[0].Warnings, m.report.Turns[0].TTFA.Missing, m.report.Turns[0].TTFA.OK = m.report.Warnings, hostile, false
	for i := range m.rec.Events {
		m.rec.Events[i].Participant, m.rec.Events[i].Text, m.rec.Events[i].Kind = hostile, hostile, probe.EventKind(hostile)
	}
	w.store.Add(m.rec, m.report, []byte(hostile+"\n\x1b[2J"))
	m = k["hostile"].as("hostile-2", "t", "s", time.Now(), false)
	w.store.Add(m.rec, m.report, nil)
	for _, path := range []string{
		"/", "/calls", "/calls/hostile-1", "/calls/hostile-2",
		"/?target=" + url.QueryEscape(hostile), "/calls?target=" + url.QueryEscape(hostile) + "&scenario=" + url.QueryEscape(hostile) + "&before=" + url.QueryEscape(hostile),
		"/calls/" + url.PathEscape("<script>alert(1)</script>"),
	} {
		_, html := get(t, w.url+path)
		for _, bad := range []string{"<script", "<img", "onerror=alert(1)>", `href="javascript`, "\u202e", "\u200b", "\x00", "\x1b", `<a href=\"`} {
			if strings.Contains(html, bad) {
				i := strings.Index(html, bad)
				t.Errorf("%s holds %q: %q", path, bad, html[max(0, i-60):min(len(html), i+60)])
			}
		}
		if n := strings.Count(html, "\u0314"); n > strings.Count(html, "Z\u0311") {
			t.Errorf("%s piles up accents", path)
		}
	}
	if _, html := get(t, w.url+"/calls/hostile-1"); strings.Count(html, "&lt;script&gt;") < 10 {
		t.Error("the hostile text is not shown at all: the test looks at nothing")
	}
}

func TestEveryAnswerForbidsWhatPagesDoNotNeed(t *testing.T) {
	w := newWorld(t)
	for _, path := range []string{"/", "/calls", "/calls/" + w.last["late"], "/calls/" + w.last["late"] + "/report.json", "/calls/none", "/none"} {
		resp, _ := get(t, w.url+path)
		csp := resp.Header.Get("Content-Security-Policy")
		wants(t, path+": the policy", csp, "default-src 'none'", "style-src 'sha256-", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'")
		if strings.Contains(csp, "unsafe") || strings.Contains(csp, "script-src") || strings.Contains(csp, "http") {
			t.Errorf("%s: the policy allows too much: %s", path, csp)
		}
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store"} {
			if got := resp.Header.Get(name); got != want {
				t.Errorf("%s: %s is %q", path, name, got)
			}
		}
	}
}

func TestPagesWorkBelowAPrefix(t *testing.T) {
	w := newWorld(t)
	for _, path := range []string{"/", "/calls", "/calls/" + w.last["late"]} {
		_, html := get(t, w.url+path)
		for _, m := range regexp.MustCompile(`(?:href|src)="([^"]*)"`).FindAllStringSubmatch(html, -1) {
			if strings.HasPrefix(m[1], "/") || strings.Contains(m[1], "//") && !strings.HasPrefix(m[1], "data:") {
				t.Errorf("%s links to %s, which is not relative", path, m[1])
			}
		}
	}
}

func TestEveryLinkLeadsSomewhere(t *testing.T) {
	w := newWorld(t)
	seen, queue := map[string]bool{}, []string{"/"}
	for len(queue) > 0 && len(seen) < 40 {
		path := queue[0]
		queue = queue[1:]
		if seen[path] {
			continue
		}
		seen[path] = true
		resp, html := get(t, w.url+path)
		if resp.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", path, resp.Status)
		}
		if !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html") {
			continue
		}
		base, err := url.Parse(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?:href|src)="([^"#][^"]*)"`).FindAllStringSubmatch(html, -1) {
			if strings.HasPrefix(m[1], "data:") {
				continue
			}
			link, err := base.Parse(strings.ReplaceAll(m[1], "&amp;", "&"))
			if err != nil {
				t.Errorf("%s: %v", path, err)
				continue
			}
			queue = append(queue, link.RequestURI())
		}
	}
	if len(seen) < 40 {
		t.Errorf("only %d links were found", len(seen))
	}
}

func TestFilesOfACall(t *testing.T) {
	w := newWorld(t)
	base := w.url + "/calls/" + w.last["late"]
	t.Run("the report is the public JSON", func(t *testing.T) {
		resp, text := get(t, base+"/report.json")
		var r struct {
			CallID string `json:"call_id"`
			Reason string `json:"reason"`
		}
		if err := json.Unmarshal([]byte(text), &r); err != nil || r.CallID != w.last["late"] || r.Reason != "reply_late" || resp.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%+v, %v", r, err)
		}
	})
	t.Run("the recording can be evaluated again", func(t *testing.T) {
		_, text := get(t, base+"/recording.json.gz")
		z, err := gzip.NewReader(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		rec, err := probe.ReadRecording(z)
		if err != nil {
			t.Fatal(err)
		}
		if r, err := probe.Evaluate(rec); err != nil || r.Reason != probe.ReplyLate {
			t.Errorf("%+v, %v", r, err)
		}
	})
	t.Run("the sound can be had in parts", func(t *testing.T) {
		resp, whole := get(t, base+"/call.wav")
		if resp.Header.Get("Content-Type") != "audio/wav" || !strings.HasPrefix(whole, "RIFF") || resp.Header.Get("Accept-Ranges") != "bytes" {
			t.Fatalf("%v", resp.Header)
		}
		resp, part := get(t, base+"/call.wav", "Range", "bytes=100-199")
		if resp.StatusCode != http.StatusPartialContent || part != whole[100:200] {
			t.Errorf("%s, %d bytes", resp.Status, len(part))
		}
		if resp, _ := get(t, base+"/call.wav", "Range", "bytes=999999999-"); resp.StatusCode != http.StatusRequestedRangeNotSatisfiable {
			t.Errorf("beyond the end: %s", resp.Status)
		}
	})
	t.Run("the log is text", func(t *testing.T) {
		if resp, text := get(t, base+"/log.txt"); text != sampleLog || resp.Header.Get("Content-Type") != "text/plain; charset=utf-8" {
			t.Errorf("%v, %q", resp.Header, text)
		}
	})
	t.Run("what is not kept is 404", func(t *testing.T) {
		for _, path := range []string{"/calls/" + w.last["passed"] + "/call.wav", "/calls/none", "/calls/none/report.json", "/calls/none/log.txt", "/calls/none/recording.json.gz", "/calls/..%2f..%2fetc%2fpasswd", "/calls/%00", "/none"} {
			if resp, _ := get(t, w.url+path); resp.StatusCode != http.StatusNotFound {
				t.Errorf("%s: %s", path, resp.Status)
			}
		}
	})
	t.Run("nothing can be changed", func(t *testing.T) {
		for _, path := range []string{"/", "/calls", "/calls/" + w.last["late"]} {
			resp, err := http.Post(w.url+path, "text/plain", nil)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if resp.StatusCode != http.StatusMethodNotAllowed {
				t.Errorf("POST %s: %s", path, resp.Status)
			}
		}
	})
}

func TestAServiceThatIsNewSaysSo(t *testing.T) {
	w := small(t, "")
	_, html := get(t, w.url+"/")
	wants(t, "nothing configured", visible(html), "Nothing is configured to be called", "No call has been made yet.")
	w.view.Targets = []pages.Target{{Name: "t", Probes: []pages.Probe{{Scenario: "s"}}}}
	_, html = get(t, w.url+"/")
	wants(t, "no call yet", visible(html), "No call has been made yet", "not called yet", "none planned")
	w.view.ConfigError = "callprobe.yml:3:5: no such key"
	w.view.Notes = []string{"the clock is 12 s off"}
	_, html = get(t, w.url+"/")
	wants(t, "troubles of the prober", visible(html), "The prober itself", "configuration was refused", "callprobe.yml:3:5: no such key", "the clock is 12 s off")
}

func TestACallThatCannotBeReadIsSaidSo(t *testing.T) {
	dir := t.TempDir()
	w := small(t, dir)
	m := kinds(t)["no agent"].as("call-1", "t", "s", time.Now(), false)
	w.store.Add(m.rec, m.report, nil)
	if err := os.Truncate(filepath.Join(dir, "call-1", "call.gob"), 100); err != nil {
		t.Fatal(err)
	}
	resp, html := get(t, w.url+"/calls/call-1")
	wants(t, "the page", html, "This call cannot be read")
	if resp.StatusCode != http.StatusInternalServerError || !strings.Contains(w.log.String(), "cannot be shown") {
		t.Errorf("%s, log %q", resp.Status, w.log.String())
	}
}

// small is a service without a history yet.
func small(t *testing.T, dir string) *world {
	t.Helper()
	store, err := history.Open(dir, history.DefaultLimits(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	w := &world{store: store}
	w.serve(t)
	return w
}
