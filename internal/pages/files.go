package pages

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"time"
)

func (p *pages) sendReport(w http.ResponseWriter, r *http.Request) {
	c, err := p.Calls.Call(r.PathValue("id"))
	if err != nil {
		p.fail(w, "../../", err)
		return
	}
	text, err := json.MarshalIndent(c.Report, "", "  ")
	if err != nil {
		p.fail(w, "../../", fmt.Errorf("print report: %w", err))
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Write(append(text, '\n')) //nolint:errcheck,gosec // The reader has gone away.
}

func (p *pages) sendLog(w http.ResponseWriter, r *http.Request) {
	c, err := p.Calls.Call(r.PathValue("id"))
	if err != nil {
		p.fail(w, "../../", err)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Write(c.Log) //nolint:errcheck,gosec // The reader has gone away.
}

func (p *pages) sendRecording(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	f, err := p.Calls.OpenRecording(id)
	if err != nil {
		p.fail(w, "../../", err)
		return
	}
	p.send(w, r, f, "application/gzip", fmt.Sprintf("attachment; filename=%q", id+".recording.json.gz"))
}

func (p *pages) sendAudio(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	f, err := p.Calls.OpenAudio(id)
	if err != nil {
		p.fail(w, "../../", err)
		return
	}
	p.send(w, r, f, "audio/wav", fmt.Sprintf("inline; filename=%q", id+".wav"))
}

// send hands a file out, or the range of it that was asked for.
func (p *pages) send(w http.ResponseWriter, r *http.Request, f *os.File, kind, disposition string) {
	defer f.Close() //nolint:errcheck // Nothing was written.
	modified := time.Time{}
	if info, err := f.Stat(); err == nil {
		modified = info.ModTime()
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", disposition)
	http.ServeContent(w, r, "", modified, f)
}
