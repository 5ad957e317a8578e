package yamlfile

import (
	"slices"
	"strings"
	"testing"
)

const menuSchema = `{
  "description": "A menu.", "type": "object", "additionalProperties": false,
  "properties": {
    "title": {"description": "Its title.", "type": "string"},
    "tags": {"description": "Its tags.", "type": "array", "items": {"description": "One tag.", "type": "string"}},
    "meals": {"description": "Its meals.", "type": "array", "items": {"$ref": "#/$defs/meal"}}
  },
  "$defs": {
    "meal": {
      "description": "One meal.", "type": "object", "additionalProperties": false,
      "properties": {
        "name": {"description": "Its name.", "type": "string"},
        "price": {"description": "In euros.", "type": "number"},
        "vegan": {"description": "Whether it is vegan.", "type": "boolean"},
        "cook": {"description": "How long it takes.", "type": "string"}
      }
    }
  }
}`

func TestASchemaIsComparedKeyByKey(t *testing.T) {
	for name, c := range map[string]struct{ from, to, want string }{
		"the same":                 {"", "", ""},
		"a key of the schema only": {`"name": {`, `"dish": {"description": "?", "type": "string"}, "name": {`, `an entry of "meals" has the keys [cook dish name price vegan] in the schema and [cook name price vegan] in the format`},
		"a key of the format only": {`"title": {"description": "Its title.", "type": "string"},`, ``, `the file has the keys [meals tags] in the schema and [meals tags title] in the format`},
		"another kind":             {`"type": "number"`, `"type": "string"`, `"price" is of type "string" in the schema and "number" in the format`},
		"a list of another kind":   {`"One tag.", "type": "string"`, `"One tag.", "type": "number"`, `an entry of "tags" is of type "number" in the schema and "string" in the format`},
		"no list":                  {`"type": "array", "items": {"description": "One tag.", "type": "string"}`, `"type": "string"`, `"tags" is a list in the format only`},
		"no description":           {`"description": "One meal.", `, ``, `an entry of "meals" has no description`},
		"unknown keys":             {`"One meal.", "type": "object", "additionalProperties": false`, `"One meal.", "type": "object"`, `an entry of "meals" takes unknown keys in the schema`},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := SchemaGaps([]byte(strings.Replace(menuSchema, c.from, c.to, 1)), &menu{})
			if err != nil {
				t.Fatal(err)
			}
			var want []string
			if c.want != "" {
				want = []string{c.want}
			}
			if !slices.Equal(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
	if _, err := SchemaGaps([]byte("{"), &menu{}); err == nil {
		t.Error("what is no JSON is compared")
	}
}
