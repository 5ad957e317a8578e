// Command testreport turns the JSON of `go test -json` on standard input into
// what a person wants to read: the result line of every package as the go
// command prints it, the whole output of what failed, and at the end each
// skipped test with its reason. It ends with 1 when anything failed.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
)

func main() {
	ok, err := report(os.Stdout, os.Stdin)
	if err != nil {
		fmt.Fprintln(os.Stderr, "testreport:", err)
	}
	if err != nil || !ok {
		os.Exit(1)
	}
}

// event is a line of `go test -json`; see `go doc test2json`.
type event struct {
	Action     string
	Package    string
	ImportPath string
	Test       string
	Output     string
}

// unit is a test, or a package where test is empty, that has not ended yet.
type unit struct{ pkg, test string }

// reporter holds what the tests that still run have printed.
type reporter struct {
	out     io.Writer
	printed map[unit]*strings.Builder
	skipped []string
	failed  bool
}

// report copies a test run to out and tells whether all of it passed.
func report(out io.Writer, in io.Reader) (ok bool, err error) {
	r := &reporter{out: out, printed: map[unit]*strings.Builder{}}
	lines := bufio.NewReader(in)
	ended := false
	for {
		line, err := lines.ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return false, fmt.Errorf("read the test run: %w", err)
		}
		if line != "" {
			ended = r.take(line) || ended
		}
		if err != nil {
			break
		}
	}
	for _, s := range r.skipped {
		r.print("SKIPPED: " + s + "\n")
	}
	if !ended && !r.failed {
		return false, errors.New("read the test run: it ended before any package did")
	}
	return !r.failed, nil
}

// take handles one line and tells whether it ended a package.
func (r *reporter) take(line string) (ended bool) {
	var e event
	if json.Unmarshal([]byte(line), &e) != nil {
		r.print(line) // the go command itself, speaking plainly
		return false
	}
	u := unit{e.Package, e.Test}
	switch e.Action {
	case "output":
		r.keep(u, e.Output)
	case "build-output":
		r.print(e.Output)
	case "build-fail":
		r.failed = true
	case "pass", "skip", "fail":
		r.end(u, e.Action)
		return e.Test == ""
	}
	return false
}

// keep holds back what a test prints until it is known how it ends. Of a
// package's own output the result line is passed on at once. When a test
// paused and went on is of no use to a reader.
func (r *reporter) keep(u unit, output string) {
	if u.test == "" && (strings.HasPrefix(output, "ok  \t") || strings.HasPrefix(output, "?   \t") || strings.HasPrefix(output, "FAIL\t")) {
		r.print(output)
		return
	}
	if u.test != "" && strings.HasPrefix(output, "=== ") {
		return
	}
	if r.printed[u] == nil {
		r.printed[u] = &strings.Builder{}
	}
	r.printed[u].WriteString(output)
}

func (r *reporter) end(u unit, action string) {
	text := ""
	if b := r.printed[u]; b != nil {
		text = b.String()
		delete(r.printed, u)
	}
	switch action {
	case "skip":
		if u.test != "" {
			r.skipped = append(r.skipped, fmt.Sprintf("%s %s: %s", u.pkg, u.test, reason(text)))
		}
	case "fail":
		r.failed = true
		r.print(text)
		if u.test == "" {
			r.unfinished(u.pkg)
		}
	}
}

// unfinished prints what the tests of a package had said when it broke down:
// after a panic or a time-out they have no end of their own.
func (r *reporter) unfinished(pkg string) {
	for u, b := range r.printed {
		if u.pkg == pkg {
			r.print(b.String())
			delete(r.printed, u)
		}
	}
}

// reason takes the words of t.Skip out of what a skipped test has printed:
// "    file_test.go:12: the reason".
func reason(text string) string {
	var words []string
	place := regexp.MustCompile(`^\S+\.go:\d+:`)
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "--- ") {
			continue
		}
		words = append(words, strings.Fields(place.ReplaceAllString(line, ""))...)
	}
	if len(words) == 0 {
		return "it gives no reason"
	}
	return strings.Join(words, " ")
}

// print writes to the report. Where that fails nobody is left to be told.
func (r *reporter) print(s string) { _, _ = io.WriteString(r.out, s) }
