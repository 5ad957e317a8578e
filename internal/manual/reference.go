package manual

import (
	"fmt"
	"strings"
)

// Reference describes a format in Markdown, a table for each mapping. Headings
// begin with the marks given, such as "###"; top is that of the whole file.
func Reference(groups []Group, marks, top string) string {
	var b strings.Builder
	for i, g := range groups {
		heading := top
		if g.Path != "" {
			heading = "`" + g.Path + "`"
		}
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "%s %s\n\n%s\n", marks, heading, strings.TrimSpace(g.Meaning+" "+g.Note))
		b.WriteString("\n| key | type | default | unit | example | meaning |\n|---|---|---|---|---|---|\n")
		for _, k := range g.Keys {
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s | %s |\n", k.Name, k.Kind, k.Default, or(k.Unit, "-"), exampleCell(k), Cell(k.Meaning))
		}
	}
	return b.String()
}

func exampleCell(k Key) string {
	if k.Example == "" {
		return "-"
	}
	return "`" + Cell(k.Example) + "`"
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}
