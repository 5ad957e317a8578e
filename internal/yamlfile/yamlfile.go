// Package yamlfile reads YAML files that people write by hand, strictly: every
// key must be known, every value must be of its kind, and everything wrong is
// reported at once, with file, line and column and a remedy. Scenario files and
// the configuration are read with it.
//
// A format is a struct whose tags are the keys:
//
//	type document struct {
//		Name  yamlfile.Field[string] `yaml:"name"`
//		Parts []part                 `yaml:"parts"`
//	}
//
//	type part struct {
//		yamlfile.Group
//		Length yamlfile.Field[time.Duration] `yaml:"length"`
//	}
//
// Fields are scalars, slices lists, other structs mappings. A Field and a
// Group know where the file has them, so that what is checked after reading can
// name the place too.
package yamlfile

import (
	"reflect"
	"strings"
	"time"
	"unicode/utf8"
)

// Format says what a file holds.
type Format struct {
	// Noun is what messages call the content of a file: "scenario".
	Noun string
	// Needs is a key that no file can do without, for the message about an
	// empty one.
	Needs string
	// MaxDuration, if set, bounds every duration in a file, and DurationOf says
	// what lasts no longer: "call".
	MaxDuration time.Duration
	DurationOf  string
}

// Read reads a file's content into the struct that document points to, and adds
// what is wrong to p. It reports false when the file could not be read at all,
// so that checking its content would only repeat that.
func (f Format) Read(data []byte, document any, p *Problems) bool {
	if !utf8.Valid(data) {
		p.Add(Position{}, "the file is not UTF-8: save it as UTF-8")
		return false
	}
	body := f.parse(strings.TrimPrefix(string(data), "\ufeff"), p)
	if body == nil {
		return false
	}
	d := &decoder{format: f, problems: p}
	d.decode(body, reflect.ValueOf(document).Elem(), "the "+f.Noun)
	_, ok := mappingEntries(body)
	return ok
}

// Keys returns the keys of a struct of a format, in the order of its fields.
func Keys(t reflect.Type) []string {
	var keys []string
	for f := range t.Fields() {
		if tag, ok := f.Tag.Lookup("yaml"); ok {
			keys = append(keys, tag)
		}
	}
	return keys
}

// Refuser is a mapping of a format that knows why it does not take some key:
// the remedy it gives is better than the nearest known key. The empty text
// leaves the key to the usual message.
type Refuser interface {
	Refuse(key string) (remedy string)
}
