package main

import (
	"fmt"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/term"

	"callprobe/internal/alerttest"
	"callprobe/internal/terminal"
)

// width is the longest line, in columns.
const width = 80

func title(text string) { fmt.Printf("\n=== %s\n", text) }

func clock(t time.Time) string { return t.UTC().Format(time.TimeOnly) + " UTC" }

// field is a line of a card.
type field struct{ name, text string }

// card shows a message as its receiver got it. It may come while a drill draws a
// line in place, which is erased, and which that draws again.
func card(title string, fields ...field) {
	var b strings.Builder
	if term.IsTerminal(int(os.Stdout.Fd())) {
		b.WriteString("\r\x1b[K")
	}
	b.WriteString("\n  | " + title + "\n")
	for _, f := range fields {
		name := f.name
		for _, line := range wrapped(terminal.Clean(f.text), width-17) {
			fmt.Fprintf(&b, "  | %-11s %s\n", name, line)
			name = ""
		}
	}
	fmt.Println(b.String())
}

// wrapped breaks a text at spaces, and what is longer than a line anywhere.
func wrapped(text string, columns int) []string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > columns {
			lines, line = append(lines, line), ""
		}
		if line != "" {
			line += " "
		}
		line += word
		for utf8.RuneCountInString(line) > columns {
			runes := []rune(line)
			lines, line = append(lines, string(runes[:columns])), string(runes[columns:])
		}
	}
	return append(lines, line)
}

func cut(text string, columns int) string {
	runes := []rune(text)
	if len(runes) <= columns {
		return text
	}
	return string(runes[:columns-1]) + "…"
}

func pageFields(e alerttest.Event) []field {
	fields := []field{
		{"action", e.EventAction + ", severity " + e.Payload.Severity + ", source " + e.Payload.Source},
		{"summary", e.Payload.Summary},
		{"firing", fmt.Sprint(e.Payload.CustomDetails["firing"])},
	}
	for _, l := range e.Links {
		fields = append(fields, field{l.Text, l.Href})
	}
	return fields
}

func slackFields(m alerttest.Message) []field {
	fields := []field{{"channel", m.Channel}}
	for _, a := range m.Attachments {
		fields = append(fields, field{"title", a.Title}, field{"color", a.Color})
		name := "text"
		for line := range strings.Lines(a.Text) {
			fields = append(fields, field{name, line})
			name = ""
		}
	}
	return fields
}

// alertOf takes name and target of an alert out of a title.
func alertOf(title string) string {
	name, _, _ := strings.Cut(title, " – ")
	return name
}
