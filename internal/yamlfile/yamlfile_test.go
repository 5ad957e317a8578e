package yamlfile

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

// menu is a format with every kind of value.
type menu struct {
	Title Field[string]   `yaml:"title"`
	Tags  []Field[string] `yaml:"tags"`
	Meals []meal          `yaml:"meals"`
}

type meal struct {
	Group
	Name  Field[string]        `yaml:"name"`
	Price Field[float64]       `yaml:"price"`
	Vegan Field[bool]          `yaml:"vegan"`
	Cook  Field[time.Duration] `yaml:"cook"`
}

func (*meal) Refuse(key string) string {
	if key == "recipe" {
		return "it is a secret of the cook"
	}
	return ""
}

func menuFormat() Format {
	return Format{Noun: "menu", Needs: "meals", MaxDuration: 3 * time.Hour, DurationOf: "meal"}
}

func TestEveryValueIsReadWithItsPlace(t *testing.T) {
	const text = "title: Today\ntags: [warm, 24]\nmeals:\n  - name: soup\n    price: 3.5\n    vegan: true\n    cook: 1h30m\n"
	want := menu{
		Title: Field[string]{"Today", Position{1, 8}, true},
		Tags:  []Field[string]{{"warm", Position{2, 8}, true}, {"24", Position{2, 14}, true}},
		Meals: []meal{{
			Group: Group{Position{4, 5}, true},
			Name:  Field[string]{"soup", Position{4, 11}, true},
			Price: Field[float64]{3.5, Position{5, 12}, true},
			Vegan: Field[bool]{true, Position{6, 12}, true},
			Cook:  Field[time.Duration]{90 * time.Minute, Position{7, 11}, true},
		}},
	}
	var got menu
	p := NewProblems("menu.yml")
	if !menuFormat().Read([]byte(text), &got, p) || !p.None() {
		t.Fatal(p.Err())
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestEverythingWrongIsSaidAtOnceInTheOrderOfTheFile(t *testing.T) {
	const text = `titel: Today
tags: warm
meals:
  - name: [soup]
    price: cheap
    vegan: perhaps
    cook: 5h
  - cook: 10
    recipe: salt
    cook time: 1
    price:
`
	const want = `menu.yml:1:1: unknown key "titel": did you mean "title"?
menu.yml:2:7: "tags" must be a list: begin each entry with "- "
menu.yml:4:11: "name" must be a single value
menu.yml:5:12: "price" is "cheap": write a number like 0.2
menu.yml:6:12: "vegan" is "perhaps": write true or false
menu.yml:7:11: "cook" is "5h": more than 3h0m0s is no length for a meal
menu.yml:8:11: "cook" is "10" without a unit: write "10s" for seconds or "10ms" for milliseconds
menu.yml:9:5: key "recipe" is not allowed here: it is a secret of the cook
menu.yml:10:5: unknown key "cook time": known here: name, price, vegan, cook
menu.yml:11:5: "price" has no value: give it one or remove the key`
	var got menu
	p := NewProblems("menu.yml")
	if !menuFormat().Read([]byte(text), &got, p) {
		t.Error("a file with problems is not a file that cannot be read")
	}
	if err := p.Err(); err == nil || err.Error() != want {
		t.Errorf("got:\n%v\nwant:\n%s", err, want)
	}
	if price := got.Meals[1].Price; price.Set || price.Absent() {
		t.Errorf("a key without a value is neither set nor absent: %+v", price)
	}
	if got.Meals[1].Name.Or("nameless") != "nameless" || !got.Meals[1].Name.Absent() {
		t.Error("a field that the file does not have has a value")
	}
}

func TestAFileThatCannotBeReadSaysWhyAndNothingElse(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"empty":              {"", `menu.yml: the file is empty: it needs at least "meals"`},
		"only a comment":     {"# nothing\n", `menu.yml: the file is empty: it needs at least "meals"`},
		"no mapping":         {"soup", "menu.yml:1:1: the menu must be a mapping of keys: title, tags, meals"},
		"no YAML":            {"title: [", "menu.yml:1:8: read YAML: sequence end token ']' not found"},
		"not UTF-8":          {"title: \xff", "menu.yml: the file is not UTF-8: save it as UTF-8"},
		"two documents":      {"title: a\n---\ntitle: b\n", "menu.yml:2:1: a second YAML document begins here: a file holds one menu"},
		"deeper than needed": {strings.Repeat("[", 21), "menu.yml:1:21: nested more than 20 levels deep"},
	} {
		t.Run(name, func(t *testing.T) {
			p := NewProblems("menu.yml")
			if menuFormat().Read([]byte(c.text), &menu{}, p) {
				t.Error("it could be read")
			}
			if err := p.Err(); err == nil || err.Error() != c.want {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}

func TestWithoutABoundADurationMayBeLong(t *testing.T) {
	var got menu
	p := NewProblems("menu.yml")
	if !(Format{Noun: "menu"}).Read([]byte("meals: [{cook: 100h}]"), &got, p) || !p.None() {
		t.Fatal(p.Err())
	}
	if d := got.Meals[0].Cook.Value; d != 100*time.Hour {
		t.Errorf("cooks for %v", d)
	}
}

func TestAlternativesReadAsASentence(t *testing.T) {
	for want, words := range map[string][]string{
		``:                   {},
		`"a"`:                {"a"},
		`"a" or "b"`:         {"a", "b"},
		`"a", "b, c" or "d"`: {"a", "b, c", "d"},
	} {
		if got := Alternatives(words); got != want {
			t.Errorf("Alternatives(%q) = %s, want %s", words, got, want)
		}
	}
}
