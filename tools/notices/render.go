package main

import (
	_ "embed"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// libopusCopying is the file COPYING of libopus 1.6.1. gopus is a port of that
// library, and its own licence file does not carry this notice on.
//
//go:embed libopus-COPYING.txt
var libopusCopying string

const head = `# Third-party notices

callprobe itself is under the [Apache License 2.0](LICENSE). Its binary also contains the work of others, listed here with
their licences. Written by ` + "`make notices`" + ` from the licence files of the modules that are linked on Linux, macOS or
Windows; a test fails when a linked module is missing here or is there in another version. What the tests and the lab use
besides is not part of the binary and not listed. The recordings that are built in have their own note, in
[scenarios/utterances](scenarios/utterances/README.md).

## Components

| component | version | licence (SPDX) | copyright |
|---|---|---|---|
`

const libopusHead = `
## libopus

The Opus codec in the binary, github.com/thesyncim/gopus, is a port to Go of libopus 1.6.1. The licence of libopus asks that
this notice goes with every copy:

`

const textsHead = `
## Licence texts

The text of the Apache License 2.0 is in [LICENSE](LICENSE). The others follow, each once, with the components that it
covers; whose copyright it is stands in the table above.
`

// render writes the document.
func render(all []component) string {
	var b strings.Builder
	b.WriteString(head)
	for _, c := range all {
		version := c.version
		if version == "" {
			version = "that of the build"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", c.name, version, c.id(), cell(c))
	}
	b.WriteString(libopusHead)
	b.WriteString(fence(libopusCopying))
	b.WriteString(textsHead)
	for _, t := range texts(all) {
		fmt.Fprintf(&b, "\n### %s\n\n%s\n\n", t.id, strings.Join(t.names, ", "))
		b.WriteString(fence(t.body))
	}
	return b.String()
}

// cell returns the copyright lines of a component as a cell of a table.
func cell(c component) string {
	var lines []string
	for _, l := range c.files {
		for _, h := range l.holders {
			h = strings.Join(strings.Fields(strings.NewReplacer("|", "\\|", "<", "&lt;", ">", "&gt;").Replace(h)), " ")
			if !slices.Contains(lines, h) {
				lines = append(lines, h)
			}
		}
	}
	return strings.Join(lines, "; ")
}

// text is a licence text with the components that are under it.
type text struct {
	id, key, body string
	names         []string
}

// texts returns every different text once, in the order in which they are
// first met.
func texts(all []component) []*text {
	var found []*text
	for _, c := range all {
		for _, l := range c.files {
			if l.id == "Apache-2.0" {
				continue
			}
			body := withoutHolders(l)
			key := strings.ToLower(strings.Join(regexp.MustCompile(`[A-Za-z0-9]+`).FindAllString(body, -1), " "))
			i := slices.IndexFunc(found, func(t *text) bool { return t.key == key })
			if i < 0 {
				i = len(found)
				found = append(found, &text{id: l.id, key: key, body: body})
			}
			found[i].names = append(found[i].names, c.name)
		}
	}
	slices.SortStableFunc(found, func(a, b *text) int { return strings.Compare(a.id, b.id) })
	return found
}

// withoutHolders returns a licence's text without its copyright lines, which
// are in the table. A notice keeps them: it consists of little else.
func withoutHolders(l licence) string {
	if l.id == "NOTICE" {
		return l.text
	}
	var b strings.Builder
	for line := range strings.Lines(l.text) {
		if !slices.Contains(l.holders, strings.Trim(line, " \t\r\n*/#")) {
			b.WriteString(line)
		}
	}
	return b.String()
}

// fence sets a text apart, as it is but for spaces at the ends of lines and
// more than one empty line in a row.
func fence(s string) string {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	s = regexp.MustCompile(`[ \t]+\n`).ReplaceAllString(s, "\n")
	s = regexp.MustCompile(`\n{3,}`).ReplaceAllString(s, "\n\n")
	return "```text\n" + strings.Trim(s, "\n") + "\n```\n"
}
