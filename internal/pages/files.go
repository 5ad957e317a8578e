package pages

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"time"
)

func (p *pages) showReport(r *http.Request) answer {
	c, err := p.Calls.Call(r.PathValue("id"))
	if err != nil {
		return p.failed("../../", err)
	}
	text, err := json.MarshalIndent(c.Report, "", "  ")
	if err != nil {
		return p.failed("../../", fmt.Errorf("print report: %w", err))
	}
	return answer{http.StatusOK, "application/json", append(text, '\n')}
}

func (p *pages) showLog(r *http.Request) answer {
	c, err := p.Calls.Call(r.PathValue("id"))
	if err != nil {
		return p.failed("../../", err)
	}
	return answer{http.StatusOK, "text/plain; charset=utf-8", c.Log}
}

func (p *pages) sendRecording(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	f, err := p.Calls.OpenRecording(id)
	if err != nil {
		p.send(w, p.failed("../../", err))
		return
	}
	sendFile(w, r, f, "application/gzip", fmt.Sprintf("attachment; filename=%q", id+".recording.json.gz"))
}

func (p *pages) sendAudio(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	f, err := p.Calls.OpenAudio(id)
	if err != nil {
		p.send(w, p.failed("../../", err))
		return
	}
	sendFile(w, r, f, "audio/wav", fmt.Sprintf("inline; filename=%q", id+".wav"))
}

// sendFile hands a file out, or the range of it that was asked for.
func sendFile(w http.ResponseWriter, r *http.Request, f *os.File, kind, disposition string) {
	defer f.Close() //nolint:errcheck // Nothing was written.
	modified := time.Time{}
	if info, err := f.Stat(); err == nil {
		modified = info.ModTime()
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", disposition)
	http.ServeContent(w, r, "", modified, f)
}
