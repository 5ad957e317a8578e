package pages_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"callprobe/internal/history"
	"callprobe/probe"
)

func TestCallsAreListedAndFiltered(t *testing.T) {
	w := newWorld(t)
	for _, tc := range []struct {
		query   string
		rows    int
		without string
	}{
		{"", 100, "\x00"},
		{"?result=failed&target=eu-west", 27, "us-east"},
		{"?result=not-passed&target=us-east&scenario=angry-caller", 2, ">passed<"},
		{"?result=inconclusive", 6, ">failed<"},
		{"?result=%3Cscript%3E", 100, "<script>"},
	} {
		_, html := get(t, w.url+"/calls"+tc.query)
		_, rest, _ := strings.Cut(html, "<tbody>")
		rows, _, _ := strings.Cut(rest, "</tbody>")
		if n := strings.Count(rows, "<tr>"); n != tc.rows || strings.Contains(rows, tc.without) {
			t.Errorf("/calls%s: %d rows, want %d without %q", tc.query, n, tc.rows, tc.without)
		}
	}
	t.Run("page by page, to the end, each once", func(t *testing.T) {
		seen := map[string]bool{}
		address := "/calls?result=passed"
		for range 10 {
			_, html := get(t, w.url+address)
			for _, m := range regexp.MustCompile(`<a href="\./calls/([^"]+)"`).FindAllStringSubmatch(html, -1) {
				if seen[m[1]] {
					t.Errorf("%s is listed twice", m[1])
				}
				seen[m[1]] = true
			}
			next := regexp.MustCompile(`<a href="([^"]+)" rel="next"`).FindStringSubmatch(html)
			if next == nil {
				break
			}
			address = "/calls" + strings.ReplaceAll(next[1], "&amp;", "&")
		}
		if want := len(w.store.List(history.Filter{Verdict: probe.Passed})); len(seen) != want {
			t.Errorf("%d calls on all pages, want %d", len(seen), want)
		}
	})
}

func TestALinkLeadsToTheLatestCall(t *testing.T) {
	w := newWorld(t)
	for _, tc := range []struct {
		query string
		to    history.Filter // The newest of these; of none, the list.
		list  string
	}{
		{"", history.Filter{}, ""},
		{"?target=us-east&result=not-passed", history.Filter{Target: "us-east", NotPassed: true}, ""},
		{"?target=eu-west&result=failed&scenario=booking", history.Filter{Target: "eu-west", Scenario: "booking", Verdict: probe.Failed}, ""},
		{"?target=nobody&result=failed", history.Filter{}, "../calls?result=failed&target=nobody"},
		{"?target=a%0d%0aSet-Cookie:+b", history.Filter{}, "../calls?target=a%0D%0ASet-Cookie%3A+b"},
	} {
		want := tc.list
		if want == "" {
			want = w.store.List(tc.to)[0].ID
		}
		resp, _ := get(t, w.url+"/calls/latest"+tc.query)
		if got := resp.Header.Get("Location"); resp.StatusCode != http.StatusFound || got != want || resp.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: status %d to %s, want %s", tc.query, resp.StatusCode, got, want)
		}
	}
}
