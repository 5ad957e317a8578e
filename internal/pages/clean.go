package pages

import "callprobe/internal/terminal"

// clean makes a text from outside safe to be laid out: bounded in length, one
// line, without characters that change the direction of writing, hide, or pile
// up. What is special in HTML is escaped by html/template.
func clean(text string) string { return terminal.Clean(text) }
