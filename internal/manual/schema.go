package manual

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// node is the part of JSON Schema that our two formats are described with, and
// three words of our own: x-unit says what a number counts, x-default in words
// what holds without a key, and x-note how keys of a mapping depend on each
// other.
type node struct {
	Title       string          `json:"title"`
	Description string          `json:"description"`
	Type        string          `json:"type"`
	Ref         string          `json:"$ref"`
	Enum        []string        `json:"enum"`
	Pattern     string          `json:"pattern"`
	Minimum     *float64        `json:"minimum"`
	Maximum     *float64        `json:"maximum"`
	Default     any             `json:"default"`
	Examples    []any           `json:"examples"`
	Required    []string        `json:"required"`
	Items       *node           `json:"items"`
	Properties  properties      `json:"properties"`
	Defs        map[string]node `json:"$defs"`
	Unit        string          `json:"x-unit"`
	Otherwise   string          `json:"x-default"`
	Note        string          `json:"x-note"`
}

// property is a key and what may stand there.
type property struct {
	key  string
	node node
}

// properties keep the order of the schema.
type properties []property

// UnmarshalJSON reads an object in order.
func (p *properties) UnmarshalJSON(data []byte) error {
	d := json.NewDecoder(bytes.NewReader(data))
	if _, err := d.Token(); err != nil {
		return err
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return err
		}
		var n node
		if err := d.Decode(&n); err != nil {
			return fmt.Errorf("%v: %w", key, err)
		}
		*p = append(*p, property{fmt.Sprint(key), n})
	}
	return nil
}

// Key is a key of a format, with all that the schema says of it.
type Key struct {
	// Path leads to it from the top: targets[].budget.calls_per_hour.
	Path, Name string
	// Kind, Default, Unit and Example are as the reference shows them; Unit and
	// Example may be empty.
	Kind, Default, Unit, Example string
	Meaning                      string
	// Pattern is what a text must match; empty stands for any.
	Pattern string
}

// Group is a mapping of a format with its keys.
type Group struct {
	// Path leads to it from the top; empty stands for the top itself.
	Path          string
	Meaning, Note string
	Keys          []Key
}

// Groups returns the mappings that a schema describes, outer ones first, keys in
// the schema's order.
func Groups(schema []byte) ([]Group, error) {
	var root node
	if err := json.Unmarshal(schema, &root); err != nil {
		return nil, fmt.Errorf("read JSON Schema: %w", err)
	}
	w := &walk{defs: root.Defs}
	w.group("", root)
	return w.groups, nil
}

type walk struct {
	defs   map[string]node
	groups []Group
}

func (w *walk) group(path string, n node) {
	at := len(w.groups)
	w.groups = append(w.groups, Group{Path: path, Meaning: n.Description, Note: n.Note})
	required := map[string]bool{}
	for _, key := range n.Required {
		required[key] = true
	}
	for _, p := range n.Properties {
		below := strings.TrimPrefix(path+"."+p.key, ".")
		c := w.resolve(p.node)
		k := Key{Path: below, Name: p.key, Meaning: c.Description, Kind: w.kind(c), Default: otherwise(c, required[p.key])}
		leaf := c
		if c.Items != nil {
			leaf = w.resolve(*c.Items)
			below += "[]"
		}
		k.Unit, k.Pattern, k.Example = leaf.Unit, leaf.Pattern, example(leaf)
		w.groups[at].Keys = append(w.groups[at].Keys, k)
		if len(leaf.Properties) > 0 {
			w.group(below, leaf)
		}
	}
}

// resolve follows a reference; what is said beside it comes first.
func (w *walk) resolve(n node) node {
	name, ok := strings.CutPrefix(n.Ref, "#/$defs/")
	if !ok {
		return n
	}
	r := w.defs[name]
	if n.Description != "" {
		r.Description = n.Description
	}
	if n.Default != nil {
		r.Default = n.Default
	}
	if n.Examples != nil {
		r.Examples = n.Examples
	}
	if n.Otherwise != "" {
		r.Otherwise = n.Otherwise
	}
	if name == "duration" {
		r.Type = "duration"
	}
	return r
}

func (w *walk) kind(n node) string {
	switch {
	case n.Items != nil:
		return "list of " + plural(w.kind(w.resolve(*n.Items)))
	case len(n.Enum) > 0:
		return "`" + strings.Join(n.Enum, "`, `") + "`"
	case n.Type == "number":
		return fmt.Sprintf("number, %v to %v", bound(n.Minimum), bound(n.Maximum))
	case n.Type == "boolean":
		return "`true`, `false`"
	case n.Type == "object":
		return "mapping"
	case n.Type == "string":
		return "text"
	}
	return n.Type
}

func plural(kind string) string { return kind + "s" }

func bound(v *float64) string {
	if v == nil {
		return "any"
	}
	return plain(*v)
}

// otherwise says what holds without a key.
func otherwise(n node, required bool) string {
	switch {
	case required:
		return "**required**"
	case n.Otherwise != "":
		return n.Otherwise
	case n.Default != nil:
		return "`" + plain(n.Default) + "`"
	}
	return "none"
}

// example is one value as it stands in a file.
func example(n node) string {
	switch {
	case len(n.Examples) > 0:
		return plain(n.Examples[0])
	case n.Default != nil:
		return plain(n.Default)
	case len(n.Enum) > 0:
		return n.Enum[0]
	}
	return ""
}

// plain writes a value of JSON as YAML would have it, whole numbers without an
// exponent.
func plain(v any) string {
	if f, ok := v.(float64); ok {
		return fmt.Sprintf("%.10g", f)
	}
	return fmt.Sprint(v)
}
