package yamlfile_test

import (
	"reflect"
	"strings"
	"testing"

	"callprobe/internal/yamlfile"
)

func TestAnOutlineOfAnotherProgramsFile(t *testing.T) {
	for name, tc := range map[string]struct {
		text string
		want any
	}{
		"mappings, lists and texts":   {"a: {b: [1, two, 3s]}\nc:\n- d: true\n", map[string]any{"a": map[string]any{"b": []any{"1", "two", "3s"}}, "c": []any{map[string]any{"d": "true"}}}},
		"nothing is an empty text":    {"a:\nb: null\n", map[string]any{"a": "", "b": ""}},
		"an anchor and its alias":     {"a: &x [1]\nb: *x\n", map[string]any{"a": []any{"1"}, "b": []any{"1"}}},
		"a tag is passed over":        {"a: !!str 5\n", map[string]any{"a": "5"}},
		"a block of text is one text": {"a: |\n  one\n  two\n", map[string]any{"a": "one\ntwo"}},
	} {
		t.Run(name, func(t *testing.T) {
			p := yamlfile.NewProblems("f.yml")
			if got := (yamlfile.Format{Noun: "thing", Needs: "a"}).Outline([]byte(tc.text), p); !reflect.DeepEqual(got, tc.want) || p.Err() != nil {
				t.Errorf("got %#v, %v", got, p.Err())
			}
		})
	}
}

func TestAnOutlineSaysWhatItCannotRead(t *testing.T) {
	for name, tc := range map[string]struct{ text, says string }{
		"no YAML":         {"a: [", "f.yml:1:"},
		"an empty file":   {"", "the file is empty"},
		"not UTF-8":       {"a: \xff", "not UTF-8"},
		"a merge key":     {"x: &x {a: 1}\nb:\n  <<: *x\n", "f.yml:3:3: merge keys are not supported"},
		"a missing alias": {"a: *x\n", "has no anchor before it"},
	} {
		t.Run(name, func(t *testing.T) {
			p := yamlfile.NewProblems("f.yml")
			got := (yamlfile.Format{Noun: "thing", Needs: "a"}).Outline([]byte(tc.text), p)
			if got != nil || p.Err() == nil || !strings.Contains(p.Err().Error(), tc.says) {
				t.Errorf("got %#v, %v; want an error with %q", got, p.Err(), tc.says)
			}
		})
	}
}
