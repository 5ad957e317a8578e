package yamlfile

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// schemaNode is the part of JSON Schema that descriptions of formats use.
type schemaNode struct {
	Description          string                `json:"description"`
	Type                 string                `json:"type"`
	Ref                  string                `json:"$ref"`
	Enum                 []string              `json:"enum"`
	Items                *schemaNode           `json:"items"`
	Properties           map[string]schemaNode `json:"properties"`
	AdditionalProperties *bool                 `json:"additionalProperties"`
	Defs                 map[string]schemaNode `json:"$defs"`
}

// SchemaGaps compares a JSON Schema with the struct that document points to and
// returns a sentence for each place where they differ: keys that only one of
// them has, values of another kind, keys without a description, and mappings
// that would take unknown keys. Tests hold a format and its schema together with
// it.
func SchemaGaps(schema []byte, document any) ([]string, error) {
	var root schemaNode
	if err := json.Unmarshal(schema, &root); err != nil {
		return nil, fmt.Errorf("read JSON Schema: %w", err)
	}
	c := &schemaComparison{defs: root.Defs}
	c.compare("the file", root, reflect.TypeOf(document).Elem())
	return c.gaps, nil
}

type schemaComparison struct {
	defs map[string]schemaNode
	gaps []string
}

func (c *schemaComparison) note(format string, args ...any) {
	c.gaps = append(c.gaps, fmt.Sprintf(format, args...))
}

func (c *schemaComparison) compare(where string, n schemaNode, t reflect.Type) {
	n = c.resolve(n)
	if n.Description == "" {
		c.note("%s has no description", where)
	}
	if reflect.PointerTo(t).Implements(reflect.TypeFor[scanner]()) {
		if want := schemaType(t); n.Type != want && n.Enum == nil {
			c.note("%s is of type %q in the schema and %q in the format", where, n.Type, want)
		}
		return
	}
	if t.Kind() == reflect.Slice {
		if n.Items == nil {
			c.note("%s is a list in the format only", where)
			return
		}
		c.compare("an entry of "+where, *n.Items, t.Elem())
		return
	}
	if n.AdditionalProperties == nil || *n.AdditionalProperties {
		c.note("%s takes unknown keys in the schema", where)
	}
	got, want := slices.Sorted(maps.Keys(n.Properties)), slices.Sorted(slices.Values(Keys(t)))
	if !slices.Equal(got, want) {
		c.note("%s has the keys %v in the schema and %v in the format", where, got, want)
	}
	for f := range t.Fields() {
		if property, ok := n.Properties[f.Tag.Get("yaml")]; ok {
			c.compare(fmt.Sprintf("%q", f.Tag.Get("yaml")), property, f.Type)
		}
	}
}

// resolve follows a reference; what is said beside it comes first.
func (c *schemaComparison) resolve(n schemaNode) schemaNode {
	name, ok := strings.CutPrefix(n.Ref, "#/$defs/")
	if !ok {
		return n
	}
	resolved := c.defs[name]
	resolved.Description = n.Description + resolved.Description
	return resolved
}

// schemaType is what JSON Schema calls the value of a field. Durations are
// texts.
func schemaType(field reflect.Type) string {
	value, _ := field.FieldByName("Value")
	switch value.Type.Kind() {
	case reflect.Bool:
		return "boolean"
	case reflect.Float64:
		return "number"
	default:
		return "string"
	}
}
