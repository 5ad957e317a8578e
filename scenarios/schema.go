package scenarios

import (
	_ "embed"
	"slices"
)

//go:embed schema.json
var schema []byte

// Schema returns the JSON Schema (draft 2020-12) of the scenario format, with
// which editors complete and check scenario files.
func Schema() []byte { return slices.Clone(schema) }
