package wer

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
)

// row is one line of a file of cases, cut at its bars.
type row struct {
	place  string
	source string
	cells  []string
}

// rowsOf reads a file of cases: comments begin with "# ", the headings that name
// a source with "## ".
func rowsOf(t *testing.T, name string) []row {
	t.Helper()
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var rows []row
	source := ""
	lines := bufio.NewScanner(file)
	for n := 1; lines.Scan(); n++ {
		line := lines.Text()
		if heading, ok := strings.CutPrefix(line, "## "); ok {
			source = heading
			continue
		}
		if strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#") {
			continue
		}
		r := row{place: fmt.Sprintf("%s:%d", name, n), source: source}
		for cell := range strings.SplitSeq(line, "|") {
			r.cells = append(r.cells, strings.TrimSpace(cell))
		}
		rows = append(rows, r)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return rows
}

func (r row) counts(t *testing.T, cell string) Counts {
	t.Helper()
	var c Counts
	if _, err := fmt.Sscan(cell, &c.Hits, &c.Substitutions, &c.Deletions, &c.Insertions); err != nil {
		t.Fatalf("%s: counts %q: %v", r.place, cell, err)
	}
	return c
}

// expectRate compares a figure with a printed one, to the digits printed.
func (r row) expectRate(t *testing.T, name, printed string, got float64) {
	t.Helper()
	if printed == "-" {
		return
	}
	_, decimals, _ := strings.Cut(printed, ".")
	if text := strconv.FormatFloat(got, 'f', len(decimals), 64); text != printed {
		t.Errorf("%s (%s): %s is %s, published is %s", r.place, r.source, name, text, printed)
	}
}

func rate(part, whole int) float64 { return float64(part) / float64(whole) }

func TestPublishedExamples(t *testing.T) {
	var total Counts
	source, pairs := "", 0
	for _, r := range rowsOf(t, "testdata/published.txt") {
		if r.source != source {
			source, total = r.source, Counts{}
		}
		if r.cells[0] == "total" && len(r.cells) == 2 {
			got, _ := total.WER()
			r.expectRate(t, "the total WER", r.cells[1], got)
			continue
		}
		if len(r.cells) != 5 || len(strings.Fields(r.cells[4])) != 3 {
			t.Fatalf("%s: want reference | hypothesis | H S D I | steps | WER MER WIL", r.place)
		}
		pairs++
		got := Align(strings.Fields(r.cells[0]), strings.Fields(r.cells[1]))
		if want := r.counts(t, r.cells[2]); got.Counts != want {
			t.Errorf("%s (%s): got %+v, published is %+v", r.place, r.source, got.Counts, want)
		}
		var steps strings.Builder
		for _, s := range got.Steps {
			steps.WriteString(strings.ToUpper(s.Op.String()[:1]))
		}
		if want := r.cells[3]; want != "-" && steps.String() != want {
			t.Errorf("%s (%s): steps are %s, published are %s", r.place, r.source, &steps, want)
		}
		c, published := got.Counts, strings.Fields(r.cells[4])
		errors := c.Substitutions + c.Deletions + c.Insertions
		wer, _ := c.WER()
		r.expectRate(t, "WER", published[0], wer)
		r.expectRate(t, "MER", published[1], rate(errors, c.Hits+errors))
		r.expectRate(t, "WIL", published[2], 1-rate(c.Hits*c.Hits, c.Reference()*c.Hypothesis()))
		total = total.Add(c)
	}
	if pairs < 30 {
		t.Errorf("%d pairs, want at least 30", pairs)
	}
}

func TestPublishedRates(t *testing.T) {
	for _, r := range rowsOf(t, "testdata/published-rates.txt") {
		c := r.counts(t, r.cells[0])
		wer, _ := c.WER()
		n := c.Hits + c.Substitutions + c.Deletions
		if c.Reference() != n {
			t.Errorf("%s: N is %d, want %d", r.place, c.Reference(), n)
		}
		known := map[string]float64{
			"wer": wer, "corr": rate(c.Hits, n), "acc": rate(c.Hits-c.Insertions, n),
			"sub": rate(c.Substitutions, n), "del": rate(c.Deletions, n), "ins": rate(c.Insertions, n),
		}
		for figure := range strings.SplitSeq(r.cells[1], ",") {
			name, printed, _ := strings.Cut(strings.TrimSpace(figure), " ")
			got, ok := known[name]
			if !ok {
				t.Fatalf("%s: no figure is called %q", r.place, name)
			}
			r.expectRate(t, name, printed, 100*got)
		}
	}
}
